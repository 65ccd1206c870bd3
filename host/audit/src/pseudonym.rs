//! A stable stand-in for a person.

use sha2::{Digest, Sha256};

/// SHA-256's block length, which HMAC pads its key to.
const BLOCK: usize = 64;

/// A stand-in for `value` (the product's key of a person) that is the same every time within
/// one station and says nothing without the station's secret: `p:` and the first 128 bits of
/// HMAC-SHA-256 (RFC 2104) in hexadecimal.
///
/// ```
/// let secret = b"kept in the station's store";
/// assert_eq!(
///     reseplug_audit::pseudonym(secret, "0000123"),
///     reseplug_audit::pseudonym(secret, "0000123"),
/// );
/// ```
pub fn pseudonym(station_secret: &[u8], value: &str) -> String {
    let mut text = hex::encode(hmac_sha256(station_secret, value.as_bytes()));
    text.truncate(32);
    format!("p:{text}")
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    let pad = |byte: u8| -> Vec<u8> {
        key.iter()
            .copied()
            .chain(std::iter::repeat(0))
            .take(BLOCK)
            .map(|k| k ^ byte)
            .collect()
    };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyed_hash_is_the_one_of_rfc_4231() {
        // Test cases 2 and 6.
        assert_eq!(
            hex::encode(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex::encode(hmac_sha256(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn another_station_has_another_pseudonym() {
        assert_ne!(pseudonym(b"one", "0000123"), pseudonym(b"two", "0000123"));
        assert!(!pseudonym(b"one", "0000123").contains("123456"));
    }
}

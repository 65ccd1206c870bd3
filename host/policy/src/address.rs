//! Which resolved addresses an endpoint may have.
//!
//! A name can resolve to anything, an attacker's DNS to the station's own network. So every
//! resolved address is checked against the binding before it is connected to.

use crate::Refused;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses an endpoint may resolve to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressRule {
    /// Public addresses only, the default.
    Public,
    /// Inside one of these ranges, and nothing else.
    Within(Vec<AddressRange>),
}

impl AddressRule {
    /// Whether a resolved address may be connected to.
    ///
    /// ```
    /// use reseplug_policy::AddressRule;
    /// assert!(!AddressRule::Public.permits("192.168.1.1".parse().unwrap()));
    /// assert!(!AddressRule::Public.permits("::ffff:10.0.0.1".parse().unwrap()));
    /// ```
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match self {
            Self::Public => is_public(address),
            Self::Within(ranges) => ranges.iter().any(|range| range.contains(address)),
        }
    }
}

/// A range of addresses, `127.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    base: IpAddr,
    prefix: u32,
}

impl AddressRange {
    /// Parses `127.0.0.0/8`, `fd00::/8` or a single address.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let wrong = || {
            Refused::new(
                format!(
                    "アドレス範囲「{}」は「127.0.0.0/8」の形で書いてください",
                    text.escape_debug()
                ),
                format!("the address range {text:?} must look like `127.0.0.0/8`"),
            )
        };
        let (base, prefix) = text
            .split_once('/')
            .map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.parse().map_err(|_| wrong())?;
        let bits = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(p) if p.bytes().all(|b| b.is_ascii_digit()) => p.parse().map_err(|_| wrong())?,
            Some(_) => return Err(wrong()),
        };
        if prefix > bits {
            return Err(wrong());
        }
        let range = Self { base, prefix };
        if range.first() != base {
            return Err(Refused::new(
                format!(
                    "アドレス範囲「{text}」は範囲の先頭「{}/{prefix}」で書いてください",
                    range.first()
                ),
                format!(
                    "the address range {text} must begin at its first address: `{}/{prefix}`",
                    range.first()
                ),
            ));
        }
        Ok(range)
    }

    fn first(&self) -> IpAddr {
        match self.base {
            IpAddr::V4(base) => {
                IpAddr::V4(Ipv4Addr::from_bits(
                    mask(base.to_bits().into(), self.prefix, 32) as u32,
                ))
            }
            IpAddr::V6(base) => {
                IpAddr::V6(Ipv6Addr::from_bits(mask(base.to_bits(), self.prefix, 128)))
            }
        }
    }

    /// Whether the address lies in the range. An IPv4 address never lies in an IPv6 range.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                mask(address.to_bits().into(), self.prefix, 32)
                    == mask(base.to_bits().into(), self.prefix, 32)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                mask(address.to_bits(), self.prefix, 128) == mask(base.to_bits(), self.prefix, 128)
            }
            _ => false,
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

/// Keeps the leading `prefix` of `bits` bits.
fn mask(value: u128, prefix: u32, bits: u32) -> u128 {
    let host = bits.saturating_sub(prefix);
    value
        .checked_shr(host)
        .and_then(|v| v.checked_shl(host))
        .unwrap_or(0)
}

/// What is not public: the IANA special-purpose registries (RFC 6890 and its updates).
const NOT_PUBLIC_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // shared (carrier NAT)
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link local, cloud metadata
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 88, 99, 0], 24),  // 6to4 relay
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarking
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, broadcast
];

/// Exceptions inside 2000::/3, the only public part of IPv6.
const NOT_PUBLIC_V6: &[(u16, u16, u32)] = &[
    (0x2001, 0, 23),      // protocol assignments, Teredo
    (0x2001, 0x0db8, 32), // documentation
    (0x2002, 0, 16),      // 6to4: carries an IPv4 address
    (0x3fff, 0, 20),      // documentation
];

fn is_public(address: IpAddr) -> bool {
    let within = |base, prefix| AddressRange { base, prefix }.contains(address);
    match address {
        IpAddr::V4(_) => !NOT_PUBLIC_V4
            .iter()
            .any(|(base, prefix)| within(IpAddr::V4((*base).into()), *prefix)),
        IpAddr::V6(_) => {
            let v6 = |a: u16, b: u16| IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0));
            within(v6(0x2000, 0), 3)
                && !NOT_PUBLIC_V6
                    .iter()
                    .any(|(a, b, prefix)| within(v6(*a, *b), *prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_public_addresses_are_public() {
        for text in [
            "8.8.8.8",
            "100.63.255.255",
            "172.32.0.1",
            "2606:4700::1111",
            "2400:cb00::1",
        ] {
            assert!(AddressRule::Public.permits(ip(text)), "{text}");
        }
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
            "2001::1",
        ] {
            assert!(!AddressRule::Public.permits(ip(text)), "{text}");
        }
    }

    #[test]
    fn a_range_holds_its_own_addresses_and_no_others() {
        let loopback = AddressRange::parse("127.0.0.0/8").unwrap();
        assert!(loopback.contains(ip("127.255.255.255")) && !loopback.contains(ip("128.0.0.0")));
        assert!(AddressRule::Within(vec![loopback]).permits(ip("::ffff:127.0.0.1")));
        let one = AddressRange::parse("::1").unwrap();
        assert!(one.contains(ip("::1")) && !one.contains(ip("::2")));
        assert!(
            AddressRange::parse("0.0.0.0/0")
                .unwrap()
                .contains(ip("8.8.8.8"))
        );
        for text in [
            "",
            "127.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "localhost",
            "10.0.0/8",
        ] {
            assert!(AddressRange::parse(text).is_err(), "{text}");
        }
    }
}

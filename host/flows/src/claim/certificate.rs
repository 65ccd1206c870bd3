//! One station never files with another's certificate.

use crate::host::Host;
use reseplug_effect::Fault;

impl Host {
    /// Refuses to send or ask anything under a certificate that names another institution, or one that another
    /// station of this store has in use.
    pub(super) fn own_certificate(&self) -> Result<(), Fault> {
        let station = self.station();
        let own = &station.station.institution_code;
        for endpoint in station.endpoints.values() {
            let binding = endpoint.identity.as_ref();
            let Some(binding) = binding.and_then(|name| station.identities.get(name)) else {
                continue;
            };
            let all = self.doors().identities()?.list().map_err(|e| e.fault())?;
            let active = all
                .into_iter()
                .find(|facts| facts.active && facts.name == binding.file.as_str());
            let Some(facts) = active else { continue };
            if let Some(named) = institution(&facts.subject)
                && named != own
            {
                return Err(Fault::new(
                    "claim/other-certificate",
                    format!(
                        "電子証明書「{}」は医療機関コード {named} のもので、この事業所（{own}）のものではありません。提出先には何も送らず、尋ねてもいません。設定の [identities] を確かめてください。",
                        facts.name
                    ),
                    format!(
                        "the certificate {} is of institution {named}, this station is {own}; nothing was sent or asked. Look at [identities]",
                        facts.name
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// 医療機関コード in a subject: a common name of ten digits. Real certificates may name it
/// otherwise (grade: unconfirmed); those are left to the other side.
fn institution(subject: &str) -> Option<&str> {
    subject
        .split(',')
        .filter_map(|part| part.strip_prefix("CN="))
        .find(|name| name.len() == 10 && name.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::institution;

    #[test]
    fn only_a_common_name_of_ten_digits_is_taken_for_an_institution() {
        assert_eq!(institution("CN=1369999998,O=Sandbox"), Some("1369999998"));
        assert_eq!(institution("O=1369999998,CN=station"), None);
    }
}

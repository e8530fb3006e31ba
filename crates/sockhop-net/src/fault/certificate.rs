//! Certificates that are not good enough, and what rustls says about them.

use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use super::cause::Cause;

/// What is wrong with a file of a certificate or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileProblem {
    /// It cannot be read.
    Unreadable(io::ErrorKind),
    /// It is not written as PEM.
    NotPem,
    /// There is no certificate in it.
    NoCertificate,
    /// There is no private key in it.
    NoKey,
    /// The certificate in it is damaged, or of an unknown kind.
    BadCertificate,
    /// The key in it is damaged, or of an unknown kind.
    BadKey,
    /// The key in it is not that of the certificate.
    OtherKey,
}

/// Why the other side called TLS off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The two have no version or cipher in common.
    NothingInCommon,
    /// It wants to see a certificate of ours.
    WantsCertificate,
    /// It does not go by that name.
    UnknownName,
    /// Anything else.
    Other,
}

impl Cause {
    /// What is wrong with the certificate the other side has shown.
    pub(super) fn certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired => Self::ExpiredCertificate { ago: None },
            CertificateError::ExpiredContext { time, not_after } => {
                let ago = time.as_secs().checked_sub(not_after.as_secs());
                Self::ExpiredCertificate {
                    ago: ago.map(Duration::from_secs),
                }
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::EarlyCertificate
            }
            CertificateError::NotValidForName => Self::WrongNameCertificate { names: Vec::new() },
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::WrongNameCertificate {
                    names: presented.iter().map(|name| plain(name)).collect(),
                }
            }
            // What is made for oneself is often made as an authority, which webpki has no name for.
            CertificateError::UnknownIssuer | CertificateError::Other(_) => {
                Self::UntrustedCertificate
            }
            _ => Self::BadCertificate,
        }
    }

    /// What the other side means by calling it off.
    pub(super) fn alert(alert: AlertDescription) -> Self {
        let refusal = match alert {
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::UnsupportedCertificate => return Self::DistrustsUs,
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity => Refusal::NothingInCommon,
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                Refusal::WantsCertificate
            }
            AlertDescription::UnrecognisedName => Refusal::UnknownName,
            _ => Refusal::Other,
        };
        Self::TlsRefused { refusal }
    }
}

/// `DnsName("gs.local")` and `IpAddress(192.168.1.20)` as people write them.
fn plain(presented: &str) -> String {
    let inner = presented
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(presented).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_people_write_them() {
        assert_eq!(plain("DnsName(\"gs.local\")"), "gs.local");
        assert_eq!(plain("IpAddress(192.168.1.20)"), "192.168.1.20");
        assert_eq!(plain("gs"), "gs");
    }

    #[test]
    fn a_refused_certificate_is_ours() {
        assert_eq!(
            Cause::alert(AlertDescription::UnknownCA),
            Cause::DistrustsUs
        );
    }
}

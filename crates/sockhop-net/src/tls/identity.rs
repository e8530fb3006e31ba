//! Who a TLS server is: its certificate, and the key that proves it.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use super::pem::{self, BadFile};
use super::{Fingerprint, provider};
use crate::endpoint::Endpoint;
use crate::fault::{Fault, FileProblem};

/// A certificate and its key. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Identity {
    config: Arc<ServerConfig>,
    fingerprint: Fingerprint,
}

/// No certificate could be made.
#[derive(Debug, thiserror::Error)]
#[error("a certificate could not be made: {0}")]
pub struct NotMade(#[from] rcgen::Error);

impl Identity {
    /// Reads a certificate, with those of its issuers behind it if it has any, and its key, to serve
    /// `endpoint` with. Both are PEM, and may be in one file.
    ///
    /// # Errors
    /// Which file is of no use, and why.
    pub fn read(endpoint: &Endpoint, certificate: &Path, key: &Path) -> Result<Self, Fault> {
        read(certificate, key).map_err(|bad| bad.fault(endpoint))
    }

    /// Makes a new one, signed by itself: for this machine as it sees itself, and for the names and
    /// IP addresses in `names`. Those that no certificate can hold are passed over.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn self_signed(names: &[String]) -> Result<Self, NotMade> {
        let mut params = CertificateParams::new(subjects(names))?;
        // Said outright, or strict clients take it for an authority's.
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "sockhop");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let secret = PrivatePkcs8KeyDer::from(key.serialize_der());
        Self::new(vec![certificate.into()], secret.into())
            // What was just made fits together.
            .map_err(|_| NotMade(rcgen::Error::RingUnspecified))
    }

    fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, rustls::Error> {
        let leaf = chain
            .first()
            .ok_or(rustls::Error::NoCertificatesPresented)?;
        let fingerprint = Fingerprint::of(leaf);
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        let config = Arc::new(config);
        Ok(Self {
            config,
            fingerprint,
        })
    }

    /// The fingerprint of its certificate, for clients to compare.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Identity, BadFile> {
    let chain = pem::read_certificates(certificate)?;
    let secret = pem::read_key(key)?;
    Identity::new(chain, secret).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => BadFile::new(key, FileProblem::OtherKey),
        rustls::Error::InvalidCertificate(_) => {
            BadFile::new(certificate, FileProblem::BadCertificate)
        }
        _ => BadFile::new(key, FileProblem::BadKey),
    })
}

/// What a certificate made here is good for.
fn subjects(names: &[String]) -> Vec<String> {
    let mut subjects = vec![
        "localhost".to_owned(),
        Ipv4Addr::LOCALHOST.to_string(),
        Ipv6Addr::LOCALHOST.to_string(),
    ];
    for name in names {
        if !subjects.contains(name) && CertificateParams::new([name.clone()]).is_ok() {
            subjects.push(name.clone());
        }
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Cause;

    #[test]
    fn one_made_here_takes_every_name_it_can() {
        let names = ["gs.local", "localhost", "grün", "192.168.1.20"].map(str::to_owned);
        assert_eq!(
            subjects(&names),
            ["localhost", "127.0.0.1", "::1", "gs.local", "192.168.1.20"]
        );
        Identity::self_signed(&names).unwrap();
    }

    #[test]
    fn files_are_read_and_the_one_at_fault_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let made = rcgen::generate_simple_self_signed(["gs".to_owned()]).unwrap();
        let certificate = file("cert.pem", &made.cert.pem());
        let key = file("key.pem", &made.signing_key.serialize_pem());
        let both = file(
            "both.pem",
            &(made.signing_key.serialize_pem() + &made.cert.pem()),
        );
        let other = file("other.pem", &KeyPair::generate().unwrap().serialize_pem());
        let empty = file("empty.pem", "nothing\n");
        let missing = folder.path().join("missing.pem");
        let endpoint: Endpoint = "tls://127.0.0.1:0".parse().unwrap();

        for (certificate, key) in [(&certificate, &key), (&both, &both)] {
            let identity = Identity::read(&endpoint, certificate, key).unwrap();
            assert_eq!(identity.fingerprint(), Fingerprint::of(made.cert.der()));
        }
        for (certificate, key, path, problem) in [
            (&certificate, &other, &other, FileProblem::OtherKey),
            (&empty, &key, &empty, FileProblem::NoCertificate),
            (&certificate, &empty, &empty, FileProblem::NoKey),
            (
                &certificate,
                &missing,
                &missing,
                FileProblem::Unreadable(std::io::ErrorKind::NotFound),
            ),
        ] {
            let path = path.clone();
            let fault = Identity::read(&endpoint, certificate, key).unwrap_err();
            assert_eq!(*fault.cause(), Cause::File { path, problem });
        }
    }
}

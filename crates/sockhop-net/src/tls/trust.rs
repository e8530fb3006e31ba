//! Whom a TLS client believes.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::pem::{self, BadFile};
use super::verifier::{Belief, Verifier};
use super::{Fingerprint, provider};
use crate::endpoint::Endpoint;
use crate::fault::{Fault, FileProblem};

/// Whom a TLS client believes.
#[derive(Debug, Clone, Default)]
pub enum TlsTrust {
    /// Those for whom an authority vouches that this machine's system trusts. The name has to be
    /// right.
    #[default]
    System,
    /// Whoever shows the certificate with this fingerprint, whatever name and dates it has.
    Fingerprint(Fingerprint),
    /// Those for whom one of these vouches, and these. The name has to be right.
    Authority(Authority),
    /// Anybody. Nobody in between can read along, unless it is they who answer.
    Anything,
}

/// Certificates of authorities, or of servers that vouch for themselves. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Authority(Arc<[CertificateDer<'static>]>);

impl Authority {
    /// Reads them from a PEM file, to find out whether the server at `endpoint` is the right one.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(endpoint: &Endpoint, path: &Path) -> Result<Self, Fault> {
        let certificates = pem::read_certificates(path).map_err(|bad| bad.fault(endpoint))?;
        match roots(&certificates).is_empty() {
            true => Err(BadFile::new(path, FileProblem::BadCertificate).fault(endpoint)),
            false => Ok(Self(certificates.into())),
        }
    }
}

/// The certificate that a server shows, once it has.
pub(super) type Shown = Arc<OnceLock<Fingerprint>>;

impl TlsTrust {
    /// Whether a certificate it lets pass says who the server is.
    pub(super) fn verifies(&self) -> bool {
        !matches!(self, Self::Anything)
    }

    /// For one handshake; `None` if there is nobody to believe.
    pub(super) async fn config(&self) -> Option<(ClientConfig, Shown)> {
        let belief = match self {
            Self::System => vouched(&system_authorities().await)?,
            Self::Fingerprint(fingerprint) => Belief::Fingerprint(*fingerprint),
            Self::Authority(Authority(certificates)) => vouched(certificates)?,
            Self::Anything => Belief::Anything,
        };
        let shown = Shown::default();
        let verifier = Verifier::new(belief, Arc::clone(&shown), provider());
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            // The provider has ciphers for each of them.
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Some((config, shown))
    }
}

/// `None` if there are none of any use.
fn vouched(authorities: &[CertificateDer<'static>]) -> Option<Belief> {
    let roots = Arc::new(roots(authorities));
    let by = WebPkiServerVerifier::builder_with_provider(roots, provider())
        .build()
        .ok()?;
    Some(Belief::Vouched {
        by,
        themselves: authorities.into(),
    })
}

/// Those of them that can be used.
fn roots(certificates: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    roots
}

/// Those that this machine's system trusts, if it has any.
async fn system_authorities() -> Vec<CertificateDer<'static>> {
    // Many files are read.
    let loading = tokio::task::spawn_blocking(rustls_native_certs::load_native_certs);
    loading.await.map(|found| found.certs).unwrap_or_default()
}

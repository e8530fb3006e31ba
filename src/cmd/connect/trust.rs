//! Which certificates are believed: the flags of `tls://` and `wss://`.

use std::path::PathBuf;

use sockhop_net::{Authority, Endpoint, Fault, Fingerprint, TlsTrust};

/// See the module. Without any, this system's authorities are asked, and the name has to be right.
#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
    /// For tls:// and wss://: believe the server whose certificate has this SHA-256 fingerprint
    #[arg(long, group = "trust", value_name = "HEX")]
    fingerprint: Option<Fingerprint>,
    /// For tls:// and wss://: believe the authority, or the server, whose certificate is in FILE
    #[arg(long, group = "trust", value_name = "FILE")]
    ca: Option<PathBuf>,
    /// For tls:// and wss://: believe any certificate; nobody can tell then who is at the other end
    #[arg(long, group = "trust")]
    insecure: bool,
}

impl TrustArgs {
    pub(super) fn trust(&self, endpoint: &Endpoint) -> Result<TlsTrust, Fault> {
        Ok(match self {
            Self {
                fingerprint: Some(fingerprint),
                ..
            } => TlsTrust::Fingerprint(*fingerprint),
            Self { ca: Some(path), .. } => TlsTrust::Authority(Authority::read(endpoint, path)?),
            Self { insecure: true, .. } => TlsTrust::Anything,
            _ => TlsTrust::System,
        })
    }
}

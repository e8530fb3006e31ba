//! TLS, both sides: who this side is ([`Identity`]), and whom it believes ([`TlsTrust`]).
//!
//! Here a TCP connection becomes a stream that nobody in between can read, or a fault.

mod fingerprint;
mod identity;
mod pem;
mod tap;
mod trust;
mod verifier;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ProtocolVersion;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, TlsStream};

use crate::endpoint::{Endpoint, Place};
use crate::event::Event;
use crate::fault::Fault;
use crate::peer::Peer;
use crate::stream::Stream;

pub use fingerprint::{Fingerprint, FingerprintError};
pub use identity::{Identity, NotMade};
pub use tap::Tap;
pub use trust::{Authority, TlsTrust};

/// What a handshake came to.
#[derive(Debug)]
pub(crate) struct Secured {
    pub(crate) stream: Stream,
    version: &'static str,
    fingerprint: Option<String>,
    verified: bool,
}

impl Secured {
    /// It, as it is told.
    pub(crate) fn event(&self) -> Event<'_> {
        Event::Secured {
            version: self.version,
            fingerprint: self.fingerprint.as_deref(),
            verified: self.verified,
        }
    }
}

/// Shakes hands with the server at `place` of `endpoint`, whose certificate `trust` has to find good.
pub(crate) async fn connect(
    stream: TcpStream,
    endpoint: &Endpoint,
    place: &Place,
    trust: &TlsTrust,
    within: Duration,
) -> Result<Secured, Fault> {
    let Some((config, shown)) = trust.config().await else {
        return Err(Fault::nobody_trusted(endpoint));
    };
    // The zone of an address is this machine's own business.
    let host = place.host.split('%').next().unwrap_or_default();
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| Fault::handshake(endpoint, &io::Error::other(error)))?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, Tap::new(stream));
    let connected = timeout(within, connecting.into_fallible()).await;
    let shown = shown.get();
    let stream = connected
        .map_err(|_| Fault::handshake_timed_out(endpoint, within))?
        .map_err(|(error, tap)| match (trust, shown) {
            (TlsTrust::Fingerprint(wanted), Some(shown)) if shown != wanted => {
                Fault::other_certificate(endpoint, &wanted.to_string(), &shown.to_string())
            }
            (_, Some(shown)) => Fault::handshake(endpoint, &error).showing(&shown.to_string()),
            (_, None) => Fault::handshake(endpoint, &error).answering(tap.first()),
        })?;
    Ok(Secured {
        version: version(stream.get_ref().1.protocol_version()),
        fingerprint: shown.map(Fingerprint::to_string),
        verified: trust.verifies(),
        stream: Stream::Tls(Box::new(TlsStream::Client(stream))),
    })
}

/// Shakes hands with the client `peer`, as `identity`.
pub(crate) async fn accept(
    stream: TcpStream,
    peer: &Peer,
    identity: &Identity,
    within: Duration,
) -> Result<Secured, Fault> {
    let accepting = identity.acceptor().accept(Tap::new(stream));
    let stream = timeout(within, accepting.into_fallible())
        .await
        .map_err(|_| Fault::client_handshake_timed_out(peer, within))?;
    let stream = match stream {
        Ok(stream) => stream,
        Err((error, mut tap)) => {
            tap.refuse().await;
            return Err(Fault::client_handshake(peer, &error, tap.first()));
        }
    };
    Ok(Secured {
        version: version(stream.get_ref().1.protocol_version()),
        // Clients are not asked who they are.
        fingerprint: None,
        verified: false,
        stream: Stream::Tls(Box::new(TlsStream::Server(stream))),
    })
}

/// The cryptography behind all of it.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn version(version: Option<ProtocolVersion>) -> &'static str {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    }
}

#[cfg(test)]
mod tests;

//! Faults of getting on: TLS, and the upgrade to WebSocket.

use std::io;
use std::time::Duration;

use rustls::HandshakeType;
use rustls::pki_types::InvalidDnsNameError;
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use super::Fault;
use super::cause::Cause;
use super::certificate::Refusal;
use super::stage::Stage;
use crate::endpoint::Endpoint;
use crate::language::Language;
use crate::peer::Peer;

impl Fault {
    /// The TLS handshake with the server at `endpoint` has failed with `error`.
    #[must_use]
    pub fn handshake(endpoint: &Endpoint, error: &io::Error) -> Self {
        Self::of(endpoint, Stage::Tls, shaken(error))
    }

    /// The TLS handshake with the server at `endpoint` had no outcome within `waited`.
    #[must_use]
    pub fn handshake_timed_out(endpoint: &Endpoint, waited: Duration) -> Self {
        Self::of(endpoint, Stage::Tls, silent(waited))
    }

    /// The server at `endpoint` showed the certificate `fingerprint`, and `wanted` was asked for:
    /// both the SHA-256 in hex.
    #[must_use]
    pub fn other_certificate(endpoint: &Endpoint, wanted: &str, fingerprint: &str) -> Self {
        let (wanted, fingerprint) = (wanted.to_owned(), fingerprint.to_owned());
        let cause = Cause::OtherCertificate {
            wanted,
            fingerprint,
        };
        Self::of(endpoint, Stage::Tls, cause)
    }

    /// This system has no list of those who may vouch for the server at `endpoint`.
    #[must_use]
    pub fn nobody_trusted(endpoint: &Endpoint) -> Self {
        Self::of(endpoint, Stage::Tls, Cause::NobodyTrusted)
    }

    /// The same; the certificate that was shown has this SHA-256, in hex.
    #[must_use]
    pub fn showing(mut self, shown: &str) -> Self {
        self.0.fingerprint = Some(shown.to_owned());
        self
    }

    /// The same; what came instead of TLS began with `first`.
    #[must_use]
    pub fn answering(mut self, first: &[u8]) -> Self {
        if let Cause::NoTls { language } = &mut self.0.cause {
            *language = Language::recognise(first).filter(|&language| language != Language::Tls);
        }
        self
    }

    /// The TLS handshake with a client has failed with `error`. It began with `first`, as far as
    /// that is known.
    #[must_use]
    pub fn client_handshake(peer: &Peer, error: &io::Error, first: &[u8]) -> Self {
        let cause = match (Language::recognise(first), first.first()) {
            (None, None | Some(0x16)) | (Some(Language::Tls), _) => shaken(error),
            (language, _) => Cause::NoTls { language },
        };
        Self::with(peer.as_str(), Stage::Tls, cause)
    }

    /// The TLS handshake with a client had no outcome within `waited`.
    #[must_use]
    pub fn client_handshake_timed_out(peer: &Peer, waited: Duration) -> Self {
        Self::with(peer.as_str(), Stage::Tls, silent(waited))
    }

    /// The server at `endpoint` did not agree to speak WebSocket.
    #[must_use]
    pub fn websocket(endpoint: &Endpoint, error: &WebSocketError) -> Self {
        let cause = match error {
            WebSocketError::Http(response) => Cause::WebSocketRefused {
                status: response.status().as_u16(),
            },
            WebSocketError::Io(error) => shaken(error),
            WebSocketError::ConnectionClosed
            | WebSocketError::AlreadyClosed
            | WebSocketError::Protocol(
                ProtocolError::HandshakeIncomplete | ProtocolError::ResetWithoutClosingHandshake,
            ) => Cause::ClosedBeforeAnswer,
            WebSocketError::Protocol(
                ProtocolError::WrongHttpVersion
                | ProtocolError::MissingConnectionUpgradeHeader
                | ProtocolError::MissingUpgradeWebSocketHeader
                | ProtocolError::SecWebSocketAcceptKeyMismatch,
            ) => Cause::NoWebSocket,
            WebSocketError::Protocol(ProtocolError::HttparseError(_))
            | WebSocketError::Capacity(_) => Cause::NotHttp,
            _ => Cause::BadWebSocket,
        };
        Self::of(endpoint, Stage::Protocol, cause)
    }

    /// The server at `endpoint` said nothing about speaking WebSocket within `waited`.
    #[must_use]
    pub fn websocket_timed_out(endpoint: &Endpoint, waited: Duration) -> Self {
        Self::of(endpoint, Stage::Protocol, silent(waited))
    }
}

fn silent(waited: Duration) -> Cause {
    Cause::TimedOut {
        waited,
        neighbour: None,
    }
}

/// What ended a handshake.
fn shaken(error: &io::Error) -> Cause {
    if let Some(error) = inside::<rustls::Error>(error) {
        return tls(error);
    }
    if inside::<InvalidDnsNameError>(error).is_some() {
        return Cause::BadName;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Cause::ClosedBeforeAnswer,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Cause::Reset,
        io::ErrorKind::TimedOut => Cause::LinkLost,
        _ => Cause::system(error),
    }
}

/// What has gone wrong above the socket, where it was that.
pub(super) fn inside<E: std::error::Error + 'static>(error: &io::Error) -> Option<&E> {
    error.get_ref()?.downcast_ref()
}

pub(super) fn tls(error: &rustls::Error) -> Cause {
    match error {
        rustls::Error::InvalidMessage(_)
        // An echo: what only a client says has come back.
        | rustls::Error::InappropriateHandshakeMessage {
            got_type: HandshakeType::ClientHello,
            ..
        } => Cause::NoTls { language: None },
        rustls::Error::InvalidCertificate(error) => Cause::certificate(error),
        rustls::Error::AlertReceived(alert) => Cause::alert(*alert),
        rustls::Error::PeerIncompatible(_) => Cause::TlsRefused {
            refusal: Refusal::NothingInCommon,
        },
        _ => Cause::TlsFailed,
    }
}

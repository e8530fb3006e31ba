//! Faults of a connection that worked: it broke, or what came on it makes no sense.

use std::io;

use sockhop_proto::framing::FramingError;
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

use super::Fault;
use super::cause::Cause;
use super::handshake;
use super::prefix::Prefix;
use super::stage::Stage;
use crate::language::Language;

impl Fault {
    /// Reading from or writing to `with` has failed with `error`.
    #[must_use]
    pub fn carry(with: &str, error: &io::Error) -> Self {
        let (stage, cause) = broken(error);
        Self::with(with, stage, cause)
    }

    /// The program that was to serve somebody does not start: `command`.
    #[must_use]
    pub fn program(command: &str, error: &io::Error) -> Self {
        let cause = Cause::Program {
            kind: error.kind(),
            number: error.raw_os_error(),
        };
        Self::with(command, Stage::Transfer, cause)
    }

    /// `with` closed the connection before it said anything.
    #[must_use]
    pub fn closed_before_answer(with: &str) -> Self {
        Self::with(with, Stage::Protocol, Cause::ClosedBeforeAnswer)
    }

    /// `with` speaks a language that nobody here expected.
    #[must_use]
    pub fn foreign(with: &str, language: Language) -> Self {
        let cause = match language {
            Language::Tls => Cause::SpeaksTls,
            language => Cause::Foreign { language },
        };
        Self::with(with, Stage::Protocol, cause)
    }

    /// What came from `with`, of which `input` is left, is no frame; or what was to be sent to it
    /// fits none.
    #[must_use]
    pub fn frame(with: &str, error: FramingError, input: &[u8]) -> Self {
        let prefix = Prefix::of(&error, input);
        Self::with(with, Stage::Protocol, Cause::BadFrame { error, prefix })
    }

    /// The WebSocket with `with`, which worked, has failed with `error`.
    #[must_use]
    pub fn websocket_broke(with: &str, error: &WebSocketError) -> Self {
        let (stage, cause) = match error {
            WebSocketError::Io(error) => broken(error),
            WebSocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                (Stage::Transfer, Cause::CutOff)
            }
            WebSocketError::ConnectionClosed
            | WebSocketError::AlreadyClosed
            | WebSocketError::Protocol(ProtocolError::SendAfterClosing) => {
                (Stage::Transfer, Cause::BrokenPipe)
            }
            WebSocketError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                let error = FramingError::TooLarge {
                    bytes: *size as u64,
                    bytes_max: *max_size,
                };
                let prefix = Prefix::Unknown;
                (Stage::Protocol, Cause::BadFrame { error, prefix })
            }
            _ => (Stage::Protocol, Cause::BadWebSocket),
        };
        Self::with(with, stage, cause)
    }
}

fn broken(error: &io::Error) -> (Stage, Cause) {
    match handshake::inside::<rustls::Error>(error) {
        // It spoke TLS so far.
        Some(rustls::Error::InvalidMessage(_)) => (Stage::Tls, Cause::TlsFailed),
        // Our certificate may be refused after what this side took for the end of the handshake.
        Some(error) => (Stage::Tls, handshake::tls(error)),
        None => (Stage::Transfer, cut(error)),
    }
}

fn cut(error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Cause::Reset,
        io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected | io::ErrorKind::WriteZero => {
            Cause::BrokenPipe
        }
        // A stream was never refused once it was connected: a datagram was.
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::TimedOut
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => Cause::LinkLost,
        io::ErrorKind::UnexpectedEof => Cause::CutOff,
        io::ErrorKind::PermissionDenied => Cause::NotPermitted,
        _ => Cause::system(error),
    }
}

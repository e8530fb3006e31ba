//! Messages of a WebSocket, in the terms of a link.

use std::io;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

/// `bytes` as a message: text where it is UTF-8, binary elsewhere.
pub(super) fn message(bytes: &Bytes) -> Message {
    match Utf8Bytes::try_from(bytes.clone()) {
        Ok(text) => Message::Text(text),
        Err(_) => Message::Binary(bytes.clone()),
    }
}

/// What a message carries, if it carries anything. The library answers pings by itself.
pub(super) fn payload(message: Message) -> Option<Bytes> {
    match message {
        Message::Text(text) => Some(text.into()),
        Message::Binary(bytes) => Some(bytes),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => None,
    }
}

/// Whether the other side has ended the conversation, or just left.
pub(super) fn is_end(error: &Error) -> bool {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    matches!(
        error,
        Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
    )
}

/// `error` in the terms of streams.
pub(super) fn error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::BrokenPipe.into(),
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

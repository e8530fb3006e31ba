//! What carries bytes or messages between two sides, once they are connected.
//!
//! There are three kinds, because there are three kinds of boundary: a stream has none, a datagram
//! is one message, and a WebSocket has messages on a stream.

use tokio_tungstenite::WebSocketStream;

use crate::datagram::Datagrams;
use crate::stream::Stream;

/// See the module.
#[derive(Debug)]
pub enum Transport {
    /// Bytes in order, without boundaries.
    Stream(Stream),
    /// Messages on a stream.
    WebSocket(Box<WebSocketStream<Stream>>),
    /// Messages that may be lost.
    Datagrams(Datagrams),
}

impl From<Stream> for Transport {
    fn from(stream: Stream) -> Self {
        Self::Stream(stream)
    }
}

impl From<Datagrams> for Transport {
    fn from(datagrams: Datagrams) -> Self {
        Self::Datagrams(datagrams)
    }
}

#[cfg(test)]
pub(crate) mod tests;

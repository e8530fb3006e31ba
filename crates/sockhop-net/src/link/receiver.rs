//! The half of a link that brings messages in.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::SplitStream;
use sockhop_proto::framing::{Decoder, Framing, FramingError};
use tokio::io::AsyncReadExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{MESSAGE_BYTES_MAX, Pulse, Teller, websocket};
use crate::datagram::Datagrams;
use crate::event::Event;
use crate::fault::Fault;
use crate::peer::Peer;
use crate::stream::{ReadStream, Stream};

/// How much is read at once, at most; large enough that a bulk copy spends its time copying.
const READ_BYTES: usize = 128 << 10;

/// Where bytes come from.
#[derive(Debug)]
pub(super) enum Source {
    Stream(ReadStream),
    WebSocket(SplitStream<WebSocketStream<Stream>>),
    Datagrams(Datagrams),
}

/// See the module.
#[derive(Debug)]
pub struct Receiver {
    source: Source,
    decoder: Decoder,
    /// Read, and not yet handed out as messages.
    input: BytesMut,
    ended: bool,
    /// Whether a datagram, or a message of a WebSocket, has come of which nothing was handed out; it
    /// may be empty.
    is_message_unread: bool,
    bytes_in: u64,
    messages: u64,
    teller: Teller,
}

impl Source {
    pub(super) fn stream(stream: ReadStream) -> Self {
        Self::Stream(stream)
    }

    /// Reads once, to the end of `input`; nothing read is the end. Cancel-safe.
    async fn read(&mut self, input: &mut BytesMut) -> io::Result<Option<usize>> {
        let before = input.len();
        match self {
            Self::Stream(stream) => {
                // Once the messages of earlier reads are gone, this makes room without allocating.
                input.reserve(READ_BYTES);
                if stream.read_buf(input).await? == 0 {
                    return Ok(None);
                }
            }
            Self::Datagrams(datagrams) => input.extend_from_slice(&datagrams.receive().await?),
            Self::WebSocket(socket) => match next_message(socket).await? {
                Some(message) => input.extend_from_slice(&message),
                None => return Ok(None),
            },
        }
        Ok(Some(input.len() - before))
    }

    /// Whether what is read at once belongs together, and to nothing read before or after.
    fn keeps_bounds(&self) -> bool {
        matches!(self, Self::Datagrams(_))
    }
}

async fn next_message(
    socket: &mut SplitStream<WebSocketStream<Stream>>,
) -> io::Result<Option<Bytes>> {
    loop {
        match socket.next().await {
            None | Some(Ok(Message::Close(_))) => return Ok(None),
            Some(Err(error)) if websocket::is_end(&error) => return Ok(None),
            Some(Err(error)) => return Err(websocket::error(error)),
            Some(Ok(message)) => {
                if let Some(payload) = websocket::payload(message) {
                    return Ok(Some(payload));
                }
            }
        }
    }
}

impl Receiver {
    pub(super) fn new(source: Source, teller: Teller) -> Self {
        Self {
            source,
            decoder: Decoder::new(Framing::None, MESSAGE_BYTES_MAX),
            input: BytesMut::new(),
            ended: false,
            is_message_unread: false,
            bytes_in: 0,
            messages: 0,
            teller,
        }
    }

    pub(super) fn frame_by(&mut self, framing: Framing, message_bytes_max: usize) {
        self.decoder = Decoder::new(framing, message_bytes_max);
    }

    /// Who it comes from.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.teller.peer
    }

    /// Whether the other side has ended its half, or what it sent could not be understood.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Bytes read so far.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in
    }

    /// The next message, whole; none once the other side has ended its half. Cancel-safe.
    ///
    /// # Errors
    /// The connection broke, or what came on it can be no frame. Nothing comes after that.
    pub async fn receive(&mut self) -> Result<Option<Bytes>, Fault> {
        // Whoever sends a thousand messages at once leaves the others their turn.
        tokio::task::coop::consume_budget().await;
        loop {
            if let Some(message) = self.receive_ready()? {
                return Ok(Some(message));
            }
            if self.ended {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// The next message, if it has been read already. So a burst can be answered in one write.
    ///
    /// # Errors
    /// What has been read can be no frame.
    pub fn receive_ready(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.input.is_empty() {
            // An empty read is nothing on a stream; an empty message is one.
            let is_message = self.is_message_unread && self.decoder.framing().is_none();
            self.is_message_unread = false;
            return Ok(is_message.then(|| self.handed_out(Bytes::new())));
        }
        self.is_message_unread = false;
        // A datagram is a stream of its own, which has ended.
        let decoded = if self.ended || self.source.keeps_bounds() {
            self.decoder.finish(&mut self.input)
        } else {
            self.decoder.decode(&mut self.input)
        };
        match decoded {
            Ok(Some(message)) => Ok(Some(self.handed_out(message))),
            Ok(None) => Ok(None),
            Err(error) => Err(self.bad_frame(error)),
        }
    }

    fn handed_out(&mut self, message: Bytes) -> Bytes {
        self.messages += 1;
        self.teller.tell(&Event::Received {
            n: self.messages,
            message: &message,
        });
        message
    }

    /// When something last moved on its link.
    pub(super) fn pulse(&self) -> Pulse {
        self.teller.pulse.clone()
    }

    /// Waits until the connection is broken, which it may never be, while nobody reads from it, and
    /// says why. Cancel-safe.
    pub(crate) async fn broken(&self) -> Fault {
        let error = match &self.source {
            Source::Stream(stream) => stream.broken().await,
            // Whoever answers a datagram with a refusal is heard of when it is read.
            Source::WebSocket(_) | Source::Datagrams(_) => std::future::pending().await,
        };
        Fault::carry(self.teller.peer.as_str(), &error)
    }

    /// Reads once, and says what the frames now lack.
    pub(super) async fn read(&mut self) -> Result<(), Fault> {
        if let Some(pending) = self.decoder.pending(&self.input) {
            self.teller.tell(&Event::Unfinished { pending });
        }
        self.teller.ready().await;
        let before = self.input.len();
        match self.source.read(&mut self.input).await {
            Ok(Some(bytes)) => {
                self.teller.pulse.beat();
                self.is_message_unread = !matches!(self.source, Source::Stream(_));
                self.bytes_in += bytes as u64;
                let bytes = &self.input[before..];
                self.teller.tell(&Event::Read { bytes });
            }
            Ok(None) => {
                self.ended = true;
                self.teller.tell(&Event::PeerEnded);
            }
            Err(error) => return Err(Fault::carry(self.teller.peer.as_str(), &error)),
        }
        Ok(())
    }

    /// Reads on to the end, of which nobody wants to know anything.
    pub(super) async fn discard(&mut self) {
        self.ended = true;
        self.input.clear();
        while let Ok(Some(_)) = self.source.read(&mut self.input).await {
            self.input.clear();
        }
    }

    /// A frame that cannot be, and nothing after it that could be understood.
    pub(crate) fn bad_frame(&mut self, error: FramingError) -> Fault {
        self.ended = true;
        let input = self.input.split();
        Fault::frame(self.teller.peer.as_str(), error, &input)
    }
}

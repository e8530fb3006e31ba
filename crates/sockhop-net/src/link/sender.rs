//! The half of a link that takes messages out.

use std::collections::VecDeque;
use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::SinkExt as _;
use futures_util::stream::SplitSink;
use sockhop_proto::framing::Framing;
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{Teller, websocket};
use crate::datagram::DatagramSender;
use crate::event::Event;
use crate::fault::Fault;
use crate::stream::{Stream, WriteStream};

/// Frames smaller than this are gathered, so that a burst of them is one write; larger ones are not
/// worth the copying.
const GATHERED_BYTES: usize = 16 << 10;

/// What fits one packet of nearly any network, headers and tunnels included.
const DATAGRAM_PART_BYTES: usize = 1400;

/// Where bytes go.
#[derive(Debug)]
pub(super) enum Drain {
    Stream(WriteStream),
    WebSocket(SplitSink<WebSocketStream<Stream>, Message>),
    Datagrams(DatagramSender),
}

impl Drain {
    /// Writes once, and says how much. Datagrams and WebSocket messages go out whole.
    async fn write(&mut self, frame: &Bytes) -> io::Result<usize> {
        match self {
            Self::Stream(stream) => match stream.write(frame).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => return Ok(written),
            },
            Self::Datagrams(datagrams) => datagrams.send(frame).await?,
            Self::WebSocket(socket) => {
                let sent = socket.send(websocket::message(frame)).await;
                sent.map_err(websocket::error)?;
            }
        }
        Ok(frame.len())
    }

    /// Sends on its way what a layer beneath may have kept, as TLS does.
    async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stream(stream) => stream.flush().await,
            Self::Datagrams(_) | Self::WebSocket(_) => Ok(()),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Sender {
    drain: Drain,
    framing: Framing,
    /// To be written, each by a call of its own; the first may be written in part.
    queue: VecDeque<Bytes>,
    /// Small frames that will be written together, behind the queue.
    gathered: BytesMut,
    finished: bool,
    bytes_out: u64,
    messages: u64,
    teller: Teller,
}

impl Sender {
    pub(super) fn new(drain: Drain, teller: Teller) -> Self {
        Self {
            drain,
            framing: Framing::None,
            queue: VecDeque::new(),
            gathered: BytesMut::new(),
            finished: false,
            bytes_out: 0,
            messages: 0,
            teller,
        }
    }

    pub(super) fn frame_by(&mut self, framing: Framing) {
        self.framing = framing;
    }

    /// Bytes written so far.
    #[must_use]
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    /// Bytes that were put and are not yet written.
    #[must_use]
    pub fn waiting_bytes(&self) -> usize {
        self.gathered.len() + self.queue.iter().map(Bytes::len).sum::<usize>()
    }

    /// Whether messages are told apart by something other than framing: by datagrams, say.
    #[must_use]
    pub fn keeps_bounds(&self) -> bool {
        !matches!(self.drain, Drain::Stream(_))
    }

    /// Frames `message` and writes it.
    ///
    /// # Errors
    /// It fits no frame, or the connection broke.
    pub async fn send(&mut self, message: &[u8]) -> Result<(), Fault> {
        self.put(Bytes::copy_from_slice(message))?;
        self.flush().await
    }

    /// Frames `message`, to be written by the next [`Self::flush`].
    ///
    /// # Errors
    /// It fits no frame. What was put before stays.
    pub fn put(&mut self, message: Bytes) -> Result<(), Fault> {
        if self.framing.is_none() {
            self.put_frame(&message.clone(), message);
            return Ok(());
        }
        let encoded = self.framing.encode(&message, &mut self.gathered);
        encoded.map_err(|error| Fault::frame(self.teller.peer.as_str(), error, &[]))?;
        self.tell_sent(&message);
        if self.keeps_bounds() {
            self.line_up();
        }
        Ok(())
    }

    /// The same for `bytes` that are no message, but a part of something larger: datagrams take
    /// them in parts that cross most networks unbroken.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub fn put_bytes(&mut self, mut bytes: Bytes) -> Result<(), Fault> {
        if let Drain::Datagrams(_) = self.drain {
            while bytes.len() > DATAGRAM_PART_BYTES {
                self.put(bytes.split_to(DATAGRAM_PART_BYTES))?;
            }
        }
        self.put(bytes)
    }

    /// The same for a `message` that somebody has framed already, as one does who sends it to many.
    pub(crate) fn put_frame(&mut self, message: &[u8], frame: Bytes) {
        self.tell_sent(message);
        if self.keeps_bounds() {
            // An empty write is nothing on a stream; an empty datagram is one.
            self.queue.push_back(frame);
        } else if frame.len() < GATHERED_BYTES {
            self.gathered.extend_from_slice(&frame);
        } else {
            self.line_up();
            self.queue.push_back(frame);
        }
    }

    fn tell_sent(&mut self, message: &[u8]) {
        self.messages += 1;
        let n = self.messages;
        self.teller.tell(&Event::Sent { n, message });
    }

    /// What was gathered takes its place in the queue.
    fn line_up(&mut self) {
        if !self.gathered.is_empty() {
            self.queue.push_back(self.gathered.split().freeze());
        }
    }

    /// Writes all that was put. If it is dropped before, the rest stays to be written; but a message
    /// of a WebSocket may then go out twice.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        while !self.flush_some().await? {}
        Ok(())
    }

    /// The same, as far as one write goes. Says whether all is out.
    pub(crate) async fn flush_some(&mut self) -> Result<bool, Fault> {
        self.teller.ready().await;
        self.line_up();
        let written = self.write_first().await;
        written.map_err(|error| Fault::carry(self.teller.peer.as_str(), &error))
    }

    async fn write_first(&mut self) -> io::Result<bool> {
        if let Some(first) = self.queue.front_mut() {
            let written = match self.drain.write(first).await {
                Ok(written) => written,
                Err(error) => {
                    // A datagram that cannot go now is stale by the time it could.
                    if self.keeps_bounds() {
                        self.queue.pop_front();
                    }
                    return Err(error);
                }
            };
            let bytes = first.split_to(written);
            self.teller.pulse.beat();
            self.bytes_out += written as u64;
            self.teller.tell(&Event::Wrote { bytes: &bytes });
            if first.is_empty() {
                self.queue.pop_front();
            }
        }
        let all_out = self.queue.is_empty();
        if all_out {
            self.drain.flush().await?;
        }
        Ok(all_out)
    }

    /// The same, where the other side would else take the end for a fault: TLS and WebSocket have a
    /// word for it.
    ///
    /// # Errors
    /// As [`Self::finish`].
    pub async fn say_goodbye(&mut self) -> Result<(), Fault> {
        let says = match &self.drain {
            Drain::Stream(stream) => stream.says_goodbye(),
            Drain::WebSocket(_) => true,
            Drain::Datagrams(_) => false,
        };
        if says {
            self.finish().await?;
        }
        Ok(())
    }

    /// Writes all that was put, and ends this half; the other side may still send. Datagrams know
    /// no end.
    ///
    /// # Errors
    /// The connection broke before all was written.
    pub async fn finish(&mut self) -> Result<(), Fault> {
        self.flush().await?;
        if std::mem::replace(&mut self.finished, true) {
            return Ok(());
        }
        let ended = match &mut self.drain {
            Drain::Stream(stream) => stream.shutdown().await,
            Drain::WebSocket(socket) => socket.close().await.map_err(websocket::error),
            Drain::Datagrams(_) => return Ok(()),
        };
        match ended {
            Ok(()) => self.teller.tell(&Event::WeEnded),
            // There is no connection left to end: what was on its way is lost.
            Err(error) if error.kind() == io::ErrorKind::NotConnected && self.bytes_out > 0 => {
                let reset = io::ErrorKind::ConnectionReset.into();
                return Err(Fault::carry(self.teller.peer.as_str(), &reset));
            }
            // Whoever has left already need not be told that nothing more comes.
            Err(_) => {}
        }
        Ok(())
    }
}

//! What a client says: which protocol it speaks, and its bytes to commands, however they were read.
//!
//! ```text
//!   Unknown ----first bytes---------------> Spoken
//!      |                                      ^ ^
//!      +--1 s of silence--> Silent --bytes----+ |
//!   WebSocket --------------first message-------+
//! ```
//!
//! *Unknown* waits for the first bytes, which tell the protocol. *Silent* has been greeted as a
//! person, until its first bytes say otherwise. *WebSocket* is answered in JSON, until its first
//! message tells in which kind it is to be, whatever pings come before. *Spoken* is settled.
//!
//! No socket here: bytes come in, commands go to the hub.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sockhop_hub::{Flow, SessionKey};
use sockhop_proto::detect::{Detected, detect};
use sockhop_proto::knock::Knock;
use sockhop_proto::text::TEXT;
use sockhop_proto::websocket::{self, JSON_MESSAGES};
use sockhop_proto::{CloseReason, Code, Decoded, Protocol, Refusal};

use crate::shared::Shared;
use crate::weight::Weight;

/// What is known of a client.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Unknown,
    Silent(SessionKey),
    WebSocket(SessionKey),
    Spoken(SessionKey, &'static Protocol),
}

impl Stage {
    /// The session there is, and how it is spoken to.
    fn session(self) -> Option<(SessionKey, &'static Protocol)> {
        match self {
            Self::Unknown => None,
            Self::Silent(key) => Some((key, &TEXT)),
            Self::WebSocket(key) => Some((key, &JSON_MESSAGES)),
            Self::Spoken(key, protocol) => Some((key, protocol)),
        }
    }
}

/// First bytes that are not for the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// HTTP. They are among what is left.
    Http,
    /// To be refused.
    Knock(&'static Knock),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Talk {
    shared: Arc<Shared>,
    peer: Option<SocketAddr>,
    stage: Stage,
    /// Bytes that do not make a whole message yet, or had to wait.
    leftover: Vec<u8>,
    weight: Weight,
    /// How many of them are known to hold no end of a message.
    seen: usize,
    /// Whether the hub will not listen just now, so that `leftover` may hold whole messages.
    waiting: bool,
    at_end: bool,
    /// Whether a whole message has come since somebody asked.
    progressed: bool,
    /// How many bytes have been read that the hub has not counted yet.
    uncounted: usize,
}

impl Talk {
    /// A talk with `peer` in whatever protocol the first bytes tell.
    pub(crate) fn unknown(shared: Arc<Shared>, peer: Option<SocketAddr>) -> Self {
        Self {
            weight: shared.scales.weight(),
            shared,
            peer,
            stage: Stage::Unknown,
            leftover: Vec::new(),
            seen: 0,
            waiting: false,
            at_end: false,
            progressed: false,
            uncounted: 0,
        }
    }

    /// A talk in `protocol`.
    pub(crate) fn spoken(
        shared: Arc<Shared>,
        peer: Option<SocketAddr>,
        protocol: &'static Protocol,
    ) -> Self {
        let mut talk = Self::unknown(shared, peer);
        talk.speak(protocol);
        talk
    }

    /// A talk in WebSocket messages, of which `first` have come with the handshake.
    pub(crate) fn websocket(
        shared: Arc<Shared>,
        peer: Option<SocketAddr>,
        first: &mut [u8],
    ) -> Self {
        let mut talk = Self::unknown(shared, peer);
        let key = talk.open(&JSON_MESSAGES);
        talk.stage = Stage::WebSocket(key);
        let used = talk.consume(first, 0);
        talk.keep(first[used..].to_vec(), 0);
        talk
    }

    fn open(&self, protocol: &'static Protocol) -> SessionKey {
        let now = self.shared.clock.now();
        self.shared.hub().open(protocol, self.peer, now)
    }

    /// Where the client is; nowhere for one on a Unix socket.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.peer.map(|peer| peer.ip().to_canonical())
    }

    pub(crate) fn session(&self) -> Option<SessionKey> {
        self.stage.session().map(|(key, _)| key)
    }

    pub(crate) fn protocol(&self) -> Option<&'static Protocol> {
        self.stage.session().map(|(_, protocol)| protocol)
    }

    /// Whether it stands in the middle of a message that a program should have finished long ago.
    /// People may take their time.
    pub(crate) fn is_midway(&self) -> bool {
        let program = self.protocol().is_some_and(|protocol| !protocol.for_people);
        program && !self.leftover.is_empty() && !self.waiting
    }

    /// Whether a whole message has come since this was last asked.
    pub(crate) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progressed)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at_end
    }

    /// Nothing has come for as long as first bytes may take: greets a person.
    pub(crate) fn greet(&mut self) {
        if self.leftover.is_empty() {
            self.stage = Stage::Silent(self.open(&TEXT));
        } else {
            // The beginning of a knock, and no more of it: a person who types slowly.
            self.speak(&TEXT);
        }
    }

    /// Whether the hub listens. If it does, what had to wait has been taken in.
    pub(crate) fn poll_ready(&mut self) -> bool {
        let Some(key) = self.session() else {
            return true;
        };
        let mut hub = self.shared.hub();
        hub.note_read(key, std::mem::take(&mut self.uncounted));
        let flow = hub.flow(key);
        drop(hub);
        if flow == Flow::Wait {
            return false;
        }
        if self.waiting {
            let mut bytes = self.take_leftover();
            let used = self.consume(&mut bytes, 0);
            self.keep(bytes, used);
            self.finish_at_end();
        }
        !self.waiting
    }

    /// Notes that so many bytes were read.
    pub(crate) fn note_read(&mut self, bytes: usize) {
        self.uncounted += bytes;
    }

    /// Ends the session, if there is one: the connection is over.
    pub(crate) fn close(&mut self, reason: CloseReason) {
        drop(self.take_leftover());
        if let Some(key) = self.session() {
            let now = self.shared.clock.now();
            let mut hub = self.shared.hub();
            hub.note_read(key, std::mem::take(&mut self.uncounted));
            hub.close(key, reason, now);
        }
    }

    /// What is left of earlier reads.
    pub(crate) fn leftover(&self) -> &[u8] {
        &self.leftover
    }

    /// Takes in what was read, which begins with what was left of earlier reads.
    ///
    /// # Errors
    /// That it is not for the hub.
    pub(crate) fn take_in(&mut self, whole: &mut [u8]) -> Result<(), Elsewhere> {
        drop(self.take_leftover());
        let settled = self.settle(whole);
        let used = match settled {
            Ok(true) => self.consume(whole, self.seen),
            Ok(false) | Err(_) => 0,
        };
        self.keep(whole[used..].to_vec(), 0);
        settled.map(drop)
    }

    /// Takes in what was read behind a leftover that is too long to be copied each time.
    ///
    /// # Errors
    /// That it is not for the hub.
    pub(crate) fn take_in_more(&mut self, fresh: &[u8]) -> Result<(), Elsewhere> {
        let mut bytes = self.take_leftover();
        bytes.extend_from_slice(fresh);
        let settled = self.settle(&bytes);
        let used = match settled {
            Ok(true) => self.consume(&mut bytes, self.seen),
            Ok(false) | Err(_) => 0,
        };
        self.keep(bytes, used);
        settled.map(drop)
    }

    /// The client has said all it will. A last line without its newline counts.
    pub(crate) fn end_of_input(&mut self) {
        self.at_end = true;
        if matches!(self.stage, Stage::Unknown) && !self.leftover.is_empty() {
            self.speak(&TEXT);
        }
        let by_lines = self.protocol().is_some_and(|protocol| protocol.by_lines);
        if by_lines && !self.leftover.is_empty() {
            let mut bytes = self.take_leftover();
            bytes.push(b'\n');
            let used = if self.waiting {
                0
            } else {
                self.consume(&mut bytes, 0)
            };
            self.keep(bytes, used);
        }
        self.finish_at_end();
    }

    fn finish_at_end(&mut self) {
        if let (true, false, Some(key)) = (self.at_end, self.waiting, self.session()) {
            self.shared.hub().finish(key);
        }
    }

    /// Settles which protocol is spoken, if these first bytes tell, and says whether they can be
    /// read.
    fn settle(&mut self, first: &[u8]) -> Result<bool, Elsewhere> {
        match self.stage {
            Stage::Spoken(..) | Stage::WebSocket(_) => return Ok(true),
            Stage::Unknown | Stage::Silent(_) => {}
        }
        match detect(first) {
            Detected::Protocol(protocol) => self.speak(protocol),
            Detected::Http => {
                self.unsay();
                return Err(Elsewhere::Http);
            }
            Detected::Knock(knock) => return Err(Elsewhere::Knock(knock)),
            Detected::Undecided => return Ok(false),
        }
        Ok(true)
    }

    /// Ends the session of one that was taken for somebody else.
    fn unsay(&mut self) {
        if let Stage::Silent(key) = self.stage {
            let now = self.shared.clock.now();
            self.shared.hub().close(key, CloseReason::Switched, now);
            self.stage = Stage::Unknown;
        }
    }

    /// Begins a session, in place of the one assumed, unless that was right.
    fn speak(&mut self, protocol: &'static Protocol) {
        let key = match self.stage {
            Stage::Silent(key) if protocol == &TEXT => key,
            _ => {
                self.unsay();
                self.open(protocol)
            }
        };
        self.stage = Stage::Spoken(key, protocol);
    }

    /// Who says `next`, and how.
    fn speaker(&mut self, next: &[u8]) -> Option<(SessionKey, &'static Protocol)> {
        if let Stage::WebSocket(key) = self.stage
            && let Some(protocol) = websocket::detect(next)
        {
            self.shared.hub().change_protocol(key, protocol);
            self.stage = Stage::Spoken(key, protocol);
        }
        self.stage.session()
    }

    /// Hands the hub every whole message in `bytes`, and says how many bytes those were.
    fn consume(&mut self, bytes: &mut [u8], seen: usize) -> usize {
        let now = self.shared.clock.now();
        let (mut used, mut seen) = (0, seen);
        self.waiting = false;
        while used < bytes.len() && !self.waiting {
            let Some((key, protocol)) = self.speaker(&bytes[used..]) else {
                break;
            };
            let decoded = (protocol.decode)(&mut bytes[used..], seen, &self.shared.limits);
            let flow = match decoded {
                Decoded::Incomplete => break,
                Decoded::Command { command, taken } => {
                    used += taken;
                    self.shared.hub().handle(key, command, now)
                }
                Decoded::Answer { event, taken } => {
                    used += taken;
                    let mut hub = self.shared.hub();
                    hub.say(key, &event);
                    hub.flow(key)
                }
                Decoded::Reply { bytes, taken } => {
                    used += taken;
                    let mut hub = self.shared.hub();
                    hub.reply(key, &bytes);
                    hub.flow(key)
                }
                Decoded::End => {
                    self.at_end = true;
                    self.shared.hub().finish(key);
                    return bytes.len();
                }
                Decoded::Skip { taken } => {
                    used += taken;
                    Flow::Go
                }
                Decoded::Broken { refusal, reason } => {
                    self.shared.hub().expel(key, refusal, reason, now);
                    return bytes.len();
                }
            };
            seen = 0;
            self.progressed = true;
            self.waiting = flow == Flow::Wait;
        }
        used
    }

    /// Takes what is left of earlier reads.
    pub(crate) fn take_leftover(&mut self) -> Vec<u8> {
        // Less is never refused.
        let _ = self.weight.set(0);
        std::mem::take(&mut self.leftover)
    }

    /// Keeps `bytes` from `used` on for later, if there is room in the house for that.
    fn keep(&mut self, mut bytes: Vec<u8>, used: usize) {
        bytes.drain(..used);
        if bytes.is_empty() {
            bytes = Vec::new();
        }
        self.seen = if self.waiting { 0 } else { bytes.len() };
        let weighed = self.weight.set(bytes.len());
        self.leftover = bytes;
        if let (Err(refusal), Some(key)) = (weighed, self.session()) {
            let now = self.shared.clock.now();
            self.shared
                .hub()
                .expel(key, refusal, CloseReason::Overloaded, now);
        }
    }

    /// Half a message, and nothing more for too long.
    pub(crate) fn give_up_waiting(&mut self) {
        if let Some(key) = self.session() {
            let words = "half a message came, and then nothing more for too long";
            let refusal = Refusal::new(Code::TimedOut, words)
                .hint("send each message whole: a json line ends with a newline, a frame has the length it announces");
            let now = self.shared.clock.now();
            self.shared
                .hub()
                .expel(key, refusal, CloseReason::TimedOut, now);
        }
    }
}

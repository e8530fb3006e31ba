//! What a client says: which protocol it speaks, and its bytes to commands, however they were read.
//!
//! ```text
//!   Unknown ----first bytes----> Spoken
//!      |                           ^
//!      +--1 s of silence--> Greeted +--first bytes
//! ```
//!
//! *Unknown* waits for the first bytes, which tell the protocol. *Greeted* has been taken for a
//! silent person and greeted as one, until its first bytes say otherwise. *Spoken* is settled.
//!
//! No socket here: bytes come in, commands go to the hub.

use std::sync::Arc;

use sockhop_hub::{Flow, SessionKey};
use sockhop_proto::detect::{Detected, detect};
use sockhop_proto::knock::Knock;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, Code, Decoded, Protocol, Refusal};

use crate::shared::Shared;

/// What is known of a client.
#[derive(Debug, Clone, Copy)]
enum Stage {
    Unknown,
    Greeted(SessionKey),
    Spoken(SessionKey, &'static Protocol),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Talk {
    shared: Arc<Shared>,
    stage: Stage,
    /// Bytes that do not make a whole message yet, or had to wait.
    leftover: Vec<u8>,
    /// How many of them are known to hold no end of a message.
    seen: usize,
    /// Whether the hub will not listen just now, so that `leftover` may hold whole messages.
    waiting: bool,
    at_end: bool,
    /// Whether a whole message has come since somebody asked.
    progressed: bool,
}

impl Talk {
    /// A talk in `protocol`, or in whatever the first bytes tell.
    pub(crate) fn new(shared: Arc<Shared>, protocol: Option<&'static Protocol>) -> Self {
        let mut talk = Self {
            shared,
            stage: Stage::Unknown,
            leftover: Vec::new(),
            seen: 0,
            waiting: false,
            at_end: false,
            progressed: false,
        };
        if let Some(protocol) = protocol {
            talk.speak(protocol);
        }
        talk
    }

    pub(crate) fn session(&self) -> Option<SessionKey> {
        match self.stage {
            Stage::Unknown => None,
            Stage::Greeted(key) | Stage::Spoken(key, _) => Some(key),
        }
    }

    pub(crate) fn protocol(&self) -> Option<&'static Protocol> {
        match self.stage {
            Stage::Unknown => None,
            Stage::Greeted(_) => Some(&TEXT),
            Stage::Spoken(_, protocol) => Some(protocol),
        }
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
            let key = self.shared.hub().open(&TEXT, self.shared.clock.now());
            self.stage = Stage::Greeted(key);
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
        if self.shared.hub().flow(key) == Flow::Wait {
            return false;
        }
        if self.waiting {
            let bytes = self.take_leftover();
            let used = self.consume(&bytes, 0);
            self.keep(bytes, used);
            self.finish_at_end();
        }
        !self.waiting
    }

    /// What is left of earlier reads.
    pub(crate) fn leftover(&self) -> &[u8] {
        &self.leftover
    }

    /// Takes in what was read, which begins with what was left of earlier reads.
    ///
    /// # Errors
    /// A knock that is to be refused.
    pub(crate) fn take_in(&mut self, whole: &[u8]) -> Result<(), &'static Knock> {
        drop(self.take_leftover());
        self.settle(whole)?;
        let used = self.consume(whole, self.seen);
        self.keep(whole[used..].to_vec(), 0);
        Ok(())
    }

    /// Takes in what was read behind a leftover that is too long to be copied each time.
    ///
    /// # Errors
    /// A knock that is to be refused.
    pub(crate) fn take_in_more(&mut self, fresh: &[u8]) -> Result<(), &'static Knock> {
        let mut bytes = self.take_leftover();
        bytes.extend_from_slice(fresh);
        self.settle(&bytes)?;
        let used = self.consume(&bytes, self.seen);
        self.keep(bytes, used);
        Ok(())
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
                self.consume(&bytes, 0)
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

    /// Settles which protocol is spoken, if these first bytes tell.
    fn settle(&mut self, first: &[u8]) -> Result<(), &'static Knock> {
        if matches!(self.stage, Stage::Spoken(..)) {
            return Ok(());
        }
        match detect(first) {
            Detected::Protocol(protocol) => self.speak(protocol),
            Detected::Knock(knock) => return Err(knock),
            Detected::Undecided => {}
        }
        Ok(())
    }

    /// Begins a session, in place of a silent person's, unless it is a person that speaks now.
    fn speak(&mut self, protocol: &'static Protocol) {
        let now = self.shared.clock.now();
        let key = match self.stage {
            Stage::Greeted(key) if protocol == &TEXT => key,
            Stage::Greeted(key) => {
                let mut hub = self.shared.hub();
                hub.close(key, CloseReason::Switched, now);
                hub.open(protocol, now)
            }
            Stage::Unknown | Stage::Spoken(..) => self.shared.hub().open(protocol, now),
        };
        self.stage = Stage::Spoken(key, protocol);
    }

    /// Hands the hub every whole message in `bytes`, and says how many bytes those were.
    fn consume(&mut self, bytes: &[u8], seen: usize) -> usize {
        let Stage::Spoken(key, protocol) = self.stage else {
            return 0;
        };
        let now = self.shared.clock.now();
        let (mut used, mut seen) = (0, seen);
        self.waiting = false;
        while used < bytes.len() && !self.waiting {
            let decoded = (protocol.decode)(&bytes[used..], seen, &self.shared.limits);
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

    fn take_leftover(&mut self) -> Vec<u8> {
        self.shared.weigh_inbound(self.leftover.len(), 0);
        std::mem::take(&mut self.leftover)
    }

    /// Keeps `bytes` from `used` on for later, if there is room in the house for that.
    fn keep(&mut self, mut bytes: Vec<u8>, used: usize) {
        bytes.drain(..used);
        if bytes.is_empty() {
            bytes = Vec::new();
        }
        self.seen = if self.waiting { 0 } else { bytes.len() };
        let fits = self.shared.weigh_inbound(0, bytes.len());
        self.leftover = bytes;
        if let (false, Some(key)) = (fits, self.session()) {
            let words = "the hub holds too many unfinished messages just now";
            let refusal = Refusal::new(Code::Overloaded, words).hint("try again later");
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

impl Drop for Talk {
    fn drop(&mut self) {
        self.shared.weigh_inbound(self.leftover.len(), 0);
    }
}

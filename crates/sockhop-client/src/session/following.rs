//! One subscription: what it asked for, where it is in each room, and what waits to be read.
//!
//! ```text
//!                 ask                    subscribed, room by room
//!   +--> Wanted -------> Asked(answered) -------------------------> rooms are live
//!   |                                                                 |
//!   +-- connection lost; fell behind, and has caught up; log restarted +
//! ```
//!
//! A room that is not live is not listened to: what comes of it will come again, from where the
//! cursor stands.

use std::collections::BTreeMap;

use bytes::BytesMut;
use sockhop_proto::frame::encode_command;
use sockhop_proto::{Command, Filter, Message, Micros, Origin, Refusal, RoomName, Seq};

use super::cursor::Cursor;
use super::names::Names;
use super::queue::Queue;
use crate::error::SubscribeError;
use crate::heard::Heard;

/// See the module.
#[derive(Debug)]
pub(crate) struct Following {
    names: Names,
    origin: Origin,
    cursors: BTreeMap<RoomName, Cursor>,
    queue: Queue,
    stage: Stage,
    /// Whether the hub has ever answered in full.
    answered: bool,
    /// Something came while the queue was full and was let go, to be asked for again.
    behind: bool,
    /// A room's log turned out to be another, to be asked for again from its beginning.
    restarted: bool,
    refused: Option<Refusal>,
    /// Whether there is something to hear, or an answer, that nobody was told of yet.
    news: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Wanted,
    Asked,
}

impl Following {
    /// Follows `names` from `origin` on.
    ///
    /// # Errors
    /// Which name is none.
    pub(crate) fn new(names: &[String], origin: Origin) -> Result<Self, SubscribeError> {
        Ok(Self {
            names: Names::parse(names)?,
            origin,
            cursors: BTreeMap::new(),
            queue: Queue::default(),
            stage: Stage::Wanted,
            answered: false,
            behind: false,
            restarted: false,
            refused: None,
            news: false,
        })
    }

    /// What it asks for.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Whether it has to be asked for, now that there is a connection.
    pub(crate) fn is_wanted(&self) -> bool {
        self.stage == Stage::Wanted
    }

    /// Asks the hub. Rooms come before patterns: a pattern does not move a cursor that a room has
    /// set, while the other way round it would.
    pub(crate) fn ask(&mut self, out: &mut BytesMut) {
        if self.behind || self.restarted {
            // Patterns cannot be asked for twice, but can be let go of and asked for again.
            for filter in &self.names.wild {
                encode_command(&unsubscribe(filter.as_str()), out);
            }
        }
        self.stage = Stage::Asked;
        self.behind = false;
        self.restarted = false;
        for room in &self.names.rooms {
            let origin = match self.cursors.get(room) {
                Some(cursor) => Origin::Since(cursor.wanted()),
                None => self.origin.clone(),
            };
            encode_command(&subscribe(room.as_str(), origin), out);
        }
        for filter in &self.names.wild {
            let origin = if self.answered {
                self.resume(filter)
            } else {
                self.origin.clone()
            };
            encode_command(&subscribe(filter.as_str(), origin), out);
        }
    }

    /// Where to go on in the rooms of a pattern. Rooms that are not known here are new, and wanted
    /// from their first message.
    fn resume(&self, filter: &Filter) -> Origin {
        let matched = self.cursors.iter().filter(|(room, _)| filter.matches(room));
        Origin::Resume(
            matched
                .map(|(room, cursor)| (room.to_string(), cursor.wanted()))
                .collect(),
        )
    }

    /// Says that it is no longer wanted.
    pub(crate) fn let_go(&self, out: &mut BytesMut) {
        if self.stage == Stage::Asked || self.behind || self.restarted {
            for name in self.names.iter() {
                encode_command(&unsubscribe(name), out);
            }
        }
    }

    /// The connection is gone.
    pub(crate) fn handle_lost(&mut self) {
        self.stage = Stage::Wanted;
        self.behind = false;
        self.restarted = false;
        self.deafen();
        if !self.answered {
            // Nobody has seen any of it yet, and where it would have begun is not known in full.
            self.cursors.clear();
            self.queue.clear();
        }
    }

    fn deafen(&mut self) {
        for cursor in self.cursors.values_mut() {
            cursor.live = false;
        }
    }

    /// The hub follows `room` for this session from now on; its last message is `head`.
    pub(crate) fn handle_subscribed(&mut self, room: &RoomName, head: Seq) {
        if self.stage != Stage::Asked || !self.names.contain(room) {
            return;
        }
        let Some(cursor) = self.cursors.get_mut(room) else {
            self.cursors
                .insert(room.clone(), Cursor::start(&self.origin, room, head));
            return;
        };
        if cursor.resume(head) {
            self.restart(room);
        }
    }

    /// The log of `room` is another than the one that was read.
    fn restart(&mut self, room: &RoomName) {
        if let Some(cursor) = self.cursors.get_mut(room) {
            cursor.restart();
        }
        self.push(Heard::Restarted { room: room.clone() });
        self.restarted = true;
    }

    /// Asks again, once the hub has answered the last asking, and by that told of other rooms.
    pub(crate) fn ask_again_if_restarted(&mut self) {
        if self.restarted {
            self.deafen();
            self.stage = Stage::Wanted;
        }
    }

    /// The hub has answered all that was asked: with `refusal`, if it refused any of it.
    pub(crate) fn handle_answered(&mut self, refusal: Option<Refusal>) {
        match refusal {
            Some(refusal) => self.refused = Some(refusal),
            None => self.answered = true,
        }
        self.news = true;
    }

    /// Whether the hub has ever answered, and how.
    pub(crate) fn answer(&self) -> Option<Result<(), Refusal>> {
        match &self.refused {
            Some(refusal) => Some(Err(refusal.clone())),
            None => self.answered.then_some(Ok(())),
        }
    }

    /// Something was said in `room`, or about it. `own` tells this session's own messages, which it
    /// passes over.
    pub(crate) fn handle_heard(
        &mut self,
        room: &RoomName,
        heard: &Heard,
        own: impl Fn(&Message) -> bool,
    ) {
        let full = self.is_full();
        let Some(cursor) = self.cursors.get_mut(room).filter(|cursor| cursor.live) else {
            return;
        };
        let numbered = match heard {
            Heard::Message(message) => Some((message.seq, Some(message.time))),
            Heard::Missed { to, .. } => Some((*to, None)),
            _ => None,
        };
        let mut heard = heard.clone();
        match numbered {
            // News of who came and went is let go, where nobody reads it.
            None if full => return,
            None => {}
            Some((seq, time)) if seq < cursor.next => {
                if time.is_some_and(|time| !cursor.is_repetition(seq, time)) {
                    self.restart(room);
                }
                return;
            }
            Some((seq, time)) => {
                if let Heard::Message(message) = &heard
                    && (cursor.is_own(seq) || own(message))
                {
                    cursor.pass(seq, time);
                    return;
                }
                if full {
                    self.behind = true;
                    self.deafen();
                    return;
                }
                if let Heard::Missed { from, .. } = &mut heard {
                    *from = cursor.next.max(*from);
                }
                cursor.pass(seq, time);
            }
        }
        self.push(heard);
    }

    /// This session's own publish has become `seq` of `room`.
    pub(crate) fn note_own(&mut self, room: &RoomName, seq: Seq, time: Micros) {
        if let Some(cursor) = self.cursors.get_mut(room) {
            cursor.note_own(seq, time);
        }
    }

    /// Something is to be heard, about a room or about none.
    pub(crate) fn push(&mut self, heard: Heard) {
        self.queue.push(heard);
        self.news = true;
    }

    /// Whether no more should be read for now.
    pub(crate) fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    /// The next thing heard.
    pub(crate) fn poll_heard(&mut self) -> Option<Heard> {
        let heard = self.queue.pop()?;
        if self.behind && self.queue.is_half_empty() {
            self.stage = Stage::Wanted;
        }
        Some(heard)
    }

    /// Whether there is something new since this was last asked.
    pub(crate) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.news)
    }
}

fn subscribe(room: &str, origin: Origin) -> Command<'_> {
    Command::Subscribe {
        room: room.into(),
        origin,
    }
}

fn unsubscribe(room: &str) -> Command<'_> {
    Command::Unsubscribe { room: room.into() }
}

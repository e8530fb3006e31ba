//! Who one connection is to the hub. Kept small: ten thousand idle ones are ordinary.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;

use bytes::{Bytes, BytesMut};
use slotmap::new_key_type;
use sockhop_proto::{
    Body, CloseReason, Event, Filter, MediaType, Micros, Nick, Protocol, RoomName,
};

use crate::cursor::Cursor;
use crate::history::Published;
use crate::log::Bound;
use crate::room::RoomKey;
use crate::tally::{Lane, Traffic};

new_key_type! {
    /// Names a session. Never given to another.
    pub struct SessionKey;
}

/// Bytes a session may owe a client in answers before the hub stops listening to it.
const OUTBOX_BYTES_MAX: usize = 256 << 10;

/// See the module.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) protocol: &'static Protocol,
    /// Where its traffic is counted, beside the session's own.
    pub(crate) lane: Lane,
    /// Where it comes from; none for a Unix socket.
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) nick: Nick,
    pub(crate) since: Micros,
    /// What woke whoever writes to the connection, last time.
    pub(crate) waker: Option<Waker>,
    /// Events for this session alone, encoded.
    outbox: BytesMut,
    /// Rooms with something to read, each once.
    pub(crate) ready: VecDeque<RoomKey>,
    /// What it follows, by key.
    followed: Vec<Followed>,
    /// Where a person is.
    pub(crate) current: Option<RoomKey>,
    pub(crate) allowance: Allowance,
    pub(crate) standing: Standing,
    /// Acks, history reads and the like that are still to come.
    pub(crate) unanswered: u32,
    /// Questions to history that are open.
    pub(crate) fetching: usize,
    /// What its client sent, and was sent.
    pub(crate) received: Traffic,
    pub(crate) sent: Traffic,
    pub(crate) extras: Option<Box<Extras>>,
}

/// Where a session is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// It has said the hub's secret, or need not.
    pub(crate) trusted: bool,
    /// It gets its own messages too.
    pub(crate) echo: bool,
    /// It waits for history to say what it published before.
    pub(crate) resuming: bool,
    /// Its client has said all it will say.
    pub(crate) finished: bool,
    /// It has ended; what is left is to write the last bytes.
    pub(crate) ended: Option<CloseReason>,
}

/// What few sessions have.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// The token it can come back with.
    pub(crate) token: Option<Arc<str>>,
    /// What its client calls itself.
    pub(crate) client: Option<Box<str>>,
    /// Its latest numbered publishes, where it brought the token itself.
    pub(crate) published: Option<VecDeque<Numbered>>,
    pub(crate) will: Option<Will>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) readings: VecDeque<Reading>,
}

/// A publish that would be known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) published: Published,
    pub(crate) stored: bool,
}

/// See [`sockhop_proto::command::Will`].
#[derive(Debug, Clone)]
pub(crate) struct Will {
    pub(crate) room: RoomName,
    pub(crate) body: Body,
    pub(crate) media_type: Option<MediaType>,
}

/// A room the session follows, as a member, through filters, or both: one cursor either way.
#[derive(Debug)]
pub(crate) struct Followed {
    pub(crate) room: RoomKey,
    pub(crate) cursor: Cursor,
    pub(crate) member: bool,
    /// Through how many of its filters.
    pub(crate) watched: u32,
    /// Whether it is in `ready`, or else parked in its room or waiting for history.
    pub(crate) ready: bool,
}

/// An answer to `history` in the making: a cursor with an end.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) room: RoomKey,
    pub(crate) name: RoomName,
    pub(crate) cursor: Cursor,
    pub(crate) bound: Bound,
    /// How many messages it was to give at most.
    pub(crate) limit: u64,
}

impl Session {
    pub(crate) fn new(
        protocol: &'static Protocol,
        lane: Lane,
        peer: Option<SocketAddr>,
        nick: Nick,
        trusted: bool,
        now: Micros,
    ) -> Self {
        Self {
            protocol,
            lane,
            peer,
            nick,
            since: now,
            waker: None,
            outbox: BytesMut::new(),
            ready: VecDeque::new(),
            followed: Vec::new(),
            current: None,
            allowance: Allowance::default(),
            standing: Standing {
                trusted,
                ..Standing::default()
            },
            unanswered: 0,
            fetching: 0,
            received: Traffic::default(),
            sent: Traffic::default(),
            extras: None,
        }
    }

    /// Says something to this session alone.
    pub(crate) fn tell(&mut self, event: &Event) {
        (self.protocol.encode)(event, &mut self.outbox);
        self.wake();
    }

    /// Says something that is no event.
    pub(crate) fn reply(&mut self, bytes: &[u8]) {
        self.outbox.extend_from_slice(bytes);
        self.wake();
    }

    /// Keeps the connection from looking dead, unless there is something to send anyway.
    pub(crate) fn heartbeat(&mut self) {
        let bytes = self.protocol.heartbeat;
        if !bytes.is_empty() && self.outbox.is_empty() && self.standing.ended.is_none() {
            self.reply(bytes);
        }
    }

    /// The answers so far.
    pub(crate) fn take_outbox(&mut self) -> Option<Bytes> {
        (!self.outbox.is_empty()).then(|| std::mem::take(&mut self.outbox).freeze())
    }

    /// Whether nothing is to come that it has asked for.
    pub(crate) fn is_answered(&self) -> bool {
        let quiet = self.unanswered == 0 && self.fetching == 0 && self.outbox.is_empty();
        quiet && !self.awaits_old_acks()
    }

    /// Whether publishes of an earlier connection are still on their way to disk: their acks come to
    /// this one.
    fn awaits_old_acks(&self) -> bool {
        let published = self
            .extras
            .as_ref()
            .and_then(|extras| extras.published.as_ref());
        published.is_some_and(|published| published.iter().any(|numbered| !numbered.stored))
    }

    /// Whether it owes its client so much that it should be asked for no more.
    pub(crate) fn is_full(&self) -> bool {
        self.outbox.len() > OUTBOX_BYTES_MAX
    }

    /// Whether a room may have something for it. If not, it has read all of them to the end.
    pub(crate) fn may_lag(&self) -> bool {
        !self.ready.is_empty() || self.fetching > 0
    }

    pub(crate) fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn extras(&mut self) -> &mut Extras {
        self.extras.get_or_insert_default()
    }

    pub(crate) fn token(&self) -> Option<&Arc<str>> {
        self.extras.as_ref()?.token.as_ref()
    }

    pub(crate) fn followed(&mut self, room: RoomKey) -> Option<&mut Followed> {
        let at = self
            .followed
            .binary_search_by_key(&room, |followed| followed.room)
            .ok()?;
        Some(&mut self.followed[at])
    }

    pub(crate) fn follow(&mut self, followed: Followed) {
        if let Err(at) = self
            .followed
            .binary_search_by_key(&followed.room, |other| other.room)
        {
            if self.followed.is_empty() {
                self.followed.reserve_exact(1);
            }
            self.followed.insert(at, followed);
        }
    }

    pub(crate) fn unfollow(&mut self, room: RoomKey) -> Option<Followed> {
        let at = self
            .followed
            .binary_search_by_key(&room, |followed| followed.room)
            .ok()?;
        Some(self.followed.remove(at))
    }

    pub(crate) fn all_followed(&self) -> &[Followed] {
        &self.followed
    }

    /// Takes another nick, and gives back the old one.
    pub(crate) fn rename(&mut self, nick: Nick) -> Nick {
        for followed in &mut self.followed {
            followed.cursor.note_renamed();
        }
        std::mem::replace(&mut self.nick, nick)
    }

    /// How many rooms and filters it asked for.
    pub(crate) fn subscriptions(&self) -> usize {
        let filters = self
            .extras
            .as_ref()
            .map_or(0, |extras| extras.filters.len());
        filters
            + self
                .followed
                .iter()
                .filter(|followed| followed.member)
                .count()
    }

    /// Puts `room` among those to be read, and wakes the connection.
    pub(crate) fn set_ready(&mut self, room: RoomKey) {
        let Some(followed) = self.followed(room) else {
            return;
        };
        if !followed.ready {
            followed.ready = true;
            self.ready.push_back(room);
            self.wake();
        }
    }
}

/// How much may still be published just now: a bucket that fills with time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allowance {
    left: f32,
    at: Micros,
}

impl Allowance {
    /// Takes one publish out, if there is one.
    pub(crate) fn take(&mut self, per_second_max: u32, now: Micros) -> bool {
        if per_second_max == 0 {
            return true;
        }
        let full = per_second_max as f32;
        let passed = now.saturating_sub(self.at) as f32 / 1e6;
        self.left = (self.left + passed * full).min(full);
        self.at = now;
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

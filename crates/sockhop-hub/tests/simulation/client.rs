//! One client: what it wants over all its connections, and what it knows of the present one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sockhop_hub::{SessionKey, Traffic};
use sockhop_proto::{CloseReason, Code, Filter, Protocol, RoomName, Seq};

use super::model::{ConnId, Mark};
use crate::support::bell::Bell;

/// What a client is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Does everything but ask for history.
    Program,
    /// Asks for history and follows nothing, so that it can tell old messages from new.
    Historian,
    /// Watches everything and is always awake.
    Witness,
    /// Types.
    Person,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) kind: Kind,
    pub(crate) protocol: &'static Protocol,
    pub(crate) echo: bool,
    /// What it comes back with, and whether it made that itself.
    pub(crate) token: Option<String>,
    pub(crate) own_token: bool,
    pub(crate) conn: Option<Conn>,
    /// What it has numbered so far.
    pub(crate) sent: BTreeMap<u64, Sent>,
    pub(crate) next_id: u64,
    /// Where it was in each room it had asked for, when its connection was lost, and its filters.
    pub(crate) rooms: BTreeMap<RoomName, Seq>,
    pub(crate) filters: BTreeSet<String>,
    pub(crate) positions: BTreeMap<String, Seq>,
}

/// A publish that asked for an ack.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) publish: Publish,
    /// The connection it was last sent on.
    pub(crate) on: ConnId,
    pub(crate) times: u32,
    pub(crate) answers: u32,
    pub(crate) acked: bool,
}

/// What is published.
#[derive(Debug, Clone)]
pub(crate) struct Publish {
    pub(crate) room: RoomName,
    pub(crate) mark: Mark,
    pub(crate) bytes: usize,
    pub(crate) as_data: bool,
    pub(crate) ephemeral: bool,
}

/// A connection, and what its client may expect to hear on it.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) id: ConnId,
    pub(crate) key: SessionKey,
    pub(crate) bell: Bell,
    /// Empty until the hub has told.
    pub(crate) nick: String,
    /// Whether it has something to read, was woken, may not speak, or will not read.
    pub(crate) pollable: bool,
    pub(crate) woken: bool,
    pub(crate) waiting: bool,
    pub(crate) stalled: bool,
    /// Whether its client has said all it will.
    pub(crate) finished: bool,
    /// How it is to end, once it has.
    pub(crate) ending: Option<CloseReason>,
    /// The last refusal, or farewell, it heard.
    pub(crate) last_word: Option<Code>,
    pub(crate) said_bye: bool,
    pub(crate) follows: BTreeMap<RoomName, Follow>,
    pub(crate) filters: BTreeSet<String>,
    /// Where a person is.
    pub(crate) current: Option<RoomName>,
    pub(crate) will: Option<(RoomName, Mark)>,
    /// What it will do as soon as it may speak.
    pub(crate) agenda: VecDeque<Todo>,
    /// Answers that are due: heads and members by room, refusals, directs, history.
    pub(crate) subscribed: BTreeMap<String, VecDeque<(Seq, u64)>>,
    pub(crate) refusals: Vec<Code>,
    pub(crate) directs: VecDeque<Mark>,
    pub(crate) asked: VecDeque<Asked>,
    /// What it was sent.
    pub(crate) read: Traffic,
    /// Who it thinks is in each room; none of those it has fallen behind in.
    pub(crate) present: BTreeMap<RoomName, BTreeSet<String>>,
}

/// Something to be done.
#[derive(Debug)]
pub(crate) enum Todo {
    Subscribe(String, sockhop_proto::Origin),
    Again(u64),
}

/// A room it follows.
#[derive(Debug)]
pub(crate) struct Follow {
    /// The next message it is due.
    pub(crate) next: Seq,
    pub(crate) member: bool,
    /// Through how many filters.
    pub(crate) watched: u32,
    /// Up to here it asked only for what is kept, and for which messages, where that can be said.
    pub(crate) untold: Seq,
    pub(crate) lasts: Option<VecDeque<Seq>>,
    /// From here on its own messages are surely known as such.
    pub(crate) own_since: Seq,
    /// Whether history could not be read for it.
    pub(crate) blind: bool,
}

/// A question to history.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) room: RoomName,
    pub(crate) from: Seq,
    pub(crate) to: Seq,
    pub(crate) limit: u64,
    /// What must be answered, where that can be said.
    pub(crate) expected: Option<Vec<Seq>>,
    pub(crate) got: Vec<Seq>,
}

impl Client {
    pub(crate) fn new(kind: Kind, protocol: &'static Protocol, token: Option<String>) -> Self {
        Self {
            kind,
            protocol,
            echo: false,
            own_token: token.is_some(),
            token,
            conn: None,
            sent: BTreeMap::new(),
            next_id: 1,
            rooms: BTreeMap::new(),
            filters: BTreeSet::new(),
            positions: BTreeMap::new(),
        }
    }

    /// Whether it is connected and the hub listens to it.
    pub(crate) fn may_speak(&self) -> bool {
        self.conn.as_ref().is_some_and(|conn| {
            let over = conn.finished || conn.ending.is_some();
            !over && !conn.waiting && conn.agenda.is_empty()
        })
    }

    /// Remembers where it was, for the next connection.
    pub(crate) fn note_positions(&mut self) {
        let Some(conn) = &self.conn else { return };
        let members = conn.follows.iter().filter(|(_, follow)| follow.member);
        self.rooms = members
            .map(|(room, follow)| (room.clone(), follow.next))
            .collect();
        self.filters = conn.filters.clone();
        let positions = conn.follows.iter();
        self.positions = positions
            .map(|(room, it)| (room.to_string(), it.next))
            .collect();
    }
}

impl Conn {
    pub(crate) fn new(id: ConnId, key: SessionKey) -> Self {
        Self {
            id,
            key,
            bell: Bell::new(),
            nick: String::new(),
            pollable: true,
            woken: false,
            waiting: false,
            stalled: false,
            finished: false,
            ending: None,
            last_word: None,
            said_bye: false,
            follows: BTreeMap::new(),
            filters: BTreeSet::new(),
            current: None,
            will: None,
            agenda: VecDeque::new(),
            subscribed: BTreeMap::new(),
            refusals: Vec::new(),
            directs: VecDeque::new(),
            asked: VecDeque::new(),
            read: Traffic::default(),
            present: BTreeMap::new(),
        }
    }

    /// Notes whether it was woken.
    pub(crate) fn listen(&mut self) {
        if self.bell.rang() {
            self.pollable = true;
            self.woken = true;
        }
    }

    /// How many of its filters match `room`.
    pub(crate) fn filters_of(&self, room: &RoomName) -> u32 {
        let filters = self
            .filters
            .iter()
            .map(|filter| Filter::parse(filter).unwrap());
        filters.filter(|filter| filter.matches(room)).count() as u32
    }

    /// Expects to be told that it follows `room`.
    pub(crate) fn expect_subscribed(&mut self, room: &str, head: Seq, members: u64) {
        self.subscribed
            .entry(room.to_owned())
            .or_default()
            .push_back((head, members));
    }
}

impl Follow {
    /// From `next` on.
    pub(crate) fn since(next: Seq, last: Seq) -> Self {
        Self {
            next,
            member: false,
            watched: 0,
            untold: 0,
            lasts: None,
            own_since: last + 1,
            blind: false,
        }
    }
}

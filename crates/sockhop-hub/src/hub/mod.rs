//! The hub: what happens to a command.
//!
//! A session opens, says things ([`Hub::handle`]), is read from ([`Hub::poll_output`]), and closes.
//! One file for each kind of thing it can say:
//!
//! * [`introduce`](self): who it is: nick, secret, coming back
//! * `speak`: publishing; `direct`, `will`: what is said to one, and for those who are lost
//! * `passing`: those who speak and are gone
//! * `rooms`: making them, and bounding what they hold
//! * `follow`: subscribe, join, leave, presence
//! * `ask`: members, rooms, history
//! * `output`: the bytes it is sent
//! * `store`: batches to disk, and answers from it
//! * `leave`: how sessions end
//! * `count`, `figures`: what is counted on the way, and what that comes to

mod ask;
mod count;
mod direct;
mod figures;
mod follow;
mod introduce;
mod leave;
mod output;
mod passing;
mod rooms;
mod speak;
mod store;
mod will;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;

use slotmap::SlotMap;
use sockhop_proto::{Code, Command, Event, Id, Micros, Protocol, Refusal, RoomName};

use crate::config::Config;
use crate::history::KeptRoom;
use crate::lost::Lost;
use crate::nicks::{Holder, Nicks};
use crate::recall::Fetch;
use crate::room::Rooms;
use crate::session::{Allowance, Session, SessionKey};
use crate::storage::Storage;
use crate::tally::{Counts, Tally};

pub use figures::{ConnectionInfo, Figures, Lag, Listed, RoomFigures, Vitals};
pub use output::Polled;

/// See the module. It has one owner, or one lock.
#[derive(Debug)]
pub struct Hub {
    config: Config,
    sessions: SlotMap<SessionKey, Box<Session>>,
    rooms: Rooms,
    nicks: Nicks,
    tokens: HashMap<Arc<str>, SessionKey>,
    lost: Lost,
    storage: Storage,
    /// What all datagrams and requests together may still publish just now.
    passers: Allowance,
    fetches: VecDeque<Fetch>,
    fetch_waker: Option<Waker>,
    random: fastrand::Rng,
    tally: Tally,
    /// When heartbeats are due again.
    heartbeat_at: Micros,
}

/// How often those who are sent nothing else are sent a heartbeat.
const HEARTBEAT_US: Micros = 20_000_000;

/// Whether to go on reading from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Yes.
    Go,
    /// Not before it is woken: it owes answers, or the disk is behind.
    Wait,
}

/// A command that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What the client called it.
    pub id: Option<Id>,
    /// Why.
    pub refusal: Refusal,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self { id: None, refusal }
    }
}

/// What came of one part of a command.
type Outcome = Result<(), Refusal>;

impl Hub {
    /// A hub that knows `rooms` from before.
    #[must_use]
    pub fn new(config: Config, rooms: Vec<KeptRoom>) -> Self {
        let mut hub = Self {
            random: fastrand::Rng::with_seed(config.seed),
            config,
            sessions: SlotMap::with_key(),
            rooms: Rooms::default(),
            nicks: Nicks::default(),
            tokens: HashMap::new(),
            lost: Lost::default(),
            storage: Storage::default(),
            passers: Allowance::default(),
            fetches: VecDeque::new(),
            fetch_waker: None,
            tally: Tally::default(),
            heartbeat_at: 0,
        };
        for kept in rooms {
            hub.add_room(kept.room, kept.reserved);
        }
        hub
    }

    /// Begins a session that speaks `protocol`. A person arrives in the lobby.
    /// `peer` is where it comes from, to be shown: none for a Unix socket.
    pub fn open(
        &mut self,
        protocol: &'static Protocol,
        peer: Option<SocketAddr>,
        now: Micros,
    ) -> SessionKey {
        let nick = self.nicks.random(&mut self.random);
        let trusted = self.config.secret.is_none();
        let lane = self.tally.lane(protocol.name);
        self.tally.opened(lane);
        let session = Session::new(protocol, lane, peer, nick.clone(), trusted, now);
        let key = self.sessions.insert(Box::new(session));
        self.nicks.set(&nick, Holder::Session(key));
        if protocol.for_people {
            self.arrive(key);
        }
        key
    }

    /// Has a session spoken to in `protocol` from now on. It follows nothing yet: whoever does is
    /// counted among the readers in its protocol.
    pub fn change_protocol(&mut self, key: SessionKey, protocol: &'static Protocol) {
        if let Some(session) = self.sessions.get_mut(key)
            && session.all_followed().is_empty()
        {
            session.protocol = protocol;
        }
    }

    /// Greets a person, in the lobby once the hub trusts it.
    fn arrive(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if session.standing.trusted {
            let hub = Some(Arc::clone(&self.config.name));
            // The lobby's name keeps the rules, so only a hub full of rooms could refuse.
            if let Err(refusal) = self.enter(key, &RoomName::lobby(), hub) {
                self.say(key, &Event::Error { id: None, refusal });
            }
        } else {
            session.tell(&Event::Error {
                id: None,
                refusal: secret_required(),
            });
        }
    }

    /// Does what `command` asks, and answers in the session's protocol, refusals too.
    pub fn handle(&mut self, key: SessionKey, command: Command<'_>, now: Micros) -> Flow {
        if let Err(Refused { id, refusal }) = self.attempt(key, command, now) {
            self.say(key, &Event::Error { id, refusal });
        }
        self.flow(key)
    }

    /// Does what `command` asks, and says the answer, if it is done, in the session's protocol.
    ///
    /// # Errors
    /// Why it was not done, for the caller to say. (A session that has ended is past being told.)
    pub fn attempt(
        &mut self,
        key: SessionKey,
        command: Command<'_>,
        now: Micros,
    ) -> Result<(), Refused> {
        let Some(session) = self.sessions.get(key) else {
            return Ok(());
        };
        if session.standing.ended.is_some() {
            return Ok(());
        }
        let free = matches!(
            command,
            Command::Hello(_) | Command::Ping { .. } | Command::Bye { .. }
        );
        if session.standing.trusted || free {
            self.obey(key, command, now)
        } else {
            Err(Refused::from(secret_required()))
        }
    }

    fn obey(&mut self, key: SessionKey, command: Command<'_>, now: Micros) -> Result<(), Refused> {
        let outcome = match command {
            Command::Publish {
                room,
                body,
                media_type,
                id,
                ephemeral,
            } => {
                let what = speak::Publish {
                    body: &body,
                    media_type,
                    id: id.clone(),
                    ephemeral,
                };
                return self
                    .publish(key, room.as_deref(), what, now)
                    .map_err(|refusal| Refused { id, refusal });
            }
            Command::Direct {
                to,
                body,
                media_type,
                id,
            } => {
                return self
                    .direct(key, &to, &body, media_type.as_deref(), id.clone(), now)
                    .map_err(|refusal| Refused { id, refusal });
            }
            Command::Hello(hello) => self.hello(key, &hello, now),
            Command::Subscribe { room, origin } => self.subscribe(key, &room, origin),
            Command::Unsubscribe { room } => self.unsubscribe(key, &room),
            Command::Join { room } => self.join(key, &room),
            Command::Nick { nick } => self.rename(key, &nick),
            Command::Members { room } => self.members(key, room.as_deref()),
            Command::Rooms => self.list_rooms(key),
            Command::History {
                room,
                before,
                since,
                limit,
            } => self.history(key, room.as_deref(), before, since, limit),
            Command::Will(will) => self.set_will(key, will),
            Command::Ping { id } => {
                self.say(key, &Event::Pong { id });
                Ok(())
            }
            Command::Bye { id } => {
                self.bye(key, id, now);
                Ok(())
            }
        };
        outcome.map_err(Refused::from)
    }

    /// Says something to one session that is no answer of the hub's: a protocol's own help, or its
    /// refusal of what it could not read.
    pub fn say(&mut self, key: SessionKey, event: &Event) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.tell(event);
        }
    }

    /// Sends a session bytes that are no event: a protocol's echo of a heartbeat.
    pub fn reply(&mut self, key: SessionKey, bytes: &[u8]) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.reply(bytes);
        }
    }

    /// Whether to listen to a session. If not, it is woken when that may have changed.
    pub fn flow(&mut self, key: SessionKey) -> Flow {
        let Some(session) = self.sessions.get(key) else {
            return Flow::Wait;
        };
        let standing = session.standing;
        let readings = session
            .extras
            .as_ref()
            .map_or(0, |extras| extras.readings.len());
        if standing.ended.is_some() || standing.resuming || session.is_full() {
            return Flow::Wait;
        }
        if readings >= ask::READINGS_MAX || session.fetching >= store::fetches_max(session) {
            return Flow::Wait;
        }
        if self.disk_is_behind() {
            self.storage.blocked.insert(key);
            return Flow::Wait;
        }
        Flow::Go
    }

    fn disk_is_behind(&self) -> bool {
        self.storage.bytes() > self.config.storage_bytes_max
    }

    /// Does what is due: to be called about once a second.
    pub fn tick(&mut self, now: Micros) {
        self.tally.began.get_or_insert(now);
        let mut news = Vec::new();
        let mut keys = Vec::with_capacity(self.rooms.len());
        for (key, room) in self.rooms.iter_mut() {
            news.extend(room.crowd_news().map(|event| (key, event)));
            keys.push(key);
        }
        for key in keys {
            self.trim(key);
        }
        for (room, event) in news {
            self.announce(room, &event);
        }
        for lost in self.lost.expire(now) {
            self.nicks.free(&lost.nick, Holder::Lost);
        }
        if now >= self.heartbeat_at {
            self.heartbeat_at = now.saturating_add(HEARTBEAT_US);
            for session in self.sessions.values_mut() {
                session.heartbeat();
            }
        }
    }

    /// How many sessions there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Bytes of recent messages held in memory, of all rooms together.
    #[must_use]
    pub fn tails_bytes(&self) -> usize {
        self.rooms.iter().map(|(_, room)| room.log.bytes()).sum()
    }

    /// What has passed so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.tally.counts
    }
}

fn secret_required() -> Refusal {
    Refusal::new(Code::SecretRequired, "this hub asks for its secret first")
        .hint("type /secret WORD, or send it as `secret` in `hello`")
}

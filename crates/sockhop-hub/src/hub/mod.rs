//! The hub: what happens to a command.
//!
//! A session opens, says things ([`Hub::handle`]), is read from ([`Hub::poll_output`]), and closes.
//! One file for each kind of thing it can say:
//!
//! * [`introduce`](self): who it is: nick, secret, coming back
//! * `speak`: publish, direct, wills
//! * `follow`: subscribe, join, leave, presence
//! * `ask`: members, rooms, history
//! * `output`: the bytes it is sent
//! * `store`: batches to disk, and answers from it
//! * `leave`: how sessions end

mod ask;
mod follow;
mod introduce;
mod leave;
mod output;
mod speak;
mod store;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use slotmap::SlotMap;
use sockhop_proto::{Code, Command, Event, Micros, Protocol, Refusal, RoomName};

use crate::config::Config;
use crate::history::KeptRoom;
use crate::lost::Lost;
use crate::nicks::{Holder, Nicks};
use crate::recall::Fetch;
use crate::room::Rooms;
use crate::session::{Allowance, Session, SessionKey};
use crate::storage::Storage;

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
    /// What all datagrams together may still publish just now.
    datagrams: Allowance,
    fetches: VecDeque<Fetch>,
    fetch_waker: Option<Waker>,
    random: fastrand::Rng,
    counts: Counts,
}

/// Whether to go on reading from a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Yes.
    Go,
    /// Not before it is woken: it owes answers, or the disk is behind.
    Wait,
}

/// What has passed through the hub since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages appended to rooms.
    pub messages: u64,
    /// Batches that did not reach the disk.
    pub batches_failed: u64,
}

/// A command that was not done, and why.
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
            datagrams: Allowance::default(),
            fetches: VecDeque::new(),
            fetch_waker: None,
            counts: Counts::default(),
        };
        for kept in rooms {
            hub.add_room(kept.room, kept.reserved);
        }
        hub
    }

    /// Begins a session that speaks `protocol`. A person arrives in the lobby.
    pub fn open(&mut self, protocol: &'static Protocol, now: Micros) -> SessionKey {
        let nick = self.nicks.random(&mut self.random);
        let trusted = self.config.secret.is_none();
        let session = Session::new(protocol, nick.clone(), trusted, now);
        let key = self.sessions.insert(Box::new(session));
        self.nicks.set(&nick, Holder::Session(key));
        if protocol.for_people {
            self.arrive(key);
        }
        key
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

    /// Does what `command` asks, and answers in the session's protocol.
    pub fn handle(&mut self, key: SessionKey, command: Command<'_>, now: Micros) -> Flow {
        let Some(session) = self.sessions.get(key) else {
            return Flow::Wait;
        };
        if session.standing.ended.is_some() {
            return Flow::Wait;
        }
        let free = matches!(
            command,
            Command::Hello(_) | Command::Ping { .. } | Command::Bye { .. }
        );
        let outcome = if session.standing.trusted || free {
            self.obey(key, command, now)
        } else {
            Err((None, secret_required()))
        };
        if let Err((id, refusal)) = outcome {
            self.say(key, &Event::Error { id, refusal });
        }
        self.flow(key)
    }

    fn obey(
        &mut self,
        key: SessionKey,
        command: Command<'_>,
        now: Micros,
    ) -> Result<(), (Option<sockhop_proto::Id>, Refusal)> {
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
                    .map_err(|refusal| (id, refusal));
            }
            Command::Direct {
                to,
                body,
                media_type,
                id,
            } => {
                return self
                    .direct(key, &to, &body, media_type.as_deref(), id.clone(), now)
                    .map_err(|refusal| (id, refusal));
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
        outcome.map_err(|refusal| (None, refusal))
    }

    /// Says something to one session that is no answer of the hub's: a protocol's own help, or its
    /// refusal of what it could not read.
    pub fn say(&mut self, key: SessionKey, event: &Event) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.tell(event);
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
        let mut news = Vec::new();
        let share = self.config.tails_bytes_max / self.rooms.len().max(1);
        let tail_bytes_max = self.config.tail_bytes_max.min(share);
        for (key, room) in self.rooms.iter_mut() {
            news.extend(room.crowd_news().map(|event| (key, event)));
            room.log.trim(tail_bytes_max);
        }
        for (room, event) in news {
            self.announce(room, &event);
        }
        for lost in self.lost.expire(now) {
            self.nicks.free(&lost.nick);
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
        self.counts
    }
}

fn secret_required() -> Refusal {
    Refusal::new(Code::SecretRequired, "this hub asks for its secret first")
        .hint("type /secret WORD, or send it as `secret` in `hello`")
}

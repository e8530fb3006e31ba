//! A model of a hub: what the protocol promises to a client, and no more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::BytesMut;
use sockhop_proto::frame::FRAME;
use sockhop_proto::{
    BodyRef, Code, Command, Decoded, Event, Filter, Id, Limits, Message, Nick, Origin, Refusal,
    RoomName, Seq,
};

/// What it does with what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Keeps history, and shows a message at once.
    ShowsEarly,
    /// Keeps history, and shows a message once it is stored.
    ShowsStored,
    /// Keeps nothing.
    Forgets,
}

pub(super) type ConnId = u64;

#[derive(Debug)]
pub(super) struct Hub {
    kind: Kind,
    pub(super) rooms: BTreeMap<RoomName, Log>,
    conns: BTreeMap<ConnId, Conn>,
    /// What was stored of each token's publishes.
    published: HashMap<String, BTreeMap<u64, (RoomName, Seq)>>,
    /// Publishes that are not stored yet: who to ack, what, and where it is.
    unstored: Vec<(String, u64, RoomName, Seq)>,
    taken: BTreeSet<String>,
    nicks: u64,
    pub(super) time: u64,
    pub(super) byes: usize,
}

#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) entries: BTreeMap<Seq, Entry>,
    /// The last number given.
    last: Seq,
    /// The last message on disk.
    stored: Seq,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    /// The connection it came by, which alone is known as its author.
    by: ConnId,
    pub(super) token: String,
}

#[derive(Debug, Default)]
struct Conn {
    token: String,
    nick: String,
    echo: bool,
    filters: Vec<Filter>,
    cursors: BTreeMap<RoomName, Seq>,
    input: BytesMut,
    pub(super) output: BytesMut,
    ended: bool,
}

impl Hub {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            rooms: BTreeMap::new(),
            conns: BTreeMap::new(),
            published: HashMap::new(),
            unstored: Vec::new(),
            taken: BTreeSet::new(),
            nicks: 0,
            time: 1,
            byes: 0,
        }
    }

    pub(super) fn open(&mut self, id: ConnId) {
        self.conns.insert(id, Conn::default());
    }

    pub(super) fn close(&mut self, id: ConnId) {
        self.conns.remove(&id);
    }

    pub(super) fn take_nick(&mut self, nick: &str) {
        self.taken.insert(nick.to_owned());
    }

    /// Takes in bytes, and says whether it keeps the connection.
    pub(super) fn read(&mut self, id: ConnId, bytes: &[u8]) -> bool {
        let Some(conn) = self.conns.get_mut(&id) else {
            return false;
        };
        conn.input.extend_from_slice(bytes);
        let input = conn.input.split();
        let mut rest = &input[..];
        loop {
            match (FRAME.decode)(&mut rest.to_vec(), 0, &Limits::default()) {
                Decoded::Incomplete => break,
                Decoded::Command { command, taken } => {
                    self.handle(id, command);
                    rest = &rest[taken..];
                }
                other => panic!("{other:?}"),
            }
        }
        let Some(conn) = self.conns.get_mut(&id) else {
            return false;
        };
        conn.input.extend_from_slice(rest);
        !conn.ended
    }

    /// What is to be written: answers first, then what is new in the rooms it follows.
    pub(super) fn write(&mut self, id: ConnId) -> BytesMut {
        let kind = self.kind;
        let Some(conn) = self.conns.get_mut(&id) else {
            return BytesMut::new();
        };
        for (room, next) in &mut conn.cursors {
            let Some(log) = self.rooms.get(room) else {
                continue;
            };
            while *next <= log.head(kind) {
                let event = match log.entries.get(next) {
                    Some(entry) if entry.by == id && !conn.echo => None,
                    Some(entry) => Some(Event::Message(Arc::clone(&entry.message))),
                    None => Some(Event::Missed {
                        room: room.clone(),
                        from: *next,
                        to: *next,
                    }),
                };
                if let Some(event) = event {
                    (FRAME.encode)(&event, &mut conn.output);
                }
                *next += 1;
            }
        }
        conn.output.split()
    }

    fn say(&mut self, id: ConnId, event: &Event) {
        if let Some(conn) = self.conns.get_mut(&id) {
            (FRAME.encode)(event, &mut conn.output);
        }
    }

    fn handle(&mut self, id: ConnId, command: Command<'_>) {
        match command {
            Command::Hello(hello) => {
                let token = hello.session.as_deref().unwrap_or_default().to_owned();
                if !token.is_empty() {
                    // The old connection may still hang.
                    self.conns
                        .retain(|other, conn| *other == id || conn.token != token);
                }
                self.nicks += 1;
                let random = format!("random-{}", self.nicks);
                let nick = hello.nick.as_deref().unwrap_or(&random).to_owned();
                let held = self
                    .conns
                    .iter()
                    .any(|(other, conn)| *other != id && conn.nick == nick);
                let Some(conn) = self.conns.get_mut(&id) else {
                    return;
                };
                if !token.is_empty() {
                    conn.token = token;
                }
                conn.echo = hello.echo;
                if held || self.taken.contains(&nick) {
                    let words = format!("somebody here is called {nick} already");
                    self.refuse(id, None, Code::NickTaken, words);
                    return;
                }
                conn.nick.clone_from(&nick);
                let event = Event::Welcome {
                    hub: "model".into(),
                    version: "1".into(),
                    nick: Nick::parse(&nick).unwrap(),
                    session: conn.token.as_str().into(),
                    time: self.time,
                };
                self.say(id, &event);
            }
            Command::Publish {
                room: Some(room),
                body,
                id: Some(Id::Number(number)),
                ..
            } => {
                self.publish(id, &room, &body, number);
            }
            Command::Subscribe { room, origin } => self.subscribe(id, &room, &origin),
            Command::Unsubscribe { room } => self.unsubscribe(id, &room),
            Command::Ping { id: ping } => self.say(id, &Event::Pong { id: ping }),
            Command::Bye { id: bye } => {
                self.byes += 1;
                self.say(id, &Event::Bye { id: bye });
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.ended = true;
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn refuse(&mut self, id: ConnId, about: Option<Id>, code: Code, words: String) {
        self.say(
            id,
            &Event::Error {
                id: about,
                refusal: Refusal::new(code, words),
            },
        );
    }

    fn publish(&mut self, id: ConnId, room: &str, body: &BodyRef<'_>, number: u64) {
        let Some(conn) = self.conns.get(&id) else {
            return;
        };
        let (token, nick) = (conn.token.clone(), conn.nick.clone());
        if let Some((room, seq)) = self
            .published
            .get(&token)
            .and_then(|p| p.get(&number))
            .cloned()
        {
            self.ack(id, number, room, seq);
            return;
        }
        if self
            .unstored
            .iter()
            .any(|(t, n, ..)| (t, n) == (&token, &number))
        {
            return;
        }
        let room = RoomName::parse(room).unwrap();
        let seq = self.room(&room).last + 1;
        self.time += 1;
        let message = Arc::new(Message {
            room: room.clone(),
            seq,
            time: self.time,
            from: Nick::parse(&nick).unwrap(),
            body: body.to_body(),
            media_type: None,
            ephemeral: false,
        });
        let log = self.room(&room);
        log.last = seq;
        log.entries.insert(
            seq,
            Entry {
                message,
                by: id,
                token: token.clone(),
            },
        );
        self.unstored.push((token, number, room, seq));
        if self.kind == Kind::Forgets {
            self.store();
        }
    }

    fn ack(&mut self, conn: ConnId, number: u64, room: RoomName, seq: Seq) {
        let time = self.rooms[&room].entries[&seq].message.time;
        let id = Id::Number(number);
        self.say(
            conn,
            &Event::Ack {
                id,
                place: Some((room, seq)),
                time,
            },
        );
    }

    /// The room of that name; a new one is followed by those whose filters match it.
    fn room(&mut self, room: &RoomName) -> &mut Log {
        if !self.rooms.contains_key(room) {
            self.rooms.insert(room.clone(), Log::default());
            let watchers: Vec<_> = self
                .conns
                .iter()
                .filter(|(_, conn)| conn.filters.iter().any(|filter| filter.matches(room)))
                .map(|(id, _)| *id)
                .collect();
            for id in watchers {
                self.watch(id, room, &Origin::Now);
            }
        }
        self.rooms.get_mut(room).unwrap()
    }

    fn subscribe(&mut self, id: ConnId, name: &str, origin: &Origin) {
        if name == "forbidden" {
            self.refuse(id, None, Code::TooManyRooms, "no more rooms".into());
        } else if Filter::is_wild(name) {
            let filter = Filter::parse(name).unwrap();
            let Some(conn) = self.conns.get_mut(&id) else {
                return;
            };
            assert!(
                !conn.filters.contains(&filter),
                "{name} is subscribed already"
            );
            conn.filters.push(filter.clone());
            self.say(
                id,
                &Event::Subscribed {
                    room: name.into(),
                    head: 0,
                    members: 0,
                },
            );
            let matched: Vec<_> = self
                .rooms
                .keys()
                .filter(|room| filter.matches(room))
                .cloned()
                .collect();
            for room in matched {
                self.watch(id, &room, origin);
            }
        } else {
            let room = RoomName::parse(name).unwrap();
            self.room(&room);
            // A room sets its cursor anew; a pattern does not.
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.cursors.remove(&room);
            }
            self.watch(id, &room, origin);
        }
    }

    fn watch(&mut self, id: ConnId, room: &RoomName, origin: &Origin) {
        let head = self.rooms[room].head(self.kind);
        let next = match origin {
            Origin::Now => head + 1,
            Origin::Last(count) => (head + 1).saturating_sub(*count).max(1),
            Origin::Since(seq) => *seq,
            Origin::Resume(next) => next.get(room.as_str()).copied().unwrap_or(1),
        };
        let next = if next > self.rooms[room].last + 1 {
            1
        } else {
            next.max(1)
        };
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        if !conn.cursors.contains_key(room) {
            conn.cursors.insert(room.clone(), next);
            self.say(
                id,
                &Event::Subscribed {
                    room: room.as_str().into(),
                    head,
                    members: 1,
                },
            );
        }
    }

    fn unsubscribe(&mut self, id: ConnId, name: &str) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        conn.filters.retain(|filter| filter.as_str() != name);
        let filters = conn.filters.clone();
        let left = Filter::parse(name).unwrap();
        // Rooms subscribed by name cannot be told from watched ones here: none is both in a test
        // that unsubscribes.
        conn.cursors.retain(|room, _| {
            !left.matches(room) || filters.iter().any(|filter| filter.matches(room))
        });
        self.say(id, &Event::Unsubscribed { room: name.into() });
    }

    /// Everything so far reaches the disk, and is acked.
    pub(super) fn store(&mut self) {
        for (token, number, room, seq) in std::mem::take(&mut self.unstored) {
            let log = self.rooms.get_mut(&room).unwrap();
            log.stored = log.stored.max(seq);
            self.published
                .entry(token.clone())
                .or_default()
                .insert(number, (room.clone(), seq));
            let conn = self.conns.iter().find(|(_, conn)| conn.token == token);
            if let Some(id) = conn.map(|(id, _)| *id) {
                self.ack(id, number, room, seq);
            }
        }
    }

    /// It is killed, and started again.
    pub(super) fn crash(&mut self) {
        self.conns.clear();
        self.unstored.clear();
        if self.kind == Kind::Forgets {
            self.rooms.clear();
            self.published.clear();
        }
        for log in self.rooms.values_mut() {
            log.entries.retain(|seq, _| *seq <= log.stored);
            // Numbers that may have been used are not used again.
            log.last += 3;
            log.stored = log.last;
        }
    }
}

impl Log {
    fn head(&self, kind: Kind) -> Seq {
        if kind == Kind::ShowsStored {
            self.stored
        } else {
            self.last
        }
    }
}

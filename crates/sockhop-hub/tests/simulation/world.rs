//! The world: everything there is, and how it moves.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use sockhop_hub::{Flow, Hub, Polled};
use sockhop_proto::frame::FRAME;
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use sockhop_proto::{Command, Micros};

use super::client::{Client, Conn, Kind};
use super::disk::Disk;
use super::judge::Judge;
use super::model::{ConnId, Mark, Model};
use super::rules::Rules;
use crate::support::BEGIN;
use crate::support::wire::{self, Heard};

/// How many of the last things that happened a failure shows; all of them, of a single story.
const LOGGED_MAX: usize = 60;

/// See the module.
#[derive(Debug)]
pub(crate) struct World {
    seed: u64,
    pub(crate) random: fastrand::Rng,
    pub(crate) rules: Rules,
    pub(crate) hub: Hub,
    pub(crate) disk: Disk,
    pub(crate) now: Micros,
    pub(crate) clients: Vec<Client>,
    pub(crate) model: Model,
    pub(crate) tally: Tally,
    marks: Mark,
    conns: ConnId,
    log: VecDeque<String>,
    /// Whether no other story is told.
    alone: bool,
}

/// How often what came about.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    pub(crate) fn add(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }
}

impl World {
    pub(crate) fn new(seed: u64, alone: bool) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut rules = Rules::draw(&mut random);
        let hub = Hub::new(rules.config(), Vec::new());
        let mut clients: Vec<_> = (0..6)
            .map(|at| {
                let protocol = if at % 2 == 0 { &JSON } else { &FRAME };
                let own = random.u8(..3) > 0;
                Client::new(
                    Kind::Program,
                    protocol,
                    own.then(|| format!("token-of-client-{at}")),
                )
            })
            .collect();
        clients.push(Client::new(Kind::Historian, &JSON, None));
        clients.extend((0..2).map(|_| Client::new(Kind::Person, &TEXT, None)));
        if rules.witnessed {
            clients.push(Client::new(Kind::Witness, &FRAME, None));
        }
        for client in &mut clients {
            client.echo = client.kind == Kind::Witness
                || (client.kind == Kind::Program && random.u8(..4) == 0);
        }
        Self {
            seed,
            random,
            rules,
            hub,
            disk: Disk::default(),
            now: BEGIN,
            clients,
            model: Model::default(),
            tally: Tally::default(),
            marks: 0,
            conns: 0,
            log: VecDeque::new(),
            alone,
        }
    }

    /// Lives for `steps`, comes to rest, and says what came about.
    pub(crate) fn live(mut self, steps: u32) -> BTreeMap<&'static str, u64> {
        self.call_witness();
        for _ in 0..steps {
            self.now += self.random.u64(..200_000);
            self.act();
            self.move_disk();
            self.attend();
            for at in 0..self.clients.len() {
                self.pump(at);
            }
        }
        self.come_to_rest();
        std::mem::take(&mut self.tally.0)
    }

    /// Notes what happens, for the case that it was wrong.
    pub(crate) fn log(&mut self, what: impl FnOnce() -> String) {
        if self.log.len() == LOGGED_MAX && !self.alone {
            self.log.pop_front();
        }
        self.log.push_back(what());
    }

    /// A new mark.
    pub(crate) fn mark(&mut self) -> Mark {
        self.marks += 1;
        self.marks
    }

    pub(crate) fn conn_id(&mut self) -> ConnId {
        self.conns += 1;
        self.conns
    }

    /// The connection of client `at`, and the nick it has.
    pub(crate) fn who(&self, at: usize) -> (ConnId, String) {
        let conn = self.conn(at);
        (conn.id, conn.nick.clone())
    }

    pub(crate) fn conn(&self, at: usize) -> &Conn {
        self.clients[at].conn.as_ref().expect("it is connected")
    }

    pub(crate) fn conn_mut(&mut self, at: usize) -> &mut Conn {
        self.clients[at].conn.as_mut().expect("it is connected")
    }

    pub(crate) fn judge(&mut self) -> Judge<'_> {
        let Self {
            model,
            rules,
            tally,
            disk,
            ..
        } = self;
        Judge {
            model,
            store: &disk.store,
            rules,
            tally,
        }
    }

    /// Says something for client `at`, which may speak.
    pub(crate) fn handle(&mut self, at: usize, command: Command<'_>) {
        let conn = self.clients[at].conn.as_mut().expect("it is connected");
        assert!(conn.ending.is_none());
        let flow = self.hub.handle(conn.key, command, self.now);
        conn.waiting = flow == Flow::Wait;
        if conn.waiting {
            self.tally.add("waited");
        }
    }

    /// Client `at` does what it does when it is woken: reads, unless it will not; then says what it
    /// had to keep to itself.
    pub(crate) fn pump(&mut self, at: usize) {
        let Some(conn) = &mut self.clients[at].conn else {
            return;
        };
        conn.listen();
        if conn.pollable && !conn.stalled {
            let more = self.random.u8(..4) > 0;
            self.poll_once(at);
            if more {
                self.poll(at);
            }
        }
        let Some(conn) = &mut self.clients[at].conn else {
            return;
        };
        if std::mem::take(&mut conn.woken) && conn.waiting {
            conn.waiting = self.hub.flow(conn.key) == Flow::Wait;
        }
        while let Some(conn) = &mut self.clients[at].conn
            && !conn.waiting
            && conn.ending.is_none()
            && let Some(todo) = conn.agenda.pop_front()
        {
            self.do_next(at, todo);
        }
    }

    /// Client `at` reads until there is no more for now.
    pub(crate) fn poll(&mut self, at: usize) {
        while let Some(conn) = &mut self.clients[at].conn {
            conn.listen();
            if !conn.pollable {
                break;
            }
            self.poll_once(at);
        }
    }

    fn poll_once(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let conn = client.conn.as_mut().expect("it is connected");
        let mut out = VecDeque::new();
        let polled = self.hub.poll_output(conn.key, conn.bell.waker(), &mut out);
        conn.pollable = polled == Polled::More;
        conn.woken = true;
        let bytes = out.iter().map(Bytes::len).sum();
        let all_heard = wire::read(client.protocol, &mut out);
        conn.count(bytes, &all_heard);
        let Self {
            model,
            rules,
            tally,
            disk,
            ..
        } = self;
        let mut judge = Judge {
            model,
            store: &disk.store,
            rules,
            tally,
        };
        for heard in all_heard {
            match heard {
                Heard::Event(event) => judge.hear(client, &event),
                Heard::Line(line) => judge.read(client, &line),
            }
        }
        if let Polled::Ended(reason) = polled {
            self.bury(at, reason);
        }
    }

    /// Those who are always awake read, and have seen everybody come and go.
    pub(crate) fn attend(&mut self) {
        for at in 0..self.clients.len() {
            if self.clients[at].kind != Kind::Witness || self.clients[at].conn.is_none() {
                continue;
            }
            self.poll(at);
            let nicks = self.nicks();
            let Some(conn) = &mut self.clients[at].conn else {
                continue;
            };
            for (room, follow) in &conn.follows {
                let held = &self.model.rooms[room];
                if follow.next <= held.head {
                    // It waits for history. The news is behind that, or lost with the messages.
                    conn.present.remove(room);
                    continue;
                }
                let members = held.members.iter().map(|member| nicks[member].clone());
                let members: BTreeSet<_> = members.collect();
                let present = conn
                    .present
                    .entry(room.clone())
                    .or_insert_with(|| members.clone());
                assert_eq!(*present, members, "who is in {room}");
            }
        }
    }

    /// The nick of each connection.
    pub(crate) fn nicks(&self) -> BTreeMap<ConnId, String> {
        let conns = self
            .clients
            .iter()
            .filter_map(|client| client.conn.as_ref());
        conns.map(|conn| (conn.id, conn.nick.clone())).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for line in &self.log {
                eprintln!("  {line}");
            }
            eprintln!("{:?}\nSOCKHOP_SEED={}", self.rules, self.seed);
        }
    }
}

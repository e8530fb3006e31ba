//! How one hub ends and the next begins.

use std::collections::VecDeque;

use sockhop_hub::history::History as _;
use sockhop_hub::{Hub, Polled};
use sockhop_proto::json::JSON;
use sockhop_proto::{CloseReason, Command, Event};

use super::client::Kind;
use super::world::World;
use crate::support::bell::Bell;
use crate::support::wire::{self, Heard};

impl World {
    /// The hub dies where it stands. What had not reached the disk is lost.
    pub(crate) fn crash(&mut self) {
        self.log(|| "the hub crashes".to_owned());
        self.tally.add("crash");
        let written = self.random.bool();
        self.disk.let_go(written);
        for client in &mut self.clients {
            client.note_positions();
            client.conn = None;
        }
        self.begin_again();
    }

    /// The hub says goodbye and writes everything, and another takes its place.
    pub(crate) fn restart(&mut self) {
        self.log(|| "the hub shuts down".to_owned());
        self.hub.shut_down();
        for at in 0..self.clients.len() {
            self.clients[at].note_positions();
            let Some(conn) = &mut self.clients[at].conn else {
                continue;
            };
            conn.ending.get_or_insert(CloseReason::Shutdown);
            if !conn.stalled {
                self.poll(at);
                assert!(self.clients[at].conn.is_none(), "client {at} hangs on");
            }
            self.clients[at].conn = None;
        }
        if self.rules.keeps_history {
            self.write_all();
            if !self.disk.is_full() {
                self.disk.store.commit(&self.hub.last_words()).unwrap();
                self.check_last_words();
                self.tally.add("clean restart");
            }
            self.disk.let_go(false);
        }
        self.begin_again();
    }

    /// After a clean end, the next hub goes on with the very next numbers.
    fn check_last_words(&mut self) {
        let stored = self.disk.store.rooms().unwrap();
        for (name, room) in self.model.rooms.iter().filter(|(_, room)| room.last > 0) {
            let stored = stored.iter().find(|kept| kept.room == *name);
            assert_eq!(stored.map(|kept| kept.reserved), Some(room.last), "{name}");
        }
    }

    fn begin_again(&mut self) {
        let keeps = self.rules.keeps_history;
        let rooms = if keeps {
            self.disk.store.rooms().unwrap()
        } else {
            Vec::new()
        };
        self.model
            .begin_again(&rooms, keeps.then_some(&self.disk.store));
        self.hub = Hub::new(self.rules.config(), rooms);
        self.call_witness();
    }

    /// Whoever watches everything comes before the others.
    pub(crate) fn call_witness(&mut self) {
        for at in 0..self.clients.len() {
            if self.clients[at].kind == Kind::Witness {
                self.come(at);
            }
        }
    }

    /// Asks the hub who is where, and how far each room has come.
    pub(crate) fn check_hub(&mut self) {
        let key = self.hub.open(&JSON, None, self.now);
        let bell = Bell::new();
        let nicks = self.nicks();
        let mut ask = |command: Command<'_>| {
            self.hub.handle(key, command, self.now);
            let mut out = VecDeque::new();
            let polled = self.hub.poll_output(key, bell.waker(), &mut out);
            assert_eq!(polled, Polled::Parked);
            let mut heard = wire::read(&JSON, &mut out);
            match (heard.pop(), heard.len()) {
                (Some(Heard::Event(event)), 0) => event,
                other => panic!("{other:?}"),
            }
        };
        for (name, room) in &self.model.rooms {
            let heard = ask(Command::Members {
                room: Some(name.as_str().into()),
            });
            let Event::Members { members, count, .. } = heard else {
                panic!("{heard:?}")
            };
            let heard: Vec<_> = members.iter().map(|it| it.nick.to_string()).collect();
            let mut expected: Vec<_> = room.members.iter().map(|it| nicks[it].clone()).collect();
            expected.sort_unstable();
            assert_eq!(
                (heard, count),
                (expected, room.members.len() as u64),
                "{name}"
            );
        }
        let heard = ask(Command::Rooms);
        let Event::Rooms { rooms, .. } = heard else {
            panic!("{heard:?}")
        };
        let heard = rooms.iter().map(|it| (&it.room, it.head, it.members));
        let expected = self.model.rooms.iter();
        let expected = expected.map(|(name, it)| (name, it.head, it.members.len() as u64));
        assert!(heard.eq(expected), "{rooms:?}");
    }
}

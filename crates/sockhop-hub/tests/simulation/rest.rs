//! The end of a story: everything comes to rest, and nothing may be owed.

use std::collections::VecDeque;

use sockhop_proto::Code;

use super::client::Client;
use super::model::Model;
use super::world::World;

/// After how many rounds without an end there is none.
const ROUNDS_MAX: u32 = 20_000;

impl World {
    /// Everybody reads and the disk works until nothing moves any more. Then nothing may be owed.
    pub(crate) fn come_to_rest(&mut self) {
        self.disk.mend();
        for at in 0..self.clients.len() {
            self.wake_up(at);
        }
        let mut quiet = 0;
        for _ in 0..ROUNDS_MAX {
            let moved = self.move_disk();
            let before: Vec<_> = self
                .clients
                .iter()
                .map(|client| client.conn.is_some())
                .collect();
            let busy = |client: &Client| {
                client
                    .conn
                    .as_ref()
                    .is_some_and(|conn| conn.pollable || (!conn.agenda.is_empty() && !conn.waiting))
            };
            for at in 0..self.clients.len() {
                self.pump(at);
            }
            let after: Vec<_> = self
                .clients
                .iter()
                .map(|client| client.conn.is_some())
                .collect();
            let still = !moved && before == after && !self.clients.iter().any(busy);
            quiet = if still { quiet + 1 } else { 0 };
            if quiet > 3 {
                return self.check_rest();
            }
        }
        panic!("it goes on for ever");
    }

    fn check_rest(&mut self) {
        self.hub.tick(self.now);
        let rooms = self.model.rooms.len();
        let bytes = self.hub.tails_bytes();
        let bytes_max = self.rules.tail_bytes_max.saturating_mul(rooms);
        assert!(bytes <= bytes_max, "{bytes} bytes in {rooms} rooms");
        for (at, client) in self.clients.iter_mut().enumerate() {
            let Some(conn) = &client.conn else { continue };
            assert_eq!(conn.ending, None, "client {at} has not been told its end");
            assert!(
                !conn.finished,
                "client {at} has said all, and waits for its end"
            );
            assert!(
                !conn.waiting && conn.agenda.is_empty(),
                "client {at} waits for ever"
            );
            client.check_answered(&self.model);
        }
        for (name, room) in &self.model.rooms {
            assert_eq!(room.head, room.last, "all of {name} is shown");
        }
        self.check_counted();
        self.check_hub();
    }
}

impl Client {
    /// Checks that it has read everything there is, and was answered all it asked.
    pub(crate) fn check_answered(&mut self, model: &Model) {
        let Some(conn) = &mut self.conn else { return };
        assert!(conn.asked.is_empty(), "not answered: {:?}", conn.asked);
        assert!(conn.directs.is_empty(), "not delivered: {:?}", conn.directs);
        assert_eq!(conn.refusals, [] as [Code; 0], "not refused");
        let subscribed = &conn.subscribed;
        assert!(
            subscribed.values().all(VecDeque::is_empty),
            "not subscribed: {subscribed:?}"
        );
        for (room, follow) in &mut conn.follows {
            follow.check_caught_up(model, conn.id, self.echo, room);
        }
        for (id, sent) in self.sent.iter().filter(|(_, sent)| sent.on == conn.id) {
            assert!(sent.answers > 0, "nothing was heard of {id}: {sent:?}");
        }
    }
}

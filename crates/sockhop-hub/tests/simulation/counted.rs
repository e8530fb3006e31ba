//! Whether the hub has counted what its clients know to have passed.

use sockhop_hub::{Lag, Traffic};
use sockhop_proto::Event;

use super::client::{Conn, Kind};
use super::world::World;
use crate::support::wire::Heard;

impl Conn {
    /// Notes what one read brought, for comparison.
    pub(crate) fn count(&mut self, bytes: usize, heard: &[Heard]) {
        let is_message =
            |it: &&Heard| matches!(it, Heard::Event(Event::Message(_) | Event::Direct { .. }));
        self.read.bytes += bytes as u64;
        self.read.messages += heard.iter().filter(is_message).count() as u64;
    }
}

impl World {
    /// Once everybody has read everything, the hub knows how much that was.
    pub(crate) fn check_counted(&self) {
        let figures = self.hub.figures(self.now);
        assert_eq!(figures.lag, Lag::default(), "nobody is behind");
        let vitals = &figures.vitals;
        assert_eq!((vitals.queue_messages, vitals.queue_bytes), (0, 0));
        assert_eq!(vitals.connections, self.hub.sessions());
        let now: u64 = figures.protocols.iter().map(|it| it.connections).sum();
        assert_eq!(now, self.hub.sessions() as u64);
        let opened: u64 = figures.protocols.iter().map(|it| it.opened).sum();
        let closed: u64 = figures.closes.iter().map(|(_, count)| count).sum();
        assert_eq!(opened - closed, now);
        let connections = self.hub.connections(usize::MAX).listed;
        for client in &self.clients {
            let Some(conn) = &client.conn else { continue };
            let it = connections.iter().find(|it| it.nick.as_str() == conn.nick);
            let Some(it) = it else {
                panic!("{} is not listed", conn.nick);
            };
            assert_eq!(it.rooms, conn.follows.len(), "{}", conn.nick);
            // Whether a line is a message is for people to say.
            let read = Traffic {
                messages: match client.kind {
                    Kind::Person => it.sent.messages,
                    _ => conn.read.messages,
                },
                ..conn.read
            };
            assert_eq!(it.sent, read, "{}", conn.nick);
        }
    }
}

//! The message hubs, one file each: how to start one, greet it, publish, and count what it delivers.

mod frame;
mod irc;
mod json;
mod mqtt;
mod nats;
mod redis;
mod sockhop;
mod text;
mod websocket;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::arrival::Step;
use crate::counter::Counter;
use crate::launch::Launch;
use crate::library::Library;
use crate::scenario::Family;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Receives what is published in the room.
    Reader,
    /// Publishes, and wants no answers where the protocol lets it say so.
    Publisher,
    /// Both, without its own messages where the protocol lets it say so.
    Talker,
    /// Publishes, and wants every ack.
    AckedPublisher,
}

/// The process behind a hub.
pub(crate) trait Daemon {
    /// The program it runs as.
    fn program(&self) -> &'static str;

    /// What it needs besides its program, which is at this path.
    fn library(&self, _program: &Path) -> Option<Library> {
        None
    }

    /// How to start it; may write configuration into the launch's folder.
    fn command(&self, launch: &Launch) -> anyhow::Result<Command>;

    /// The line it prints when it accepts connections; without one, connecting is tried.
    fn ready_line(&self) -> Option<&'static str> {
        None
    }

    /// How long nothing must come before everyone's arrival is over.
    fn quiet(&self, _members: usize) -> Duration {
        Duration::from_millis(200)
    }
}

/// A hub and the protocol it is spoken to in.
pub(crate) trait Hub: Daemon {
    /// The name in tables and for `--peers`.
    fn name(&self) -> &'static str;

    /// How a connection introduces itself and joins.
    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step>;

    /// Appends one publish.
    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>);

    /// Counts deliveries in a reader's stream.
    fn deliveries(&self) -> Counter {
        Counter::Marks
    }

    /// Whether it is measured in this kind of scenario at all. WebSockets are compared among
    /// themselves.
    fn takes_part_in(&self, family: Family) -> bool {
        family != Family::WebSocket
    }

    /// Why this kind of scenario would tell nothing new about this server, if so.
    fn left_out_of(&self, _family: Family) -> Option<&'static str> {
        None
    }

    /// The longest payload one message can hold.
    fn payload_bytes_max(&self) -> usize {
        usize::MAX
    }

    /// Whether it can keep messages for readers who come late.
    fn has_history(&self) -> bool {
        false
    }

    /// Counts acks which mean that a message is on disk; or why there are none.
    fn acks(&self) -> Result<Counter, &'static str> {
        Err("its acks are not looked for")
    }

    /// Appends one publish that asks for an ack. Called only where there are acks.
    fn publish_acked(&self, room: &str, payload: &[u8], _id: u64, out: &mut Vec<u8>) {
        self.publish(room, payload, out);
    }

    /// The first and last number of a range this server says a reader has missed, read from the
    /// bytes that start with the word `missed`.
    fn missed_range(&self, _notice: &[u8]) -> Option<(u64, u64)> {
        None
    }
}

/// All of them, in the order they are run and printed.
pub(crate) fn all() -> Vec<Box<dyn Hub>> {
    let mut all: Vec<Box<dyn Hub>> = vec![
        Box::new(text::Text),
        Box::new(json::Json),
        Box::new(frame::Frame),
        Box::new(nats::Nats),
        Box::new(redis::Redis),
        Box::new(mqtt::Mosquitto),
        Box::new(irc::Ngircd),
    ];
    all.extend(websocket::all());
    all
}

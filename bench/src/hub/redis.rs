//! Redis: pub/sub for the rooms, a list in the append-only file for what must last.

use std::process::Command;

use crate::arrival::Step;
use crate::counter::{Counter, Lines};
use crate::launch::Launch;

use super::{Daemon, Hub, Role};

/// `redis-server` over RESP3, in which one connection may subscribe and publish.
pub(crate) struct Redis;

impl Daemon for Redis {
    fn program(&self) -> &'static str {
        "redis-server"
    }

    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        let mut command = Command::new(&launch.program);
        command
            .args(["--bind", "127.0.0.1", "--port", &launch.port.to_string()])
            .arg("--dir")
            .arg(&launch.folder)
            .args(["--save", ""])
            // Its protection admits 127.0.0.1 alone; idle connections come from 127.0.0.2 on too.
            .args(["--protected-mode", "no"])
            .args(["--maxclients", "12000"])
            .args(["--client-output-buffer-limit", "pubsub 0 0 0"]);
        if launch.durable {
            command.args(["--appendonly", "yes", "--appendfsync", "always"]);
        }
        Ok(command)
    }
}

impl Hub for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn arrival(&self, _nick: &str, role: Role, room: &str) -> Vec<Step> {
        let mut steps = vec![Step::new("HELLO 3\r\n", b"proto")];
        if matches!(role, Role::Reader | Role::Talker) {
            steps.push(Step::new(format!("SUBSCRIBE {room}\r\n"), b"subscribe"));
        }
        if matches!(role, Role::Publisher | Role::Talker) {
            // Spares it the reply to each PUBLISH; what it pushes to subscribers still comes.
            steps.push(Step::new("CLIENT REPLY OFF\r\n", b""));
        }
        steps
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        command("PUBLISH", room, payload, out);
    }

    /// Replies are `:17`, the list's new length; an error would start with `-`.
    fn acks(&self) -> Result<Counter, &'static str> {
        Ok(Counter::Lines(Lines::starting_with(b":")))
    }

    /// The cheapest write Redis has: it numbers and stamps nothing.
    fn publish_acked(&self, room: &str, payload: &[u8], _id: u64, out: &mut Vec<u8>) {
        command("RPUSH", room, payload, out);
    }
}

fn command(verb: &str, room: &str, payload: &[u8], out: &mut Vec<u8>) {
    let head = format!(
        "*3\r\n${}\r\n{verb}\r\n${}\r\n{room}\r\n${}\r\n",
        verb.len(),
        room.len(),
        payload.len()
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\r\n");
}

//! The WebSocket servers that most web programs are written on, one row each: the broadcast that
//! their own documentation shows, which repeats each message to all but its sender.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arrival::Step;
use crate::counter::{Counter, Messages};
use crate::hub::{Daemon, Hub, Role};
use crate::launch::Launch;
use crate::library::Library;
use crate::scenario::Family;

use super::{Kind, message, tells_of_websockets, upgrade};

/// A short program around a library.
pub(super) struct Broadcast {
    name: &'static str,
    program: &'static str,
    library: &'static str,
    /// The program's text, in this crate's folder. Without a port it only loads its library.
    script: &'static str,
    /// What it is told besides its port.
    arguments: &'static [&'static str],
}

pub(super) const ALL: [Broadcast; 3] = [
    Broadcast {
        name: "node-ws",
        program: "node",
        library: "ws (from npm)",
        script: "node/broadcast.js",
        arguments: &[],
    },
    // Its documentation shows no batches. They suit it, and Node's sockets offer them.
    Broadcast {
        name: "node-ws-64",
        program: "node",
        library: "ws (from npm)",
        script: "node/broadcast.js",
        arguments: &["64"],
    },
    Broadcast {
        name: "python-websockets",
        program: "python3",
        library: "websockets (from PyPI)",
        script: "python/broadcast.py",
        arguments: &[],
    },
];

impl Broadcast {
    fn script(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(self.script)
    }
}

impl Daemon for Broadcast {
    fn program(&self) -> &'static str {
        self.program
    }

    fn library(&self, program: &Path) -> Option<Library> {
        let mut check = Command::new(program);
        check.arg(self.script());
        Some(Library {
            name: self.library,
            check,
        })
    }

    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        let mut command = Command::new(&launch.program);
        command.arg(self.script()).arg(launch.port.to_string());
        command.args(self.arguments);
        Ok(command)
    }
}

impl Hub for Broadcast {
    fn name(&self) -> &'static str {
        self.name
    }

    fn takes_part_in(&self, family: Family) -> bool {
        tells_of_websockets(family)
    }

    /// There are no rooms, and whoever is there hears everything.
    fn arrival(&self, _nick: &str, _role: Role, _room: &str) -> Vec<Step> {
        vec![upgrade("/")]
    }

    fn publish(&self, _room: &str, payload: &[u8], out: &mut Vec<u8>) {
        message(Kind::Text, payload, out);
    }

    /// Whatever is said to a client was published by another.
    fn deliveries(&self) -> Counter {
        Counter::Messages(Messages::starting_with(b""))
    }
}

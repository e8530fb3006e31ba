//! NATS core on its own WebSocket listener: its text protocol in binary messages, several of its
//! deliveries to each.

use std::process::Command;

use crate::arrival::Step;
use crate::counter::{Counter, Messages};
use crate::hub::nats::{CONFIGURATION, Nats};
use crate::hub::{Daemon, Hub, Role};
use crate::launch::Launch;
use crate::scenario::Family;

use super::{Kind, message, say, tells_of_websockets, upgrade};

/// The same `nats-server`, spoken to as browsers do.
pub(super) struct WebSocketNats;

impl Daemon for WebSocketNats {
    fn program(&self) -> &'static str {
        Nats.program()
    }

    /// Its ordinary port is any free one, and nobody's.
    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        let configuration = launch.folder.join("nats.conf");
        let websocket = format!(
            "listen: \"127.0.0.1:-1\"\n\
             websocket {{ host: \"127.0.0.1\", port: {}, no_tls: true }}\n",
            launch.port
        );
        std::fs::write(&configuration, CONFIGURATION.to_owned() + &websocket)?;
        let mut command = Command::new(&launch.program);
        command.arg("-c").arg(configuration);
        Ok(command)
    }
}

impl Hub for WebSocketNats {
    fn name(&self) -> &'static str {
        "nats-websocket"
    }

    fn takes_part_in(&self, family: Family) -> bool {
        tells_of_websockets(family)
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let plain = Nats.arrival(nick, role, room);
        let said = plain
            .iter()
            .map(|step| say(Kind::Binary, &step.send, &step.expect));
        std::iter::once(upgrade("/")).chain(said).collect()
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        let mut plain = Vec::new();
        Nats.publish(room, payload, &mut plain);
        message(Kind::Binary, &plain, out);
    }

    fn deliveries(&self) -> Counter {
        Counter::Messages(Messages::holding_marks())
    }
}

//! What Sockhop's protocols share: the process and its habits.

use std::process::Command;
use std::time::Duration;

use crate::launch::Launch;
use crate::peer::SOCKHOP;

use super::Daemon;

/// Where a connection becomes a WebSocket.
pub(super) const WEBSOCKET_PATH: &str = "/-/ws";

/// One of its protocols.
pub(super) trait Spoken {}

impl<Protocol: Spoken> Daemon for Protocol {
    fn program(&self) -> &'static str {
        SOCKHOP
    }

    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        Ok(command(launch))
    }

    fn ready_line(&self) -> Option<&'static str> {
        Some("ready")
    }

    /// Rooms of more than 50 members announce arrivals in sums, at most once a second.
    fn quiet(&self, members: usize) -> Duration {
        Duration::from_millis(if members > 50 { 1500 } else { 200 })
    }
}

/// The hub on one port for every protocol, with all limits out of the way.
fn command(launch: &Launch) -> Command {
    let mut command = Command::new(&launch.program);
    command
        .arg("serve")
        .args(["--listen", &format!("any://127.0.0.1:{}", launch.port)])
        .arg("--data")
        .arg(&launch.folder)
        .args(["--max-connections", "20000", "--max-per-address", "20000"])
        .args(["--max-publishes", "0"]);
    if !launch.durable {
        command.arg("--no-history");
    }
    command
}

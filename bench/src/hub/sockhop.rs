//! What Sockhop's protocols share: the process and its habits.

use std::process::Command;
use std::time::Duration;

use crate::launch::Launch;

/// What it prints when it accepts connections.
pub(super) const READY: &str = "ready";
/// Where a connection becomes a WebSocket.
pub(super) const WEBSOCKET_PATH: &str = "/-/ws";

/// The hub on one port for every protocol, with all limits out of the way.
pub(super) fn command(launch: &Launch) -> Command {
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

/// Rooms of more than 50 members announce arrivals in sums, at most once a second.
pub(super) fn quiet(members: usize) -> Duration {
    Duration::from_millis(if members > 50 { 1500 } else { 200 })
}

//! NATS core: a subject, no acks, no disk.

use std::process::Command;

use crate::arrival::Step;
use crate::counter::Counter;
use crate::launch::Launch;

use super::{Daemon, Hub, Role};

/// `nats-server` and its text protocol.
pub(crate) struct Nats;

/// A reader that falls behind is kept: what is measured is what that costs.
pub(super) const CONFIGURATION: &str = "\
max_pending: 1GB
write_deadline: \"60s\"
max_connections: 20000
";

impl Daemon for Nats {
    fn program(&self) -> &'static str {
        "nats-server"
    }

    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        let configuration = launch.folder.join("nats.conf");
        std::fs::write(&configuration, CONFIGURATION)?;
        let mut command = Command::new(&launch.program);
        command.arg("-c").arg(configuration);
        command.args(["-a", "127.0.0.1", "-p", &launch.port.to_string()]);
        Ok(command)
    }
}

impl Hub for Nats {
    fn name(&self) -> &'static str {
        "nats"
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let connect = format!(
            "CONNECT {{\"verbose\":false,\"pedantic\":false,\"echo\":false,\"name\":\"{nick}\"}}\r\n\
             PING\r\n"
        );
        let mut steps = vec![Step::new(connect, b"PONG\r\n")];
        if matches!(role, Role::Reader | Role::Talker) {
            steps.push(Step::new(format!("SUB {room} 1\r\nPING\r\n"), b"PONG\r\n"));
        }
        steps
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(format!("PUB {room} {}\r\n", payload.len()).as_bytes());
        out.extend_from_slice(payload);
        out.extend_from_slice(b"\r\n");
    }

    fn acks(&self) -> Result<Counter, &'static str> {
        Err("core NATS has no acks, and JetStream acks before it syncs")
    }
}

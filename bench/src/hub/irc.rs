//! ngircd: a room is a channel, a message a `PRIVMSG` of at most 512 bytes a line.

use std::process::Command;

use crate::arrival::Step;
use crate::counter::Counter;
use crate::launch::Launch;

use super::{Daemon, Hub, Role};

/// `ngircd` with its flood protection off.
pub(crate) struct Ngircd;

impl Daemon for Ngircd {
    fn program(&self) -> &'static str {
        "ngircd"
    }

    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        let configuration = format!(
            "[Global]\n\
             Name = irc.bench.test\n\
             Info = bench\n\
             Listen = 127.0.0.1\n\
             Ports = {}\n\
             MotdPhrase = bench\n\
             [Limits]\n\
             MaxConnections = 0\n\
             MaxConnectionsIP = 0\n\
             MaxJoins = 0\n\
             MaxPenaltyTime = 0\n\
             PingTimeout = 600\n\
             PongTimeout = 600\n\
             [Options]\n\
             DNS = no\n\
             Ident = no\n\
             PAM = no\n\
             SyslogFacility = local7\n",
            launch.port
        );
        let path = launch.folder.join("ngircd.conf");
        std::fs::write(&path, configuration)?;
        let mut command = Command::new(&launch.program);
        command.arg("--nodaemon").arg("--config").arg(path);
        Ok(command)
    }
}

impl Hub for Ngircd {
    fn name(&self) -> &'static str {
        "ngircd"
    }

    /// A channel takes messages from its members alone: a publisher joins too.
    fn arrival(&self, nick: &str, _role: Role, room: &str) -> Vec<Step> {
        vec![
            Step::new(
                format!("NICK {nick}\r\nUSER {nick} 0 * :{nick}\r\n"),
                b" 376 ",
            ),
            Step::new(format!("JOIN #{room}\r\n"), b" 366 "),
        ]
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(b"PRIVMSG #");
        out.extend_from_slice(room.as_bytes());
        out.extend_from_slice(b" :");
        out.extend_from_slice(payload);
        out.extend_from_slice(b"\r\n");
    }

    /// 512 bytes a line, less the longest prefix and command.
    fn payload_bytes_max(&self) -> usize {
        400
    }

    fn acks(&self) -> Result<Counter, &'static str> {
        Err("keeps nothing")
    }
}

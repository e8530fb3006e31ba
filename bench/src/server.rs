//! A process that listens: started on its launch's port, and waited for until it does.

use std::fs;
use std::net::SocketAddrV4;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::launch::Launch;
use crate::process::Process;
use crate::usage::Usage;

const START_PATIENCE: Duration = Duration::from_secs(10);
/// How the kernel's table of sockets writes that one is listening.
const LISTENING: &str = "0A";

/// A running server.
pub(crate) struct Server {
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddrV4,
}

impl Server {
    /// Starts it and waits until it accepts connections: until it has printed its ready line to
    /// the log, or else until its port listens. Nobody connects to find out, since some serve
    /// one client and end.
    pub(crate) fn start(
        launch: &Launch,
        command: &Command,
        ready_line: Option<&str>,
        stdout: impl Into<Stdio>,
    ) -> anyhow::Result<Self> {
        let mut process = Process::start(launch, command, Stdio::null(), stdout)?;
        let log = launch.log.display();
        let deadline = Instant::now() + START_PATIENCE;
        while !is_ready(launch, ready_line)? {
            if let Some(status) = process.ended()? {
                anyhow::bail!("it ended with {status}; see {log}");
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "it was not ready within {START_PATIENCE:?}; see {log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self {
            process,
            address: launch.address(),
        })
    }

    /// What the process has used so far.
    pub(crate) fn usage(&self) -> Usage {
        self.process.usage()
    }
}

fn is_ready(launch: &Launch, ready_line: Option<&str>) -> anyhow::Result<bool> {
    Ok(match ready_line {
        Some(line) => fs::read_to_string(&launch.log)?
            .lines()
            .any(|printed| printed == line),
        None => is_listening(&fs::read_to_string("/proc/net/tcp")?, launch.port),
    })
}

/// Whether the kernel's table says that somebody listens on a port.
fn is_listening(table: &str, port: u16) -> bool {
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let local = fields.next().and_then(|address| address.split_once(':'));
        local.is_some_and(|(_, hex)| u16::from_str_radix(hex, 16) == Ok(port))
            && fields.nth(1) == Some(LISTENING)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9143
   1: 0100007F:1F91 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 9144
";

    #[test]
    fn a_port_that_is_only_connected_does_not_listen() {
        assert!(is_listening(TABLE, 0x1f90));
        assert!(!is_listening(TABLE, 0x1f91));
        assert!(!is_listening(TABLE, 0x1f92));
    }
}

//! A command, run once for each message.

use std::process::{ExitStatus, Stdio};

use anyhow::{Context as _, Result};
use sockhop_client::Message;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::reach;

/// The number Ctrl-C has as a signal, on every Unix.
#[cfg(unix)]
const SIGINT: i32 = 2;

/// See the module.
#[derive(Debug)]
pub(super) struct Exec {
    command: String,
}

impl Exec {
    pub(super) fn new(command: &str) -> Self {
        Self {
            command: command.to_owned(),
        }
    }

    /// Runs it with `input` on its standard input, to its end. Its failure is said, and is no
    /// failure of ours; that the shell cannot be started is one.
    pub(super) async fn run(&self, message: &Message, input: &[u8]) -> Result<()> {
        let mut child = shell(&self.command)
            .env("SOCKHOP_ROOM", message.room.as_str())
            .env("SOCKHOP_SEQ", message.seq.to_string())
            .env("SOCKHOP_FROM", message.from.as_str())
            .env(
                "SOCKHOP_TYPE",
                message.media_type.as_deref().unwrap_or_default(),
            )
            .env("SOCKHOP_TIME_US", message.time.to_string())
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| anyhow::anyhow!("{}", error.kind()))
            .context("the shell cannot be started for --exec")?;
        let stdin = child.stdin.take();
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A command need not read what it is given.
                let _ = stdin.write_all(input).await;
            }
        };
        let ((), status) = tokio::join!(feed, child.wait());
        let status = status.context("the command of --exec was lost")?;
        if !status.success() && !is_interrupt(status) {
            reach::say(&format!(
                "the command {} on message {} of {}",
                ended(status),
                message.seq,
                message.room
            ));
        }
        Ok(())
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

/// Whether it was ended by the Ctrl-C that ends us too.
fn is_interrupt(status: ExitStatus) -> bool {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGINT);
    #[cfg(not(unix))]
    return false;
}

fn ended(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was killed by signal {signal}");
    }
    match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => "failed".to_owned(),
    }
}

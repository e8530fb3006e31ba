//! A program for each client: what the client sends is its standard input, what it puts out goes
//! back.
//!
//! Without framing both are bytes. With framing each message is a line of the program's, both ways,
//! so that any script can serve length-prefixed messages. What it says on standard error stays
//! here. It finds the client's address in `SOCKHOP_PEER`.

use std::io;
use std::process::Stdio;

use bytes::BytesMut;
use sockhop_proto::framing::{Decoder, Framing};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::Terms;
use super::client::hear;
use crate::event::{Event, Watch};
use crate::fault::Fault;
use crate::leave::Leave;
use crate::link::{Link, Receiver, Sender};

const READ_BYTES: usize = 64 << 10;

/// Serves the client of `link` by `command`, until that has ended or the client is gone; then it
/// is ended, too.
pub(super) async fn run(command: &str, link: &mut Link, terms: &Terms, watch: &dyn Watch) -> Leave {
    let peer = link.peer().clone();
    let mut program = match Program::start(command, peer.as_str()) {
        Ok(program) => program,
        Err(error) => return Fault::program(command, &error).into(),
    };
    let Link { receiver, sender } = link;
    let lines = !terms.framing.is_none();
    let feeding = feed(program.stdin.take(), receiver, terms, lines);
    let reading = read(program.stdout.take(), sender, terms, lines);
    let leave = tokio::select! {
        // The end of its input does not end a program; only a connection that broke does.
        Err(leave) = feeding => leave,
        read = reading => match read {
            Ok(()) => Leave::ProgramEnded,
            Err(fault) => fault.into(),
        },
    };
    if !matches!(leave, Leave::ProgramEnded) {
        program.end();
    }
    if let Ok(status) = program.child.wait().await {
        watch.see(Some(&peer), &Event::Exited { status });
    }
    leave
}

/// A running program. It is killed, should it be dropped.
struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
}

impl Program {
    fn start(command: &str, peer: &str) -> io::Result<Self> {
        let mut shell = shell(command);
        shell
            .env("SOCKHOP_PEER", peer)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        // A group of its own, so that whatever the shell has started ends with it, and Ctrl-C
        // here does not reach it before the client has had its last bytes.
        #[cfg(unix)]
        shell.process_group(0);
        let mut child = shell.spawn()?;
        Ok(Self {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            child,
        })
    }

    /// Asks it to end: with the client gone, there is nobody to work for.
    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.child.id().and_then(|id| i32::try_from(id).ok())
            && let Some(group) = rustix::process::Pid::from_raw(group)
        {
            // It may have ended by itself just now.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
        #[cfg(not(unix))]
        let _ = self.child.start_kill();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C").arg(command);
    shell
}

/// Gives the program what the client sends, and at its end the end. A program that listens no more
/// may still have something to say.
async fn feed(
    stdin: Option<ChildStdin>,
    receiver: &mut Receiver,
    terms: &Terms,
    lines: bool,
) -> Result<(), Leave> {
    let Some(mut stdin) = stdin else {
        return Ok(());
    };
    while let Some(message) = hear(receiver, terms.silence_max).await? {
        let fed = async {
            stdin.write_all(&message).await?;
            if lines {
                stdin.write_all(b"\n").await?;
            }
            stdin.flush().await
        };
        if fed.await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Sends the client what the program puts out, and at its end the end.
async fn read(
    stdout: Option<ChildStdout>,
    sender: &mut Sender,
    terms: &Terms,
    lines: bool,
) -> Result<(), Fault> {
    let Some(mut stdout) = stdout else {
        return Ok(());
    };
    let framing = if lines { Framing::Line } else { Framing::None };
    let mut decoder = Decoder::new(framing, terms.message_bytes_max);
    let mut output = BytesMut::new();
    loop {
        output.reserve(READ_BYTES);
        let read = stdout.read_buf(&mut output).await.unwrap_or(0);
        let next = match read {
            0 => Decoder::finish,
            _ => Decoder::decode,
        };
        while !output.is_empty()
            && let Some(line) = next(&mut decoder, &mut output)
                .map_err(|error| Fault::frame("the program", error, &[]))?
        {
            sender.put(line)?;
        }
        if read == 0 {
            return sender.finish().await;
        }
        sender.flush().await?;
    }
}

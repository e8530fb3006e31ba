//! A program for each client: what the client sends is its standard input, what it puts out goes
//! back.
//!
//! Without framing both are bytes. With framing each message is a line of the program's, both ways,
//! so that any script can serve length-prefixed messages. What it says on standard error stays
//! here. It finds the client's address in `SOCKHOP_PEER`.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::BytesMut;
use sockhop_proto::framing::{Decoder, Framing, FramingError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Terms;
use crate::event::{Event, Watch};
use crate::fault::Fault;
use crate::leave::Leave;
use crate::link::{Link, Receiver, Sender};

const READ_BYTES: usize = 64 << 10;
/// How long a program has to end, each time it is given a reason to.
const GRACE: Duration = Duration::from_millis(500);

#[cfg(unix)]
use rustix::process::Signal;

/// As programs are asked elsewhere: they are not.
#[cfg(not(unix))]
#[derive(Debug, Clone, Copy)]
enum Signal {
    TERM,
    KILL,
}

/// Serves the client of `link` by `command`, until that has ended, the client is gone, or `stop`;
/// then the program is ended, too.
pub(super) async fn run(
    command: &str,
    link: &mut Link,
    terms: &Terms,
    watch: &dyn Watch,
    stop: &CancellationToken,
) -> Leave {
    let peer = link.peer().clone();
    let mut program = match Program::start(command, peer.as_str()) {
        Ok(program) => program,
        Err(error) => return Fault::program(command, &error).into(),
    };
    let pulse = link.pulse();
    let Link { receiver, sender } = link;
    let (stdin, stdout) = (program.stdin.take(), program.stdout.take());
    let leave = tokio::select! {
        leave = feed(stdin, receiver, terms) => leave,
        read = read(stdout, sender, terms) => match read {
            Ok(()) => Leave::ProgramEnded,
            Err(fault) => fault.into(),
        },
        silent = pulse.stopped(terms.silence_max) => Leave::Silent { silent },
        () = stop.cancelled() => Leave::Stopped,
    };
    if let Some(status) = program.end().await {
        watch.see(Some(&peer), &Event::Exited { status });
    }
    leave
}

/// A running program. Should it be dropped, it is killed, with all it has started.
struct Program {
    /// Itself and all it has started, unless it has ended of itself.
    #[cfg(unix)]
    group: Option<rustix::process::Pid>,
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
            #[cfg(unix)]
            group: child
                .id()
                .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())),
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            child,
        })
    }

    /// Gives it time to end by itself, then asks it to, then makes it: with the client gone, or its
    /// own output ended, there is nothing left to do.
    async fn end(&mut self) -> Option<ExitStatus> {
        if let Ok(status) = timeout(GRACE, self.child.wait()).await {
            #[cfg(unix)]
            {
                self.group = None;
            }
            return status.ok();
        }
        self.signal(Signal::TERM);
        let status = timeout(GRACE, self.child.wait()).await;
        // Also those it has started, whom the first signal may not have moved.
        self.signal(Signal::KILL);
        match status {
            Ok(status) => status.ok(),
            Err(_) => self.child.wait().await.ok(),
        }
    }

    /// To the program, and to whatever it has started.
    #[cfg(unix)]
    fn signal(&mut self, signal: Signal) {
        if let Some(group) = self.group {
            // It may have ended by itself just now.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _signal: Signal) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
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

/// Gives the program what the client sends, and at its end the end; from then on it only waits for
/// the client to be gone altogether.
async fn feed(stdin: Option<ChildStdin>, receiver: &mut Receiver, terms: &Terms) -> Leave {
    let Some(mut stdin) = stdin else {
        return receiver.broken().await.into();
    };
    loop {
        let message = match receiver.receive().await {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(fault) => return fault.into(),
        };
        // Two lines would be two messages to the program.
        if !terms.framing.is_none() && message.contains(&b'\n') {
            return receiver.bad_frame(FramingError::HoldsLineEnd).into();
        }
        let fed = async {
            stdin.write_all(&message).await?;
            if !terms.framing.is_none() {
                stdin.write_all(b"\n").await?;
            }
            stdin.flush().await
        };
        tokio::select! {
            fed = fed => match fed {
                Ok(()) => {}
                // A program that listens no more may still have something to say.
                Err(_) => break,
            },
            fault = receiver.broken() => return fault.into(),
        }
    }
    drop(stdin);
    receiver.broken().await.into()
}

/// Sends the client what the program puts out, and at its end the end.
async fn read(
    stdout: Option<ChildStdout>,
    sender: &mut Sender,
    terms: &Terms,
) -> Result<(), Fault> {
    let Some(mut stdout) = stdout else {
        return Ok(());
    };
    let framing = match terms.framing {
        Framing::None => Framing::None,
        _ => Framing::Line,
    };
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
            && let Some(piece) = next(&mut decoder, &mut output)
                .map_err(|error| Fault::frame("the program", error, &[]))?
        {
            match framing {
                Framing::None => sender.put_bytes(piece)?,
                _ => sender.put(piece)?,
            }
        }
        if read == 0 {
            return sender.finish().await;
        }
        sender.flush().await?;
    }
}

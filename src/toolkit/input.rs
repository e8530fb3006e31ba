//! Standard input: what is typed, or what comes down a pipe.
//!
//! A thread reads it, because a read of standard input can block for ever and cannot be broken off;
//! unless it is a file, which never makes anybody wait.

#[cfg(not(unix))]
use std::io::Read as _;
use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result, bail};
use bytes::{Bytes, BytesMut};
use sockhop_proto::framing::{Decoder, Framing};
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::paper::input_is_file;
use super::printer::Printer;
use super::typing::{Terminal, Typing};

/// Pieces read ahead; the thread waits when nobody takes them.
const PIECES_AHEAD: usize = 4;
const READ_BYTES: usize = 128 << 10;
/// How standard input is cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As it comes; of what is typed, each line with its end.
    Bytes,
    /// Each line is one message.
    Lines,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Input {
    source: Source,
    /// Kept to be set back when this is dropped.
    _terminal: Option<Terminal>,
    typed: bool,
    given: bool,
    ended: bool,
}

#[derive(Debug)]
enum Source {
    Thread(Receiver<Result<Bytes>>),
    /// Bytes, read when they are wanted.
    File,
    /// A terminal that another program has just now.
    Nothing,
}

/// Whether a person types, and sees what comes: both ends are a terminal.
pub(crate) fn is_typed() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Whether standard input is a terminal at which somebody talks to another program: to read it would
/// stop this one.
fn is_in_background() -> bool {
    #[cfg(unix)]
    return rustix::termios::tcgetpgrp(io::stdin())
        .is_ok_and(|group| group != rustix::process::getpgrp());
    #[cfg(not(unix))]
    false
}

impl Input {
    /// Starts to read.
    pub(crate) fn open(cut: Cut, bytes_max: usize) -> Result<Self> {
        if is_in_background() {
            return Ok(Self::new(Source::Nothing, None));
        }
        if cut == Cut::Bytes && input_is_file() {
            return Ok(Self::new(Source::File, None));
        }
        let (to, pieces) = mpsc::channel(PIECES_AHEAD);
        spawn(move || match cut {
            Cut::Bytes => read_bytes(&to),
            Cut::Lines => read_lines(&to, bytes_max),
        })?;
        Ok(Self::new(Source::Thread(pieces), None))
    }

    /// Has a person edit lines, above which `printer` prints from now on; `interrupt` is told of
    /// Ctrl-C, which is a key then.
    pub(crate) fn edit(cut: Cut, printer: &Printer, interrupt: Arc<Notify>) -> Result<Self> {
        if is_in_background() {
            return Ok(Self::new(Source::Nothing, None));
        }
        let (to, pieces) = mpsc::channel(PIECES_AHEAD);
        let terminal = Terminal::remember();
        let (typing, console) = Typing::new(cut)?;
        printer.print_above(console);
        spawn(move || typing.read(&to, &interrupt))?;
        Ok(Self::new(Source::Thread(pieces), Some(terminal)))
    }

    fn new(source: Source, terminal: Option<Terminal>) -> Self {
        Self {
            source,
            _terminal: terminal,
            typed: is_typed(),
            given: false,
            ended: false,
        }
    }

    /// Whether a person types it.
    pub(crate) fn is_typed(&self) -> bool {
        self.typed
    }

    /// Whether nothing more comes.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether anything has come.
    pub(crate) fn has_given(&self) -> bool {
        self.given
    }

    /// The next bytes, or the next message; none at the end. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        let piece = match &mut self.source {
            Source::Thread(pieces) => pieces.recv().await.transpose()?,
            Source::File => read_piece()?,
            Source::Nothing => None,
        };
        match piece {
            Some(_) => self.given = true,
            None => self.ended = true,
        }
        Ok(piece)
    }
}

fn spawn(read: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(read)
        .context("the system gives no thread")?;
    Ok(())
}

fn read_bytes(to: &Sender<Result<Bytes>>) {
    while let Some(piece) = read_piece().transpose() {
        let failed = piece.is_err();
        if to.blocking_send(piece).is_err() || failed {
            return;
        }
    }
}

/// What one read gives; none at the end.
fn read_piece() -> Result<Option<Bytes>> {
    match read_once() {
        Ok(piece) if piece.is_empty() => Ok(None),
        Ok(piece) => Ok(Some(piece)),
        Err(error) => bail!("standard input cannot be read: {}", error.kind()),
    }
}

fn read_lines(to: &Sender<Result<Bytes>>, bytes_max: usize) {
    let mut decoder = Decoder::new(Framing::Line, bytes_max);
    let mut input = BytesMut::new();
    for number in 1_u64.. {
        let line = next_line(&mut decoder, &mut input)
            .with_context(|| format!("line {number} of standard input"))
            .transpose();
        let Some(line) = line else { return };
        let failed = line.is_err();
        if to.blocking_send(line).is_err() || failed {
            return;
        }
    }
}

fn next_line(decoder: &mut Decoder, input: &mut BytesMut) -> Result<Option<Bytes>> {
    loop {
        if let Some(line) = decoder.decode(input)? {
            return Ok(Some(line));
        }
        match read_piece()? {
            Some(piece) => input.extend_from_slice(&piece),
            None => return Ok(decoder.finish(input)?),
        }
    }
}

/// What one read gives; nothing at the end.
fn read_once() -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(READ_BYTES);
    loop {
        match read_into(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Somebody who shares it has set it so.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => wait_for_input(),
            // A few bytes need not keep the room of many.
            read => {
                return read.map(|()| match bytes.len() < READ_BYTES / 8 {
                    true => Bytes::copy_from_slice(&bytes),
                    false => bytes.into(),
                });
            }
        }
    }
}

#[cfg(unix)]
fn wait_for_input() {
    use rustix::event::{PollFd, PollFlags, poll};
    let input = rustix::stdio::stdin();
    // Whatever it says, the next read says it better.
    let _ = poll(&mut [PollFd::new(&input, PollFlags::IN)], None);
}

#[cfg(not(unix))]
fn wait_for_input() {
    thread::yield_now();
}

#[cfg(unix)]
fn read_into(bytes: &mut Vec<u8>) -> io::Result<()> {
    rustix::io::read(io::stdin(), rustix::buffer::spare_capacity(bytes))?;
    Ok(())
}

#[cfg(not(unix))]
fn read_into(bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.resize(READ_BYTES, 0);
    let read = io::stdin().lock().read(bytes)?;
    bytes.truncate(read);
    Ok(())
}

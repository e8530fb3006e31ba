//! What `sockhop listen` and `sockhop connect` share: flags, and the way in and out of a terminal
//! or a pipe.

pub(crate) mod input;
pub(crate) mod paper;
pub(crate) mod printer;
pub(crate) mod show;
mod typing;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use jiff::tz::TimeZone;
use sockhop_net::Endpoint;
use sockhop_proto::framing::Framing;
use tokio::sync::Notify;

use self::input::{Cut, Input};
use self::paper::Paper;
use self::printer::Printer;
use self::show::Raw;
use crate::cmd::BadUsage;
use crate::quantity::Size;
use crate::reach::seconds;
use crate::screen::{Form, Role, Settings};
use crate::stop::Stop;

/// How long a terminal or a pipe has to take the last words, once the program was told to stop.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

/// The flags of both.
#[derive(Debug, clap::Args)]
pub(crate) struct WireArgs {
    /// How messages are told apart
    ///
    /// none: not at all, as a stream is. line: one a line. u8, u16, u32 (or u16le, u32le): behind
    /// their length in so many bits. varint: behind a LEB128 length, as protobuf does. fixed:N:
    /// N bytes each, shorter ones filled up with spaces. With a framing, each line of standard
    /// input is one message, and each message that arrives is put out as a line.
    #[arg(long, value_name = "FRAMING", default_value = "none")]
    pub(crate) frame: Framing,
    /// The largest message taken in; who sends a larger one is disconnected
    #[arg(long, value_name = "SIZE", default_value = "1MiB")]
    pub(crate) max_frame: Size,
    /// Show bytes in hex
    #[arg(long)]
    pub(crate) hex: bool,
    /// Tell all that happens as JSON, one event a line
    #[arg(long, conflicts_with = "hex")]
    pub(crate) json: bool,
    /// Show what the stream really does: every read and write, and how messages fall across them
    #[arg(long)]
    pub(crate) trace: bool,
    /// Say of each step what it is, which system call, and what would differ with another flag
    #[arg(long)]
    pub(crate) explain: bool,
    /// How long silence may last (and getting connected, at most 10 s otherwise): 500ms, 30s, 2m
    #[arg(long, value_name = "SPAN", value_parser = some_seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Say nothing but what went wrong
    #[arg(long, short, conflicts_with_all = ["trace", "explain", "json"])]
    pub(crate) quiet: bool,
    /// Put out exactly the bytes that arrive, on a terminal too, and nothing else; the rest is said
    /// on standard error. Messages of a --frame are still a line each
    #[arg(long, conflicts_with_all = ["hex", "json"])]
    pub(crate) raw: bool,
}

/// A port that stands apart from its address.
pub(crate) fn refuse_port(port: Option<&str>) -> Result<(), BadUsage> {
    match port {
        None => Ok(()),
        Some(port) => Err(BadUsage(format!(
            "{port:?} stands alone: address and port are one word here, such as 192.168.1.20:5000"
        ))),
    }
}

/// A span of time in which something could happen.
fn some_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("no time at all; without --timeout there is no limit".to_owned()),
        span => Ok(span),
    }
}

/// Whether the other side gets in one piece what was sent in one.
pub(crate) fn keeps_boundaries(endpoint: &Endpoint) -> bool {
    matches!(endpoint, Endpoint::Udp(_) | Endpoint::WebSocket { .. })
}

impl WireArgs {
    /// Whether a line stands for a message, in and out: so it is with a framing, and on a WebSocket,
    /// which has its own, unless its bytes are wanted as they are.
    fn has_messages(&self, endpoint: &Endpoint) -> bool {
        let has_own = matches!(endpoint, Endpoint::WebSocket { .. });
        !self.frame.is_none() || has_own && !self.raw
    }

    /// Standard input, cut as these flags and `endpoint` want it.
    pub(crate) fn open_input(
        &self,
        endpoint: &Endpoint,
        printer: &Printer,
        interrupt: Arc<Notify>,
    ) -> Result<Input> {
        let is_lines =
            self.has_messages(endpoint) || keeps_boundaries(endpoint) && input::is_typed();
        let cut = if is_lines { Cut::Lines } else { Cut::Bytes };
        if !self.raw && input::is_typed() {
            return Input::edit(cut, printer, interrupt);
        }
        Input::open(cut, self.max_frame.0)
    }

    /// How messages are put out as they are.
    pub(crate) fn raw_form(&self, endpoint: &Endpoint) -> Raw {
        match self.has_messages(endpoint) {
            true => Raw::Lines,
            false => Raw::Bytes,
        }
    }

    /// How it is all to be shown on `paper`; `shows_messages` where what arrives is for people.
    pub(crate) fn settings(&self, role: Role, shows_messages: bool, paper: Paper) -> Settings {
        let is_terminal = match paper {
            Paper::Error => io::stderr().is_terminal(),
            Paper::Output => io::stdout().is_terminal(),
        };
        Settings {
            role,
            framing: self.frame,
            form: match self.json {
                true => Form::Json,
                false => Form::Plain,
            },
            trace: self.trace,
            explain: self.explain,
            hex: self.hex,
            quiet: self.quiet,
            colour: is_terminal && crate::log::wants_colour(),
            is_terminal,
            shows_messages,
            // Looking it up opens many files, and only a trace shows the time.
            zone: match self.trace {
                true => TimeZone::system(),
                false => TimeZone::UTC,
            },
        }
    }
}

/// Waits until all is printed, unless somebody has had enough, or is not reading.
pub(crate) async fn last_words(printer: &Printer, stop: &mut Stop) -> Result<()> {
    let patience = async {
        match stop.was_asked() {
            true => {
                tokio::time::sleep(LAST_WORDS_WITHIN).await;
                printer.break_off();
                tokio::time::sleep(LAST_WORDS_WITHIN).await;
            }
            false => stop.wait().await,
        }
    };
    tokio::select! {
        () = printer.finish() => Ok(()),
        () = patience => Ok(()),
        kind = printer.gone() => unwritten(kind),
    }
}

/// What it means that standard output can be written no more. That whoever read it has gone, as
/// `head` does, is no failure.
pub(crate) fn unwritten(kind: io::ErrorKind) -> Result<()> {
    match kind {
        io::ErrorKind::BrokenPipe => Ok(()),
        kind => bail!("standard output cannot be written: {kind}"),
    }
}

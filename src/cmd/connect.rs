//! `sockhop connect`: the other side of a conversation, typed or piped.

mod conversation;
mod patience;
mod trust;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use sockhop_net::{Dial, Endpoint, Event, Leave, Link, Local, Watch as _};

use super::BadUsage;
use crate::screen::Role;
use crate::stop::Stop;
use crate::toolkit::input::{self, Input};
use crate::toolkit::paper::Paper;
use crate::toolkit::printer::Printer;
use crate::toolkit::show::Show;
use crate::toolkit::{WireArgs, block_on, last_words, unwritten};
use conversation::{Ends, Manners};
use patience::Patience;
use trust::TrustArgs;

/// Connect to a server: what you type, or pipe in, is sent, and what arrives is put out
///
/// On a terminal you type lines; Ctrl-D ends your half of the conversation, Ctrl-C all of it. In a
/// pipe bytes go through as they are, both ways, until both sides have ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sockhop connect 5000                             to this computer's port 5000
  sockhop connect 192.168.1.20:5000 --wait         as soon as the server is up
  sockhop connect 5000 --frame u8                  length-prefixed messages, one a line
  sockhop connect example.org:80 --trace           shows every read and write
  echo 21.5 | sockhop connect udp://10.0.0.2:5000  sends a datagram
  sockhop connect tls://example.org:443            over TLS, with the certificate checked
  sockhop connect 5000 < file                      sends a file")]
pub(crate) struct Args {
    /// Where to: PORT, HOST:PORT, [V6]:PORT, udp://…, tls://…, ws://…, wss://… or unix:PATH
    endpoint: Endpoint,
    /// If the server is not there yet, wait for it
    #[arg(long)]
    wait: bool,
    /// Connect again whenever the connection is lost or fails, at growing intervals
    #[arg(long)]
    retry: bool,
    /// Connect from this address of this computer, this port, or both
    #[arg(long, value_name = "ADDRESS")]
    bind: Option<Local>,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    wire: WireArgs,
}

pub(crate) fn run(args: Args) -> Result<()> {
    block_on(connect(args))
}

async fn connect(args: Args) -> Result<()> {
    let mut stop = Stop::new()?;
    args.check()?;
    let dial = args.dial()?;
    let (mut input, console) = args.wire.open_input(args.keeps_boundaries(), &stop)?;
    let printer = Printer::start(console).context("the system gives no thread to print with")?;
    let show = Arc::new(args.show(printer.clone()));
    // What ends first ends the rest.
    let ended = tokio::select! {
        ended = args.talk(&dial, &mut input, &show) => ended,
        () = stop.wait() => {
            printer.leave_line();
            Ok(())
        }
        kind = printer.gone() => return unwritten(kind),
    };
    last_words(&printer, &mut stop).await?;
    ended
}

impl Args {
    /// Connects and talks, and, if it is to be tried again, again.
    async fn talk(&self, dial: &Dial, input: &mut Input, show: &Arc<Show>) -> Result<()> {
        let mut patience = Patience::new(self.wait, self.retry);
        loop {
            match self.talk_once(dial, input, show, &mut patience).await? {
                Leave::Fault(fault) => {
                    let Some(pause) = patience.after(&fault) else {
                        return Err(fault.into());
                    };
                    if patience.is_news(&fault) {
                        let (fault, again_in) = (&fault, Some(pause));
                        show.see(None, &Event::Failed { fault, again_in });
                    }
                    tokio::time::sleep(pause).await;
                }
                // Who had nothing to say from the start only listens, and goes on doing so.
                Leave::Closed if self.retry && !(input.has_ended() && input.has_given()) => {
                    patience.wait().await;
                }
                Leave::Silent { .. } if self.retry => patience.wait().await,
                Leave::Silent { silent } => bail!(
                    "{} has been silent for {silent:?}, and --timeout allows no more",
                    self.endpoint
                ),
                _ => return Ok(()),
            }
        }
    }

    /// Connects and talks, and says how that ended; or why it did not come to it.
    async fn talk_once(
        &self,
        dial: &Dial,
        input: &mut Input,
        show: &Arc<Show>,
        patience: &mut Patience,
    ) -> Result<Leave> {
        match dial.connect(&**show).await {
            Ok(dialed) => {
                patience.met();
                let link = Link::watched(dialed.transport, dialed.peer, show.clone());
                self.converse(link, input, show).await
            }
            Err(fault) => Ok(fault.into()),
        }
    }

    async fn converse(&self, link: Link, input: &mut Input, show: &Show) -> Result<Leave> {
        let peer = link.peer().clone();
        let mut link = link.framed_within(self.wire.frame, self.wire.max_frame.0);
        let manners = Manners {
            silence_max: self.wire.timeout,
            ends: match self.endpoint {
                Endpoint::Udp(_) => Ends::Never,
                Endpoint::WebSocket { .. } => Ends::Together,
                _ => Ends::Apart,
            },
            talks: !self.wire.quiet,
            takes_end_for_loss: self.retry,
            is_bare: self.wire.frame.is_none(),
        };
        let leave = conversation::hold(&mut link, input, manners, show.printer()).await?;
        let left = Event::Left {
            reason: &leave,
            bytes_in: link.receiver.bytes_in(),
            bytes_out: link.sender.bytes_out(),
        };
        show.see(Some(&peer), &left);
        Ok(leave)
    }

    /// Flags that make no sense together.
    fn check(&self) -> Result<(), BadUsage> {
        let waits = self.wait || self.retry;
        if waits && matches!(self.endpoint, Endpoint::Udp(_)) {
            let words = "--wait and --retry have no meaning for datagrams: there is no connection, so nobody can tell whether the other side is there";
            return Err(BadUsage(words.to_owned()));
        }
        Ok(())
    }

    fn dial(&self) -> Result<Dial> {
        let mut dial = Dial::new(self.endpoint.clone())
            .tls(self.trust.trust(&self.endpoint)?)
            .message_bytes_max(self.wire.max_frame.0);
        if let Some(local) = self.bind {
            dial = dial.bind(local);
        }
        if let Some(within) = self.wire.timeout {
            dial = dial.within(within);
        }
        Ok(dial)
    }

    fn keeps_boundaries(&self) -> bool {
        matches!(self.endpoint, Endpoint::Udp(_) | Endpoint::WebSocket { .. })
    }

    /// A person sees what arrives made safe for a terminal. A pipe gets the bytes; what else there
    /// is to say goes to standard error.
    fn show(&self, printer: Printer) -> Show {
        let raw = self.wire.raw || !(self.wire.json || input::is_typed());
        let paper = match self.wire.json || input::is_typed() && !self.wire.raw {
            true => Paper::Output,
            false => Paper::Error,
        };
        let settings = self.wire.settings(Role::Connect, !raw, paper);
        Show::new(settings, paper, self.wire.raw_form(raw), printer)
    }
}

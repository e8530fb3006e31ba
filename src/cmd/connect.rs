//! `sockhop connect`: the other side of a conversation, typed or piped.

mod conversation;
mod patience;
mod trust;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use sockhop_net::{Dial, Endpoint, Event, Leave, Link, Local, Watch as _};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::BadUsage;
use crate::event_loop;
use crate::screen::Role;
use crate::stop::Stop;
use crate::toolkit::input::Input;
use crate::toolkit::paper::Paper;
use crate::toolkit::printer::Printer;
use crate::toolkit::show::Show;
use crate::toolkit::{WireArgs, last_words, refuse_port, unwritten};
use conversation::{Ends, Manners};
use patience::Patience;
use trust::TrustArgs;

/// How long a goodbye may take that nobody may be there to hear.
const GOODBYE_WITHIN: Duration = Duration::from_millis(200);

/// Connect to a server: what you type, or pipe in, is sent, and what arrives is put out
///
/// On a terminal you type lines; Ctrl-D ends your half of the conversation, Ctrl-C all of it. In a
/// pipe bytes go through as they are, both ways, until both sides have ended. Over WebSocket, and with
/// --frame, there are messages instead: each line is one, and each that arrives is a line.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sockhop connect 5000                             to this computer's port 5000
  sockhop connect 192.168.1.20:5000 --wait         as soon as the server is up
  sockhop connect 5000 --frame u8                  length-prefixed messages, one a line
  sockhop connect example.org:80 --trace           shows every read and write
  sockhop connect ws://127.0.0.1:1337/-/ws         a WebSocket: each line is a message
  echo 21.5 | sockhop connect udp://10.0.0.2:5000  sends a datagram
  sockhop connect tls://example.org:443            over TLS, with the certificate checked
  sockhop connect 5000 < file                      sends a file")]
pub(crate) struct Args {
    /// Where the server is.
    #[arg(
        help = "Where to: PORT, HOST:PORT, [V6]:PORT, udp://…, tls://…, ws://…, wss://… or unix:PATH"
    )]
    endpoint: Endpoint,
    /// Where nc takes its port: here it is refused, in words that help.
    #[arg(hide = true)]
    port: Option<String>,
    /// If the server is not there yet, wait for it, however long that takes
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
    event_loop::block_on(connect(args))
}

async fn connect(args: Args) -> Result<()> {
    let mut stop = Stop::new()?;
    args.check()?;
    let dial = args.dial()?;
    let printer = Printer::start().context("the system gives no thread to print with")?;
    let caller = Caller {
        show: Arc::new(args.show(printer.clone())),
        dial,
        interrupt: stop.key(),
        stopped: CancellationToken::new(),
        args,
    };
    let talking = caller.talk();
    tokio::pin!(talking);
    // What ends first ends the rest.
    let ended = tokio::select! {
        ended = &mut talking => ended,
        () = stop.wait() => {
            printer.break_off();
            caller.stopped.cancel();
            // A second Ctrl-C is for those who do not want to wait for goodbyes.
            tokio::select! {
                ended = &mut talking => ended,
                () = stop.wait_again() => Ok(()),
            }
        }
        kind = printer.gone() => return unwritten(kind),
    };
    last_words(&printer, &mut stop).await?;
    ended
}

/// Whoever connects, and, if it is to be tried again, connects again.
struct Caller {
    args: Args,
    dial: Dial,
    show: Arc<Show>,
    interrupt: Arc<Notify>,
    stopped: CancellationToken,
}

impl Caller {
    async fn talk(&self) -> Result<()> {
        let args = &self.args;
        let mut patience = Patience::new(args.wait, args.retry);
        // Not before there is somebody to talk to.
        let mut input = None;
        loop {
            let pause = match self.talk_once(&mut input, &mut patience).await? {
                Leave::Fault(fault) => {
                    let Some(pause) = patience.after(&fault) else {
                        if args.wire.json && !patience.has_met() {
                            self.show.see_failure(&fault);
                        }
                        return Err(fault.into());
                    };
                    if patience.is_news(&fault) {
                        let (fault, again_in) = (&fault, Some(pause));
                        self.show.see(None, &Event::Failed { fault, again_in });
                    }
                    pause
                }
                Leave::Closed if args.retry && !is_done(input.as_ref()) => patience.next_pause(),
                Leave::Silent { .. } if args.retry => patience.next_pause(),
                Leave::Silent { silent } => bail!(
                    "{} has been silent for {silent:?}, and --timeout allows no more",
                    args.endpoint
                ),
                _ => return Ok(()),
            };
            let sleep = tokio::time::sleep(pause);
            if self.stopped.run_until_cancelled(sleep).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Connects and talks, and says how that ended; or why it did not come to it.
    async fn talk_once(&self, input: &mut Option<Input>, patience: &mut Patience) -> Result<Leave> {
        let dialing = self.dial.connect(&*self.show);
        let dialed = match self.stopped.run_until_cancelled(dialing).await {
            Some(Ok(dialed)) => dialed,
            Some(Err(fault)) => return Ok(fault.into()),
            None => return Ok(Leave::Stopped),
        };
        patience.met();
        let show = Arc::clone(&self.show);
        let link = Link::watched(dialed.transport, dialed.peer, show);
        let input = match input {
            Some(input) => input,
            None => input.insert(self.open_input()?),
        };
        self.converse(link, input).await
    }

    fn open_input(&self) -> Result<Input> {
        let (args, printer) = (&self.args, self.show.printer());
        let interrupt = Arc::clone(&self.interrupt);
        args.wire.open_input(&args.endpoint, printer, interrupt)
    }

    async fn converse(&self, link: Link, input: &mut Input) -> Result<Leave> {
        let wire = &self.args.wire;
        let peer = link.peer().clone();
        let mut link = link.framed_within(wire.frame, wire.max_frame.0);
        let manners = self.args.manners();
        let talking = conversation::hold(&mut link, input, manners, self.show.printer());
        let leave = match self.stopped.run_until_cancelled(talking).await {
            Some(leave) => leave?,
            None => Leave::Stopped,
        };
        if let Leave::Stopped = leave {
            let _ = timeout(GOODBYE_WITHIN, link.sender.say_goodbye()).await;
        }
        let left = Event::Left {
            reason: &leave,
            bytes_in: link.receiver.bytes_in(),
            bytes_out: link.sender.bytes_out(),
        };
        self.show.see(Some(&peer), &left);
        Ok(leave)
    }
}

/// Whether all was said. Who had nothing to say from the start only listens, and goes on doing so.
fn is_done(input: Option<&Input>) -> bool {
    input.is_some_and(|input| input.has_ended() && input.has_given())
}

impl Args {
    /// Flags that make no sense together.
    fn check(&self) -> Result<(), BadUsage> {
        refuse_port(self.port.as_deref())?;
        let waits = self.wait || self.retry;
        if waits && matches!(self.endpoint, Endpoint::Udp(_)) {
            let words = "--wait and --retry have no meaning for datagrams: there is no connection, so nobody can tell whether the other side is there";
            return Err(BadUsage(words.to_owned()));
        }
        Ok(())
    }

    fn manners(&self) -> Manners {
        Manners {
            silence_max: self.wire.timeout,
            ends: match self.endpoint {
                Endpoint::Udp(_) => Ends::Never,
                Endpoint::WebSocket { .. } => Ends::Together,
                _ => Ends::Apart,
            },
            talks: !self.wire.quiet,
            takes_end_for_loss: self.retry,
            is_bare: self.wire.frame.is_none(),
        }
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

    /// A person sees what arrives made safe for a terminal. A pipe gets the bytes; what else there
    /// is to say goes to standard error.
    fn show(&self, printer: Printer) -> Show {
        let is_terminal = io::stdout().is_terminal();
        let raw = self.wire.raw || !(self.wire.json || is_terminal);
        let paper = match raw {
            true => Paper::Error,
            false => Paper::Output,
        };
        let settings = self.wire.settings(Role::Connect, !raw, paper);
        let form = raw.then(|| self.wire.raw_form(&self.endpoint));
        Show::new(settings, paper, form, printer)
    }
}

//! `sockhop listen`: a server for any number of clients, in one line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use bytes::{Bytes, BytesMut};
use sockhop_net::serve::{Answer, CLIENTS_MAX, Crowd, Server, Terms};
use sockhop_net::{Endpoint, Identity, Leave, ListenOptions, Listener, Peer};
use tokio_util::sync::CancellationToken;

use super::BadUsage;
use crate::event_loop;
use crate::lan::from_elsewhere;
use crate::screen::Role;
use crate::stop::Stop;
use crate::toolkit::input::Input;
use crate::toolkit::paper::Paper;
use crate::toolkit::printer::Printer;
use crate::toolkit::show::Show;
use crate::toolkit::{WireArgs, keeps_boundaries, last_words, refuse_port, unwritten};

/// Serve any number of clients at once, and show what arrives
///
/// Without one of --echo, --upper, --reply, --relay and --exec you answer by hand: what you type,
/// or pipe in, goes to all clients. On a terminal, `@50412 hello` goes to the one at port 50412.
///
/// A bare port is on this computer only; 0.0.0.0:PORT is for every network it is in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sockhop listen 5000 --greet 'Welcome!'       greets whoever connects, and shows what they say
  sockhop listen 5000 --upper                  answers in capitals
  sockhop listen 0.0.0.0:5000 --relay          a chat for everyone on the network
  sockhop listen 5000 --frame u8 --trace       length-prefixed messages, and how reads cut them
  sockhop listen udp://0.0.0.0:5000 --reply ok answers datagrams
  sockhop listen 5000 --once --raw > file      receives a file")]
pub(crate) struct Args {
    /// Where clients come to.
    #[arg(
        help = "Where to listen: PORT, ADDRESS:PORT, [V6]:PORT, udp://…, tls://… or unix:PATH; port 0 takes a free one"
    )]
    endpoint: Endpoint,
    /// Where nc takes its port: here it is refused, in words that help.
    #[arg(hide = true)]
    port: Option<String>,
    /// Send back what comes, byte for byte
    #[arg(long, group = "answer")]
    echo: bool,
    /// Send back what comes, in capitals
    #[arg(long, group = "answer")]
    upper: bool,
    /// Send TEXT for every message
    #[arg(long, group = "answer", value_name = "TEXT")]
    reply: Option<String>,
    /// Send what comes from one to all others
    #[arg(long, group = "answer")]
    relay: bool,
    /// Start CMD for each client: what it sends is the program's standard input, and back
    #[arg(long, group = "answer", value_name = "CMD")]
    exec: Option<String>,
    /// Send TEXT to whoever connects, first
    #[arg(long, value_name = "TEXT")]
    greet: Option<String>,
    /// Serve one client, then end
    #[arg(long)]
    once: bool,
    /// How many clients at once; further ones are turned away
    #[arg(long, value_name = "N", default_value_t = CLIENTS_MAX, value_parser = clients)]
    max_clients: usize,
    /// For tls://: the certificate to show, in PEM [default: one made for this run]
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// For tls://: the key that goes with it, in PEM
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    #[command(flatten)]
    wire: WireArgs,
}

fn clients(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it is a number from 1 on".to_owned()),
        Ok(clients) => Ok(clients),
    }
}

pub(crate) fn run(args: Args) -> Result<()> {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    event_loop::block_on(listen(args))
}

async fn listen(args: Args) -> Result<()> {
    let mut stop = Stop::new()?;
    refuse_port(args.port.as_deref())?;
    let terms = args.terms();
    check(&terms)?;
    let by_hand = terms.answer == Answer::Hand;
    let printer = Printer::start().context("the system gives no thread to print with")?;
    let show = Arc::new(args.show(printer.clone()));
    let options = args.options()?;
    let listener = tokio::select! {
        listener = Listener::bind(&args.endpoint, &options, &*show) => listener,
        () = stop.wait() => return Ok(()),
    };
    if let (Err(fault), true) = (&listener, args.wire.json) {
        show.see_failure(fault);
        last_words(&printer, &mut stop).await?;
    }
    let listener = listener?;
    if let Some(words) = args.elsewhere(listener.endpoint()) {
        printer.say(&words);
    }
    let mut input = match by_hand {
        true => Some(args.wire.open_input(&args.endpoint, &printer, stop.key())?),
        false => None,
    };
    let server = Server::new(listener, terms, show);

    let stopped = CancellationToken::new();
    let crowd = server.crowd();
    let serving = server.run(&stopped);
    tokio::pin!(serving);
    // What ends first ends the rest.
    let ended = tokio::select! {
        served = &mut serving => {
            last_words(&printer, &mut stop).await?;
            return outcome(served?, !keeps_boundaries(&args.endpoint));
        }
        () = stop.wait() => {
            printer.break_off();
            Ok(())
        }
        spoken = speak(input.as_mut(), &crowd, &printer) => spoken,
        kind = printer.gone() => unwritten(kind),
    };
    stopped.cancel();
    // A second Ctrl-C is for those who do not want to wait for goodbyes.
    let left = tokio::select! {
        served = &mut serving => served?,
        () = stop.wait_again() => None,
    };
    ended?;
    last_words(&printer, &mut stop).await?;
    outcome(left, !keeps_boundaries(&args.endpoint))
}

/// A greeting or a reply that fits no frame would part with every client.
fn check(terms: &Terms) -> Result<(), BadUsage> {
    let reply = match &terms.answer {
        Answer::Reply(reply) => Some(reply),
        _ => None,
    };
    for said in terms.greeting.iter().chain(reply) {
        let framed = terms.framing.encode(said, &mut BytesMut::new());
        framed.map_err(|error| BadUsage(format!("--frame {}: {error}", terms.framing)))?;
    }
    Ok(())
}

/// What it means for the command that the only client has left. Datagrams end in silence.
fn outcome(left: Option<Leave>, has_end: bool) -> Result<()> {
    match left {
        Some(Leave::Fault(fault)) => Err(fault.into()),
        Some(Leave::Silent { .. }) if !has_end => Ok(()),
        Some(leave @ (Leave::Silent { .. } | Leave::StoppedReading { .. })) => Err(leave.into()),
        _ => Ok(()),
    }
}

/// Says to the clients what is typed, and never ends by itself: they may go on.
async fn speak(input: Option<&mut Input>, crowd: &Crowd, printer: &Printer) -> Result<()> {
    let Some(input) = input else {
        return std::future::pending().await;
    };
    let mut has_spoken = false;
    loop {
        // What comes down a pipe waits for the first who can hear it.
        if !input.is_typed() {
            crowd.gathered().await;
        }
        match input.next().await? {
            Some(line) if input.is_typed() => say_typed(&line, crowd, printer).await,
            Some(piece) => {
                // Whoever was here may have left while it was read.
                crowd.gathered().await;
                crowd.tell(&piece, None).await?;
            }
            None => break,
        }
        has_spoken = true;
    }
    // A server that was started with nothing to say only listens.
    match has_spoken || input.is_typed() {
        true => crowd.end(),
        false => crowd.hush(),
    }
    std::future::pending().await
}

/// Says a line to all, or, if it starts with `@`, to the one named there.
async fn say_typed(line: &[u8], crowd: &Crowd, printer: &Printer) {
    let outcome = match address(line) {
        None => crowd
            .tell(unescaped(line), None)
            .await
            .map_err(|error| error.to_string()),
        Some((word, rest)) => match meant(word, &crowd.peers()) {
            Ok(peer) => match crowd.tell_one(&peer, rest) {
                Ok(true) => Ok(()),
                Ok(false) => Err(format!("{peer} has just left")),
                Err(error) => Err(error.to_string()),
            },
            Err(words) => Err(words),
        },
    };
    if let Err(words) = outcome {
        printer.say(&words);
    }
}

/// Whom `@WORD TEXT` is for, and the text.
fn address(line: &[u8]) -> Option<(&str, &[u8])> {
    let rest = line.strip_prefix(b"@")?;
    let end = rest.iter().position(u8::is_ascii_whitespace)?;
    let word = std::str::from_utf8(&rest[..end]).ok()?;
    (!word.is_empty() && !word.starts_with('@')).then(|| (word, &rest[end + 1..]))
}

/// `@@` stands for an `@` at the start of a line that is for all.
fn unescaped(line: &[u8]) -> &[u8] {
    &line[usize::from(line.starts_with(b"@@"))..]
}

/// The one of `peers` that `word` means.
fn meant(word: &str, peers: &[Peer]) -> Result<Peer, String> {
    let mut meant = peers.iter().filter(|peer| peer.is_meant_by(word));
    match (meant.next(), meant.next()) {
        (Some(peer), None) => Ok(peer.clone()),
        (Some(_), Some(_)) => Err(format!("@{word} means several; write the whole address")),
        (None, _) if peers.is_empty() => Err("nobody is connected".to_owned()),
        (None, _) => {
            let names: Vec<_> = peers.iter().map(Peer::as_str).collect();
            Err(format!(
                "{word} is not connected; here are {}",
                names.join(", ")
            ))
        }
    }
}

impl Args {
    fn terms(&self) -> Terms {
        let answer = match self {
            Self { echo: true, .. } => Answer::Echo,
            Self { upper: true, .. } => Answer::Upper,
            Self { relay: true, .. } => Answer::Relay,
            Self {
                reply: Some(text), ..
            } => Answer::Reply(self.said(text)),
            Self {
                exec: Some(command),
                ..
            } => Answer::Exec(command.clone()),
            _ => Answer::Hand,
        };
        let mut terms = Terms::new(answer);
        terms.greeting = self.greet.as_deref().map(|text| self.said(text));
        terms.framing = self.wire.frame;
        terms.message_bytes_max = self.wire.max_frame.0;
        terms.clients_max = self.max_clients;
        terms.silence_max = self.wire.timeout;
        terms.once = self.once;
        terms
    }

    /// `text` as it is sent: as a line, where nothing else tells it from what comes next.
    fn said(&self, text: &str) -> Bytes {
        let is_line = self.wire.frame.is_none() && !keeps_boundaries(&self.endpoint);
        let end = if is_line { "\n" } else { "" };
        format!("{text}{end}").into()
    }

    /// What to tell people on other machines about a server on every address of this one.
    fn elsewhere(&self, endpoint: &Endpoint) -> Option<String> {
        let place = endpoint.place()?;
        let address = SocketAddr::new(place.ip()?, place.port);
        let there: Vec<_> = from_elsewhere(address)
            .into_iter()
            .map(|address| endpoint.with_address(address).to_string())
            .collect();
        let is_wanted = !self.wire.quiet && !self.wire.json && !there.is_empty();
        is_wanted.then(|| format!("other machines reach it at {}", there.join(" or ")))
    }

    fn options(&self) -> Result<ListenOptions> {
        let mut options = ListenOptions::default();
        if let (Some(certificate), Some(key)) = (&self.cert, &self.key) {
            options.identity = Some(Identity::read(&self.endpoint, certificate, key)?);
        }
        options.datagrams.conversations_max = self.max_clients;
        Ok(options)
    }

    fn show(&self, printer: Printer) -> Show {
        let paper = match self.wire.raw {
            true => Paper::Error,
            false => Paper::Output,
        };
        let shows_messages = !self.wire.raw && !self.wire.quiet;
        let settings = self.wire.settings(Role::Listen, shows_messages, paper);
        let form = self.wire.raw.then(|| self.wire.raw_form(&self.endpoint));
        Show::new(settings, paper, form, printer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_meant_is_named_by_port_or_address() {
        let peers = [50412, 50413].map(|port| Peer::from(SocketAddr::from(([127, 0, 0, 1], port))));
        assert_eq!(meant("50413", &peers), Ok(peers[1].clone()));
        assert_eq!(meant("127.0.0.1:50412", &peers), Ok(peers[0].clone()));
        assert!(meant("1", &peers).unwrap_err().contains("127.0.0.1:50412"));
        assert_eq!(meant("1", &[]), Err("nobody is connected".to_owned()));
    }

    #[test]
    fn an_at_sign_addresses_one_and_two_stand_for_one() {
        assert_eq!(address(b"@50412 hello"), Some(("50412", &b"hello"[..])));
        for line in ["hello @50412", "@", "@ x", "@@all x", "@50412"] {
            assert_eq!(address(line.as_bytes()), None, "{line}");
        }
        assert_eq!(unescaped(b"@@all"), b"@all");
        assert_eq!(unescaped(b"@all"), b"@all");
    }
}

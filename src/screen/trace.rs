//! The face that shows what a stream really does: each step with its time, what each read and write
//! carried, and how frames fall across them.
//!
//! ```text
//! -- 127.0.0.1:50412
//! 12:00:01.031  read 28 B   No Button is PressedNo Butto
//!               frame 1     20 B  "No Button is Pressed"
//!               pending     8 B of the next frame, 12 to come
//! 12:00:01.032  write 21 B  \x14NO BUTTON IS PRESSED
//!               sent 1      20 B  "NO BUTTON IS PRESSED"
//! ```
//!
//! What has a time is a step of its own; what stands beneath was made of it, or went into it. In
//! colour, a frame and its bytes have the same one, and the next frame another.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use bytes::{BufMut as _, BytesMut};
use jiff::Timestamp;
use sockhop_net::event::Event;
use sockhop_net::fault::Fault;
use sockhop_net::leave::Leave;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::{Cuts, Framing, Pending};

use super::row::{COLUMNS, INDENT, put_bytes, put_paragraph, put_rest, put_styled};
use super::scene::{Scene, Wire};
use super::sign::put_text;
use super::words::{self, Number};
use super::{Role, SHOWN_BYTES_MAX, Settings, dump};

/// How wide the word in front is, with the space behind it.
const LABEL_COLUMNS: usize = 12;

/// How many frames may wait for the write that ends them; those beyond are shown before it.
const UNWRITTEN_MAX: usize = 256;

/// Time, and the frames in turn.
const DIM: Style = Style::new().dimmed();
const HEADING: Style = Style::new().bold();
const ODD: Style = AnsiColor::Cyan.on_default();
const EVEN: Style = AnsiColor::Yellow.on_default();
const PLAIN: Style = Style::new();

/// See the module.
#[derive(Debug)]
pub(super) struct Trace {
    settings: Settings,
    /// Where frames fall in what each connection carries, until it is gone.
    sides: Sides,
    /// Whom the last line was about.
    last: Option<Peer>,
}

#[derive(Debug)]
struct Sides {
    framing: Framing,
    known: HashMap<Peer, Side>,
}

#[derive(Debug)]
struct Side {
    read: Cuts,
    written: Cuts,
    /// Frames whose last byte has not been written, by their numbers: the row for each.
    unwritten: VecDeque<(u64, BytesMut)>,
}

impl Sides {
    fn of(&mut self, peer: &Peer) -> &mut Side {
        self.known.entry(peer.clone()).or_insert_with(|| {
            // The link keeps to the bound, and ends the connection when it is passed.
            let cuts = Cuts::new(self.framing, usize::MAX);
            Side {
                read: cuts.clone(),
                written: cuts,
                unwritten: VecDeque::new(),
            }
        })
    }
}

impl Trace {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            sides: Sides {
                framing: settings.framing,
                known: HashMap::new(),
            },
            settings,
            last: None,
        }
    }

    /// How many connections are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.sides.known.len()
    }

    /// Appends what there is to say.
    pub(super) fn put(
        &mut self,
        scene: &Scene,
        at: Timestamp,
        peer: Option<&Peer>,
        event: &Event<'_>,
        out: &mut BytesMut,
    ) {
        if self.settings.framing.is_none()
            && let Event::Received { .. } | Event::Sent { .. } = event
        {
            // It would say again what the read or the write says.
            return;
        }
        let mut page = Page {
            settings: &self.settings,
            at,
            out,
        };
        if let (Event::Sent { n, message }, Some(peer)) = (event, peer) {
            self.sides.of(peer).sent(&mut page, *n, message);
            return;
        }
        if let Some(peer) = heading(&self.settings, &mut self.last, peer, event) {
            page.heading(peer);
        }
        match (event, peer) {
            (Event::Read { bytes }, Some(peer)) => {
                page.carried("read", &mut self.sides.of(peer).read, bytes);
            }
            (Event::Wrote { bytes }, Some(peer)) => self.sides.of(peer).wrote(&mut page, bytes),
            (Event::Received { n, message }, _) => page.message("frame", *n, message),
            (Event::Unfinished { pending }, Some(peer)) => {
                let next = self.sides.of(peer).read.whole() + 1;
                page.pending(next, *pending);
            }
            (Event::Left { .. }, Some(peer)) => {
                let side = self.sides.known.remove(peer);
                page.step(scene, Some(peer), event);
                page.unwritten(side.map_or(0, |side| side.unwritten.len()));
            }
            _ => page.step(scene, peer, event),
        }
    }
}

/// Whom the next lines are about, if that is somebody else than before, and the line does not say
/// it itself.
fn heading<'p>(
    settings: &Settings,
    last: &mut Option<Peer>,
    peer: Option<&'p Peer>,
    event: &Event<'_>,
) -> Option<&'p Peer> {
    if settings.role == Role::Connect || last.as_ref() == peer {
        return None;
    }
    *last = peer.cloned();
    let says_it = matches!(event, Event::Accepted { .. } | Event::TurnedAway { .. });
    peer.filter(|_| !says_it)
}

impl Side {
    /// Keeps a row for a frame until the write that ends it.
    fn sent(&mut self, page: &mut Page<'_>, n: u64, message: &[u8]) {
        if self.unwritten.len() == UNWRITTEN_MAX {
            page.message("sent", n, message);
            return;
        }
        let mut row = BytesMut::new();
        let mut beneath = Page {
            out: &mut row,
            ..*page
        };
        beneath.message("sent", n, message);
        self.unwritten.push_back((n, row));
    }

    fn wrote(&mut self, page: &mut Page<'_>, bytes: &[u8]) {
        page.carried("write", &mut self.written, bytes);
        while let Some((n, _)) = self.unwritten.front()
            && *n <= self.written.whole()
            && let Some((_, row)) = self.unwritten.pop_front()
        {
            page.out.extend_from_slice(&row);
        }
    }
}

/// The lines about one event.
struct Page<'p> {
    settings: &'p Settings,
    at: Timestamp,
    out: &'p mut BytesMut,
}

impl Page<'_> {
    fn heading(&mut self, peer: &Peer) {
        let style = self.settings.style(HEADING);
        put_styled(self.out, style, &format!("-- {peer}"));
        self.end();
    }

    fn time(&mut self) {
        let time = self.at.to_zoned(self.settings.zone.clone());
        let time = time.strftime("%H:%M:%S%.3f").to_string();
        put_styled(self.out, self.settings.style(DIM), &time);
        self.out.put_slice(b"  ");
    }

    /// The beginning of a step; how many columns are left of its line.
    fn start(&mut self, style: Style, label: &str) -> usize {
        self.time();
        self.label(style, label)
    }

    /// The beginning of what was made of a step.
    fn start_beneath(&mut self, style: Style, label: &str) -> usize {
        self.out.put_bytes(b' ', INDENT);
        self.label(style, label)
    }

    fn label(&mut self, style: Style, label: &str) -> usize {
        put_styled(self.out, style, label);
        let pad = LABEL_COLUMNS.saturating_sub(label.len()).max(2);
        self.out.put_bytes(b' ', pad);
        COLUMNS.saturating_sub(INDENT + label.len() + pad)
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\n");
    }

    /// `read 28 B   No Button is PressedNo Butto`
    fn carried(&mut self, verb: &str, cuts: &mut Cuts, bytes: &[u8]) {
        let label = format!("{verb} {} B", Number(bytes.len() as u64));
        let columns = self.start(PLAIN, &label);
        let pieces = self.pieces(cuts, bytes, columns);
        put_bytes(self.out, columns, &pieces);
        self.end();
        if self.settings.hex {
            self.dump(bytes);
        }
    }

    /// The frames `bytes` belong to, as far as they can show in so many columns.
    fn pieces<'b>(
        &self,
        cuts: &mut Cuts,
        bytes: &'b [u8],
        columns: usize,
    ) -> Vec<(Style, &'b [u8])> {
        // No character has more than 4 bytes, and one more is enough to see that there is more.
        let shown_bytes_max = (columns + 1) * 4;
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (frame, used) = cuts.next(rest);
            if bytes.len() - rest.len() < shown_bytes_max {
                pieces.push((self.colour_of(frame), &rest[..used]));
            }
            rest = &rest[used..];
        }
        pieces
    }

    /// The colour of a frame, which the next one does not have.
    fn colour_of(&self, frame: u64) -> Style {
        self.settings.style(match frame % 2 {
            _ if self.settings.framing.is_none() => PLAIN,
            0 => EVEN,
            _ => ODD,
        })
    }

    fn dump(&mut self, bytes: &[u8]) {
        let mut shown = bytes;
        if self.settings.is_terminal {
            shown = &bytes[..bytes.len().min(SHOWN_BYTES_MAX)];
        }
        dump::put(self.out, INDENT, shown);
        if shown.len() < bytes.len() {
            let in_all = words::bytes(bytes.len() as u64);
            put_paragraph(self.out, PLAIN, INDENT, &format!("… {in_all} in all"));
        }
    }

    /// `frame 1     20 B  "No Button is Pressed"`
    fn message(&mut self, verb: &str, n: u64, message: &[u8]) {
        let colour = self.colour_of(n);
        let columns = self.start_beneath(colour, &format!("{verb} {n}"));
        let size = format!("{} B  ", Number(message.len() as u64));
        let columns = columns.saturating_sub(size.len() + 2);
        put_text(self.out, size.as_bytes());
        put_styled(self.out, colour, "\"");
        put_bytes(self.out, columns, &[(colour, message)]);
        put_styled(self.out, colour, "\"");
        self.end();
    }

    /// `pending     8 B of the next frame, 12 to come`
    fn pending(&mut self, next: u64, pending: Pending) {
        self.start_beneath(self.colour_of(next), "pending");
        let here = Number(pending.bytes as u64);
        let words = match (pending.missing, self.settings.framing) {
            (Some(missing), _) => {
                let missing = Number(missing as u64);
                format!("{here} B of the next frame, {missing} to come")
            }
            (None, Framing::Line) => format!("{here} B of the next line, without its end"),
            (None, _) => format!("{here} B of the next frame, not all of its length yet"),
        };
        self.words(&words);
    }

    /// What was put into frames and never written whole.
    fn unwritten(&mut self, count: usize) {
        let words = match count {
            0 => return,
            1 => "1 message was not written to its end".to_owned(),
            _ => format!("{count} messages were not written to their end"),
        };
        self.start_beneath(PLAIN, "unsent");
        self.words(&words);
    }

    fn words(&mut self, words: &str) {
        put_rest(self.out, INDENT + LABEL_COLUMNS, words);
    }

    /// What carries no bytes.
    fn step(&mut self, scene: &Scene, peer: Option<&Peer>, event: &Event<'_>) {
        let name = |peer: Option<&Peer>| peer.map(ToString::to_string).unwrap_or_default();
        let (label, words) = match event {
            Event::Resolved { host, addresses } => {
                let ips: Vec<_> = addresses.iter().map(|it| it.ip().to_string()).collect();
                ("resolve", format!("{host} is {}", ips.join(", ")))
            }
            Event::Bound { endpoint } => ("bind", endpoint.to_string()),
            Event::Listening { endpoint, .. } => {
                // One phrase, so that it is found in the output with and without a trace.
                self.time();
                put_rest(self.out, INDENT, &format!("listening on {endpoint}"));
                return;
            }
            Event::Connecting { .. } => ("connect", scene.whereto()),
            Event::Connected { local } => match local {
                Some(local) => ("connected", format!("from {local}")),
                None => ("connected", format!("to {}", scene.whereto())),
            },
            Event::Accepted { .. } => ("accept", name(peer)),
            Event::Secured {
                version,
                fingerprint,
                verified,
            } => ("secured", secured(version, *fingerprint, *verified)),
            Event::Upgraded => ("upgraded", "to WebSocket".to_owned()),
            Event::Failed { fault, again_in } => {
                self.failed(fault, *again_in);
                return;
            }
            // WebSocket says so in a message of its own.
            Event::PeerEnded | Event::WeEnded if scene.wire == Wire::WebSocket => {
                ("ended", whose_half(event).to_owned())
            }
            Event::PeerEnded => ("read 0 B", whose_half(event).to_owned()),
            Event::WeEnded => ("shutdown", whose_half(event).to_owned()),
            Event::Left {
                reason,
                bytes_in,
                bytes_out,
            } => {
                self.start(PLAIN, "left");
                self.words(&words::left(peer, reason, *bytes_in, *bytes_out));
                if let Leave::Fault(fault) = reason {
                    self.advice(fault);
                }
                return;
            }
            Event::TurnedAway { clients_max } => {
                let why = words::turned_away(*clients_max);
                ("turn away", format!("{}: {why}", name(peer)))
            }
            Event::Exited { status } => ("exited", words::exited(*status)),
            _ => return,
        };
        self.start(PLAIN, label);
        self.words(&words);
    }

    fn failed(&mut self, fault: &Fault, again_in: Option<Duration>) {
        self.start(PLAIN, "failed");
        self.words(&fault.to_string());
        self.advice(fault);
        if let Some(wait) = again_in {
            self.start_beneath(PLAIN, "wait");
            self.words(&format!("{} until the next attempt", words::wait(wait)));
        }
    }

    fn advice(&mut self, fault: &Fault) {
        if let Some(advice) = fault.advice() {
            put_paragraph(self.out, PLAIN, INDENT, &advice);
        }
    }
}

fn whose_half(event: &Event<'_>) -> &'static str {
    match event {
        Event::PeerEnded => "the other side has ended its half",
        _ => "this side has ended its half",
    }
}

fn secured(version: &str, fingerprint: Option<&str>, verified: bool) -> String {
    match fingerprint {
        None => version.to_owned(),
        Some(fingerprint) => {
            let checked = if verified { "checked" } else { "not checked" };
            format!("{version}; certificate {checked}, SHA-256 {fingerprint}")
        }
    }
}

#[cfg(test)]
mod tests;

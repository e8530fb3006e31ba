//! The lines of a time line: one step, or what stands beneath it.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use bytes::{BufMut as _, BytesMut};
use jiff::Timestamp;
use sockhop_net::event::Event;
use sockhop_net::fault::Fault;
use sockhop_net::leave::Leave;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::{Cuts, Framing, Pending};

use crate::screen::row::{COLUMNS, INDENT, put_bytes, put_paragraph, put_rest, put_styled};
use crate::screen::scene::{Scene, Wire};
use crate::screen::sign::put_text;
use crate::screen::words::{self, Number};
use crate::screen::{Role, SHOWN_BYTES_MAX, Settings, dump};

/// How wide the word in front is, with the space behind it.
const LABEL_COLUMNS: usize = 12;

const DIM: Style = Style::new().dimmed();
const HEADING: Style = Style::new().bold();
/// Frames have these in turn.
const ODD: Style = AnsiColor::Cyan.on_default();
const EVEN: Style = AnsiColor::Yellow.on_default();
const PLAIN: Style = Style::new();

/// The lines about one event.
pub(super) struct Page<'p> {
    pub(super) settings: &'p Settings,
    pub(super) at: Timestamp,
    pub(super) out: &'p mut BytesMut,
}

impl Page<'_> {
    pub(super) fn heading(&mut self, peer: &Peer) {
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
    pub(super) fn carried(&mut self, verb: &str, cuts: &mut Cuts, bytes: &[u8]) {
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
    pub(super) fn message(&mut self, verb: &str, n: u64, message: &[u8]) {
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
    pub(super) fn pending(&mut self, next: u64, pending: Pending) {
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
    pub(super) fn unwritten(&mut self, count: usize) {
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
    pub(super) fn step(&mut self, scene: &Scene, peer: Option<&Peer>, event: &Event<'_>) {
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
                // To whoever connects it is the failure of the command, which says the rest.
                if let (Leave::Fault(fault), Role::Listen) = (reason, self.settings.role) {
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

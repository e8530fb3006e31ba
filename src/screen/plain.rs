//! The face for people: who came, what they said, why they left.
//!
//! ```text
//! listening on tcp://127.0.0.1:5000
//! connected 127.0.0.1:50412
//! 127.0.0.1:50412: hello
//! left 127.0.0.1:50412: closed by the other side (6 bytes in, 6 out)
//! ```
//!
//! Whoever connects has one other side, so its lines stand as they are.
//! Single reads and writes are not shown here: see [`trace`](super::trace).

use std::collections::HashMap;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use bytes::BytesMut;
use sockhop_net::event::Event;
use sockhop_net::fault::Fault;
use sockhop_net::leave::Leave;
use sockhop_net::peer::Peer;
use sockhop_net::whole::Whole;

use super::row::put_styled;
use super::scene::{Scene, Wire};
use super::sign::put_text;
use super::{Role, SHOWN_BYTES_MAX, Settings, dump, words};

const SPEAKER: Style = AnsiColor::Cyan.on_default();
const NOTICE: Style = Style::new().dimmed();

/// See the module.
#[derive(Debug)]
pub(super) struct Plain {
    settings: Settings,
    /// Of each connection that has anything to remember, until it is gone.
    sides: HashMap<Peer, Side>,
    /// The code of the last failure: its advice is given once, not at every attempt.
    failed: Option<&'static str>,
}

#[derive(Debug, Default)]
struct Side {
    whole: Whole,
    /// It has ended its half, and nobody was told yet.
    peer_ended: bool,
}

impl Plain {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            sides: HashMap::new(),
            failed: None,
        }
    }

    /// How many connections are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.sides.len()
    }

    /// Appends what there is to say, and says whether there was anything.
    pub(super) fn put(
        &mut self,
        scene: &Scene,
        peer: Option<&Peer>,
        event: &Event<'_>,
        out: &mut BytesMut,
    ) -> bool {
        let before = out.len();
        match (event, peer) {
            (Event::Failed { fault, again_in }, _) => self.failed(fault, *again_in, out),
            (Event::Received { message, .. }, Some(peer)) if self.settings.shows_messages => {
                self.message(scene, peer, message, out);
            }
            (Event::Left { reason, .. }, Some(peer)) => {
                self.rest(peer, out);
                if !self.settings.quiet || matches!(reason, Leave::Fault(_)) {
                    self.left(peer, event, out);
                }
            }
            _ if self.settings.quiet => {}
            (Event::PeerEnded, Some(peer)) => self.peer_ended(peer),
            (Event::WeEnded, Some(peer)) => self.we_ended(peer, out),
            (Event::Wrote { .. }, Some(peer)) => self.still_reads(peer, out),
            _ => self.step(scene, peer, event, out),
        }
        out.len() > before
    }

    /// What is a line of its own, and the same whatever happened before.
    fn step(&mut self, scene: &Scene, peer: Option<&Peer>, event: &Event<'_>, out: &mut BytesMut) {
        let words = match (event, peer) {
            (
                Event::Listening {
                    endpoint,
                    fingerprint: Some(fingerprint),
                    ..
                },
                _,
            ) => format!(
                "listening on {endpoint}\nits certificate has the fingerprint {fingerprint}"
            ),
            (Event::Listening { endpoint, .. }, _) => format!("listening on {endpoint}"),
            (Event::Connected { local }, _) => {
                self.failed = None;
                let whereto = scene.whereto();
                let words = match scene.wire {
                    // Nothing has been sent, so nobody knows yet whether anyone is there.
                    Wire::Datagrams => format!("ready to send to {whereto}"),
                    _ => format!("connected to {whereto}"),
                };
                match local {
                    Some(local) => format!("{words} from {local}"),
                    None => words,
                }
            }
            (
                Event::Secured {
                    version,
                    fingerprint: Some(fingerprint),
                    verified: false,
                },
                _,
            ) if self.settings.role == Role::Connect => format!(
                "{version}, but nobody has checked who it is: its certificate has the SHA-256 {fingerprint}, which --fingerprint would insist on"
            ),
            (Event::Accepted { .. }, Some(peer)) => format!("connected {peer}"),
            (Event::TurnedAway { clients_max }, Some(peer)) => {
                format!("turned away {peer}: {}", words::turned_away(*clients_max))
            }
            (Event::Exited { status }, Some(peer)) => {
                format!("exited {peer}: {}", words::exited(*status))
            }
            _ => return,
        };
        self.notice(&words, out);
    }

    fn message(&mut self, scene: &Scene, peer: &Peer, message: &[u8], out: &mut BytesMut) {
        if self.settings.hex {
            self.speaker(peer, out);
            line(out, &words::bytes(message.len() as u64));
            let shown = self.shown(message);
            dump::put(out, 0, shown);
            self.rest_counted(peer, shown, message, out);
            return;
        }
        let in_pieces = !matches!(scene.wire, Wire::Datagrams | Wire::WebSocket);
        if in_pieces && self.settings.framing.is_none() {
            let side = self.sides.entry(peer.clone()).or_default();
            let whole = side.whole.push(message);
            if !whole.is_empty() {
                self.lines(peer, &whole, out);
            }
        } else {
            self.lines(peer, message, out);
        }
    }

    /// Every line with its speaker in front, so that a newline inside a message cannot make a line
    /// that looks like somebody else's.
    fn lines(&self, peer: &Peer, message: &[u8], out: &mut BytesMut) {
        let shown = self.shown(message);
        let text = shown.strip_suffix(b"\n").unwrap_or(shown);
        for line in text.split(|&byte| byte == b'\n') {
            self.speaker(peer, out);
            put_text(out, line.strip_suffix(b"\r").unwrap_or(line));
            out.extend_from_slice(b"\n");
        }
        self.rest_counted(peer, shown, message, out);
    }

    /// Who said it, where there are several who may.
    fn speaker(&self, peer: &Peer, out: &mut BytesMut) {
        if self.settings.role == Role::Listen {
            put_styled(out, self.settings.style(SPEAKER), &format!("{peer}:"));
            out.extend_from_slice(b" ");
        }
    }

    /// This program's own words, among those of others.
    fn notice(&self, words: &str, out: &mut BytesMut) {
        for words in words.lines() {
            put_styled(out, self.settings.style(NOTICE), words);
            out.extend_from_slice(b"\n");
        }
    }

    /// The part of a message that is shown.
    fn shown<'m>(&self, message: &'m [u8]) -> &'m [u8] {
        // Who connects has asked for it; what a server is sent is one of many things it shows.
        let in_part = self.settings.is_terminal && self.settings.role == Role::Listen;
        if !in_part || message.len() <= SHOWN_BYTES_MAX {
            return message;
        }
        // Not into the middle of a character.
        let shown = &message[..SHOWN_BYTES_MAX];
        let inside = Whole::new().push(shown).len();
        &shown[..inside]
    }

    fn rest_counted(&self, peer: &Peer, shown: &[u8], message: &[u8], out: &mut BytesMut) {
        if shown.len() < message.len() {
            let in_all = words::bytes(message.len() as u64);
            self.speaker(peer, out);
            line(out, &format!("… {in_all} in all"));
        }
    }

    fn peer_ended(&mut self, peer: &Peer) {
        // It usually leaves at once, and then that is all there is to say.
        self.sides.entry(peer.clone()).or_default().peer_ended = true;
    }

    fn we_ended(&mut self, peer: &Peer, out: &mut BytesMut) {
        if self.settings.role == Role::Listen {
            return;
        }
        let both_ended = self.sides.get(peer).is_some_and(|side| side.peer_ended);
        // Down a pipe that is what everybody expects.
        if self.settings.is_terminal && !both_ended {
            let words = format!("ended from here: nothing more is sent, but {peer} may still send");
            self.notice(&words, out);
        }
    }

    /// Something was sent to whoever had ended: so it is worth saying.
    fn still_reads(&mut self, peer: &Peer, out: &mut BytesMut) {
        if let Some(side) = self.sides.get_mut(peer)
            && std::mem::take(&mut side.peer_ended)
        {
            let words = format!("ended {peer}: it sends nothing more, but may still be reading");
            self.notice(&words, out);
        }
    }

    /// What never became a whole character.
    fn rest(&mut self, peer: &Peer, out: &mut BytesMut) {
        let rest = self.sides.remove(peer).map(|mut side| side.whole.finish());
        if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
            self.lines(peer, &rest, out);
        }
    }

    fn left(&self, peer: &Peer, event: &Event<'_>, out: &mut BytesMut) {
        let Event::Left {
            reason,
            bytes_in,
            bytes_out,
        } = event
        else {
            return;
        };
        let why = words::left(Some(peer), reason, *bytes_in, *bytes_out);
        let words = format!("left {peer}: {why}");
        match reason {
            // To whoever connects it is the failure of the command, which says it.
            Leave::Fault(_) if self.settings.role == Role::Connect => {}
            Leave::Fault(fault) => {
                line(out, &words);
                advice(fault, out);
            }
            _ => self.notice(&words, out),
        }
    }

    fn failed(&mut self, fault: &Fault, again_in: Option<Duration>, out: &mut BytesMut) {
        let repeated = self.failed.replace(fault.code()) == Some(fault.code());
        if self.settings.quiet && again_in.is_some() {
            return;
        }
        match again_in {
            Some(wait) => line(
                out,
                &format!("{fault}; next attempt in {}", words::wait(wait)),
            ),
            None => line(out, &fault.to_string()),
        }
        if !repeated || again_in.is_none() {
            advice(fault, out);
        }
    }
}

fn advice(fault: &Fault, out: &mut BytesMut) {
    for advice in fault.advice().iter().flat_map(|advice| advice.lines()) {
        line(out, &format!("  {advice}"));
    }
}

fn line(out: &mut BytesMut, words: &str) {
    put_text(out, words.as_bytes());
    out.extend_from_slice(b"\n");
}

#[cfg(test)]
mod tests;

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

mod page;

use std::collections::{HashMap, VecDeque};

use bytes::BytesMut;
use jiff::Timestamp;
use sockhop_net::event::Event;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::{Cuts, Framing};

use super::scene::Scene;
use super::{Role, Settings};
use page::Page;

/// How many frames may wait for the write that ends them; those beyond are shown before it.
const UNWRITTEN_MAX: usize = 256;

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

#[cfg(test)]
mod tests;

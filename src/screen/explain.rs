//! For whoever is learning: what each step is, the first time it happens.
//!
//! Each kind of step is explained once in a run, whoever it happens to. Where a step has no line of
//! its own, its sentence waits for the line it leads to. The sentences are in `sentence.rs`.

mod sentence;

use std::borrow::Cow;
use std::collections::HashSet;

use anstyle::Style;
use bytes::BytesMut;
use sockhop_net::event::Event;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::Framing;

use super::row::{INDENT, put_paragraph};
use super::scene::Scene;
use super::{Role, Settings};
use sentence::{About, sentence};

/// How far sentences stand in beneath lines without a time.
const INDENT_PLAIN: usize = 4;

const DIM: Style = Style::new().dimmed();

/// A kind of step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Resolve,
    Bind,
    Listen,
    Connect,
    Connected,
    Accept,
    Secure,
    Upgrade,
    Read,
    Write,
    Frame,
    Pending,
    PeerEnded,
    WeEnded,
    Leave,
    TurnAway,
    Exit,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Explain {
    role: Role,
    framing: Framing,
    style: Style,
    told: HashSet<Step>,
    /// To be said with the next line; at most one for each kind of step.
    waiting: Vec<Cow<'static, str>>,
}

impl Explain {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            role: settings.role,
            framing: settings.framing,
            style: settings.style(DIM),
            told: HashSet::new(),
            waiting: Vec::new(),
        }
    }

    /// Finds the sentence for `event`, if its kind has not been explained.
    pub(super) fn see(&mut self, scene: &Scene, peer: Option<&Peer>, event: &Event<'_>) {
        let Some(step) = step(event) else {
            return;
        };
        if step == Step::Frame && self.framing.is_none() || !self.told.insert(step) {
            return;
        }
        let about = About {
            role: self.role,
            framing: self.framing,
            scene,
            peer,
        };
        self.waiting.extend(sentence(&about, event));
    }

    /// Appends what waits, unless `event` was not `shown` and leads to something that will be.
    pub(super) fn put_after(&mut self, shown: bool, event: &Event<'_>, out: &mut BytesMut) {
        if shown || !leads_on(event) {
            self.put(INDENT_PLAIN, out);
        }
    }

    /// Appends what waits, beneath a step of a time line. What was sent is shown with its write.
    pub(super) fn put_beneath(&mut self, event: &Event<'_>, out: &mut BytesMut) {
        if !matches!(event, Event::Sent { .. }) {
            self.put(INDENT, out);
        }
    }

    /// What waits, as one text.
    pub(super) fn take(&mut self) -> Option<String> {
        let waiting = std::mem::take(&mut self.waiting);
        (!waiting.is_empty()).then(|| waiting.join(" "))
    }

    fn put(&mut self, indent: usize, out: &mut BytesMut) {
        for sentence in self.waiting.drain(..) {
            put_paragraph(out, self.style, indent, &sentence);
        }
    }
}

/// Whether it leads to something that is shown, as a rule at once.
fn leads_on(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Resolved { .. }
            | Event::Bound { .. }
            | Event::Connecting { .. }
            | Event::Secured { .. }
            | Event::Upgraded
            | Event::Read { .. }
            | Event::Sent { .. }
            | Event::PeerEnded
            | Event::WeEnded
    )
}

fn step(event: &Event<'_>) -> Option<Step> {
    Some(match event {
        Event::Resolved { .. } => Step::Resolve,
        Event::Bound { .. } => Step::Bind,
        // Datagrams are not listened for: bind was all.
        Event::Listening { backlog: 0, .. } => return None,
        Event::Listening { .. } => Step::Listen,
        Event::Connecting { .. } => Step::Connect,
        Event::Connected { .. } => Step::Connected,
        Event::Accepted { .. } => Step::Accept,
        Event::Secured { .. } => Step::Secure,
        Event::Upgraded => Step::Upgrade,
        Event::Read { .. } => Step::Read,
        Event::Wrote { .. } => Step::Write,
        Event::Received { .. } | Event::Sent { .. } => Step::Frame,
        Event::Unfinished { .. } => Step::Pending,
        Event::PeerEnded => Step::PeerEnded,
        Event::WeEnded => Step::WeEnded,
        Event::Left { .. } => Step::Leave,
        Event::TurnedAway { .. } => Step::TurnAway,
        Event::Exited { .. } => Step::Exit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

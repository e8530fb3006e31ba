//! What happens on sockets, in words: for people, as a time line, or for programs.
//!
//! A screen is told each [`Event`] as it happens and appends bytes to a buffer; it prints nothing
//! itself, and reads no clock. One of three faces finds the words: [`plain`], [`trace`] or [`json`];
//! [`explain`] adds what each step is to whoever is learning.
//!
//! What others sent never reaches a terminal raw: [`sign`] has the last word on every byte of it.

mod dump;
mod explain;
mod json;
mod plain;
mod row;
mod scene;
mod sign;
mod trace;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use anstyle::Style;
use bytes::BytesMut;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sockhop_net::event::Event;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::Framing;

use explain::Explain;
use json::Json;
use plain::Plain;
use scene::Scene;
use trace::Trace;

/// How much of one message, or of one read, a terminal is shown.
const SHOWN_BYTES_MAX: usize = 1024;

/// Which side this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// `sockhop listen`: any number of clients, so lines name them.
    Listen,
    /// `sockhop connect`: one other side.
    Connect,
}

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// People.
    Plain,
    /// Programs: one JSON object a line.
    Json,
}

/// What is shown, and how.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) role: Role,
    pub(crate) framing: Framing,
    pub(crate) form: Form,
    /// Every read, write and frame. In [`Form::Json`]: those events as well.
    pub(crate) trace: bool,
    /// A sentence about each kind of step, the first time it happens.
    pub(crate) explain: bool,
    /// Bytes in hex.
    pub(crate) hex: bool,
    /// Messages and failures alone. A trace is not quiet.
    pub(crate) quiet: bool,
    pub(crate) colour: bool,
    /// Whether it goes to a terminal: a large message is then shown in part.
    pub(crate) is_terminal: bool,
    /// Whether messages are shown at all; not, where they go to standard output as they are. A
    /// trace shows them all the same.
    pub(crate) shows_messages: bool,
    /// Where the clock of a trace hangs.
    pub(crate) zone: TimeZone,
}

impl Settings {
    /// `style`, if there is colour at all.
    fn style(&self, style: Style) -> Style {
        match self.colour {
            true => style,
            false => Style::new(),
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Screen {
    face: Face,
    scene: Scene,
    explain: Option<Explain>,
}

#[derive(Debug)]
enum Face {
    Plain(Plain),
    Trace(Trace),
    Json(Json),
}

impl Screen {
    /// On which nothing has happened yet.
    pub(crate) fn new(settings: Settings) -> Self {
        let explain = settings.explain.then(|| Explain::new(&settings));
        Self {
            face: match (settings.form, settings.trace) {
                (Form::Json, _) => Face::Json(Json::new(&settings)),
                (Form::Plain, true) => Face::Trace(Trace::new(settings)),
                (Form::Plain, false) => Face::Plain(Plain::new(settings)),
            },
            scene: Scene::default(),
            explain,
        }
    }

    /// Appends whole lines about `event`, which happened `at` that time; to one connection, if
    /// `peer` is given. None, where there is nothing to say.
    pub(crate) fn put(
        &mut self,
        at: Timestamp,
        peer: Option<&Peer>,
        event: &Event<'_>,
        out: &mut BytesMut,
    ) {
        self.scene.see(event);
        if let Some(explain) = &mut self.explain {
            explain.see(&self.scene, peer, event);
        }
        match &mut self.face {
            Face::Plain(plain) => {
                let shown = plain.put(&self.scene, peer, event, out);
                if let Some(explain) = &mut self.explain {
                    explain.put_after(shown, event, out);
                }
            }
            Face::Trace(trace) => {
                trace.put(&self.scene, at, peer, event, out);
                if let Some(explain) = &mut self.explain {
                    explain.put_beneath(event, out);
                }
            }
            Face::Json(json) => json.put(&self.scene, at, peer, event, self.explain.as_mut(), out),
        }
    }
}

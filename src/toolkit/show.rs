//! Shows what happens on the wire: events to the screen, messages to standard output.

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use jiff::Timestamp;
use sockhop_net::{Event, Fault, Language, Peer, Watch};

use super::paper::Paper;
use super::printer::Printer;
use crate::screen::{Role, Screen, Settings};

/// See the module.
pub(crate) struct Show {
    screen: Mutex<Screen>,
    printer: Printer,
    /// Where the screen is.
    paper: Paper,
    /// Whether the screen shows what is carried, and not only who comes and goes.
    shows_carrying: bool,
    /// Whether messages are put out as they are.
    raw: Option<Raw>,
    /// Whether clients come here, of which some may have got it wrong.
    serves: bool,
}

/// How messages are put out as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Raw {
    /// One after the other.
    Bytes,
    /// Each as a line.
    Lines,
}

impl Show {
    pub(crate) fn new(
        settings: Settings,
        paper: Paper,
        raw: Option<Raw>,
        printer: Printer,
    ) -> Self {
        let shows_carrying = settings.trace || settings.explain || settings.shows_messages;
        let serves = settings.role == Role::Listen;
        Self {
            screen: Mutex::new(Screen::new(settings)),
            printer,
            paper,
            shows_carrying,
            raw,
            serves,
        }
    }

    /// Where everything else is to be said, too, so that it comes in the right order.
    pub(crate) fn printer(&self) -> &Printer {
        &self.printer
    }

    /// It came to nothing, and will not be tried again. People are told by the failure of the
    /// command.
    pub(crate) fn see_failure(&self, fault: &Fault) {
        let again_in = None;
        self.see(None, &Event::Failed { fault, again_in });
    }

    fn put_out(&self, message: &[u8], raw: Raw) {
        match raw {
            Raw::Bytes => self.printer.put_out(Paper::Output, message),
            Raw::Lines => self
                .printer
                .put_out(Paper::Output, &[message, b"\n"].concat()),
        }
    }

    /// Who begins in TLS where none is spoken will never understand a word.
    fn warn_of_tls(&self, peer: &Peer, first: &[u8]) {
        if Language::recognise(first) == Some(Language::Tls) {
            let fault = Fault::foreign(peer.as_str(), Language::Tls);
            self.printer.say(&fault.with_advice());
        }
    }
}

impl Watch for Show {
    fn see(&self, peer: Option<&Peer>, event: &Event<'_>) {
        if let (Event::Received { n, message }, Some(peer)) = (event, peer) {
            if let Some(raw) = self.raw {
                self.put_out(message, raw);
            }
            if self.serves && *n == 1 {
                self.warn_of_tls(peer, message);
            }
        }
        if event.is_carrying() && !self.shows_carrying {
            return;
        }
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        self.printer.print(self.paper, |page| {
            screen.put(Timestamp::now(), peer, event, page);
        });
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.printer.poll_ready(cx)
    }
}

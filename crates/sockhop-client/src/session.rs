//! The client's side of a session, over as many connections as it takes. A pure engine: events and
//! the time go in, bytes and the next deadline come out; it performs no I/O and reads no clock.
//!
//! ```text
//!            +-------- the pause is over -------> Dialing
//!            |                                      |  connected: says hello
//!          Apart <--- lost, unless given up ---+    v
//!            ^                                 +- ExpectWelcome
//!            |                                 |    |  welcome: asks again for what is followed,
//!            |                                 |    v  sends again what is not acked
//!            +------------- lost --------------+-- Up
//!                                                   |  closed, and all is acked: says bye
//!                                                   v
//!              Ended <---- bye, lost, too late -- ExpectBye
//! ```
//!
//! What the hub says is taken in by [`hear`]. Publishes are kept in [`publishing`], subscriptions in
//! [`follows`]; who the session is to the hub in [`identity`], and how the hub's silence is judged in
//! [`pulse`]. [`crate::link`] gives it all a socket.

mod cursor;
mod following;
mod follows;
mod hear;
mod identity;
mod names;
mod pace;
mod publishing;
mod pulse;
mod queue;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::BytesMut;
use sockhop_net::Fault;
use sockhop_proto::Command;
use sockhop_proto::frame::encode_command;

use crate::backoff::Backoff;
use crate::config::Config;
use crate::error::{ClientError, ConnectError};
use crate::status::Status;

pub(crate) use follows::{FollowId, Follows};
use identity::Identity;
pub(crate) use publishing::Publishing;
use pulse::{Pulse, Silence};

/// The time since the client began.
pub(crate) type Now = Duration;

/// How long the hub may take to say welcome.
const WELCOME_WITHIN: Duration = Duration::from_secs(5);
/// How long it may take to say goodbye.
const BYE_WITHIN: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub(crate) struct Session {
    config: Config,
    stage: Stage,
    pub(crate) publishing: Publishing,
    pub(crate) follows: Follows,
    pulse: Pulse,
    backoff: Backoff,
    identity: Identity,
    /// Small commands to be sent before all else.
    control: BytesMut,
    /// Since when nothing has got through, while something should: the first welcome, an ack, or
    /// what is followed.
    stalled_since: Option<Now>,
    /// What the last attempt met.
    last_error: Option<ConnectError>,
    closing: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    Apart { dial_at: Now },
    Dialing,
    ExpectWelcome { until: Now },
    Up,
    ExpectBye { until: Now },
    Ended(ClientError),
}

impl Session {
    /// A session that will dial at once. `token` is 16 to 64 characters nobody can guess.
    pub(crate) fn new(config: Config, token: String, seed: u64) -> Self {
        Self {
            pulse: Pulse::new(config.idle_max, config.silence_max),
            stage: Stage::Apart { dial_at: Now::ZERO },
            publishing: Publishing::new(config.publishes_per_second_max),
            follows: Follows::default(),
            backoff: Backoff::new(seed),
            identity: Identity::new(token),
            control: BytesMut::new(),
            stalled_since: Some(Now::ZERO),
            last_error: None,
            closing: false,
            config,
        }
    }

    /// How it stands, for those who watch.
    pub(crate) fn status(&self) -> Status {
        match &self.stage {
            Stage::Ended(error) => Status::Ended(error.clone()),
            Stage::Up | Stage::ExpectBye { .. } => match self.identity.nick() {
                Some(nick) => Status::Connected {
                    nick: nick.clone(),
                    hub: self.identity.hub().to_owned(),
                },
                None => Status::Connecting,
            },
            Stage::Apart { .. } | Stage::Dialing | Stage::ExpectWelcome { .. } => {
                match &self.last_error {
                    Some(error) => Status::Lost(error.clone()),
                    None => Status::Connecting,
                }
            }
        }
    }

    /// Why it has ended, if it has.
    pub(crate) fn ended(&self) -> Option<&ClientError> {
        match &self.stage {
            Stage::Ended(error) => Some(error),
            _ => None,
        }
    }

    // The connection.

    /// Whether it is time to dial. If so, the answer is [`Self::handle_connected`] or
    /// [`Self::handle_lost`].
    pub(crate) fn poll_dial(&mut self, now: Now) -> bool {
        let due = matches!(self.stage, Stage::Apart { dial_at } if dial_at <= now);
        if due {
            self.stage = Stage::Dialing;
        }
        due
    }

    /// There is a connection: introduces itself.
    pub(crate) fn handle_connected(&mut self, now: Now) {
        if self.ended().is_some() {
            return;
        }
        self.stage = Stage::ExpectWelcome {
            until: now + WELCOME_WITHIN,
        };
        encode_command(&self.identity.hello(&self.config), &mut self.control);
    }

    /// The connection is gone, or was not to be had.
    pub(crate) fn handle_lost(&mut self, cause: ConnectError, now: Now) {
        if self.ended().is_some() {
            return;
        }
        self.control.clear();
        self.publishing.handle_lost();
        self.follows.handle_lost();
        let is_first = !self.identity.is_known();
        if self.closing && self.publishing.is_empty() {
            self.end(ClientError::Closed);
        } else if cause.is_final() || (is_first && !self.config.wait) {
            self.end(cause.into());
        } else {
            self.stage = Stage::Apart {
                dial_at: now + self.backoff.pause(),
            };
            self.last_error = Some(cause);
            if !self.follows.is_empty() {
                self.stalled_since.get_or_insert(now);
            }
        }
    }

    // Time.

    /// Does what is due.
    ///
    /// # Errors
    /// What the connection is to be given up for.
    pub(crate) fn handle_timeout(&mut self, now: Now) -> Result<(), ConnectError> {
        if let (Some(patience), Some(since)) = (self.config.patience, self.stalled_since)
            && since + patience <= now
            && self.ended().is_none()
        {
            let last = self.last_met(patience);
            self.end(ClientError::GaveUp {
                after: patience,
                last,
            });
        }
        let hub = || self.config.hub.clone();
        match self.stage {
            Stage::ExpectWelcome { until } if until <= now => Err(ConnectError::Mute {
                hub: hub(),
                waited: WELCOME_WITHIN,
            }),
            Stage::ExpectBye { until } if until <= now => {
                self.end(ClientError::Closed);
                Ok(())
            }
            Stage::Up => match self.pulse.poll(now) {
                Silence::Short => Ok(()),
                Silence::Ask => {
                    encode_command(&Command::Ping { id: None }, &mut self.control);
                    Ok(())
                }
                Silence::Dead => {
                    let waited = self.config.idle_max + self.config.silence_max;
                    Err(ConnectError::Silent { hub: hub(), waited })
                }
            },
            _ => Ok(()),
        }
    }

    /// What the last attempt met, or the one under way; none while there is a connection.
    fn last_met(&self, waited: Duration) -> Option<ConnectError> {
        let hub = self.config.hub.clone();
        let under_way = match self.stage {
            Stage::Up | Stage::ExpectBye { .. } | Stage::Ended(_) => return None,
            Stage::ExpectWelcome { .. } => ConnectError::Mute { hub, waited },
            Stage::Apart { .. } | Stage::Dialing => {
                let fault = Fault::connect_given_up(&hub.endpoint(), waited);
                ConnectError::Dial { hub, fault }
            }
        };
        Some(self.last_error.clone().unwrap_or(under_way))
    }

    /// When [`Self::handle_timeout`], [`Self::poll_dial`] or [`Self::poll_transmit`] has something
    /// to do that is not due yet.
    pub(crate) fn poll_timeout(&self) -> Option<Now> {
        let patience = self
            .config
            .patience
            .zip(self.stalled_since)
            .map(|(p, since)| p + since);
        let stage = match self.stage {
            Stage::Apart { dial_at } => Some(dial_at),
            Stage::ExpectWelcome { until } | Stage::ExpectBye { until } => Some(until),
            Stage::Up => [self.pulse.poll_timeout(), self.publishing.poll_timeout()]
                .into_iter()
                .flatten()
                .min(),
            Stage::Dialing | Stage::Ended(_) => None,
        };
        [patience, stage].into_iter().flatten().min()
    }

    // What is to be sent, and whether to read.

    /// Appends bytes for the hub: what is small and urgent, then publishes as far as they fit.
    pub(crate) fn poll_transmit(&mut self, now: Now, out: &mut BytesMut) {
        out.extend_from_slice(&self.control.split());
        if self.stage == Stage::Up {
            self.follows.transmit(out);
            self.publishing.transmit(now, out);
        }
    }

    /// Whether more should be read. A full queue stops the reading, and by that the hub, which
    /// keeps the rest; unless an answer is awaited, which comes behind what fills the queue: then
    /// that is read, let go of, and asked for again later.
    pub(crate) fn poll_wants_input(&mut self, now: Now) -> bool {
        let wants = self.stage != Stage::Up
            || !self.follows.is_full()
            || self.follows.is_awaiting()
            || self.publishing.is_awaiting();
        self.pulse.listen(wants, now);
        wants
    }

    // The user's side.

    /// A publish or a subscription has been added: something is expected of the hub from now on.
    pub(crate) fn note_expectation(&mut self, now: Now) {
        self.stalled_since.get_or_insert(now);
    }

    pub(super) fn note_progress(&mut self, now: Now) {
        self.stalled_since = (!self.publishing.is_empty()).then_some(now);
        self.say_bye_if_done(now);
    }

    /// Ends it in good order: with `bye`, once everything is acked.
    pub(crate) fn close(&mut self, now: Now) {
        self.closing = true;
        match self.stage {
            Stage::Apart { .. } | Stage::Dialing if self.publishing.is_empty() => {
                self.end(ClientError::Closed);
            }
            _ => self.say_bye_if_done(now),
        }
    }

    fn say_bye_if_done(&mut self, now: Now) {
        if self.closing && self.stage == Stage::Up && self.publishing.is_empty() {
            encode_command(&Command::Bye { id: None }, &mut self.control);
            self.stage = Stage::ExpectBye {
                until: now + BYE_WITHIN,
            };
        }
    }

    /// Ends it here and now. What is not acked may or may not have reached the hub.
    pub(crate) fn abandon(&mut self) {
        if self.stage == Stage::Up {
            encode_command(&Command::Bye { id: None }, &mut self.control);
        }
        self.end(ClientError::Closed);
    }

    fn end(&mut self, error: ClientError) {
        if self.ended().is_none() {
            self.stage = Stage::Ended(error);
            self.stalled_since = None;
        }
    }
}

//! What the hub says, and what it means for the session.

use bytes::{Buf as _, BytesMut};
use sockhop_net::{Fault, Language};
use sockhop_proto::frame::codec::split;
use sockhop_proto::frame::{decode_event, encode_command};
use sockhop_proto::json::codec::{EventError, NotAnEvent};
use sockhop_proto::{Code, Event, Id, Message, Micros, Nick, Refusal};

use super::{Now, Session, Stage};
use crate::error::{ClientError, ConnectError};
use crate::heard::Heard;

/// The longest frame taken from a hub: the most any may send, since a frame's first byte is zero.
const FRAME_BYTES_MAX: usize = (1 << 24) - 1;
const FRAME_PREFIX_BYTES: usize = 4;

impl Session {
    /// Takes whole frames off the front of `input`, as long as more is wanted.
    ///
    /// # Errors
    /// What the connection is to be given up for.
    pub(crate) fn handle_input(
        &mut self,
        input: &mut BytesMut,
        now: Now,
    ) -> Result<(), ConnectError> {
        while self.poll_wants_input(now) {
            let map = split(input, FRAME_BYTES_MAX).map_err(|length| {
                self.unreadable(input, format!("a frame of {length} bytes is announced"))
            })?;
            let Some(map) = map else { break };
            let (event, taken) = (decode_event(map), FRAME_PREFIX_BYTES + map.len());
            match event {
                Ok(event) => self.handle_event(event, now)?,
                // A newer hub's; what this library does not know it cannot have asked for.
                Err(EventError::Fields(NotAnEvent::Unknown(_))) => {}
                Err(error) => return Err(self.unreadable(input, error.to_string())),
            }
            input.advance(taken);
        }
        Ok(())
    }

    fn unreadable(&self, input: &[u8], detail: String) -> ConnectError {
        let hub = self.config.hub.clone();
        match self.stage {
            Stage::ExpectWelcome { .. } => ConnectError::NotAHub {
                hub,
                language: Language::recognise(input),
            },
            _ => ConnectError::Garbled { hub, detail },
        }
    }

    /// What it means that the other end has closed the connection, or broken it.
    pub(crate) fn hung_up(&self, broken: Option<Fault>) -> ConnectError {
        let hub = self.config.hub.clone();
        match (&self.stage, broken) {
            (Stage::ExpectWelcome { .. }, _) => ConnectError::HungUp { hub },
            (_, None) => ConnectError::Closed { hub },
            (_, Some(fault)) => ConnectError::Broken { hub, fault },
        }
    }

    /// Takes in what the hub says.
    ///
    /// # Errors
    /// What the connection is to be given up for.
    pub(crate) fn handle_event(&mut self, event: Event, now: Now) -> Result<(), ConnectError> {
        self.pulse.beat(now);
        match event {
            Event::Welcome {
                hub, nick, time, ..
            } => self.handle_welcome(&hub, nick, time, now),
            Event::Ack {
                id: Id::Number(id),
                place: Some((room, seq)),
                time,
            } => {
                if !self.config.echo {
                    self.follows.note_own(&room, seq, time);
                }
                self.publishing.handle_ack(id, room, seq, time);
                self.note_progress(now);
            }
            Event::Error {
                id: Some(Id::Number(id)),
                refusal,
            } => {
                self.publishing.handle_refusal(id, refusal, now);
                self.note_progress(now);
            }
            Event::Error { id: None, refusal } => return self.handle_refusal(refusal),
            Event::Subscribed { room, head, .. } => self.follows.handle_subscribed(&room, head),
            Event::Pong {
                id: Some(Id::Number(ping)),
            } => {
                self.follows.handle_pong(ping);
                self.note_progress(now);
            }
            Event::Bye { .. } => self.end(ClientError::Closed),
            Event::Direct {
                from,
                to,
                time,
                body,
                media_type,
            } => {
                self.follows.tell_all(&Heard::Direct {
                    from,
                    to,
                    time,
                    body,
                    media_type,
                });
            }
            event => {
                let Self {
                    identity,
                    publishing,
                    config,
                    follows,
                    ..
                } = self;
                let own = |message: &Message| {
                    !config.echo
                        && identity.may_have_said(message)
                        && publishing.is_awaited(message)
                };
                follows.handle_heard(event, own);
            }
        }
        Ok(())
    }

    fn handle_welcome(&mut self, hub: &str, nick: Nick, time: Micros, now: Now) {
        if !matches!(self.stage, Stage::ExpectWelcome { .. }) {
            return;
        }
        self.stage = Stage::Up;
        self.identity.welcome(hub, nick, time);
        self.backoff.reset();
        self.last_error = None;
        if self.publishing.is_empty() {
            self.stalled_since = None;
        }
        self.say_bye_if_done(now);
    }

    /// A refusal of nothing that has a number.
    fn handle_refusal(&mut self, refusal: Refusal) -> Result<(), ConnectError> {
        let hub = self.config.hub.clone();
        match (&self.stage, refusal.code) {
            (_, Code::ShuttingDown) => Err(ConnectError::ShuttingDown { hub }),
            // The random nick of the last connection has been given to somebody else meanwhile.
            (Stage::ExpectWelcome { .. }, Code::NickTaken) if self.config.nick.is_none() => {
                let hello = self.identity.hello_again(&self.config);
                encode_command(&hello, &mut self.control);
                Ok(())
            }
            (Stage::ExpectWelcome { .. }, _) => Err(ConnectError::Denied { hub, refusal }),
            (_, Code::TooLarge) => {
                self.publishing.handle_too_large(refusal.clone());
                Err(ConnectError::Expelled { hub, refusal })
            }
            (_, Code::TimedOut | Code::SlowConsumer | Code::Resumed) => {
                Err(ConnectError::Expelled { hub, refusal })
            }
            _ => {
                self.follows.handle_refusal(refusal);
                Ok(())
            }
        }
    }
}

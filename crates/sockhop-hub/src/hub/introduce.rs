//! Who a session is: its nick, the secret, and whether it was here before.

use std::collections::VecDeque;
use std::sync::Arc;

use sockhop_proto::command::Hello;
use sockhop_proto::{CloseReason, Code, Event, Micros, Nick, Refusal, Seq};

use super::passing::unmarked;
use super::{Hub, Outcome};
use crate::history::{PUBLISHED_MAX, Published};
use crate::nicks::Holder;
use crate::recall::{Fetch, Purpose, Wanted};
use crate::session::{Numbered, SessionKey};

/// Shortest and longest token a client may bring, in characters.
const TOKEN_CHARS: std::ops::RangeInclusive<usize> = 16..=64;

/// How much of a client's name for itself is kept.
const CLIENT_CHARS_MAX: usize = 64;

impl Hub {
    pub(super) fn hello(&mut self, key: SessionKey, hello: &Hello<'_>, now: Micros) -> Outcome {
        self.check_secret(key, hello.secret.as_deref(), now)?;
        if let Some(token) = &hello.session {
            self.resume(key, token, now)?;
        }
        if let Some(nick) = &hello.nick {
            self.take_nick(key, nick)?;
        }
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        session.standing.echo = hello.echo;
        if let Some(client) = &hello.client {
            session.extras().client = Some(client_name(client));
        }
        if session.protocol.for_people || session.protocol.passing {
            return Ok(());
        }
        let token = match session.token() {
            Some(token) => Arc::clone(token),
            None => {
                let token: Arc<str> = format!("{:032x}", (self.config.entropy.0)()).into();
                session.extras().token = Some(Arc::clone(&token));
                self.tokens.insert(Arc::clone(&token), key);
                token
            }
        };
        session.tell(&Event::Welcome {
            hub: Arc::clone(&self.config.name),
            version: Arc::clone(&self.config.version),
            nick: session.nick.clone(),
            session: token,
            time: now,
        });
        Ok(())
    }

    fn check_secret(&mut self, key: SessionKey, said: Option<&str>, now: Micros) -> Outcome {
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        if session.standing.trusted {
            return Ok(());
        }
        match said {
            None => Err(super::secret_required()),
            Some(said) if self.is_secret(said) => {
                let Some(session) = self.sessions.get_mut(key) else {
                    return Ok(());
                };
                session.standing.trusted = true;
                if session.protocol.for_people {
                    self.arrive(key);
                }
                Ok(())
            }
            Some(_) => {
                // Guessing costs a connection each time.
                self.end(key, CloseReason::WrongSecret, now);
                Err(Refusal::new(
                    Code::WrongSecret,
                    "that is not this hub's secret",
                ))
            }
        }
    }

    /// Whether the hub asks for a secret.
    #[must_use]
    pub fn asks_for_secret(&self) -> bool {
        self.config.secret.is_some()
    }

    /// Whether `said` is the hub's secret, in a time that does not tell how much of it is right.
    pub(super) fn is_secret(&self, said: &str) -> bool {
        let Some(secret) = &self.config.secret else {
            return true;
        };
        let (said, secret) = (said.as_bytes(), secret.as_bytes());
        let differing = said
            .iter()
            .zip(secret.iter())
            .fold(0, |sum, (a, b)| sum | (a ^ b));
        said.len() == secret.len() && differing == 0
    }

    /// Takes up where the session of `token` was: its nick, and which publishes it has made.
    fn resume(&mut self, key: SessionKey, token: &str, now: Micros) -> Outcome {
        let fits =
            TOKEN_CHARS.contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            let words = "a session token has 16 to 64 printable ASCII characters";
            return Err(Refusal::new(Code::BadSession, words));
        }
        match self.sessions.get(key).and_then(|session| session.token()) {
            // It says hello again: its nick was refused, for one.
            Some(own) if **own == *token => return Ok(()),
            Some(_) => {
                return Err(Refusal::new(
                    Code::BadSession,
                    "this session has a token already",
                ));
            }
            None => {}
        }
        if let Some(old) = self.tokens.get(token).copied() {
            let refusal = Refusal::new(Code::Resumed, "this session goes on on another connection");
            self.expel(old, refusal, CloseReason::Resumed, now);
        }
        let token: Arc<str> = token.into();
        let (nick, published) = self
            .lost
            .take(&token)
            .map_or((None, None), |lost| (Some(lost.nick), lost.published));
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        session.standing.resuming = published.is_none() && self.config.keeps_history;
        let resuming = session.standing.resuming;
        let extras = session.extras();
        extras.token = Some(Arc::clone(&token));
        extras.published = Some(published.unwrap_or_default());
        self.tokens.insert(Arc::clone(&token), key);
        if resuming {
            self.fetch(Fetch {
                session: key,
                purpose: Purpose::Resume,
                wanted: Wanted::Published { session: token },
            });
        }
        match nick {
            Some(nick) => {
                self.nicks.free(&nick, Holder::Lost);
                self.take_nick(key, nick.as_str())
            }
            None => Ok(()),
        }
    }

    /// History has said what the session published before the hub last began.
    pub(super) fn resumed(&mut self, key: SessionKey, published: Vec<Published>) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        session.standing.resuming = false;
        if let Some(numbered) = &mut session.extras().published {
            for published in published {
                insert(
                    numbered,
                    Numbered {
                        published,
                        stored: true,
                    },
                );
            }
        }
    }

    pub(super) fn rename(&mut self, key: SessionKey, nick: &str) -> Outcome {
        self.take_nick(key, nick)?;
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        // A program in no room hears of its new nick too.
        if session
            .all_followed()
            .iter()
            .all(|followed| !followed.member)
        {
            let text = format!("you are now {}", session.nick).into();
            session.tell(&Event::Notice { text });
        }
        Ok(())
    }

    /// Gives the session `nick`, if it can be had, and tells its rooms.
    fn take_nick(&mut self, key: SessionKey, nick: &str) -> Outcome {
        let nick = unmarked(nick)?;
        match self.nicks.holder(&nick) {
            Some(Holder::Session(holder)) if holder == key => {}
            None => {}
            Some(_) => return Err(nick_taken(&nick)),
        }
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        if session.nick == nick {
            return Ok(());
        }
        self.nicks.free(&session.nick, Holder::Session(key));
        self.nicks.set(&nick, Holder::Session(key));
        let old = session.rename(nick.clone());
        let rooms: Vec<_> = session
            .all_followed()
            .iter()
            .filter(|followed| followed.member)
            .map(|followed| followed.room)
            .collect();
        for room_key in rooms {
            let Some(room) = self.rooms.get_mut(room_key) else {
                continue;
            };
            let event = Event::Renamed {
                room: room.name.clone(),
                nick: old.clone(),
                to: nick.clone(),
            };
            match room.news(event.clone()) {
                Some(event) => self.announce(room_key, &event),
                // A crowd does not hear of it, but the one renamed does.
                None => self.say(key, &event),
            }
        }
        Ok(())
    }

    /// Whether the session has published under this id before: then what its ack said, or `None`
    /// inside if it is still on its way to disk.
    pub(super) fn repeated(&self, key: SessionKey, id: u64) -> Option<Option<Published>> {
        let published = self
            .sessions
            .get(key)?
            .extras
            .as_ref()?
            .published
            .as_ref()?;
        // Clients count upwards, so nearly every publish is the newest by far.
        if published.back()?.published.id < id {
            return None;
        }
        let at = published
            .binary_search_by_key(&id, |numbered| numbered.published.id)
            .ok()?;
        let numbered = &published[at];
        Some(numbered.stored.then(|| numbered.published.clone()))
    }

    /// Remembers a publish, to know it again.
    pub(super) fn remember(&mut self, key: SessionKey, published: Published, stored: bool) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if let Some(numbered) = session.extras.as_mut().and_then(|e| e.published.as_mut()) {
            insert(numbered, Numbered { published, stored });
        }
    }

    /// The numbered publishes of whoever has `token`, here or lost.
    pub(super) fn numbered(&mut self, token: &str) -> Option<&mut VecDeque<Numbered>> {
        if let Some(key) = self.tokens.get(token) {
            return self
                .sessions
                .get_mut(*key)?
                .extras
                .as_mut()?
                .published
                .as_mut();
        }
        self.lost.get_mut(token)?.published.as_mut()
    }

    /// A publish under a token's number has reached the disk, or will not.
    pub(super) fn settle_numbered(&mut self, token: &str, id: u64, seq: Seq, stored: bool) {
        let Some(numbered) = self.numbered(token) else {
            return;
        };
        let same = |n: &Numbered| n.published.id == id && n.published.seq == seq;
        if let Some(at) = numbered.iter().rposition(same) {
            if stored {
                numbered[at].stored = true;
            } else {
                numbered.remove(at);
            }
        }
    }
}

/// What a client calls itself, in what fits a line.
fn client_name(client: &str) -> Box<str> {
    let printable = client.chars().filter(|c| !c.is_control());
    printable.take(CLIENT_CHARS_MAX).collect()
}

/// Adds a publish to those a session has numbered, in order of id: who comes back repeats old ones.
fn insert(numbered: &mut VecDeque<Numbered>, new: Numbered) {
    let id = new.published.id;
    if numbered.back().is_none_or(|last| last.published.id < id) {
        numbered.push_back(new);
    } else {
        let at = numbered.partition_point(|older| older.published.id < id);
        numbered.insert(at, new);
    }
    if numbered.len() > PUBLISHED_MAX {
        numbered.pop_front();
    }
}

fn nick_taken(nick: &Nick) -> Refusal {
    Refusal::new(
        Code::NickTaken,
        format!("somebody here is called {nick} already"),
    )
    .hint("choose another; upper and lower case count as the same")
}

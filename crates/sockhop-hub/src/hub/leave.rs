//! How sessions end, each for a named reason.

use sockhop_proto::{CloseReason, Code, Event, Id, Micros, Refusal};

use super::Hub;
use crate::nicks::Holder;
use crate::session::SessionKey;

impl Hub {
    pub(super) fn bye(&mut self, key: SessionKey, id: Option<Id>, now: Micros) {
        self.say(key, &Event::Bye { id });
        self.end(key, CloseReason::Bye, now);
    }

    /// Ends a session because of what it sent: it is told why first.
    pub fn expel(&mut self, key: SessionKey, refusal: Refusal, reason: CloseReason, now: Micros) {
        self.say(key, &Event::Error { id: None, refusal });
        self.end(key, reason, now);
    }

    /// The client will say no more. What it has asked is still answered; then the session ends.
    pub fn finish(&mut self, key: SessionKey) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.standing.finished = true;
            session.wake();
        }
    }

    /// The connection is gone, or has written its last byte: forgets the session.
    pub fn close(&mut self, key: SessionKey, reason: CloseReason, now: Micros) {
        self.end(key, reason, now);
        if let Some(session) = self.sessions.remove(key) {
            // What ended it may have been something else, earlier.
            let reason = session.standing.ended.unwrap_or(reason);
            self.tally.closed(session.lane, reason);
        }
    }

    /// Takes the session out of its rooms. Its last words are still to be written.
    pub(super) fn end(&mut self, key: SessionKey, reason: CloseReason, now: Micros) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if session.standing.ended.is_some() {
            return;
        }
        session.standing.ended = Some(reason);
        session.wake();
        let rooms: Vec<_> = session
            .all_followed()
            .iter()
            .map(|followed| followed.room)
            .collect();
        let has_filters = session
            .extras
            .as_mut()
            .is_some_and(|extras| !std::mem::take(&mut extras.filters).is_empty());
        if has_filters {
            self.rooms.filters.retain(|(_, holder)| *holder != key);
        }
        for room in rooms {
            if let Some(followed) = self.sessions.get_mut(key).and_then(|s| s.followed(room)) {
                followed.watched = 0;
            }
            self.leave_room(key, room, reason);
        }
        self.give_up_nick(key, reason, now);
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let nick = session.nick.clone();
        let will = session
            .extras
            .as_mut()
            .and_then(|extras| extras.will.take());
        if let Some(will) = will
            && is_lost(reason)
        {
            self.count_received(key);
            self.publish_will(nick, will, now);
        }
    }

    /// Frees the nick, or holds it for a lost session that can come back.
    fn give_up_nick(&mut self, key: SessionKey, reason: CloseReason, now: Micros) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let nick = session.nick.clone();
        let resuming = session.standing.resuming;
        let extras = session.extras.as_mut();
        let held = extras.and_then(|extras| Some((extras.token.take()?, extras.published.take())));
        self.nicks.free(&nick, Holder::Session(key));
        let Some((token, published)) = held else {
            return;
        };
        self.tokens.remove(&token);
        if is_lost(reason) || reason == CloseReason::Resumed {
            self.nicks.set(&nick, Holder::Lost);
            let within = u64::try_from(self.config.resume_within.as_micros()).unwrap_or(u64::MAX);
            let until = now.saturating_add(within);
            // Who goes before history has answered comes back to ask again.
            let published = published.filter(|_| !resuming);
            for given_up in self.lost.hold(token, nick, published, until) {
                self.nicks.free(&given_up.nick, Holder::Lost);
            }
        }
    }

    /// Says goodbye to everyone.
    pub fn shut_down(&mut self) {
        let keys: Vec<_> = self.sessions.keys().collect();
        let refusal = Refusal::new(Code::ShuttingDown, "this hub is shutting down; goodbye");
        let event = Event::Error { id: None, refusal };
        for key in keys {
            // Out of its rooms first: nobody needs to hear that everyone else leaves too.
            if let Some(session) = self.sessions.get_mut(key) {
                session.tell(&event);
                session.standing.ended.get_or_insert(CloseReason::Shutdown);
            }
        }
    }
}

/// Whether a session that ended so was lost: it may come back, and its will is said.
fn is_lost(reason: CloseReason) -> bool {
    !matches!(
        reason,
        CloseReason::Bye | CloseReason::Resumed | CloseReason::Shutdown | CloseReason::Switched
    )
}

//! To disk and back: batches out, acks in; questions out, old messages in.

use std::task::Waker;

use sockhop_proto::{Code, Event, Id, Refusal, Seq};

use super::Hub;
use crate::cursor::{Cursor, Place};
use crate::history::{Batch, HistoryError, KeptRoom};
use crate::recall::{Fetch, Purpose, Recalled, Wanted};
use crate::session::{Session, SessionKey};
use crate::storage::{Answer, Pending};

/// See [`fetches_max`].
const FETCHES_LEFT_MAX: usize = 16;

impl Hub {
    /// The next batch for the disk, if there is one and the last has landed; else `waker` is woken
    /// when there is.
    pub fn poll_batch(&mut self, waker: &Waker) -> Option<Batch> {
        self.storage.poll_batch(waker)
    }

    /// The batch has landed: its messages are acked, or their publishers told why not. Live talk
    /// goes on either way.
    pub fn handle_committed(&mut self, result: Result<(), HistoryError>) {
        let (landed, pending) = self.storage.land();
        for (room_key, reserved) in landed.reserved {
            if let Some(room) = self.rooms.get_mut(room_key) {
                match &result {
                    Ok(()) => room.log.reserve(reserved),
                    // Without a disk there is no number to be safe from but those in memory.
                    Err(_) => {
                        room.log.reserve(Seq::MAX);
                        room.forget_numbers();
                    }
                }
            }
            self.wake_parked(room_key);
        }
        let refusal = result.err().map(|error| {
            self.tally.counts.batches_failed += 1;
            Refusal::new(Code::NotStored, format!("said, but not stored: {error}"))
        });
        if refusal.is_none() {
            let stored = pending.iter().filter(|pending| pending.kept).count();
            self.tally.counts.messages_stored += stored as u64;
        }
        for pending in pending {
            // What is not kept has lost nothing but the wait.
            let refusal = refusal.as_ref().filter(|_| pending.kept);
            self.settle(pending, refusal);
        }
        for key in std::mem::take(&mut self.storage.blocked) {
            if let Some(session) = self.sessions.get(key) {
                session.wake();
            }
        }
    }

    fn settle(&mut self, pending: Pending, refusal: Option<&Refusal>) {
        let Some(room) = self.rooms.get_mut(pending.room) else {
            return;
        };
        room.log.set_stored(pending.seq);
        let name = room.name.clone();
        self.wake_parked(pending.room);
        let (publisher, id) = match pending.answer {
            None => return,
            Some(Answer::Session(key, id)) => {
                self.answered(key);
                (key, id)
            }
            Some(Answer::Token(key, token, id)) => {
                self.answered(key);
                self.settle_numbered(&token, id, pending.seq, refusal.is_none());
                // It may have come back on another connection meanwhile.
                (
                    self.tokens.get(&token).copied().unwrap_or(key),
                    Id::Number(id),
                )
            }
        };
        let event = match refusal {
            None => Event::Ack {
                id,
                place: Some((name, pending.seq)),
                time: pending.time,
            },
            Some(refusal) => Event::Error {
                id: Some(id),
                refusal: refusal.clone(),
            },
        };
        self.say(publisher, &event);
    }

    fn answered(&mut self, key: SessionKey) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.unanswered = session.unanswered.saturating_sub(1);
        }
    }

    /// What must be written last, at a clean shutdown: how far each room has come, so that the next
    /// life goes on with the very next numbers.
    #[must_use]
    pub fn last_words(&self) -> Batch {
        let rooms = self.rooms.iter().filter(|(_, room)| room.log.last() > 0);
        let reserved = rooms
            .map(|(_, room)| KeptRoom {
                room: room.name.clone(),
                reserved: room.log.last(),
            })
            .collect();
        Batch {
            messages: Vec::new(),
            reserved,
        }
    }

    pub(super) fn fetch(&mut self, fetch: Fetch) {
        if let Some(session) = self.sessions.get_mut(fetch.session) {
            session.fetching += 1;
        }
        self.fetches.push_back(fetch);
        if let Some(waker) = self.fetch_waker.take() {
            waker.wake();
        }
    }

    /// The next question to history, if there is one; else `waker` is woken when there is. Each
    /// session has at most one open for each room it follows and a few beside.
    pub fn poll_fetch(&mut self, waker: &Waker) -> Option<Fetch> {
        let fetch = self.fetches.pop_front();
        if fetch.is_none() {
            self.fetch_waker = Some(waker.clone());
        }
        fetch
    }

    /// History has answered.
    pub fn handle_fetched(&mut self, fetch: &Fetch, answer: Result<Recalled, HistoryError>) {
        if let Some(session) = self.sessions.get_mut(fetch.session) {
            session.fetching -= 1;
            session.wake();
        }
        let answer = answer.unwrap_or_else(|error| {
            let words = format!("old messages cannot be read: {error}");
            let refusal = Refusal::new(Code::NotStored, words);
            self.say(fetch.session, &Event::Error { id: None, refusal });
            match fetch.wanted {
                Wanted::Messages { .. } => Recalled::Messages(Vec::new()),
                Wanted::NthLast { .. } => Recalled::Nth(None),
                Wanted::Published { .. } => Recalled::Published(Vec::new()),
            }
        });
        match fetch.purpose {
            Purpose::Resume => {
                if let Recalled::Published(published) = answer {
                    self.resumed(fetch.session, published);
                }
            }
            Purpose::Follow(room) => {
                let Some(session) = self.sessions.get_mut(fetch.session) else {
                    return;
                };
                if let Some(followed) = session.followed(room)
                    && give(&mut followed.cursor, &fetch.wanted, answer)
                {
                    session.set_ready(room);
                }
            }
            Purpose::Reading => {
                let Some(session) = self.sessions.get_mut(fetch.session) else {
                    return;
                };
                let reading = session
                    .extras
                    .as_mut()
                    .and_then(|extras| extras.readings.front_mut());
                if let Some(reading) = reading {
                    give(&mut reading.cursor, &fetch.wanted, answer);
                }
            }
        }
    }
}

/// Gives a cursor what history answered, if it awaits that: one that has been set anew since awaits
/// another answer, or none.
fn give(cursor: &mut Cursor, wanted: &Wanted, answer: Recalled) -> bool {
    if !matches!(&cursor.place, Place::Awaiting(awaited) if **awaited == *wanted) {
        return false;
    }
    match (wanted, answer) {
        (Wanted::Messages { to, .. }, Recalled::Messages(messages)) => cursor.recall(messages, *to),
        (Wanted::NthLast { .. }, Recalled::Nth(seq)) => {
            cursor.next = seq.unwrap_or(cursor.next);
            cursor.place = Place::Behind;
        }
        _ => {}
    }
    true
}

/// How many questions to history a session may have open before the hub stops listening to it: one
/// for each room it follows, and a few that were left open when it set a cursor anew.
pub(super) fn fetches_max(session: &Session) -> usize {
    session.all_followed().len() + FETCHES_LEFT_MAX
}

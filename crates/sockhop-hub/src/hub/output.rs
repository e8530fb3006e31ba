//! What a session is sent: its own answers first, then the rooms that have something for it.

use std::collections::VecDeque;
use std::task::Waker;

use bytes::{Bytes, BytesMut};
use sockhop_proto::{CloseReason, Event, Protocol};

use super::Hub;
use crate::cursor::Reader;
use crate::log::Step;
use crate::recall::{Fetch, Purpose};
use crate::room::RoomKey;
use crate::session::{Reading, Session, SessionKey};
use crate::sink::Sink;
use crate::tally::Told;

/// How many slices are handed out at once before the rest has to wait: enough for one write.
const SLICES_MAX: usize = 64;

/// How many bytes are handed out at once, about: what a reader that stops can still hold on to.
const OUTPUT_BYTES_MAX: usize = 256 << 10;

/// How a session's output stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// There may be more: ask again once this is written.
    More,
    /// That is all for now. The waker is woken when there is more.
    Parked,
    /// That is all there will ever be: write it, then close.
    Ended(CloseReason),
}

impl Hub {
    /// Appends the session's next bytes to `out`, in order, as they lie in the rooms' logs. If that
    /// is all for now, `waker` is woken at the next.
    pub fn poll_output(
        &mut self,
        key: SessionKey,
        waker: &Waker,
        out: &mut VecDeque<Bytes>,
    ) -> Polled {
        let mut told = Told::default();
        let polled = self.gather(key, waker, out, &mut told);
        self.count_sent(key, told);
        polled
    }

    fn gather(
        &mut self,
        key: SessionKey,
        waker: &Waker,
        out: &mut VecDeque<Bytes>,
        told: &mut Told,
    ) -> Polled {
        let Some(session) = self.sessions.get_mut(key) else {
            return Polled::Ended(CloseReason::Other);
        };
        if !session
            .waker
            .as_ref()
            .is_some_and(|known| known.will_wake(waker))
        {
            session.waker = Some(waker.clone());
        }
        if let Some(answers) = session.take_outbox() {
            told.bytes += answers.len() as u64;
            out.push_back(answers);
        }
        if let Some(reason) = session.standing.ended {
            return part(session.protocol, reason, out, told);
        }
        let answering = self.poll_readings(key, out, told);
        while has_room(out)
            && let Some(room) = self.sessions.get_mut(key).and_then(|s| s.ready.pop_front())
        {
            self.poll_room(key, room, out, told);
        }
        match self.sessions.get(key) {
            Some(session) if !session.ready.is_empty() || answering => Polled::More,
            Some(session) if is_done(session) => {
                part(session.protocol, CloseReason::Closed, out, told)
            }
            _ => Polled::Parked,
        }
    }

    /// Reads on in one room. Afterwards the session is ready there, parked, or awaits history.
    fn poll_room(
        &mut self,
        key: SessionKey,
        room_key: RoomKey,
        out: &mut VecDeque<Bytes>,
        told: &mut Told,
    ) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let Some(room) = self.rooms.get_mut(room_key) else {
            return;
        };
        let mut sink = Sink::new(session.protocol, out, told);
        let (echo, nick) = (session.standing.echo, session.nick.clone());
        let Some(followed) = session.followed(room_key) else {
            return;
        };
        let has_own = !echo && followed.cursor.own_last >= followed.cursor.next;
        let own = has_own.then_some(Reader { key, nick: &nick });
        match room.log.read(&mut followed.cursor, own, &mut sink) {
            Step::More => session.ready.push_back(room_key),
            Step::CaughtUp => {
                followed.ready = false;
                room.parked.push(key);
            }
            Step::Awaiting => followed.ready = false,
            Step::Fetch(wanted) => {
                followed.ready = false;
                self.fetch(Fetch {
                    session: key,
                    purpose: Purpose::Follow(room_key),
                    wanted,
                });
            }
        }
    }

    /// Goes on with the first answer to `history`, and says whether there is more to do at once.
    fn poll_readings(
        &mut self,
        key: SessionKey,
        out: &mut VecDeque<Bytes>,
        told: &mut Told,
    ) -> bool {
        let Some(session) = self.sessions.get_mut(key) else {
            return false;
        };
        let protocol = session.protocol;
        let Some(extras) = session.extras.as_mut() else {
            return false;
        };
        let Some(reading) = extras.readings.front_mut() else {
            return false;
        };
        let mut sink = Sink::new(protocol, out, told);
        // A room is forgotten only if nothing was ever said in it.
        let (step, head) = self
            .rooms
            .get(reading.room)
            .map_or((Step::CaughtUp, 0), |room| {
                let Reading { cursor, bound, .. } = reading;
                (
                    room.log.read_back(cursor, bound, None, &mut sink),
                    room.log.head(),
                )
            });
        match step {
            Step::More => true,
            Step::Awaiting => false,
            Step::Fetch(wanted) => {
                self.fetch(Fetch {
                    session: key,
                    purpose: Purpose::Reading,
                    wanted,
                });
                false
            }
            Step::CaughtUp => {
                let count = reading.limit - reading.bound.left;
                sink.event(&Event::History {
                    room: reading.name.clone(),
                    count,
                    head,
                });
                extras.readings.pop_front();
                session.unanswered -= 1;
                true
            }
        }
    }
}

/// The end of what a session is sent.
fn part(
    protocol: &'static Protocol,
    reason: CloseReason,
    out: &mut VecDeque<Bytes>,
    told: &mut Told,
) -> Polled {
    let mut last = BytesMut::new();
    (protocol.farewell)(reason, &mut last);
    if !last.is_empty() {
        told.bytes += last.len() as u64;
        out.push_back(last.freeze());
    }
    Polled::Ended(reason)
}

fn has_room(out: &VecDeque<Bytes>) -> bool {
    out.len() < SLICES_MAX && out.iter().map(Bytes::len).sum::<usize>() < OUTPUT_BYTES_MAX
}

/// Whether a client that has said all it will say has been answered in full.
fn is_done(session: &Session) -> bool {
    session.standing.finished && session.is_answered()
}

//! Questions: who is there, what rooms there are, what was said.

use sockhop_proto::{Code, Event, MemberInfo, Refusal, RoomInfo, Seq};

use super::{Hub, Outcome};
use crate::cursor::{Cursor, Place};
use crate::log::Bound;
use crate::room::RoomKey;
use crate::session::{Reading, SessionKey};

/// Most answers to `history` in the making for one session; at more, the hub stops listening.
pub(super) const READINGS_MAX: usize = 16;
/// Most members or rooms in one answer.
const LISTED_MAX: usize = 1000;
/// How many old messages `history` gives when it is not told, and at most.
const HISTORY_DEFAULT: u64 = 20;
const HISTORY_MAX: u64 = 10_000;

impl Hub {
    pub(super) fn members(&mut self, key: SessionKey, room: Option<&str>) -> Outcome {
        let room_key = self.asked_room(key, room)?;
        let Some(room) = self.rooms.get(room_key) else {
            return Ok(());
        };
        let sessions = room
            .members
            .iter()
            .filter_map(|member| self.sessions.get(*member));
        let mut members: Vec<_> = sessions
            .take(LISTED_MAX)
            .map(|session| MemberInfo {
                nick: session.nick.clone(),
                protocol: session.protocol.name.into(),
                since: session.since,
            })
            .collect();
        members.sort_unstable_by(|a, b| a.nick.cmp(&b.nick));
        let count = room.members.len() as u64;
        let event = Event::Members {
            room: room.name.clone(),
            members,
            count,
        };
        self.say(key, &event);
        Ok(())
    }

    pub(super) fn list_rooms(&mut self, key: SessionKey) -> Outcome {
        let count = self.rooms.len() as u64;
        let mut rooms: Vec<_> = self
            .rooms
            .iter()
            .map(|(_, room)| RoomInfo {
                room: room.name.clone(),
                head: room.log.head(),
                members: room.members.len() as u64,
            })
            .collect();
        rooms.sort_unstable_by(|a, b| a.room.cmp(&b.room));
        rooms.truncate(LISTED_MAX);
        self.say(key, &Event::Rooms { rooms, count });
        Ok(())
    }

    /// Begins an answer to `history`: it is read like any log, by a cursor with an end.
    pub(super) fn history(
        &mut self,
        key: SessionKey,
        room: Option<&str>,
        before: Option<Seq>,
        since: Option<Seq>,
        limit: Option<u64>,
    ) -> Outcome {
        let room_key = self.asked_room(key, room)?;
        let Some(room) = self.rooms.get(room_key) else {
            return Ok(());
        };
        let limit = limit.unwrap_or(HISTORY_DEFAULT).min(HISTORY_MAX);
        let before = before.unwrap_or(Seq::MAX).min(room.log.head() + 1);
        let cursor = match since {
            Some(since) => Cursor::apart(since.max(1), Place::Behind),
            None => Cursor::apart(
                before,
                Place::Last {
                    before,
                    count: limit,
                },
            ),
        };
        let name = room.name.clone();
        let bound = Bound {
            to: before.saturating_sub(1),
            left: limit,
        };
        if let Some(session) = self.sessions.get_mut(key) {
            let reading = Reading {
                room: room_key,
                name,
                cursor,
                bound,
                limit,
            };
            session.extras().readings.push_back(reading);
            session.unanswered += 1;
            session.wake();
        }
        Ok(())
    }

    /// The room a question is about, which must be there: asking makes no rooms.
    fn asked_room(&self, key: SessionKey, room: Option<&str>) -> Result<RoomKey, Refusal> {
        match room {
            Some(name) => self.rooms.find(name).ok_or_else(|| {
                let name: String = name.chars().take(64).collect();
                Refusal::new(Code::NoSuchRoom, format!("there is no room {name}"))
                    .hint("/rooms, or `rooms`, lists them; publishing or subscribing makes one")
            }),
            None => {
                let current = self.sessions.get(key).and_then(|session| session.current);
                current.ok_or_else(super::speak::in_no_room)
            }
        }
    }
}

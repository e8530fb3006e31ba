//! The rooms there are, and how much of them is held in memory.

use sockhop_proto::{Code, NameError, Refusal, RoomName, Seq};

use super::Hub;
use crate::config::Config;
use crate::room::RoomKey;

impl Hub {
    /// Has a room forget what it should no longer hold.
    pub(super) fn trim(&mut self, room_key: RoomKey) {
        let Config {
            tail_bytes_max,
            tails_bytes_max,
            ..
        } = self.config;
        self.rooms.trim(room_key, tail_bytes_max, tails_bytes_max);
    }

    /// The last `seq` members of `room` can see; 0 where nothing was said.
    #[must_use]
    pub fn head(&self, room: &str) -> Seq {
        let room = self.rooms.find(room).and_then(|key| self.rooms.get(key));
        room.map_or(0, |room| room.log.head())
    }

    /// The room of that name, made if need be.
    pub(super) fn room_for(&mut self, name: &str) -> Result<RoomKey, Refusal> {
        match self.rooms.find(name) {
            Some(room) => Ok(room),
            None => self.make_room(RoomName::parse(name).map_err(NameError::refusal)?),
        }
    }

    pub(super) fn make_room(&mut self, name: RoomName) -> Result<RoomKey, Refusal> {
        let rooms_max = self.config.rooms_max;
        if self.rooms.len() >= rooms_max {
            let words = format!("this hub has {rooms_max} rooms, the most it may have");
            return Err(Refusal::new(Code::TooManyRooms, words).hint("--max-rooms sets the most"));
        }
        Ok(self.add_room(name, 0))
    }

    /// Adds a room whose last `seq` was `head`, for all to follow whose filters match it.
    pub(super) fn add_room(&mut self, name: RoomName, head: Seq) -> RoomKey {
        let keeps = self.config.keeps_history;
        let kept = keeps && !self.config.retention.of(&name).is_nothing();
        let reserved = if keeps { head } else { Seq::MAX };
        let room = self.rooms.add(name, head, reserved, kept);
        self.attach_watchers(room);
        room
    }
}

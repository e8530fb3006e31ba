//! A room: a log, its members, and whoever waits for its next message.

use std::collections::{HashMap, HashSet};

use slotmap::{SlotMap, new_key_type};
use sockhop_proto::{Event, Filter, RoomName, Seq};

use crate::log::Log;
use crate::session::SessionKey;
use crate::tally::Traffic;

new_key_type! {
    /// Names a room.
    pub(crate) struct RoomKey;
}

/// In a room of more members than this, comings and goings are counted, not named.
pub(crate) const NAMED_MEMBERS_MAX: usize = 50;

/// How many numbers a room asks for at first; each time it asks, twice as many.
const RESERVE_MIN: u64 = 64;
/// How many it asks for at most.
const RESERVE_MAX: u64 = 1 << 16;

/// See the module.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: RoomName,
    pub(crate) log: Log,
    pub(crate) members: HashSet<SessionKey>,
    /// Readers that have caught up, to be woken by the next append, and then forgotten.
    pub(crate) parked: Vec<SessionKey>,
    /// How many sessions follow it, members and watchers.
    pub(crate) readers: usize,
    /// What was said in it since the hub began.
    pub(crate) said: Traffic,
    /// What its log held in memory when it was last trimmed.
    weighed: usize,
    crowd: Crowd,
    /// The highest `seq` asked for so far, and how many numbers were asked for last.
    asked: Seq,
    block: u64,
}

/// What is to be said of a crowd's comings and goings.
#[derive(Debug, Default)]
struct Crowd {
    joined: u64,
    left: u64,
}

impl Room {
    fn new(name: RoomName, head: Seq, reserved: Seq, kept: bool) -> Self {
        Self {
            log: Log::new(name.clone(), head, reserved, kept),
            name,
            members: HashSet::new(),
            parked: Vec::new(),
            readers: 0,
            said: Traffic::default(),
            weighed: 0,
            crowd: Crowd::default(),
            asked: head,
            block: RESERVE_MIN / 2,
        }
    }

    /// Up to which `seq` it wants numbers, if it wants more: well before it runs out.
    pub(crate) fn wants_numbers(&mut self) -> Option<Seq> {
        if self.log.last() + self.block / 2 <= self.asked {
            return None;
        }
        self.block = RESERVE_MAX.min(self.block * 2);
        self.asked = self.log.last() + self.block;
        Some(self.asked)
    }

    /// Forgets what it asked for: the disk did not take it.
    pub(crate) fn forget_numbers(&mut self) {
        self.asked = 0;
    }

    /// The word on a coming or going: at once in a small room, later and counted in a crowd.
    pub(crate) fn news(&mut self, event: Event) -> Option<Event> {
        if self.members.len() <= NAMED_MEMBERS_MAX {
            return Some(event);
        }
        match event {
            Event::Joined { .. } => self.crowd.joined += 1,
            Event::Left { .. } => self.crowd.left += 1,
            _ => {}
        }
        None
    }

    /// What has been counted since it was last said.
    pub(crate) fn crowd_news(&mut self) -> Option<Event> {
        let Crowd { joined, left } = std::mem::take(&mut self.crowd);
        (joined + left > 0).then(|| Event::Presence {
            room: self.name.clone(),
            joined,
            left,
            members: self.members.len() as u64,
        })
    }

    /// Whether it can be forgotten: nobody reads it and nothing was ever said.
    pub(crate) fn is_idle(&self) -> bool {
        self.readers == 0 && self.log.last() == 0
    }
}

/// All rooms, and the filters new ones are held against.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    by_key: SlotMap<RoomKey, Room>,
    by_name: HashMap<RoomName, RoomKey>,
    pub(crate) filters: Vec<(Filter, SessionKey)>,
    /// What all logs held in memory when each was last trimmed.
    weighed: usize,
}

impl Rooms {
    pub(crate) fn find(&self, name: &str) -> Option<RoomKey> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn get(&self, key: RoomKey) -> Option<&Room> {
        self.by_key.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: RoomKey) -> Option<&mut Room> {
        self.by_key.get_mut(key)
    }

    pub(crate) fn add(&mut self, name: RoomName, head: Seq, reserved: Seq, kept: bool) -> RoomKey {
        let key = self
            .by_key
            .insert(Room::new(name.clone(), head, reserved, kept));
        self.by_name.insert(name, key);
        key
    }

    /// Has a room hold no more than `bytes_max` in memory, and no more than the others leave of
    /// `all_bytes_max`; but its equal share of that it may always hold.
    pub(crate) fn trim(&mut self, key: RoomKey, bytes_max: usize, all_bytes_max: usize) {
        let share = all_bytes_max / self.by_key.len().max(1);
        let Some(room) = self.by_key.get_mut(key) else {
            return;
        };
        let others = self.weighed - room.weighed;
        let left = all_bytes_max.saturating_sub(others);
        room.log.trim(share.max(left).min(bytes_max));
        room.weighed = room.log.bytes();
        self.weighed = others + room.weighed;
    }

    /// Forgets the room if it is idle.
    pub(crate) fn release(&mut self, key: RoomKey) {
        if self.by_key.get(key).is_some_and(Room::is_idle)
            && let Some(room) = self.by_key.remove(key)
        {
            self.by_name.remove(&room.name);
            self.weighed -= room.weighed;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RoomKey, &Room)> {
        self.by_key.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (RoomKey, &mut Room)> {
        self.by_key.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{message, room};

    /// How many numbers `room` asks for while `count` messages are said.
    fn asked(room: &mut Room, count: u64) -> Vec<Seq> {
        let mut asked = Vec::new();
        for _ in 0..count {
            asked.extend(room.wants_numbers());
            let message = message(room.log.last() + 1, "hi");
            room.log.append(message, None, false);
        }
        asked
    }

    #[test]
    fn it_asks_for_numbers_in_blocks_that_grow() {
        let mut room = Room::new(room(), 0, 0, true);
        assert_eq!(asked(&mut room, 33), [64]);
        assert_eq!(asked(&mut room, 64), [33 + 128]);
        let many = asked(&mut room, 1_000_000);
        assert!(many.len() < 100, "{}", many.len());
        assert!(many.is_sorted(), "numbers are never given back");
    }

    #[test]
    fn it_has_numbers_before_it_needs_them() {
        let mut room = Room::new(room(), 0, 0, true);
        let mut reserved = 0;
        for seq in 1..10_000 {
            reserved = room.wants_numbers().unwrap_or(reserved);
            assert!(reserved >= seq);
            let message = message(seq, "hi");
            room.log.append(message, None, false);
        }
    }

    #[test]
    fn a_large_message_stays_while_others_hold_little() {
        let mut rooms = Rooms::default();
        let mut add = |name: &str| rooms.add(RoomName::parse(name).unwrap(), 0, Seq::MAX, false);
        let [full, empty, last] = ["full", "empty", "last"].map(&mut add);
        let say = |rooms: &mut Rooms, key, bytes| {
            let room = rooms.get_mut(key).unwrap();
            let message = message(room.log.last() + 1, &"x".repeat(bytes));
            room.log.append(message, None, false);
            rooms.trim(key, 1500, 2000);
            rooms.get(key).unwrap().log.bytes()
        };
        assert!(say(&mut rooms, full, 1000) > 1000, "more than its share");
        assert_eq!(say(&mut rooms, empty, 1600), 0, "more than any may hold");
        assert_eq!(
            say(&mut rooms, last, 1000),
            0,
            "more than its share, and it is tight"
        );
        assert!(say(&mut rooms, last, 100) > 100);
        rooms.trim(full, 500, 2000);
        assert!(say(&mut rooms, last, 1000) > 1000, "there is room again");
    }

    #[test]
    fn what_the_disk_did_not_take_is_asked_for_again() {
        let mut room = Room::new(room(), 0, 0, true);
        assert_eq!(asked(&mut room, 5), [64]);
        room.forget_numbers();
        assert_eq!(asked(&mut room, 5), [5 + 128]);
    }

    #[test]
    fn a_room_that_was_there_before_goes_on_behind_its_numbers() {
        let mut room = Room::new(room(), 1000, 1000, true);
        assert_eq!(asked(&mut room, 5), [1064]);
    }
}

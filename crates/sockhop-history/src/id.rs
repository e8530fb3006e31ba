//! A message's key: its room and its `seq` in one integer.
//!
//! ```text
//!   63        40 39                 0
//!   ┌───────────┬────────────────────┐
//!   │  room id  │        seq         │   always positive: room ids end at 2^23 - 1
//!   └───────────┴────────────────────┘
//! ```
//!
//! SQLite's fastest table is one keyed by a plain integer, and this one appends at the end of each
//! room, reads a range of a room as a range of keys, and frees whole pages when a room is trimmed.

use sockhop_proto::Seq;

/// How many bits hold the `seq`.
const SEQ_BITS: u32 = 40;
/// The highest `seq` that fits: a million messages a second for twelve days, in one room.
pub(crate) const SEQ_MAX: Seq = (1 << SEQ_BITS) - 1;
/// The highest room id that fits.
const ROOM_MAX: i64 = (1 << (63 - SEQ_BITS)) - 1;

/// A room's number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RoomId(i64);

/// A message's number in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MessageId(i64);

impl RoomId {
    /// A room id, if it is one.
    pub(crate) fn new(id: i64) -> Option<Self> {
        (1..=ROOM_MAX).contains(&id).then_some(Self(id))
    }

    /// As kept in the file.
    pub(crate) fn get(self) -> i64 {
        self.0
    }

    /// The key of the room's message `seq`, if there is one.
    pub(crate) fn message(self, seq: Seq) -> Option<MessageId> {
        (seq <= SEQ_MAX).then(|| self.bound(seq))
    }

    /// The keys of the room's messages `from` up to and including `to`, first and last. Numbers
    /// beyond the last possible one stand for that.
    pub(crate) fn messages(self, from: Seq, to: Seq) -> (MessageId, MessageId) {
        (self.bound(from), self.bound(to))
    }

    fn bound(self, seq: Seq) -> MessageId {
        MessageId((self.0 << SEQ_BITS) | seq.min(SEQ_MAX).cast_signed())
    }
}

impl MessageId {
    /// As found in the file.
    pub(crate) fn found(id: i64) -> Self {
        Self(id)
    }

    /// As kept in the file.
    pub(crate) fn get(self) -> i64 {
        self.0
    }

    /// The message's number in its room.
    pub(crate) fn seq(self) -> Seq {
        self.0.cast_unsigned() & SEQ_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_and_seq_stay_apart() {
        let room = RoomId::new(ROOM_MAX).unwrap();
        let last = room.message(SEQ_MAX).unwrap();
        assert_eq!(last.get(), i64::MAX);
        assert_eq!(last.seq(), SEQ_MAX);
        assert_eq!(
            RoomId::new(1).unwrap().message(7).unwrap().get(),
            0x100_0000_0007
        );
        let next_room = RoomId::new(2).unwrap().message(0).unwrap();
        assert!(RoomId::new(1).unwrap().message(SEQ_MAX).unwrap() < next_room);
    }

    #[test]
    fn what_does_not_fit_is_refused_or_clamped() {
        assert_eq!(RoomId::new(0), None);
        assert_eq!(RoomId::new(ROOM_MAX + 1), None);
        let room = RoomId::new(1).unwrap();
        assert_eq!(room.message(SEQ_MAX + 1), None);
        assert_eq!(room.messages(0, Seq::MAX).1, room.message(SEQ_MAX).unwrap());
    }
}

//! Where a subscription is in one room.

use std::collections::BTreeMap;

use sockhop_proto::{Micros, Origin, RoomName, Seq};

/// How many of this session's own messages are remembered ahead of the cursor. A reader further
/// behind than this may, after a broken connection, hear its own older ones.
const OWN_MAX: usize = 4096;

/// See the module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The next message wanted; anything before it is a repetition.
    pub(crate) next: Seq,
    /// Whether the hub is known to send from here on.
    pub(crate) live: bool,
    /// Where to ask from while nothing has been heard, if that is not `next`.
    unheard: Option<Seq>,
    /// The message before `next`, and its time. It is asked for again, to see whether the log is
    /// still the one that was read: that of a hub that forgets has the same numbers again.
    last: Option<(Seq, Micros)>,
    /// This session's own messages from `next` on, and their times. The hub passes over them, but
    /// would not know them any more after a broken connection.
    own: BTreeMap<Seq, Micros>,
}

impl Cursor {
    fn at(next: Seq) -> Self {
        Self {
            next,
            live: true,
            unheard: None,
            last: None,
            own: BTreeMap::new(),
        }
    }

    /// A cursor where the hub starts one for `origin` in a room whose last message is `head`.
    pub(crate) fn start(origin: &Origin, room: &RoomName, head: Seq) -> Self {
        match origin {
            Origin::Now | Origin::Last(0) => Self::at(head + 1),
            Origin::Since(seq) => Self::at(within(*seq, head)),
            // Which is the first of the last few only the hub knows. Should the connection break
            // before it has come, this is where it would be if every number were kept.
            Origin::Last(count) => Self {
                unheard: Some((head + 1).saturating_sub(*count).max(1)),
                ..Self::at(1)
            },
            Origin::Resume(next) => {
                let next = next.get(room.as_str()).copied().unwrap_or(1);
                Self::at(within(next, head))
            }
        }
    }

    /// Where to ask the hub to go on.
    pub(crate) fn wanted(&self) -> Seq {
        let last = self.last.map(|(seq, _)| seq);
        self.unheard.or(last).unwrap_or(self.next)
    }

    /// The hub goes on from where it was asked to; its last message is `head`. Says whether that is
    /// too few for the log that was read.
    pub(crate) fn resume(&mut self, head: Seq) -> bool {
        self.live = true;
        self.unheard.unwrap_or(self.next) > head + 1
    }

    /// Whether a repetition is what was heard before.
    pub(crate) fn is_repetition(&self, seq: Seq, time: Micros) -> bool {
        self.last
            .is_none_or(|last| last.0 != seq || last == (seq, time))
    }

    /// The log is another than the one that was read: all of it is new, and to be asked for.
    pub(crate) fn restart(&mut self) {
        *self = Self {
            live: false,
            ..Self::at(1)
        };
    }

    /// Everything up to `seq` is done with; it was a message of this time, if it was one.
    pub(crate) fn pass(&mut self, seq: Seq, time: Option<Micros>) {
        self.next = seq + 1;
        self.unheard = None;
        self.last = time.map(|time| (seq, time));
        self.pass_own();
    }

    /// Passes over own messages that are next, and forgets those before.
    fn pass_own(&mut self) {
        while let Some(own) = self.own.first_entry()
            && *own.key() <= self.next
        {
            let (seq, time) = own.remove_entry();
            if seq == self.next {
                self.next += 1;
                self.last = Some((seq, time));
            }
        }
    }

    /// Remembers an own message.
    pub(crate) fn note_own(&mut self, seq: Seq, time: Micros) {
        if seq < self.next {
            return;
        }
        self.own.insert(seq, time);
        if self.own.len() > OWN_MAX {
            self.own.pop_first();
        }
        if self.unheard.is_none() {
            self.pass_own();
        }
    }

    /// Whether `seq` is known to be an own message.
    pub(crate) fn is_own(&self, seq: Seq) -> bool {
        self.own.contains_key(&seq)
    }
}

/// A hub asked for what is beyond its head answers from the beginning.
fn within(seq: Seq, head: Seq) -> Seq {
    if seq > head + 1 { 1 } else { seq.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(next: Seq) -> Cursor {
        Cursor::start(&Origin::Since(next), &RoomName::lobby(), next - 1)
    }

    #[test]
    fn starts_where_the_hub_does() {
        let next = |origin, head| Cursor::start(&origin, &RoomName::lobby(), head).next;
        assert_eq!(next(Origin::Now, 7), 8);
        assert_eq!(next(Origin::Since(0), 7), 1);
        assert_eq!(next(Origin::Since(8), 7), 8);
        assert_eq!(next(Origin::Since(9), 7), 1);
        assert_eq!(next(Origin::Resume([("lobby".into(), 4)].into()), 7), 4);
        assert_eq!(next(Origin::Resume([].into()), 7), 1);
    }

    #[test]
    fn the_last_few_are_asked_for_again_until_the_first_is_heard() {
        let mut cursor = Cursor::start(&Origin::Last(3), &RoomName::lobby(), 10);
        assert_eq!((cursor.next, cursor.wanted()), (1, 8));
        cursor.pass(8, Some(80));
        assert_eq!((cursor.next, cursor.wanted()), (9, 8));
    }

    #[test]
    fn own_messages_are_passed_over_in_any_order_of_acks() {
        let mut cursor = at(5);
        cursor.note_own(7, 70);
        cursor.note_own(5, 50);
        assert_eq!(cursor.next, 6);
        assert!(cursor.is_own(7) && !cursor.is_own(6));
        cursor.pass(6, Some(60));
        assert_eq!(cursor.next, 8);
        assert!(cursor.is_repetition(7, 70) && !cursor.is_repetition(7, 71));
    }

    #[test]
    fn a_log_that_is_shorter_or_differs_is_another() {
        let mut cursor = at(5);
        assert!(!cursor.resume(4));
        assert!(cursor.resume(3));
        cursor.pass(5, Some(50));
        assert!(cursor.is_repetition(5, 50) && cursor.is_repetition(4, 1));
        assert!(!cursor.is_repetition(5, 51));
        cursor.restart();
        assert_eq!((cursor.next, cursor.wanted(), cursor.live), (1, 1, false));
    }
}

//! A follower's way through a room: every message once, in order, or told that it is gone.

use std::ops::Range;

use sockhop_proto::{RoomName, Seq};

use super::client::{Conn, Follow};
use super::judge::Judge;
use super::model::{ConnId, Fate, Model};

impl Judge<'_> {
    /// The client is sent `seq` of `room`.
    pub(crate) fn pass(&mut self, conn: &mut Conn, echo: bool, room: &RoomName, seq: Seq) {
        let said = self
            .model
            .said(room, seq)
            .unwrap_or_else(|| panic!("nobody said {room}#{seq}"));
        let mark = said.mark;
        let follow = conn.follows.get_mut(room);
        let follow = follow.unwrap_or_else(|| panic!("{room}#{seq} comes though unsubscribed"));
        assert!(
            seq >= follow.next,
            "{room}#{seq} comes after #{}",
            follow.next - 1
        );
        let own = said.by == Some(conn.id);
        assert!(
            echo || !own || seq < follow.own_since,
            "{room}#{seq} is its own"
        );
        if seq <= follow.untold {
            follow.check_last(self.model, conn.id, echo, room, Some(seq));
        } else {
            follow.check_last(self.model, conn.id, echo, room, None);
            let first = follow.next.max(follow.untold + 1);
            check_own(self.model, conn.id, echo, room, first..seq);
        }
        follow.next = seq + 1;
        self.model.show(room, seq, mark);
    }

    /// The client is told that a range of `room` is gone.
    pub(crate) fn miss(
        &mut self,
        conn: &mut Conn,
        echo: bool,
        room: &RoomName,
        from: Seq,
        to: Seq,
    ) {
        self.tally.add("missed");
        let held = &self.model.rooms[room];
        let follow = conn.follows.get_mut(room).expect("it follows the room");
        assert!(
            follow.next <= from && from <= to && to <= held.head,
            "{room} missed {from}-{to}"
        );
        assert!(
            from > follow.untold,
            "{room} missed {from}-{to}, for which it did not ask"
        );
        let first = follow.next.max(follow.untold + 1);
        check_own(self.model, conn.id, echo, room, first..from);
        for seq in from..=to {
            let gone = match held.said.get(&seq) {
                _ if follow.blind => true,
                None => seq <= held.born,
                Some(said) if said.ephemeral || said.fate == Fate::Failed => true,
                Some(_) => !held.kept && (self.rules.small_tail || seq <= held.born),
            };
            assert!(gone, "{room} missed {from}-{to}, but #{seq} is there");
        }
        follow.next = to + 1;
    }
}

impl Follow {
    /// Checks that `seq` is the next of the last few it asked for, or that there are no more.
    fn check_last(
        &mut self,
        model: &Model,
        own: ConnId,
        echo: bool,
        room: &RoomName,
        seq: Option<Seq>,
    ) {
        let Some(lasts) = &mut self.lasts else { return };
        let is_own = |seq| {
            model
                .said(room, seq)
                .is_some_and(|said| said.by == Some(own))
        };
        while let Some(next) = lasts.pop_front() {
            if Some(next) == seq {
                return;
            }
            assert!(
                !echo && is_own(next),
                "{room}: it asked for the last few, and #{next} is missing"
            );
        }
        assert_eq!(seq, None, "{room}: more than it asked for");
    }

    /// Checks that nothing is still to come.
    pub(crate) fn check_caught_up(
        &mut self,
        model: &Model,
        own: ConnId,
        echo: bool,
        room: &RoomName,
    ) {
        self.check_last(model, own, echo, room, None);
        let first = self.next.max(self.untold + 1);
        check_own(model, own, echo, room, first..model.rooms[room].head + 1);
    }
}

/// Checks that what was passed over was the reader's own.
fn check_own(model: &Model, own: ConnId, echo: bool, room: &RoomName, seqs: Range<Seq>) {
    for seq in seqs {
        let own = model
            .said(room, seq)
            .is_some_and(|said| said.by == Some(own));
        assert!(own && !echo, "{room}#{seq} was passed over in silence");
    }
}

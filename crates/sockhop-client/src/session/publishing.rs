//! Publishes and their acks: each is said until it is acked, and under the same number, by which
//! the hub knows it again.
//!
//! ```text
//!   add ---> unsent ---transmit---> on its way ---ack or refusal---> settled
//!              ^                        |
//!              +---connection lost, or told to slow down
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::BytesMut;
use sockhop_proto::frame::encode_command;
use sockhop_proto::{Code, Message, Micros, Refusal, RoomName, Seq};

use super::Now;
use super::pace::Pace;
use crate::draft::{Ack, Draft};

/// How much is encoded ahead of what the socket takes.
const TRANSMIT_BYTES: usize = 64 << 10;
/// How long to be silent when the hub finds us too fast.
const SLOW_DOWN: Duration = Duration::from_millis(100);

/// How a publish ended.
pub(crate) type Outcome = Result<Ack, Refusal>;

/// See the module.
#[derive(Debug)]
pub(crate) struct Publishing {
    pace: Pace,
    last: u64,
    /// What is not settled, by number.
    pending: BTreeMap<u64, Draft>,
    /// Those of them that are still to be sent on this connection.
    unsent: BTreeSet<u64>,
    settled: VecDeque<(u64, Outcome)>,
    /// Too fast, in the hub's eyes or in ours: nothing is sent before this.
    paused_until: Option<Now>,
    /// The hub has found us too fast on this connection. From then on only one is on its way, so
    /// that a refused one cannot be overtaken by the next.
    one_by_one: bool,
    /// The largest publish on its way when the hub last said "too large" and hung up.
    suspect: Option<u64>,
}

impl Publishing {
    /// Publishes no more than so many a second; 0 is without bound.
    pub(crate) fn new(per_second_max: u32) -> Self {
        Self {
            pace: Pace::new(per_second_max),
            last: 0,
            pending: BTreeMap::new(),
            unsent: BTreeSet::new(),
            settled: VecDeque::new(),
            paused_until: None,
            one_by_one: false,
            suspect: None,
        }
    }

    /// Takes a message on, under the number returned.
    pub(crate) fn add(&mut self, draft: Draft) -> u64 {
        self.last += 1;
        self.pending.insert(self.last, draft);
        self.unsent.insert(self.last);
        self.last
    }

    /// Whether everything is settled.
    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether something is on its way whose answer must be read.
    pub(crate) fn is_awaiting(&self) -> bool {
        self.pending.len() > self.unsent.len()
    }

    /// Appends what is to be sent now, in order, as far as it fits.
    pub(crate) fn transmit(&mut self, now: Now, out: &mut BytesMut) {
        if self.paused_until.is_some_and(|until| now < until) {
            return;
        }
        self.paused_until = None;
        while out.len() < TRANSMIT_BYTES && !(self.one_by_one && self.is_awaiting()) {
            let Some(id) = self.unsent.first().copied() else {
                return;
            };
            if let Err(again) = self.pace.take(now) {
                self.paused_until = Some(again);
                return;
            }
            self.unsent.remove(&id);
            if let Some(draft) = self.pending.get(&id) {
                encode_command(&draft.command(id), out);
            }
        }
    }

    /// When [`Self::transmit`] has something again that it has not now.
    pub(crate) fn poll_timeout(&self) -> Option<Now> {
        self.paused_until.filter(|_| !self.unsent.is_empty())
    }

    /// The hub has it. An ack may come twice, if its publish was sent twice.
    pub(crate) fn handle_ack(&mut self, id: u64, room: RoomName, seq: Seq, time: Micros) {
        let ack = Ack {
            id,
            room,
            seq,
            time,
        };
        self.settle(id, Ok(ack));
    }

    /// The hub has refused it: for good, or for now.
    pub(crate) fn handle_refusal(&mut self, id: u64, refusal: Refusal, now: Now) {
        if refusal.code == Code::TooFast && self.pending.contains_key(&id) {
            self.unsent.insert(id);
            self.paused_until = Some(now + SLOW_DOWN);
            self.one_by_one = true;
        } else {
            self.settle(id, Err(refusal));
        }
    }

    /// The hub has found something too large, without saying what, and hangs up. The first time it
    /// may have been short of memory; the second time the largest on its way is to blame. Sending
    /// it again and again would keep all others from getting through.
    pub(crate) fn handle_too_large(&mut self, refusal: Refusal) {
        let on_their_way = self
            .pending
            .iter()
            .filter(|(id, _)| !self.unsent.contains(id));
        let largest = on_their_way.max_by_key(|(_, draft)| draft.body.as_bytes().len());
        let largest = largest.map(|(id, _)| *id);
        match largest {
            Some(id) if self.suspect == largest => {
                self.suspect = None;
                self.settle(id, Err(refusal));
            }
            _ => self.suspect = largest,
        }
    }

    /// The connection is gone: everything that is not settled will be sent again.
    pub(crate) fn handle_lost(&mut self) {
        self.unsent = self.pending.keys().copied().collect();
        self.paused_until = None;
        self.one_by_one = false;
    }

    fn settle(&mut self, id: u64, outcome: Outcome) {
        if self.pending.remove(&id).is_some() {
            self.unsent.remove(&id);
            self.settled.push_back((id, outcome));
        }
    }

    /// The next publish that has been settled, by number, and how.
    pub(crate) fn poll_settled(&mut self) -> Option<(u64, Outcome)> {
        self.settled.pop_front()
    }

    /// Whether `message`, which goes by one of this session's nicks, is what it has published
    /// itself and awaits the ack of.
    pub(crate) fn is_awaited(&self, message: &Message) -> bool {
        self.pending.values().any(|draft| {
            draft.room == message.room.as_str()
                && draft.body == message.body
                && draft.media_type == message.media_type
        })
    }
}

#[cfg(test)]
mod tests {
    use sockhop_proto::frame::FRAME;
    use sockhop_proto::{Body, Command, Decoded, Id, Limits};

    use super::*;

    const T0: Now = Duration::ZERO;

    fn draft(text: &str) -> Draft {
        Draft::new("lobby", Body::Text(text.into()))
    }

    fn refusal(code: Code) -> Refusal {
        Refusal::new(code, "no")
    }

    fn ack(publishing: &mut Publishing, id: u64) {
        publishing.handle_ack(id, RoomName::lobby(), id, 0);
    }

    /// The ids it sends now.
    fn sent(publishing: &mut Publishing, now: Now) -> Vec<u64> {
        let mut out = BytesMut::new();
        publishing.transmit(now, &mut out);
        let (mut ids, mut rest) = (Vec::new(), &out[..]);
        while let Decoded::Command { command, taken } =
            (FRAME.decode)(&mut rest.to_vec(), 0, &Limits::default())
        {
            let Command::Publish {
                id: Some(Id::Number(id)),
                ..
            } = command
            else {
                panic!("{command:?}");
            };
            ids.push(id);
            rest = &rest[taken..];
        }
        ids
    }

    #[test]
    fn what_is_not_acked_is_sent_again_before_what_is_new() {
        let mut publishing = Publishing::new(0);
        for text in ["a", "b", "c"] {
            publishing.add(draft(text));
        }
        assert_eq!(sent(&mut publishing, T0), [1, 2, 3]);
        ack(&mut publishing, 2);
        publishing.handle_lost();
        publishing.add(draft("d"));
        assert_eq!(sent(&mut publishing, T0), [1, 3, 4]);
        assert!(sent(&mut publishing, T0).is_empty());
    }

    #[test]
    fn an_ack_that_comes_twice_counts_once() {
        let mut publishing = Publishing::new(0);
        publishing.add(draft("a"));
        sent(&mut publishing, T0);
        ack(&mut publishing, 1);
        ack(&mut publishing, 1);
        assert!(matches!(publishing.poll_settled(), Some((1, Ok(_)))));
        assert_eq!(publishing.poll_settled(), None);
        assert!(publishing.is_empty());
    }

    #[test]
    fn too_fast_pauses_and_then_goes_one_by_one_in_order() {
        let mut publishing = Publishing::new(0);
        for text in ["a", "b", "c"] {
            publishing.add(draft(text));
        }
        assert_eq!(sent(&mut publishing, T0), [1, 2, 3]);
        ack(&mut publishing, 1);
        publishing.handle_refusal(2, refusal(Code::TooFast), T0);
        publishing.handle_refusal(3, refusal(Code::TooFast), T0);
        assert!(sent(&mut publishing, T0).is_empty());
        assert_eq!(publishing.poll_timeout(), Some(SLOW_DOWN));
        assert_eq!(sent(&mut publishing, SLOW_DOWN), [2]);
        assert!(sent(&mut publishing, SLOW_DOWN).is_empty());
        ack(&mut publishing, 2);
        assert_eq!(sent(&mut publishing, SLOW_DOWN), [3]);
    }

    #[test]
    fn other_refusals_settle_one_publish() {
        let mut publishing = Publishing::new(0);
        publishing.add(draft("a"));
        publishing.handle_refusal(1, refusal(Code::NotStored), T0);
        assert_eq!(
            publishing.poll_settled(),
            Some((1, Err(refusal(Code::NotStored))))
        );
    }

    #[test]
    fn the_largest_is_blamed_when_the_hub_hangs_up_over_it_twice() {
        let mut publishing = Publishing::new(0);
        for text in ["a", "much too large", "b"] {
            publishing.add(draft(text));
        }
        for _ in 0..2 {
            assert_eq!(publishing.poll_settled(), None);
            assert_eq!(sent(&mut publishing, T0), [1, 2, 3]);
            publishing.handle_too_large(refusal(Code::TooLarge));
            publishing.handle_lost();
        }
        assert!(matches!(publishing.poll_settled(), Some((2, Err(_)))));
        assert_eq!(sent(&mut publishing, T0), [1, 3]);
    }
}

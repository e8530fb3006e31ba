//! All subscriptions of a session, and which of them the hub still owes an answer.
//!
//! The hub answers a subscribe with `subscribed` or with an error that names nothing. So behind each
//! asking goes a numbered `ping`: whatever error comes before its `pong` is about that asking.

use std::collections::{BTreeMap, VecDeque};

use bytes::BytesMut;
use sockhop_proto::frame::encode_command;
use sockhop_proto::{Code, Command, Event, Id, Message, Micros, Origin, Refusal, RoomName, Seq};

use super::following::Following;
use crate::error::SubscribeError;
use crate::heard::Heard;

/// Names a subscription within its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FollowId(u64);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Follows {
    all: BTreeMap<FollowId, Following>,
    last: u64,
    /// What the hub has been asked and has not answered, oldest first.
    asked: VecDeque<Asked>,
    last_ping: u64,
    /// Goodbyes to subscriptions that are gone already.
    farewells: BytesMut,
}

#[derive(Debug)]
struct Asked {
    ping: u64,
    follow: FollowId,
    refusal: Option<Refusal>,
}

impl Follows {
    /// Adds a subscription, to be asked for as soon as may be.
    ///
    /// # Errors
    /// Why it cannot be one.
    pub(crate) fn add(
        &mut self,
        names: &[String],
        origin: Origin,
    ) -> Result<FollowId, SubscribeError> {
        let following = Following::new(names, origin)?;
        for other in self.all.values() {
            if let Some((room, with)) = following.names().overlap(other.names()) {
                return Err(SubscribeError::Overlaps {
                    room: room.to_owned(),
                    with: with.to_owned(),
                });
            }
        }
        self.last += 1;
        let id = FollowId(self.last);
        self.all.insert(id, following);
        Ok(id)
    }

    /// Forgets a subscription, and lets the hub know.
    pub(crate) fn remove(&mut self, id: FollowId) {
        if let Some(following) = self.all.remove(&id) {
            following.let_go(&mut self.farewells);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn get(&self, id: FollowId) -> Option<&Following> {
        self.all.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: FollowId) -> Option<&mut Following> {
        self.all.get_mut(&id)
    }

    /// Those who have something to hear, or an answer, since this was last asked.
    pub(crate) fn take_news(&mut self) -> impl Iterator<Item = FollowId> {
        self.all
            .iter_mut()
            .filter_map(|(id, following)| following.take_news().then_some(*id))
    }

    /// Appends what is to be asked, and said goodbye to.
    pub(crate) fn transmit(&mut self, out: &mut BytesMut) {
        out.extend_from_slice(&self.farewells.split());
        if self.asked.is_empty() {
            self.all
                .values_mut()
                .for_each(Following::ask_again_if_restarted);
        }
        for (id, following) in self.all.iter_mut().filter(|(_, f)| f.is_wanted()) {
            following.ask(out);
            self.last_ping += 1;
            let ping = self.last_ping;
            encode_command(
                &Command::Ping {
                    id: Some(Id::Number(ping)),
                },
                out,
            );
            self.asked.push_back(Asked {
                ping,
                follow: *id,
                refusal: None,
            });
        }
    }

    /// Whether the hub owes an answer.
    pub(crate) fn is_awaiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Whether a queue is full, so that no more should be read.
    pub(crate) fn is_full(&self) -> bool {
        self.all.values().any(Following::is_full)
    }

    /// The connection is gone.
    pub(crate) fn handle_lost(&mut self) {
        self.asked.clear();
        self.farewells.clear();
        for following in self.all.values_mut() {
            following.handle_lost();
        }
    }

    /// The hub has answered a ping.
    pub(crate) fn handle_pong(&mut self, ping: u64) {
        while self.asked.front().is_some_and(|asked| asked.ping <= ping)
            && let Some(asked) = self.asked.pop_front()
        {
            if let Some(following) = self.all.get_mut(&asked.follow) {
                following.handle_answered(asked.refusal);
            }
        }
    }

    /// The hub has refused something that has no number.
    pub(crate) fn handle_refusal(&mut self, refusal: Refusal) {
        match (refusal.code, self.asked.front_mut()) {
            // A goodbye to what the hub had refused in the first place.
            (Code::NotSubscribed, _) => {}
            // Its history can fail it at any time.
            (Code::NotStored, _) | (_, None) => self.tell_all(&Heard::Trouble(refusal)),
            (_, Some(asked)) => {
                asked.refusal.get_or_insert(refusal);
            }
        }
    }

    /// The hub sends what is said in `room` from now on.
    pub(crate) fn handle_subscribed(&mut self, room: &str, head: Seq) {
        // A pattern's own `subscribed` says nothing: those of its rooms do.
        let Ok(room) = RoomName::parse(room) else {
            return;
        };
        for following in self.all.values_mut() {
            following.handle_subscribed(&room, head);
        }
    }

    /// Something was heard that is for whoever wants it.
    pub(crate) fn handle_heard(&mut self, event: Event, own: impl Fn(&Message) -> bool) {
        if let Some((room, heard)) = Heard::of_room(event) {
            for following in self.all.values_mut() {
                following.handle_heard(&room, &heard, &own);
            }
        }
    }

    /// Tells every subscription what is about no room.
    pub(crate) fn tell_all(&mut self, heard: &Heard) {
        for following in self.all.values_mut().filter(|f| !f.is_full()) {
            following.push(heard.clone());
        }
    }

    /// This session's own publish has become `seq` of `room`.
    pub(crate) fn note_own(&mut self, room: &RoomName, seq: Seq, time: Micros) {
        for following in self.all.values_mut() {
            following.note_own(room, seq, time);
        }
    }
}

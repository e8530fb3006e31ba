//! Who reads which room: members, who are announced, and watchers, who are not.

use std::sync::Arc;

use sockhop_proto::event::OTHERS_NAMED_MAX;
use sockhop_proto::{CloseReason, Code, Event, Filter, NameError, Origin, Refusal, RoomName};

use super::{Hub, Outcome};
use crate::log::Start;
use crate::room::RoomKey;
use crate::session::{Followed, SessionKey};

impl Hub {
    pub(super) fn subscribe(&mut self, key: SessionKey, room: &str, origin: Origin) -> Outcome {
        if Filter::is_wild(room) {
            return self.watch(key, room, &origin);
        }
        let start = match origin {
            Origin::Now => Start::Now,
            Origin::Since(since) => Start::Since(since),
            Origin::Last(last) => Start::Last(last),
            Origin::Resume(next) => Start::Since(next.get(room).copied().unwrap_or(1)),
        };
        self.check_subscriptions(key)?;
        let room_key = self.room_for(room)?;
        self.become_member(key, room_key);
        // Who follows it already goes on where it is.
        if start != Start::Now {
            self.restart(key, room_key, start);
        }
        let Some(room) = self.rooms.get(room_key) else {
            return Ok(());
        };
        let event = Event::Subscribed {
            room: room.name.as_str().into(),
            head: room.log.head(),
            members: room.members.len() as u64,
        };
        self.say(key, &event);
        Ok(())
    }

    /// Follows every room a filter matches, now and later.
    fn watch(&mut self, key: SessionKey, filter: &str, origin: &Origin) -> Outcome {
        let filter = Filter::parse(filter).map_err(NameError::refusal)?;
        self.check_subscriptions(key)?;
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        if session.extras().filters.contains(&filter) {
            return Err(Refusal::new(
                Code::BadMessage,
                format!("{filter} is subscribed already"),
            ));
        }
        session.extras().filters.push(filter.clone());
        self.rooms.filters.push((filter.clone(), key));
        self.say(
            key,
            &Event::Subscribed {
                room: filter.as_str().into(),
                head: 0,
                members: 0,
            },
        );
        let matched: Vec<_> = self
            .rooms
            .iter()
            .filter(|(_, room)| filter.matches(&room.name))
            .map(|(key, room)| (key, room.name.clone()))
            .collect();
        for (room_key, name) in matched {
            let start = match origin {
                Origin::Now => Start::Now,
                Origin::Since(since) => Start::Since(*since),
                Origin::Last(last) => Start::Last(*last),
                Origin::Resume(next) => Start::Since(next.get(name.as_str()).copied().unwrap_or(1)),
            };
            self.watch_room(key, room_key, start);
        }
        Ok(())
    }

    /// Lets those whose filters match a new room follow it from its first message.
    pub(super) fn attach_watchers(&mut self, room_key: RoomKey) {
        let Some(room) = self.rooms.get(room_key) else {
            return;
        };
        let watchers: Vec<_> = self
            .rooms
            .filters
            .iter()
            .filter(|(filter, _)| filter.matches(&room.name))
            .map(|(_, key)| *key)
            .collect();
        for key in watchers {
            self.watch_room(key, room_key, Start::Now);
        }
    }

    fn watch_room(&mut self, key: SessionKey, room_key: RoomKey, start: Start) {
        let fresh = self.follow(key, room_key);
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if let Some(followed) = session.followed(room_key) {
            followed.watched += 1;
        }
        if !fresh {
            return;
        }
        if start != Start::Now {
            self.restart(key, room_key, start);
        }
        if let Some(room) = self.rooms.get(room_key) {
            let (name, head) = (room.name.as_str().into(), room.log.head());
            let members = room.members.len() as u64;
            self.say(
                key,
                &Event::Subscribed {
                    room: name,
                    head,
                    members,
                },
            );
        }
    }

    pub(super) fn unsubscribe(&mut self, key: SessionKey, room: &str) -> Outcome {
        let not_subscribed = || {
            Refusal::new(
                Code::NotSubscribed,
                format!("this session has not subscribed to {room}"),
            )
        };
        if Filter::is_wild(room) {
            let filter = Filter::parse(room).map_err(NameError::refusal)?;
            self.unwatch(key, &filter).ok_or_else(not_subscribed)?;
        } else {
            let room_key = self.rooms.find(room).ok_or_else(not_subscribed)?;
            let member = self
                .rooms
                .get(room_key)
                .is_some_and(|room| room.members.contains(&key));
            if !member {
                return Err(not_subscribed());
            }
            self.leave_room(key, room_key, CloseReason::Parted);
        }
        self.say(key, &Event::Unsubscribed { room: room.into() });
        Ok(())
    }

    /// Ends a filter, and with it the cursors nothing else holds.
    fn unwatch(&mut self, key: SessionKey, filter: &Filter) -> Option<()> {
        let session = self.sessions.get_mut(key)?;
        let filters = &mut session.extras.as_mut()?.filters;
        let at = filters.iter().position(|other| other == filter)?;
        filters.swap_remove(at);
        self.rooms
            .filters
            .retain(|(other, holder)| *holder != key || other != filter);
        let watched: Vec<_> = session
            .all_followed()
            .iter()
            .filter(|followed| followed.watched > 0)
            .map(|followed| followed.room)
            .filter(|room| {
                self.rooms
                    .get(*room)
                    .is_some_and(|room| filter.matches(&room.name))
            })
            .collect();
        for room in watched {
            if let Some(followed) = session.followed(room) {
                followed.watched -= 1;
            }
        }
        self.drop_unheld(key);
        Some(())
    }

    fn drop_unheld(&mut self, key: SessionKey) {
        let Some(session) = self.sessions.get(key) else {
            return;
        };
        let unheld: Vec<_> = session
            .all_followed()
            .iter()
            .filter(|followed| followed.watched == 0 && !followed.member)
            .map(|followed| followed.room)
            .collect();
        for room in unheld {
            self.unfollow(key, room);
        }
    }

    pub(super) fn join(&mut self, key: SessionKey, room: &str) -> Outcome {
        let name = RoomName::parse(room).map_err(NameError::refusal)?;
        self.enter(key, &name, None)
    }

    /// Moves a person into a room, out of the one it was in.
    pub(super) fn enter(
        &mut self,
        key: SessionKey,
        room: &RoomName,
        hub: Option<Arc<str>>,
    ) -> Outcome {
        let room_key = self.room_for(room.as_str())?;
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        if let Some(old) = session.current.replace(room_key)
            && old != room_key
        {
            self.leave_room(key, old, CloseReason::Parted);
        }
        self.become_member(key, room_key);
        let Some(room) = self.rooms.get(room_key) else {
            return Ok(());
        };
        let others = room.members.iter().filter(|member| **member != key);
        let nicks = others.filter_map(|member| self.sessions.get(*member));
        let mut others: Vec<_> = nicks
            .take(OTHERS_NAMED_MAX)
            .map(|session| session.nick.clone())
            .collect();
        others.sort_unstable();
        let others_count = room.members.len() as u64 - 1;
        let name = room.name.clone();
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        let nick = session.nick.clone();
        session.tell(&Event::Arrived {
            hub,
            nick,
            room: name,
            others,
            others_count,
        });
        Ok(())
    }

    /// Makes the session a member, announced to those who are there, and lets it follow from now.
    fn become_member(&mut self, key: SessionKey, room_key: RoomKey) {
        let Some(nick) = self.sessions.get(key).map(|session| session.nick.clone()) else {
            return;
        };
        let Some(room) = self.rooms.get_mut(room_key) else {
            return;
        };
        if room.members.insert(key) {
            let event = Event::Joined {
                room: room.name.clone(),
                nick,
            };
            if let Some(event) = room.news(event) {
                self.announce(room_key, &event);
            }
        }
        self.follow(key, room_key);
        if let Some(followed) = self
            .sessions
            .get_mut(key)
            .and_then(|s| s.followed(room_key))
        {
            followed.member = true;
        }
    }

    pub(super) fn leave_room(&mut self, key: SessionKey, room_key: RoomKey, reason: CloseReason) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let nick = session.nick.clone();
        if let Some(followed) = session.followed(room_key) {
            followed.member = false;
        }
        if let Some(room) = self.rooms.get_mut(room_key)
            && room.members.remove(&key)
        {
            let event = Event::Left {
                room: room.name.clone(),
                nick,
                reason,
            };
            if let Some(event) = room.news(event) {
                self.announce(room_key, &event);
            }
        }
        self.drop_unheld(key);
    }

    /// Gives the session a cursor at the room's head, if it has none there.
    fn follow(&mut self, key: SessionKey, room_key: RoomKey) -> bool {
        let Some(session) = self.sessions.get_mut(key) else {
            return false;
        };
        if session.followed(room_key).is_some() {
            return false;
        }
        let Some(room) = self.rooms.get_mut(room_key) else {
            return false;
        };
        room.readers += 1;
        let cursor = room.log.open(session.protocol, Start::Now);
        session.follow(Followed {
            room: room_key,
            cursor,
            member: false,
            watched: 0,
            ready: false,
        });
        session.set_ready(room_key);
        true
    }

    fn unfollow(&mut self, key: SessionKey, room_key: RoomKey) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        if session.unfollow(room_key).is_none() {
            return;
        }
        session.ready.retain(|ready| *ready != room_key);
        if let Some(room) = self.rooms.get_mut(room_key) {
            room.readers -= 1;
            room.parked.retain(|parked| *parked != key);
            room.log.close(session.protocol);
        }
        self.rooms.release(room_key);
    }

    /// Sets the session's cursor in a room anew.
    fn restart(&mut self, key: SessionKey, room_key: RoomKey, start: Start) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let protocol = session.protocol;
        let Some(room) = self.rooms.get_mut(room_key) else {
            return;
        };
        let Some(followed) = session.followed(room_key) else {
            return;
        };
        // Opened before the old one is closed, so that the stream is not dropped in between.
        followed.cursor = followed.cursor.restarted(room.log.open(protocol, start));
        room.log.close(protocol);
        room.parked.retain(|parked| *parked != key);
        session.set_ready(room_key);
    }

    fn check_subscriptions(&self, key: SessionKey) -> Outcome {
        let subscriptions_max = self.config.subscriptions_max;
        match self.sessions.get(key) {
            Some(session) if session.subscriptions() >= subscriptions_max => {
                let words = format!(
                    "one session may have {subscriptions_max} subscriptions, and this one does"
                );
                Err(Refusal::new(Code::TooManySubscriptions, words)
                    .hint("a wildcard such as telemetry/# counts as one"))
            }
            _ => Ok(()),
        }
    }

    /// Says something to everyone who reads a room, in between its messages.
    pub(super) fn announce(&mut self, room_key: RoomKey, event: &Event) {
        if let Some(room) = self.rooms.get_mut(room_key) {
            room.log.notice(event);
        }
        self.wake_parked(room_key);
        self.trim(room_key);
    }
}

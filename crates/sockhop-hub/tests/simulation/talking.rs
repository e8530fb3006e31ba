//! What programs say.

use sockhop_proto::command::Will;
use sockhop_proto::udp::Datagram;
use sockhop_proto::{BodyRef, Code, Command, Id, RoomName, Seq};

use super::client::{Asked, Publish, Sent};
use super::model::Holder;
use super::world::World;

impl World {
    pub(crate) fn publish_something(&mut self, at: usize) {
        let room = self.any_room();
        let bytes = match self.random.u8(..100) {
            0 => 140_000,
            1..10 => 1_000,
            _ => 10,
        };
        let publish = Publish {
            mark: self.mark(),
            bytes,
            as_data: self.random.u8(..8) == 0,
            ephemeral: room.as_str() == "pad" || self.random.u8(..6) == 0,
            room,
        };
        let numbered = self.random.u8(..3) > 0;
        let id = numbered.then_some(self.clients[at].next_id);
        self.log(|| format!("client {at} publishes {publish:?} as {id:?}"));
        let taken = self.publish(at, &publish, id);
        assert!(taken, "a new publish is refused");
        let Some(id) = id else { return };
        let client = &mut self.clients[at];
        client.next_id += 1;
        let on = client.conn.as_ref().unwrap().id;
        client.sent.insert(
            id,
            Sent {
                publish,
                on,
                times: 1,
                answers: 0,
                acked: false,
            },
        );
        if client.own_token {
            self.model
                .remembered
                .insert((client.token.clone().unwrap(), id));
        }
    }

    /// Publishes for client `at`, and says whether the hub took it as new.
    fn publish(&mut self, at: usize, publish: &Publish, id: Option<u64>) -> bool {
        let Publish {
            room,
            mark,
            bytes,
            as_data,
            ephemeral,
        } = publish;
        let filling = "x".repeat(*bytes);
        let media_type = as_data.then(|| format!("x/m{mark}").into());
        let body = if *as_data {
            BodyRef::Data(filling.into_bytes().into())
        } else {
            BodyRef::Text(format!("m{mark} {filling}").into())
        };
        let command = Command::Publish {
            room: Some(room.as_str().into()),
            body,
            media_type,
            id: id.map(Id::Number),
            ephemeral: *ephemeral,
        };
        let before = self.hub.counts().messages;
        self.handle(at, command);
        let taken = self.hub.counts().messages - before;
        if taken == 1 {
            let (by, nick) = self.who(at);
            self.touch(room);
            self.model
                .say(room, (*mark, &nick), Some(by), (*ephemeral, id.is_some()));
        }
        self.attend();
        taken == 1
    }

    /// Client `at` publishes under an id once more, not knowing whether it arrived.
    pub(crate) fn publish_again(&mut self, at: usize, id: u64) {
        let client = &mut self.clients[at];
        let on = client.conn.as_ref().unwrap().id;
        let key = (client.token.clone().unwrap(), id);
        let sent = client.sent.get_mut(&id).unwrap();
        (sent.on, sent.times) = (on, sent.times + 1);
        let publish = sent.publish.clone();
        self.log(|| format!("client {at} repeats {id}: {publish:?}"));
        let doubtful = self.model.doubtful.contains(&key);
        let remembered = self.model.remembered.contains(&key);
        let stored = self.disk.store.has_published(&key.0, id);
        if self.publish(at, &publish, Some(id)) {
            let known = remembered || stored;
            assert!(!known || doubtful, "{id} of {} is published twice", key.0);
            self.model.remembered.insert(key);
        } else {
            assert!(
                remembered || stored || doubtful,
                "{id} of {} is taken for a repetition",
                key.0
            );
        }
    }

    /// Client `at` repeats something for no good reason.
    pub(crate) fn say_again(&mut self, at: usize) {
        let client = &self.clients[at];
        if !client.own_token || client.sent.is_empty() {
            return;
        }
        let choice = self.random.usize(..client.sent.len());
        let id = *client.sent.keys().nth(choice).unwrap();
        self.publish_again(at, id);
    }

    pub(crate) fn say_directly(&mut self, at: usize) {
        let to = self.any_nick();
        let mark = self.mark();
        self.log(|| format!("client {at} says m{mark} to {to}"));
        let command = Command::Direct {
            to: to.as_str().into(),
            body: BodyRef::Text(format!("m{mark}").into()),
            media_type: None,
            id: None,
        };
        self.handle(at, command);
        match self.model.nicks.get(&to.to_lowercase()) {
            Some(Holder::Conn(id)) => {
                let mut conns = self
                    .clients
                    .iter_mut()
                    .filter_map(|client| client.conn.as_mut());
                let receiver = conns.find(|conn| conn.id == *id).expect("it has a nick");
                receiver.directs.push_back(mark);
            }
            _ => self.conn_mut(at).refusals.push(Code::NoSuchNick),
        }
    }

    pub(crate) fn take_nick(&mut self, at: usize) {
        let nick = self.any_nick();
        self.log(|| format!("client {at} wants to be {nick}"));
        self.handle(
            at,
            Command::Nick {
                nick: nick.as_str().into(),
            },
        );
        if !self.may_have(at, &nick) {
            return self.conn_mut(at).refusals.push(Code::NickTaken);
        }
        self.set_nick(at, &nick);
        self.tally.add("named anew");
        let Self { clients, model, .. } = self;
        // Out of history, what was said under the old nick cannot be told from what others said.
        for (room, follow) in &mut clients[at].conn.as_mut().unwrap().follows {
            follow.own_since = model.rooms[room].last + 1;
        }
        self.attend();
    }

    pub(crate) fn set_will(&mut self, at: usize) {
        let will = (self.random.u8(..4) > 0).then(|| (self.any_room(), self.mark()));
        let said = will.as_ref().map(|(room, mark)| Will {
            room: room.to_string().into(),
            body: BodyRef::Text(format!("m{mark}").into()),
            media_type: None,
        });
        self.handle(at, Command::Will(said));
        self.conn_mut(at).will = will;
    }

    pub(crate) fn ask_history(&mut self, at: usize) {
        let room = self.any_room();
        let head = self.model.rooms.get(&room).map_or(0, |room| room.head);
        let near = |random: &mut fastrand::Rng| (head + 3).saturating_sub(random.u64(..40));
        let since = self.random.bool().then(|| near(&mut self.random));
        let before = self.random.bool().then(|| near(&mut self.random));
        let limit = self.random.u64(..30);
        self.log(|| format!("client {at} asks {room} since {since:?} before {before:?}, {limit}"));
        let limit_said = Some(limit);
        let name = Some(room.as_str().into());
        self.handle(
            at,
            Command::History {
                room: name,
                before,
                since,
                limit: limit_said,
            },
        );
        if self.model.rooms.contains_key(&room) {
            let asked = self.question(&room, before, since, limit);
            self.conn_mut(at).asked.push_back(asked);
        } else {
            self.conn_mut(at).refusals.push(Code::NoSuchRoom);
        }
    }

    /// A question to history, and what must be answered.
    pub(crate) fn question(
        &self,
        room: &RoomName,
        before: Option<Seq>,
        since: Option<Seq>,
        limit: u64,
    ) -> Asked {
        let held = &self.model.rooms[room];
        let to = before
            .unwrap_or(Seq::MAX)
            .min(held.head + 1)
            .saturating_sub(1);
        let from = since.unwrap_or(1).max(1);
        let expected = match since {
            None => self.lasts(held, to, limit),
            Some(_) => self.kept_between(held, from, to).map(|mut kept| {
                kept.truncate(limit as usize);
                kept
            }),
        };
        Asked {
            room: room.clone(),
            from,
            to,
            limit,
            expected,
            got: Vec::new(),
        }
    }

    pub(crate) fn send_datagram(&mut self) {
        let (room, mark) = (self.any_room(), self.mark());
        let nick = self.any_nick();
        let ephemeral = self.random.bool();
        let command = Command::Publish {
            room: Some(room.as_str().into()),
            body: BodyRef::Text(format!("m{mark}").into()),
            media_type: None,
            id: None,
            ephemeral,
        };
        let datagram = Datagram {
            nick: Some(nick.as_str().into()),
            secret: None,
            command,
        };
        let taken = self.hub.handle_datagram(&datagram, self.now).is_ok();
        self.log(|| format!("a datagram of {nick} says m{mark} in {room}: {taken}"));
        if taken {
            let held = self.model.nicks.contains_key(&nick.to_lowercase());
            let from = if held { format!("{nick}~udp") } else { nick };
            self.touch(&room);
            self.model
                .say(&room, (mark, &from), None, (ephemeral, false));
        }
        self.attend();
    }
}

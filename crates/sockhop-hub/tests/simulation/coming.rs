//! How clients come and go.

use sockhop_proto::command::Hello;
use sockhop_proto::{CloseReason, Code, Command, Micros, Origin, RoomName};

use super::client::{Client, Conn, Kind, Todo};
use super::model::{Fate, Holder};
use super::world::World;

impl World {
    /// Client `at` connects, introduces itself, and follows what it did before.
    pub(crate) fn come(&mut self, at: usize) {
        let id = self.conn_id();
        let protocol = self.clients[at].protocol;
        let key = self.hub.open(protocol, None, self.now);
        self.clients[at].conn = Some(Conn::new(id, key));
        self.log(|| format!("client {at} comes, as conn {id} in {protocol:?}"));
        match self.clients[at].kind {
            Kind::Person => {
                let lobby = RoomName::lobby();
                self.touch(&lobby);
                self.conn_mut(at).current = Some(lobby.clone());
                self.member(at, &lobby);
                self.poll(at);
                self.hold_nick(at);
            }
            Kind::Witness => {
                self.hello(at, None);
                self.subscribe(at, "#", &Origin::Now);
            }
            Kind::Program | Kind::Historian => {
                let nick = self.any_nick();
                self.hello(at, Some(&*nick).filter(|_| !at.is_multiple_of(3)));
                self.plan(at);
            }
        }
        self.attend();
    }

    /// A nick, of which there are few, and in few letters.
    pub(crate) fn any_nick(&mut self) -> String {
        let letter = if self.random.bool() { 'n' } else { 'N' };
        format!("{letter}{}", self.random.u8(..12))
    }

    fn hello(&mut self, at: usize, nick: Option<&str>) {
        let client = &self.clients[at];
        let (echo, token) = (client.echo, client.token.clone());
        let say = |nick: Option<&str>| {
            Command::Hello(Hello {
                nick: nick.map(|nick| nick.to_owned().into()),
                echo,
                session: token.clone().map(Into::into),
                ..Hello::default()
            })
        };
        self.handle(at, say(nick));
        if let Some(token) = &token {
            self.take_back(at, token);
        }
        if let Some(nick) = nick {
            if self.may_have(at, nick) {
                self.set_nick(at, nick);
            } else {
                self.conn_mut(at).refusals.push(Code::NickTaken);
                let client = &self.clients[at];
                // Again without: it is content with any.
                let conn = client.conn.as_ref().unwrap();
                let flow = self.hub.handle(conn.key, say(None), self.now);
                self.conn_mut(at).waiting = flow == sockhop_hub::Flow::Wait;
            }
        }
        self.poll(at);
        self.hold_nick(at);
    }

    /// The nick that was held for the session of `token` is its own again.
    fn take_back(&mut self, at: usize, token: &str) {
        let held = self.model.nicks.values().find_map(|holder| match holder {
            Holder::Lost {
                token: its, nick, ..
            } if its == token => Some(nick.clone()),
            _ => None,
        });
        if let Some(nick) = held {
            self.set_nick(at, &nick);
        }
    }

    pub(crate) fn may_have(&self, at: usize, nick: &str) -> bool {
        let holder = self.model.nicks.get(&nick.to_lowercase());
        holder.is_none_or(|holder| *holder == Holder::Conn(self.conn(at).id))
    }

    /// Client `at` goes by `nick` from now on.
    pub(crate) fn set_nick(&mut self, at: usize, nick: &str) {
        let id = self.conn(at).id;
        let old = std::mem::replace(&mut self.conn_mut(at).nick, nick.to_owned());
        self.model.nicks.remove(&old.to_lowercase());
        self.model
            .nicks
            .insert(nick.to_lowercase(), Holder::Conn(id));
    }

    /// Notes the nick the hub has told client `at`, which nobody else may have.
    fn hold_nick(&mut self, at: usize) {
        let (id, nick) = self.who(at);
        assert!(!nick.is_empty(), "client {at} was not told its nick");
        let before = self
            .model
            .nicks
            .insert(nick.to_lowercase(), Holder::Conn(id));
        assert!(
            before.is_none_or(|holder| holder == Holder::Conn(id)),
            "{nick} is somebody else's"
        );
    }

    /// What client `at` will do first: follow what it followed, and repeat what was not acked.
    fn plan(&mut self, at: usize) {
        let client = &mut self.clients[at];
        let Some(conn) = &mut client.conn else { return };
        if self.random.u8(..4) > 0 {
            for (room, next) in &client.rooms {
                conn.agenda
                    .push_back(Todo::Subscribe(room.to_string(), Origin::Since(*next)));
            }
            for filter in &client.filters {
                let origin = Origin::Resume(client.positions.clone());
                conn.agenda
                    .push_back(Todo::Subscribe(filter.clone(), origin));
            }
        }
        if client.own_token {
            let unacked = client.sent.iter().filter(|(_, sent)| !sent.acked);
            conn.agenda.extend(unacked.map(|(id, _)| Todo::Again(*id)));
        }
    }

    /// Client `at` comes back while its old connection still hangs: that one ends.
    pub(crate) fn come_over(&mut self, at: usize) {
        self.clients[at].note_positions();
        let token = self.clients[at].token.clone().unwrap();
        let old = self.clients[at].conn.take().unwrap();
        let was_ended = old.ending.is_some();
        let (old_id, old_key, nick) = (old.id, old.key, old.nick.clone());
        self.log(|| format!("client {at} comes over from conn {old_id}"));
        // Its old self goes first, by what its new one will say.
        self.clients[at].conn = Some(old);
        if !was_ended {
            self.leave(at, CloseReason::Resumed);
        }
        let old = self.clients[at].conn.take().unwrap();
        self.come(at);
        let new = self.clients[at].conn.replace(old);
        // What is left of the old one is read to its end.
        self.wake_up(at);
        self.poll(at);
        assert!(
            self.clients[at].conn.is_none(),
            "{nick}, {token}: the old connection hangs on"
        );
        self.hub.close(old_key, CloseReason::Reset, self.now);
        self.clients[at].conn = new;
        if !was_ended {
            self.tally.add("resumed over the old connection");
        }
        self.attend();
    }

    /// The connection of client `at` is lost.
    pub(crate) fn lose(&mut self, at: usize) {
        self.clients[at].note_positions();
        let key = self.conn(at).key;
        self.log(|| format!("client {at} is lost"));
        self.hub.close(key, CloseReason::Reset, self.now);
        if self.conn(at).ending.is_none() {
            self.leave(at, CloseReason::Reset);
        }
        self.clients[at].conn = None;
        self.attend();
    }

    pub(crate) fn say_bye(&mut self, at: usize) {
        self.log(|| format!("client {at} says bye"));
        self.clients[at].note_positions();
        self.handle(at, Command::Bye { id: None });
        self.leave(at, CloseReason::Bye);
        self.attend();
    }

    /// The session of client `at` has ended, in the model: out of its rooms, its nick free or held,
    /// its will said.
    pub(crate) fn leave(&mut self, at: usize, reason: CloseReason) {
        let lost = matches!(reason, CloseReason::Reset | CloseReason::Closed);
        let token = self.clients[at].token.clone();
        let until = self.now + self.rules.resume_within.as_micros() as Micros;
        let conn = self.conn_mut(at);
        conn.ending = Some(reason);
        conn.filters.clear();
        conn.agenda.clear();
        let (id, nick, will) = (conn.id, conn.nick.clone(), conn.will.take());
        for follow in conn.follows.values_mut() {
            (follow.member, follow.watched) = (false, 0);
        }
        for room in self.model.rooms.values_mut() {
            room.members.remove(&id);
        }
        self.drop_unheld(at);
        if reason == CloseReason::Bye {
            self.forget(&token.clone().unwrap_or_default());
        }
        self.model.nicks.remove(&nick.to_lowercase());
        if let Some(token) = token.filter(|_| lost || reason == CloseReason::Resumed) {
            let holder = Holder::Lost {
                token,
                nick: nick.clone(),
                until,
            };
            self.model.nicks.insert(nick.to_lowercase(), holder);
        }
        if let Some((room, mark)) = will.filter(|_| lost) {
            self.touch(&room);
            self.model.say(&room, (mark, &nick), None, (false, false));
            self.tally.add("told of its will");
        }
    }

    /// Client `at` says no more, but hears the rest.
    pub(crate) fn finish(&mut self, at: usize) {
        self.log(|| format!("client {at} has said all"));
        let conn = self.conn_mut(at);
        conn.finished = true;
        let key = conn.key;
        self.hub.finish(key);
    }

    /// The hub has nothing more to say to client `at`, and has said why.
    pub(crate) fn bury(&mut self, at: usize, reason: CloseReason) {
        let conn = self.conn(at);
        let key = conn.key;
        if reason == CloseReason::Closed {
            assert!(conn.finished, "client {at} had more to say");
            self.clients[at].note_positions();
            self.clients[at].check_answered(&self.model);
            self.hub.close(key, reason, self.now);
            self.leave(at, reason);
            self.tally.add("finished");
        } else {
            assert_eq!(conn.ending, Some(reason), "client {at}");
            match reason {
                CloseReason::Bye => assert!(conn.said_bye, "client {at} was not bid farewell"),
                CloseReason::Resumed => assert_eq!(conn.last_word, Some(Code::Resumed)),
                CloseReason::Shutdown => assert_eq!(conn.last_word, Some(Code::ShuttingDown)),
                other => panic!("client {at} ends for {other}"),
            }
            self.hub.close(key, reason, self.now);
        }
        self.clients[at].conn = None;
    }

    /// Lost sessions are given up once their time has come.
    pub(crate) fn expire(&mut self) {
        let now = self.now;
        let mut gone = Vec::new();
        self.model.nicks.retain(|_, holder| match holder {
            Holder::Lost { token, until, .. } if *until <= now => {
                gone.push(token.clone());
                false
            }
            _ => true,
        });
        for token in gone {
            self.forget(&token);
        }
    }

    /// The hub forgets what was published under `token`. What is on disk it can look up.
    fn forget(&mut self, token: &str) {
        let its = |client: &&Client| client.token.as_deref() == Some(token);
        for (id, sent) in self
            .clients
            .iter()
            .filter(its)
            .flat_map(|client| &client.sent)
        {
            let key = (token.to_owned(), *id);
            if self.model.remembered.remove(&key)
                && self.model.fate(sent.publish.mark) == Some(Fate::Waits)
            {
                self.model.doubtful.insert(key);
            }
        }
    }
}

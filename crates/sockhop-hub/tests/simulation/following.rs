//! Who follows what: said to the hub, and noted in the model.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use sockhop_proto::{Code, Command, Filter, Origin, RoomName, Seq};

use super::client::Follow;
use super::model::Room;
use super::world::World;

const FILTERS: &[&str] = &[
    "#",
    "log/#",
    "+/a",
    "log/+",
    "scratch/#",
    "fresh/+",
    "log/a/#",
];

impl World {
    pub(crate) fn any_filter(&mut self) -> &'static str {
        FILTERS[self.random.usize(..FILTERS.len())]
    }

    /// A room, of which there are few, so that everybody meets.
    pub(crate) fn any_room(&mut self) -> RoomName {
        const ROOMS: &[&str] = &[
            "lobby",
            "log/a",
            "log/b",
            "log/a/x",
            "scratch/a",
            "scratch/b",
            "pad",
        ];
        let name = match self.random.usize(..ROOMS.len() + 2) {
            at if at < ROOMS.len() => ROOMS[at].to_owned(),
            _ => format!("fresh/{}", self.random.u8(..20)),
        };
        RoomName::parse(&name).unwrap()
    }

    /// Any room, but rather one that client `at` follows already.
    pub(crate) fn any_room_for(&mut self, at: usize) -> RoomName {
        let follows = &self.clients[at].conn.as_ref().unwrap().follows;
        let choice = self.random.usize(..2 * follows.len() + 1);
        match follows.keys().nth(choice) {
            Some(room) => room.clone(),
            None => self.any_room(),
        }
    }

    pub(crate) fn any_origin(&mut self, room: &RoomName) -> Origin {
        let head = self.model.rooms.get(room).map_or(0, |room| room.head);
        match self.random.u8(..8) {
            0..3 => Origin::Now,
            3 => Origin::Since(1),
            4 => Origin::Since(head.saturating_sub(self.random.u64(..30))),
            5 => Origin::Since(head + self.random.u64(..5)),
            _ => Origin::Last(self.random.u64(..12)),
        }
    }

    pub(crate) fn any_origin_of_all(&mut self, at: usize) -> Origin {
        let conn = self.conn(at);
        let positions: BTreeMap<_, _> = conn
            .follows
            .iter()
            .map(|(room, it)| (room.to_string(), it.next))
            .collect();
        match self.random.u8(..4) {
            0 | 1 => Origin::Now,
            2 => Origin::Resume(positions),
            _ => Origin::Last(self.random.u64(..6)),
        }
    }

    /// Client `at` follows `room`, which may be a filter.
    pub(crate) fn subscribe(&mut self, at: usize, room: &str, origin: &Origin) {
        self.log(|| format!("client {at} follows {room} from {origin:?}"));
        let command = Command::Subscribe {
            room: room.to_owned().into(),
            origin: origin.clone(),
        };
        self.handle(at, command);
        match RoomName::parse(room) {
            Ok(name) => self.join(at, &name, origin),
            Err(_) => self.watch(at, room, origin),
        }
        self.attend();
    }

    fn join(&mut self, at: usize, room: &RoomName, origin: &Origin) {
        self.touch(room);
        self.member(at, room);
        let begin = match origin {
            Origin::Now => None,
            other => Some(self.begin(room, other)),
        };
        let held = &self.model.rooms[room];
        let (head, members) = (held.head, held.members.len() as u64);
        let conn = self.conn_mut(at);
        conn.expect_subscribed(room.as_str(), head, members);
        if let (Some(begin), Some(follow)) = (begin, conn.follows.get_mut(room)) {
            // Set anew; what it said itself it still knows.
            let (member, watched, own_since) = (follow.member, follow.watched, follow.own_since);
            *follow = Follow {
                member,
                watched,
                own_since,
                ..begin
            };
        }
    }

    fn watch(&mut self, at: usize, filter: &str, origin: &Origin) {
        if !self.conn_mut(at).filters.insert(filter.to_owned()) {
            self.conn_mut(at).refusals.push(Code::BadMessage);
            return;
        }
        self.conn_mut(at).expect_subscribed(filter, 0, 0);
        let filter = Filter::parse(filter).unwrap();
        let rooms: Vec<_> = self.model.rooms.keys().cloned().collect();
        for room in rooms.iter().filter(|room| filter.matches(room)) {
            if !self.conn(at).follows.contains_key(room) {
                let follow = self.begin(room, origin);
                let held = &self.model.rooms[room];
                let (head, members) = (held.head, held.members.len() as u64);
                self.conn_mut(at)
                    .expect_subscribed(room.as_str(), head, members);
                self.conn_mut(at).follows.insert(room.clone(), follow);
            }
            self.conn_mut(at).follows.get_mut(room).unwrap().watched += 1;
        }
    }

    /// Where one begins that follows `room` from `origin` on.
    fn begin(&self, room: &RoomName, origin: &Origin) -> Follow {
        let held = &self.model.rooms[room];
        let since = |next: Seq| if next > held.last + 1 { 1 } else { next.max(1) };
        let next = match origin {
            Origin::Now => held.head + 1,
            Origin::Since(next) => since(*next),
            Origin::Resume(next) => since(next.get(room.as_str()).copied().unwrap_or(1)),
            Origin::Last(_) => 1,
        };
        let mut follow = Follow::since(next, held.last);
        if let Origin::Last(count) = origin {
            follow.untold = held.head;
            follow.lasts = self.lasts(held, held.head, *count).map(VecDeque::from);
        }
        follow
    }

    /// The last `count` messages of a room up to `to` that are kept, where that can be said.
    pub(crate) fn lasts(&self, room: &Room, to: Seq, count: u64) -> Option<Vec<Seq>> {
        let mut kept = self.kept_between(room, 1, to)?;
        let older = kept.len().saturating_sub(count as usize);
        Some(kept.split_off(older))
    }

    /// The messages of a room that are kept, where that can be said.
    pub(crate) fn kept_between(&self, room: &Room, from: Seq, to: Seq) -> Option<Vec<Seq>> {
        let rules = &self.rules;
        let known = if room.kept {
            !rules.writes_fail
        } else {
            !rules.small_tail
        };
        (known && !rules.reads_fail).then(|| room.kept_between(from, to))
    }

    /// The room is there from now on, and all follow it whose filters match.
    pub(crate) fn touch(&mut self, room: &RoomName) {
        if self.model.rooms.contains_key(room) {
            return;
        }
        self.model
            .add_room(room, self.rules.keeps(room), self.rules.keeps_history);
        for client in &mut self.clients {
            let Some(conn) = &mut client.conn else {
                continue;
            };
            let watched = conn.filters_of(room);
            if watched > 0 {
                conn.expect_subscribed(room.as_str(), 0, 0);
                conn.follows.insert(
                    room.clone(),
                    Follow {
                        watched,
                        ..Follow::since(1, 0)
                    },
                );
                conn.present.insert(room.clone(), BTreeSet::new());
            }
        }
    }

    /// Client `at` is a member of `room` from now on.
    pub(crate) fn member(&mut self, at: usize, room: &RoomName) {
        let id = self.conn(at).id;
        let held = self.model.rooms.get_mut(room).unwrap();
        held.members.insert(id);
        let (head, last) = (held.head, held.last);
        let conn = self.conn_mut(at);
        let fresh = || Follow::since(head + 1, last);
        conn.follows
            .entry(room.clone())
            .or_insert_with(fresh)
            .member = true;
    }

    pub(crate) fn unsubscribe_something(&mut self, at: usize) {
        let conn = self.conn(at);
        let member = conn.follows.iter().filter(|(_, follow)| follow.member);
        let rooms = member.map(|(room, _)| room.to_string());
        let choices: Vec<_> = rooms.chain(conn.filters.iter().cloned()).collect();
        if choices.is_empty() {
            return;
        }
        let what = choices[self.random.usize(..choices.len())].clone();
        self.log(|| format!("client {at} follows {what} no more"));
        self.handle(
            at,
            Command::Unsubscribe {
                room: what.as_str().into(),
            },
        );
        match RoomName::parse(&what) {
            Ok(room) => self.part(at, &room),
            Err(_) => {
                self.conn_mut(at).filters.remove(&what);
                let filter = Filter::parse(&what).unwrap();
                let conn = self.conn_mut(at);
                for (room, follow) in &mut conn.follows {
                    follow.watched -= u32::from(filter.matches(room) && follow.watched > 0);
                }
                self.drop_unheld(at);
            }
        }
        self.attend();
    }

    /// Client `at` is no member of `room` any more.
    pub(crate) fn part(&mut self, at: usize, room: &RoomName) {
        let id = self.conn(at).id;
        self.model.rooms.get_mut(room).unwrap().members.remove(&id);
        if let Some(follow) = self.conn_mut(at).follows.get_mut(room) {
            follow.member = false;
        }
        self.drop_unheld(at);
    }

    /// Client `at` follows only what something holds it to.
    pub(crate) fn drop_unheld(&mut self, at: usize) {
        let is_held = |follow: &Follow| follow.member || follow.watched > 0;
        let follows = self
            .conn_mut(at)
            .follows
            .extract_if(.., |_, follow| !is_held(follow));
        for (name, _) in follows.collect::<Vec<_>>() {
            let mut conns = self
                .clients
                .iter()
                .filter_map(|client| client.conn.as_ref());
            let followed = conns.any(|conn| conn.follows.contains_key(&name));
            if !followed && self.model.rooms[&name].last == 0 {
                self.model.rooms.remove(&name);
            }
        }
    }
}

//! People: what they type, and what they can tell from the lines they read.

use sockhop_proto::message::ACTION;
use sockhop_proto::{BodyRef, Code, Command, RoomName, Seq};

use super::client::{Asked, Client};
use super::judge::{Judge, learn_nick, text_mark};
use super::model::Mark;
use super::world::World;

/// What a line says, as far as it is about messages.
#[derive(Debug, PartialEq, Eq)]
enum Line<'a> {
    Said { from: &'a str, mark: Mark },
    Direct { mark: Mark },
    Missed { from: Seq, to: Seq },
    YouAre { nick: &'a str },
    Refused(Code),
    Other,
}

/// Refusals, by what they say.
const REFUSALS: &[(&str, Code)] = &[
    ("somebody here is called", Code::NickTaken),
    ("nobody here is called", Code::NoSuchNick),
    ("shutting down", Code::ShuttingDown),
    ("cannot be read", Code::NotStored),
];

fn read(line: &str) -> Line<'_> {
    if let Some((from, rest)) = line
        .strip_prefix('<')
        .and_then(|rest| rest.split_once("> "))
    {
        let data = rest
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("x/"));
        let mark = data.map_or_else(|| text_mark(rest), |(_, mark)| text_mark(mark));
        return Line::Said {
            from,
            mark: mark.expect("a mark"),
        };
    }
    if let Some((_, rest)) = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
    {
        return Line::Direct {
            mark: text_mark(rest).expect("a mark"),
        };
    }
    if line.starts_with("* missed ") {
        let range = line
            .split_once('(')
            .and_then(|(_, rest)| rest.split_once(')'));
        let (from, to) = range
            .and_then(|(range, _)| range.split_once(" to "))
            .expect("a range");
        return Line::Missed {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
    }
    if let Some((_, rest)) = line.split_once("You are ") {
        return Line::YouAre {
            nick: rest.split_once(" in ").expect("a room").0,
        };
    }
    for (words, code) in REFUSALS {
        if line.contains(words) {
            return Line::Refused(*code);
        }
    }
    let mut words = line.split(' ').skip(1);
    match (words.next(), words.next().and_then(text_mark)) {
        (Some(from), Some(mark)) => Line::Said { from, mark },
        _ => Line::Other,
    }
}

impl Judge<'_> {
    /// A person reads `line`.
    pub(crate) fn read(&mut self, client: &mut Client, line: &str) {
        let conn = client.conn.as_mut().expect("it reads something");
        let room = conn.current.clone().expect("people are always somewhere");
        match read(line) {
            Line::Said { from, mark } => {
                let first = match conn.asked.front() {
                    // What was said twice is taken for the one that is due.
                    Some(asked) => {
                        let due = asked.expected.as_ref();
                        let due = due.and_then(|due| due.get(asked.got.len()));
                        let after = asked.got.last().map_or(0, |seq| seq + 1);
                        after.max(due.copied().unwrap_or(0))
                    }
                    None => conn.follows[&room].next,
                };
                let seq = self.model.find((mark, from), &room, first);
                let seq = seq.unwrap_or_else(|| panic!("m{mark} of {from} is not due in {room}"));
                match conn.asked.front_mut() {
                    Some(asked) => asked.got.push(seq),
                    None => self.pass(conn, false, &room, seq),
                }
            }
            Line::Direct { mark } => assert_eq!(conn.directs.pop_front(), Some(mark)),
            Line::Missed { from, to } => self.miss(conn, false, &room, from, to),
            Line::YouAre { nick } => learn_nick(conn, nick),
            Line::Refused(code) => self.refuse(conn, code),
            Line::Other if line == "* Goodbye." => conn.said_bye = true,
            Line::Other => {}
        }
    }
}

impl World {
    /// Client `at`, a person, types something.
    pub(crate) fn type_something(&mut self, at: usize) {
        match self.random.u8(..10) {
            0..4 => self.type_line(at),
            4 | 5 => {
                let room = self.any_room();
                self.go(at, &room);
            }
            6 => self.take_nick(at),
            7 | 8 => self.look_back(at),
            _ => self.say_directly(at),
        }
    }

    fn type_line(&mut self, at: usize) {
        let (id, nick) = self.who(at);
        let mark = self.mark();
        let does = self.random.u8(..4) == 0;
        let command = Command::Publish {
            room: None,
            body: BodyRef::Text(format!("m{mark} and so on").into()),
            media_type: does.then_some(ACTION.into()),
            id: None,
            ephemeral: false,
        };
        let conn = self.clients[at].conn.as_ref().unwrap();
        let room = conn.current.clone().unwrap();
        self.log(|| format!("{nick} types m{mark} in {room}"));
        self.handle(at, command);
        self.model
            .say(&room, (mark, &nick), Some(id), (false, false));
        self.attend();
    }

    /// Client `at` moves to `room`.
    fn go(&mut self, at: usize, room: &RoomName) {
        self.log(|| format!("client {at} goes to {room}"));
        self.handle(
            at,
            Command::Join {
                room: room.as_str().into(),
            },
        );
        self.touch(room);
        let old = self.clients[at]
            .conn
            .as_mut()
            .unwrap()
            .current
            .replace(room.clone());
        if let Some(old) = old.filter(|old| old != room) {
            self.part(at, &old);
        }
        self.member(at, room);
        self.attend();
    }

    /// `/history`, by one who has read everything: what comes then is old.
    fn look_back(&mut self, at: usize) {
        self.wake_up(at);
        self.catch_up(at);
        let limit = self.random.u64(..8);
        let client = self.clients[at].conn.as_mut().unwrap();
        let room = client.current.clone().unwrap();
        let held = &self.model.rooms[&room];
        let behind = client.follows[&room].next <= held.head;
        let by = client.id;
        let own = |seq| held.said.get(&seq).is_some_and(|said| said.by == Some(by));
        if client.waiting || (behind && !(client.follows[&room].next..=held.head).all(own)) {
            return;
        }
        let asked = self.question(&room, None, None, limit);
        self.log(|| format!("client {at} looks back {limit} in {room}"));
        self.clients[at]
            .conn
            .as_mut()
            .unwrap()
            .asked
            .push_back(asked);
        let command = Command::History {
            room: None,
            before: None,
            since: None,
            limit: Some(limit),
        };
        self.handle(at, command);
        self.catch_up(at);
        let Some(conn) = self.clients[at].conn.as_mut() else {
            return;
        };
        let asked: Asked = conn.asked.pop_front().unwrap();
        self.judge().check_history(&asked);
    }

    /// Reads, and lets history answer, until there is nothing more to come.
    fn catch_up(&mut self, at: usize) {
        loop {
            self.poll(at);
            if !self.answer_all() {
                break;
            }
        }
    }
}

//! Holds what a client hears against the model.

use std::collections::VecDeque;

use sockhop_proto::{Body, Code, Event, Id, Message, RoomName, Seq};

use super::client::{Asked, Client, Conn, Kind};
use super::model::{Mark, Model};
use super::rules::Rules;
use super::world::Tally;
use crate::support::store::Store;

/// What it judges by.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) model: &'a mut Model,
    pub(crate) store: &'a Store,
    pub(crate) rules: &'a Rules,
    pub(crate) tally: &'a mut Tally,
}

/// The mark a message carries: `m17`, or `x/m17` as its media type.
pub(crate) fn mark_of(body: &Body, media_type: Option<&str>) -> Mark {
    match (body, media_type) {
        (Body::Text(text), _) => text_mark(text).unwrap_or_else(|| panic!("{text} has no mark")),
        (Body::Data(_), Some(media_type)) => text_mark(&media_type[2..]).unwrap(),
        (Body::Data(_), None) => panic!("data without a media type"),
    }
}

/// The mark at the front of `text`.
pub(crate) fn text_mark(text: &str) -> Option<Mark> {
    let digits = text.strip_prefix('m')?;
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

impl Judge<'_> {
    /// `client` hears `event`.
    pub(crate) fn hear(&mut self, client: &mut Client, event: &Event) {
        match event {
            Event::Message(message) => self.hear_message(client, message),
            Event::Missed { room, from, to } => {
                let echo = client.echo;
                self.miss(conn(client), echo, room, *from, *to);
            }
            Event::Ack {
                id: Id::Number(id),
                place,
                ..
            } => self.ack(client, *id, place.as_ref()),
            Event::Error {
                id: Some(Id::Number(id)),
                refusal,
            } => {
                let sent = client.sent.get_mut(id).expect("it was sent");
                assert_eq!(refusal.code, Code::NotStored, "{refusal}");
                assert!(
                    self.model.failed.contains(&sent.publish.mark),
                    "{id} did not fail"
                );
                sent.answers += 1;
                assert!(sent.answers <= sent.times, "{id} is answered too often");
                self.tally.add("not stored");
            }
            Event::Error { refusal, .. } => self.refuse(conn(client), refusal.code),
            Event::Welcome { nick, session, .. } => {
                client.token.get_or_insert_with(|| session.to_string());
                assert_eq!(client.token.as_deref(), Some(&**session));
                let conn = conn(client);
                learn_nick(conn, nick.as_str());
                assert_eq!(conn.nick, nick.as_str());
            }
            Event::Subscribed {
                room,
                head,
                members,
            } => {
                let due = conn(client)
                    .subscribed
                    .get_mut(&**room)
                    .and_then(VecDeque::pop_front);
                assert_eq!(due, Some((*head, *members)), "subscribed to {room}");
            }
            Event::Direct {
                body,
                media_type,
                to,
                ..
            } => {
                let conn = conn(client);
                let mark = mark_of(body, media_type.as_deref());
                assert_eq!(conn.directs.pop_front(), Some(mark), "directly to {to}");
            }
            Event::History { room, count, .. } => {
                let asked = conn(client).asked.pop_front().expect("it asked");
                assert_eq!((&asked.room, asked.got.len() as u64), (room, *count));
                self.check_history(&asked);
            }
            Event::Bye { .. } => conn(client).said_bye = true,
            Event::Joined { .. } | Event::Left { .. } | Event::Renamed { .. }
                if client.kind == Kind::Witness =>
            {
                witness(conn(client), event);
            }
            _ => {}
        }
    }

    /// The client is told that something was not done, or that this is the end.
    pub(crate) fn refuse(&mut self, conn: &mut Conn, code: Code) {
        conn.last_word = Some(code);
        match code {
            Code::Resumed | Code::ShuttingDown => {}
            Code::NotStored if self.rules.reads_fail => {}
            _ => {
                let at = conn.refusals.iter().position(|expected| *expected == code);
                conn.refusals
                    .remove(at.unwrap_or_else(|| panic!("{code} out of the blue")));
                self.tally.add("refused");
            }
        }
    }

    fn hear_message(&mut self, client: &mut Client, message: &Message) {
        let mark = mark_of(&message.body, message.media_type.as_deref());
        let (room, seq) = (&message.room, message.seq);
        let said = self
            .model
            .said(room, seq)
            .unwrap_or_else(|| panic!("nobody said {room}#{seq}"));
        assert_eq!(
            (said.mark, &*said.from),
            (mark, message.from.as_str()),
            "{room}#{seq}"
        );
        assert_eq!(said.ephemeral, message.ephemeral, "{room}#{seq}");
        let echo = client.echo;
        let conn = conn(client);
        if let Some(asked) = conn.asked.front_mut() {
            asked.got.push(seq);
            self.model.show(room, seq, mark);
        } else {
            self.pass(conn, echo, room, seq);
        }
    }

    fn ack(&mut self, client: &mut Client, id: u64, place: Option<&(RoomName, Seq)>) {
        let sent = client.sent.get_mut(&id).expect("it was sent");
        sent.answers += 1;
        sent.acked = true;
        assert!(sent.answers <= sent.times, "{id} is acked too often");
        let (room, seq) = place.expect("no direct message was numbered");
        assert_eq!(*room, sent.publish.room);
        self.model.ack(room, *seq, sent.publish.mark, self.store);
        if sent.answers > 1 {
            self.tally.add("acked again");
        }
    }

    /// An answer to a question has come to its end.
    pub(crate) fn check_history(&mut self, asked: &Asked) {
        let Asked {
            room,
            from,
            to,
            limit,
            expected,
            got,
        } = asked;
        self.tally.add("history answered");
        assert!(got.is_sorted_by(|one, next| one < next), "{room}: {got:?}");
        assert!(
            got.iter().all(|seq| (*from..=*to).contains(seq)),
            "{room} {from}-{to}: {got:?}"
        );
        assert!(got.len() as u64 <= *limit, "{room}: {got:?}");
        let ephemeral = |seq: &Seq| {
            self.model
                .said(room, *seq)
                .is_some_and(|said| said.ephemeral)
        };
        assert!(!got.iter().any(ephemeral), "{room}: {got:?}");
        if let Some(expected) = expected {
            assert_eq!(got, expected, "{room} {from}-{to}, at most {limit}");
        }
    }
}

fn conn(client: &mut Client) -> &mut Conn {
    client.conn.as_mut().expect("it hears something")
}

/// The hub tells the nick it made up.
pub(crate) fn learn_nick(conn: &mut Conn, nick: &str) {
    if conn.nick.is_empty() {
        nick.clone_into(&mut conn.nick);
    }
}

/// Whoever comes was not there, and whoever leaves was.
fn witness(conn: &mut Conn, event: &Event) {
    match event {
        Event::Joined { room, nick } => {
            let Some(present) = conn.present.get_mut(room) else {
                return;
            };
            assert!(
                present.insert(nick.to_string()),
                "{nick} comes twice into {room}"
            );
        }
        Event::Left { room, nick, .. } => {
            let Some(present) = conn.present.get_mut(room) else {
                return;
            };
            assert!(
                present.remove(nick.as_str()),
                "{nick} leaves {room}, and was not there"
            );
        }
        Event::Renamed { room, nick, to } => {
            let Some(present) = conn.present.get_mut(room) else {
                return;
            };
            assert!(
                present.remove(nick.as_str()),
                "{nick} is renamed in {room}, and not there"
            );
            assert!(present.insert(to.to_string()), "{to} is in {room} already");
        }
        _ => {}
    }
}

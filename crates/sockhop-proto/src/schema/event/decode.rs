//! Flat maps to events, the client's way round. Names are checked again: a hub is not trusted with
//! a client's terminal.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Fields, Members, RoomFields};
use crate::close::CloseReason;
use crate::event::{Event, MemberInfo, RoomInfo};
use crate::message::{Body, Message, Seq};
use crate::name::{NameError, Nick, RoomName};
use crate::refusal::{Code, Refusal};
use crate::schema::value::{Data, NickOrSeq, Text};

/// Why a map is not an event this library knows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotAnEvent {
    /// A field its `ev` cannot do without.
    #[error("the hub's `{ev}` lacks `{field}`")]
    Missing {
        /// The event.
        ev: String,
        /// The field.
        field: &'static str,
    },
    /// A name outside the rules.
    #[error("the hub sent a name that is none: {0}")]
    Name(#[from] NameError),
    /// An `ev` of a newer hub: to be ignored.
    #[error("the hub's `{0}` is unknown here")]
    Unknown(String),
}

impl Fields<'_> {
    /// The event these fields make.
    pub(crate) fn event(mut self) -> Result<Event, NotAnEvent> {
        let ev = self.ev.take().map_or(Cow::Borrowed(""), |ev| ev.0);
        let need = Need { ev: &ev };
        let event = match &*ev {
            "message" => Event::Message(Arc::new(Message {
                room: need.room(self.room.as_ref())?,
                seq: need.field(self.seq, "seq")?,
                time: need.field(self.time_us, "time_us")?,
                from: need.nick(self.from.as_ref(), "from")?,
                body: need.body(self.text, self.data)?,
                media_type: self.media_type.map(|text| text.0.into()),
                ephemeral: self.ephemeral,
            })),
            "direct" => Event::Direct {
                from: need.nick(self.from.as_ref(), "from")?,
                to: need.nick(self.to.as_ref(), "to")?,
                time: need.field(self.time_us, "time_us")?,
                body: need.body(self.text, self.data)?,
                media_type: self.media_type.map(|text| text.0.into()),
            },
            "welcome" => Event::Welcome {
                hub: need.text(self.hub, "hub")?,
                version: need.text(self.version, "version")?,
                nick: Nick::parse(&need.field(self.nick, "nick")?.0)?,
                session: need.text(self.session, "session")?,
                time: need.field(self.time_us, "time_us")?,
            },
            "subscribed" => Event::Subscribed {
                room: need.text(self.room, "room")?,
                head: self.head.unwrap_or(0),
                members: count(self.members.as_ref()),
            },
            "unsubscribed" => Event::Unsubscribed {
                room: need.text(self.room, "room")?,
            },
            "joined" => Event::Joined {
                room: need.room(self.room.as_ref())?,
                nick: Nick::parse(&need.field(self.nick, "nick")?.0)?,
            },
            "left" => Event::Left {
                room: need.room(self.room.as_ref())?,
                nick: Nick::parse(&need.field(self.nick, "nick")?.0)?,
                reason: CloseReason::from_word(&need.field(self.reason, "reason")?.0),
            },
            "renamed" => Event::Renamed {
                room: need.room(self.room.as_ref())?,
                nick: Nick::parse(&need.field(self.nick, "nick")?.0)?,
                to: need.nick(self.to.as_ref(), "to")?,
            },
            "presence" => Event::Presence {
                room: need.room(self.room.as_ref())?,
                joined: need.field(self.joined, "joined")?,
                left: need.field(self.left, "left")?,
                members: count(self.members.as_ref()),
            },
            "members" => Event::Members {
                room: need.room(self.room.as_ref())?,
                members: members(self.members)?,
                count: need.field(self.count, "count")?,
            },
            "rooms" => Event::Rooms {
                rooms: rooms(need.field(self.rooms, "rooms")?)?,
                count: need.field(self.count, "count")?,
            },
            "history" => Event::History {
                room: need.room(self.room.as_ref())?,
                count: need.field(self.count, "count")?,
                head: need.field(self.head, "head")?,
            },
            "missed" => Event::Missed {
                room: need.room(self.room.as_ref())?,
                from: need.seq(self.from.as_ref(), "from")?,
                to: need.seq(self.to.as_ref(), "to")?,
            },
            "ack" => Event::Ack {
                id: need.field(self.id, "id")?,
                place: match (&self.room, self.seq) {
                    (Some(room), Some(seq)) => Some((RoomName::parse(&room.0)?, seq)),
                    _ => None,
                },
                time: need.field(self.time_us, "time_us")?,
            },
            "pong" => Event::Pong { id: self.id },
            "bye" => Event::Bye { id: self.id },
            "error" => Event::Error {
                id: self.id,
                refusal: Refusal {
                    code: Code::from_word(&need.field(self.code, "code")?.0),
                    message: need.field(self.message, "message")?.0.into_owned().into(),
                    hint: self.hint.map(|hint| hint.0.into_owned().into()),
                },
            },
            "notice" => Event::Notice {
                text: need.text(self.text, "text")?,
            },
            _ => return Err(NotAnEvent::Unknown(ev.into_owned())),
        };
        Ok(event)
    }
}

/// Asks fields for what the event `ev` cannot do without.
struct Need<'e> {
    ev: &'e str,
}

impl Need<'_> {
    fn field<T>(&self, value: Option<T>, field: &'static str) -> Result<T, NotAnEvent> {
        value.ok_or_else(|| NotAnEvent::Missing {
            ev: self.ev.to_owned(),
            field,
        })
    }

    fn text(&self, value: Option<Text<'_>>, field: &'static str) -> Result<Arc<str>, NotAnEvent> {
        self.field(value, field).map(|text| text.0.into())
    }

    fn room(&self, room: Option<&Text<'_>>) -> Result<RoomName, NotAnEvent> {
        Ok(RoomName::parse(&self.field(room, "room")?.0)?)
    }

    fn nick(&self, nick: Option<&NickOrSeq<'_>>, field: &'static str) -> Result<Nick, NotAnEvent> {
        match nick {
            Some(NickOrSeq::Nick(nick)) => Ok(Nick::parse(&nick.0)?),
            _ => self.field(None, field),
        }
    }

    fn seq(&self, seq: Option<&NickOrSeq<'_>>, field: &'static str) -> Result<Seq, NotAnEvent> {
        match seq {
            Some(NickOrSeq::Seq(seq)) => Ok(*seq),
            _ => self.field(None, field),
        }
    }

    fn body(&self, text: Option<Text<'_>>, data: Option<Data<'_>>) -> Result<Body, NotAnEvent> {
        match (text, data) {
            (Some(text), _) => Ok(Body::Text(text.0.into())),
            (None, Some(data)) => Ok(Body::Data(data.0.into_owned().into())),
            (None, None) => self.field(None, "text"),
        }
    }
}

fn count(members: Option<&Members<'_>>) -> u64 {
    match members {
        Some(Members::Count(count)) => *count,
        Some(Members::List(list)) => list.len() as u64,
        None => 0,
    }
}

fn members(members: Option<Members<'_>>) -> Result<Vec<MemberInfo>, NotAnEvent> {
    let Some(Members::List(list)) = members else {
        return Ok(Vec::new());
    };
    list.into_iter()
        .map(|member| {
            Ok(MemberInfo {
                nick: Nick::parse(&member.nick)?,
                protocol: member.protocol.into(),
                since: member.since_us,
            })
        })
        .collect()
}

fn rooms(rooms: Vec<RoomFields<'_>>) -> Result<Vec<RoomInfo>, NotAnEvent> {
    rooms
        .into_iter()
        .map(|room| {
            Ok(RoomInfo {
                room: RoomName::parse(&room.room)?,
                head: room.head,
                members: room.members,
            })
        })
        .collect()
}

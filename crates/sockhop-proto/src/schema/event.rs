//! Events as flat maps. How a client reads them is in [`decode`].

mod decode;

use std::borrow::Cow;
use std::ops::Not;

use serde::ser::{Serialize, Serializer};
use serde::{Deserialize, Serialize as SerializeFields};

pub use decode::NotAnEvent;

use super::value::{Data, NickOrSeq, Text, flag};
use crate::command::Id;
use crate::event::{Event, MemberInfo, RoomInfo};
use crate::message::{Body, Message, Micros, Seq};
use crate::name::Nick;

/// Every field an event may have. Unknown ones are ignored.
#[derive(Debug, Default, SerializeFields, Deserialize)]
pub(crate) struct Fields<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    ev: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    room: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    hub: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    version: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    nick: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    session: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_us: Option<Micros>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    from: Option<NickOrSeq<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    to: Option<NickOrSeq<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    media_type: Option<Text<'a>>,
    #[serde(default, deserialize_with = "flag", skip_serializing_if = "Not::not")]
    ephemeral: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u64>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    members: Option<Members<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    rooms: Option<Vec<RoomFields<'a>>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    reason: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    code: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    message: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    hint: Option<Text<'a>>,
}

/// `members`: how many, or who.
#[derive(Debug, SerializeFields, Deserialize)]
#[serde(untagged)]
enum Members<'a> {
    Count(u64),
    #[serde(borrow)]
    List(Vec<MemberFields<'a>>),
}

#[derive(Debug, SerializeFields, Deserialize)]
struct MemberFields<'a> {
    #[serde(borrow)]
    nick: Cow<'a, str>,
    #[serde(borrow)]
    protocol: Cow<'a, str>,
    since_us: Micros,
}

#[derive(Debug, SerializeFields, Deserialize)]
struct RoomFields<'a> {
    #[serde(borrow)]
    room: Cow<'a, str>,
    head: Seq,
    members: u64,
}

/// A message on its way out: the hot path, so it has a map of its own.
#[derive(SerializeFields)]
struct MessageFields<'a> {
    ev: &'static str,
    room: &'a str,
    seq: Seq,
    time_us: Micros,
    from: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Not::not")]
    ephemeral: bool,
}

impl<'a> MessageFields<'a> {
    fn new(message: &'a Message) -> Self {
        let (text, data) = match &message.body {
            Body::Text(text) => (Some(&**text), None),
            Body::Data(data) => (None, Some(Data(Cow::Borrowed(&**data)))),
        };
        Self {
            ev: "message",
            room: message.room.as_str(),
            seq: message.seq,
            time_us: message.time,
            from: message.from.as_str(),
            text,
            data,
            media_type: message.media_type.as_deref(),
            ephemeral: message.ephemeral,
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Message(message) => MessageFields::new(message).serialize(to),
            other => fields(other).serialize(to),
        }
    }
}

fn nick(nick: &Nick) -> Option<NickOrSeq<'_>> {
    Some(NickOrSeq::Nick(Text(Cow::Borrowed(nick.as_str()))))
}

/// The fields of any event but a message.
fn fields(event: &Event) -> Fields<'_> {
    let text = |text| Some(Text(Cow::Borrowed(text)));
    let named = |ev| Fields {
        ev: text(ev),
        ..Fields::default()
    };
    match event {
        // Encoded by `MessageFields`.
        Event::Message(_) => named("message"),
        Event::Welcome {
            hub,
            version,
            nick,
            session,
            time,
        } => Fields {
            hub: text(hub),
            version: text(version),
            nick: text(nick.as_str()),
            session: text(session),
            time_us: Some(*time),
            ..named("welcome")
        },
        // For people; a program that met it would know it as this.
        Event::Arrived {
            room, others_count, ..
        } => Fields {
            room: text(room.as_str()),
            members: Some(Members::Count(others_count.saturating_add(1))),
            ..named("subscribed")
        },
        Event::Direct {
            from,
            to,
            time,
            body,
            media_type,
        } => {
            let mut fields = Fields {
                from: nick(from),
                to: nick(to),
                time_us: Some(*time),
                media_type: media_type.as_deref().and_then(text),
                ..named("direct")
            };
            match body {
                Body::Text(body) => fields.text = text(body),
                Body::Data(body) => fields.data = Some(Data(Cow::Borrowed(body))),
            }
            fields
        }
        Event::Subscribed {
            room,
            head,
            members,
        } => Fields {
            room: text(room),
            head: Some(*head),
            members: Some(Members::Count(*members)),
            ..named("subscribed")
        },
        Event::Unsubscribed { room } => Fields {
            room: text(room),
            ..named("unsubscribed")
        },
        Event::Joined { room, nick } => Fields {
            room: text(room.as_str()),
            nick: text(nick.as_str()),
            ..named("joined")
        },
        Event::Left { room, nick, reason } => Fields {
            room: text(room.as_str()),
            nick: text(nick.as_str()),
            reason: text(reason.as_str()),
            ..named("left")
        },
        Event::Renamed {
            room,
            nick: old,
            to,
        } => Fields {
            room: text(room.as_str()),
            nick: text(old.as_str()),
            to: nick(to),
            ..named("renamed")
        },
        Event::Presence {
            room,
            joined,
            left,
            members,
        } => Fields {
            room: text(room.as_str()),
            joined: Some(*joined),
            left: Some(*left),
            members: Some(Members::Count(*members)),
            ..named("presence")
        },
        Event::Members {
            room,
            members,
            count,
        } => Fields {
            room: text(room.as_str()),
            members: Some(Members::List(
                members.iter().map(MemberFields::new).collect(),
            )),
            count: Some(*count),
            ..named("members")
        },
        Event::Rooms { rooms, count } => Fields {
            rooms: Some(rooms.iter().map(RoomFields::new).collect()),
            count: Some(*count),
            ..named("rooms")
        },
        Event::History { room, count, head } => Fields {
            room: text(room.as_str()),
            count: Some(*count),
            head: Some(*head),
            ..named("history")
        },
        Event::Missed { room, from, to } => Fields {
            room: text(room.as_str()),
            from: Some(NickOrSeq::Seq(*from)),
            to: Some(NickOrSeq::Seq(*to)),
            ..named("missed")
        },
        Event::Ack { id, place, time } => Fields {
            id: Some(id.clone()),
            room: place.as_ref().and_then(|(room, _)| text(room.as_str())),
            seq: place.as_ref().map(|(_, seq)| *seq),
            time_us: Some(*time),
            ..named("ack")
        },
        Event::Pong { id } => Fields {
            id: id.clone(),
            ..named("pong")
        },
        Event::Bye { id } => Fields {
            id: id.clone(),
            ..named("bye")
        },
        Event::Error { id, refusal } => Fields {
            id: id.clone(),
            code: text(refusal.code.as_str()),
            message: text(&refusal.message),
            hint: refusal.hint.as_deref().and_then(text),
            ..named("error")
        },
        Event::Notice { text: notice } => Fields {
            text: text(notice),
            ..named("notice")
        },
    }
}

impl<'a> MemberFields<'a> {
    fn new(member: &'a MemberInfo) -> Self {
        Self {
            nick: Cow::Borrowed(member.nick.as_str()),
            protocol: Cow::Borrowed(&member.protocol),
            since_us: member.since,
        }
    }
}

impl<'a> RoomFields<'a> {
    fn new(room: &'a RoomInfo) -> Self {
        Self {
            room: Cow::Borrowed(room.room.as_str()),
            head: room.head,
            members: room.members,
        }
    }
}

//! Any command and any event, for properties. Texts lean towards what breaks protocols.

use std::sync::Arc;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::close::CloseReason;
use crate::command::{Command, Hello, Id, Origin, Will};
use crate::event::{Event, MemberInfo, OTHERS_NAMED_MAX, RoomInfo};
use crate::message::{ACTION, Body, BodyRef, Message};
use crate::name::{Nick, RoomName};
use crate::refusal::{Code, Refusal};

/// Line ends, terminal controls of each kind, direction marks, and what protocols quote with.
const TROUBLE: &[char] = &[
    '\n',
    '\r',
    '\t',
    '\0',
    '\x07',
    '\x08',
    '\x1b',
    '\x7f',
    '\u{85}',
    '\u{9b}',
    '\u{9d}',
    '\u{61c}',
    '\u{200e}',
    '\u{202a}',
    '\u{202e}',
    '\u{2028}',
    '\u{2029}',
    '\u{2066}',
    '\u{2069}',
    '\u{feff}',
    '\u{fffd}',
    '"',
    '\\',
    '/',
    '<',
    '>',
    '*',
    '[',
    ']',
    '{',
    '}',
    '\u{10ffff}',
    '🦦',
];

pub(crate) fn text() -> impl Strategy<Value = String> {
    let c = prop_oneof![
        6 => prop::char::range(' ', '~'),
        2 => select(TROUBLE),
        1 => any::<char>(),
    ];
    vec(c, 0..80).prop_map(String::from_iter)
}

pub(crate) fn room() -> impl Strategy<Value = RoomName> {
    "[a-z0-9_.é][a-z0-9_. é-]{0,8}(/[a-z0-9_. é$-]{1,8}){0,3}"
        .prop_map(|name| RoomName::parse(&name).unwrap())
}

pub(crate) fn nick() -> impl Strategy<Value = Nick> {
    "[\\p{L}\\p{N}_.<>*/\\[\\]-]{1,32}".prop_map(|name| Nick::parse(&name).unwrap())
}

/// Small, largest, or of any width on the wire.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..9u64,
        Just(u64::MAX),
        (any::<u64>(), 0..64u32).prop_map(|(n, shift)| n >> shift)
    ]
}

pub(crate) fn id() -> impl Strategy<Value = Id> {
    prop_oneof![
        number().prop_map(Id::Number),
        "(?s).{0,32}".prop_map(Id::Text)
    ]
}

fn body_ref() -> impl Strategy<Value = BodyRef<'static>> {
    prop_oneof![
        text().prop_map(|text| BodyRef::Text(text.into())),
        vec(any::<u8>(), 0..80).prop_map(|data| BodyRef::Data(data.into())),
    ]
}

pub(crate) fn body() -> impl Strategy<Value = Body> {
    body_ref().prop_map(|body| body.to_body())
}

fn media_type() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        Just(ACTION.to_owned()),
        Just("image/png".to_owned()),
        text()
    ])
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        Just(Origin::Now),
        number().prop_map(Origin::Since),
        number().prop_map(Origin::Last),
        btree_map(text(), number(), 0..4).prop_map(Origin::Resume),
    ]
}

/// What a program can say: no [`Command::Join`], and always the room.
pub(crate) fn command() -> impl Strategy<Value = Command<'static>> {
    let hello = (
        option::of(text()),
        option::of(text()),
        any::<bool>(),
        option::of(text()),
        option::of(text()),
    )
        .prop_map(|(nick, secret, echo, client, session)| {
            let [nick, secret, client, session] =
                [nick, secret, client, session].map(|text| text.map(Into::into));
            Command::Hello(Hello {
                nick,
                secret,
                echo,
                client,
                session,
            })
        });
    let publish = (
        text(),
        body_ref(),
        media_type(),
        option::of(id()),
        any::<bool>(),
    )
        .prop_map(|(room, body, media_type, id, ephemeral)| Command::Publish {
            room: Some(room.into()),
            body,
            media_type: media_type.map(Into::into),
            id,
            ephemeral,
        });
    let direct = (text(), body_ref(), media_type(), option::of(id())).prop_map(
        |(to, body, media_type, id)| Command::Direct {
            to: to.into(),
            body,
            media_type: media_type.map(Into::into),
            id,
        },
    );
    let history = (
        text(),
        option::of(number()),
        option::of(number()),
        option::of(number()),
    )
        .prop_map(|(room, before, since, limit)| Command::History {
            room: Some(room.into()),
            before,
            since,
            limit,
        });
    let will = option::of((text(), body_ref(), media_type())).prop_map(|will| {
        Command::Will(will.map(|(room, body, media_type)| Will {
            room: room.into(),
            body,
            media_type: media_type.map(Into::into),
        }))
    });
    prop_oneof![
        hello,
        (text(), origin()).prop_map(|(room, origin)| Command::Subscribe {
            room: room.into(),
            origin
        }),
        text().prop_map(|room| Command::Unsubscribe { room: room.into() }),
        publish,
        direct,
        text().prop_map(|nick| Command::Nick { nick: nick.into() }),
        text().prop_map(|room| Command::Members {
            room: Some(room.into())
        }),
        Just(Command::Rooms),
        history,
        will,
        option::of(id()).prop_map(|id| Command::Ping { id }),
        option::of(id()).prop_map(|id| Command::Bye { id }),
    ]
}

fn shared() -> impl Strategy<Value = Arc<str>> {
    text().prop_map(Into::into)
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    (
        room(),
        number(),
        number(),
        nick(),
        body(),
        media_type(),
        any::<bool>(),
    )
        .prop_map(
            |(room, seq, time, from, body, media_type, ephemeral)| Message {
                room,
                seq,
                time,
                from,
                body,
                media_type: media_type.map(Into::into),
                ephemeral,
            },
        )
}

fn member() -> impl Strategy<Value = MemberInfo> {
    (nick(), shared(), number()).prop_map(|(nick, protocol, since)| MemberInfo {
        nick,
        protocol,
        since,
    })
}

fn room_info() -> impl Strategy<Value = RoomInfo> {
    (room(), number(), number()).prop_map(|(room, head, members)| RoomInfo {
        room,
        head,
        members,
    })
}

fn refusal() -> impl Strategy<Value = Refusal> {
    (select(Code::ALL), text(), option::of(text())).prop_map(|(code, message, hint)| Refusal {
        code,
        message: message.into(),
        hint: hint.map(Into::into),
    })
}

/// What a program can be told: any event but [`Event::Arrived`].
pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![of_messages(), of_rooms(), of_answers()]
}

fn of_messages() -> impl Strategy<Value = Event> {
    let direct = (nick(), nick(), number(), body(), media_type()).prop_map(
        |(from, to, time, body, media_type)| Event::Direct {
            from,
            to,
            time,
            body,
            media_type: media_type.map(Into::into),
        },
    );
    let ack = (id(), option::of((room(), number())), number())
        .prop_map(|(id, place, time)| Event::Ack { id, place, time });
    prop_oneof![
        3 => message().prop_map(|message| Event::Message(Arc::new(message))),
        1 => direct,
        1 => (room(), number(), number()).prop_map(|(room, from, to)| Event::Missed { room, from, to }),
        1 => (room(), number(), number())
            .prop_map(|(room, count, head)| Event::History { room, count, head }),
        1 => ack,
    ]
}

fn of_rooms() -> impl Strategy<Value = Event> {
    let subscribed =
        (shared(), number(), number()).prop_map(|(room, head, members)| Event::Subscribed {
            room,
            head,
            members,
        });
    let left = (room(), nick(), select(CloseReason::ALL))
        .prop_map(|(room, nick, reason)| Event::Left { room, nick, reason });
    let presence =
        (room(), number(), number(), number()).prop_map(|(room, joined, left, members)| {
            Event::Presence {
                room,
                joined,
                left,
                members,
            }
        });
    let members =
        (room(), vec(member(), 0..4), number()).prop_map(|(room, members, count)| Event::Members {
            room,
            members,
            count,
        });
    prop_oneof![
        subscribed,
        shared().prop_map(|room| Event::Unsubscribed { room }),
        (room(), nick()).prop_map(|(room, nick)| Event::Joined { room, nick }),
        left,
        (room(), nick(), nick()).prop_map(|(room, nick, to)| Event::Renamed { room, nick, to }),
        presence,
        members,
        (vec(room_info(), 0..4), number()).prop_map(|(rooms, count)| Event::Rooms { rooms, count }),
    ]
}

fn of_answers() -> impl Strategy<Value = Event> {
    let welcome = (shared(), shared(), nick(), shared(), number()).prop_map(
        |(hub, version, nick, session, time)| Event::Welcome {
            hub,
            version,
            nick,
            session,
            time,
        },
    );
    prop_oneof![
        welcome,
        option::of(id()).prop_map(|id| Event::Pong { id }),
        option::of(id()).prop_map(|id| Event::Bye { id }),
        (option::of(id()), refusal()).prop_map(|(id, refusal)| Event::Error { id, refusal }),
        shared().prop_map(|text| Event::Notice { text }),
    ]
}

/// A person's arrival, which only text has words for.
pub(crate) fn arrived() -> impl Strategy<Value = Event> {
    (
        option::of(shared()),
        nick(),
        room(),
        vec(nick(), 0..OTHERS_NAMED_MAX + 2),
        number(),
    )
        .prop_map(|(hub, nick, room, others, others_count)| Event::Arrived {
            hub,
            nick,
            room,
            others,
            others_count,
        })
}

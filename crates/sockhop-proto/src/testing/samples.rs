//! One of each command and event, for snapshots.

use std::sync::Arc;

use bytes::Bytes;

use crate::close::CloseReason;
use crate::command::{Command, Hello, Id, Origin, Will};
use crate::event::{Event, MemberInfo, RoomInfo};
use crate::message::{ACTION, Body, BodyRef, Message};
use crate::name::{Nick, RoomName};
use crate::refusal::{Code, Refusal};

/// A time with a different byte in each place.
pub(crate) const TIME: u64 = 0x0006_1122_3344_5566;

pub(crate) fn nick(name: &str) -> Nick {
    Nick::parse(name).unwrap()
}

pub(crate) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

/// `body`, said by gs-1 in telemetry/imu.
pub(crate) fn message(body: Body, media_type: Option<&str>) -> Message {
    Message {
        room: room("telemetry/imu"),
        seq: 7,
        time: TIME,
        from: nick("gs-1"),
        body,
        media_type: media_type.map(Into::into),
        ephemeral: false,
    }
}

pub(crate) fn text(text: &str) -> Body {
    Body::Text(text.into())
}

pub(crate) fn data(data: &'static [u8]) -> Body {
    Body::Data(Bytes::from_static(data))
}

/// One of each command but [`Command::Join`], and of each shape it takes.
pub(crate) fn commands() -> Vec<Command<'static>> {
    let lobby = || "lobby".into();
    vec![
        Command::Hello(Hello {
            nick: Some("gs-1".into()),
            secret: Some("four little words".into()),
            echo: true,
            client: Some("snapshot 1.0".into()),
            session: Some("0123456789abcdef".into()),
        }),
        Command::Subscribe {
            room: "telemetry/#".into(),
            origin: Origin::Now,
        },
        Command::Subscribe {
            room: lobby(),
            origin: Origin::Since(300),
        },
        Command::Subscribe {
            room: lobby(),
            origin: Origin::Last(10),
        },
        Command::Subscribe {
            room: "+".into(),
            origin: Origin::Resume([("lobby".to_owned(), 8)].into()),
        },
        Command::Unsubscribe { room: lobby() },
        Command::Publish {
            room: Some(lobby()),
            body: BodyRef::Text("hi".into()),
            media_type: None,
            id: None,
            ephemeral: false,
        },
        Command::Publish {
            room: Some(lobby()),
            body: BodyRef::Data(vec![0, 255].into()),
            media_type: Some("image/png".into()),
            id: Some(Id::Number(1)),
            ephemeral: true,
        },
        Command::Direct {
            to: "jetson".into(),
            body: BodyRef::Text("psst".into()),
            media_type: None,
            id: Some(Id::Text("a".to_owned())),
        },
        Command::Nick {
            nick: "gs-2".into(),
        },
        Command::Members {
            room: Some(lobby()),
        },
        Command::Rooms,
        Command::History {
            room: Some(lobby()),
            before: Some(9),
            since: Some(2),
            limit: Some(5),
        },
        Command::Will(None),
        Command::Will(Some(Will {
            room: lobby(),
            body: BodyRef::Text("gone".into()),
            media_type: None,
        })),
        Command::Ping { id: None },
        Command::Bye {
            id: Some(Id::Number(2)),
        },
    ]
}

/// One of each event, and of each shape it takes, under the name it has in snapshots.
pub(crate) fn events() -> Vec<(&'static str, Event)> {
    let (gs, jetson, lobby) = (|| nick("gs-1"), || nick("jetson"), RoomName::lobby);
    let said = |body, media_type| Event::Message(Arc::new(message(body, media_type)));
    let ephemeral = Message {
        ephemeral: true,
        ..message(text("now"), None)
    };
    let direct = |body| Event::Direct {
        from: gs(),
        to: jetson(),
        time: TIME,
        body,
        media_type: None,
    };
    let arrived = |hub, others: &[&str], others_count| Event::Arrived {
        hub,
        nick: nick("brave-otter"),
        room: lobby(),
        others: others.iter().map(|name| nick(name)).collect(),
        others_count,
    };
    let member = |name, protocol: &str| MemberInfo {
        nick: nick(name),
        protocol: protocol.into(),
        since: TIME,
    };
    let refusal = Refusal::new(Code::NickTaken, "somebody is gs-1 already");
    vec![
        (
            "welcome",
            Event::Welcome {
                hub: "base".into(),
                version: "0.1.0".into(),
                nick: gs(),
                session: "0123456789abcdef".into(),
                time: TIME,
            },
        ),
        (
            "arrived",
            arrived(Some("base".into()), &["gs-1", "jetson"], 2),
        ),
        ("arrived, alone", arrived(Some("base".into()), &[], 0)),
        ("arrived, with one other", arrived(None, &["gs-1"], 1)),
        (
            "arrived, with many others",
            arrived(None, &["gs-1", "jetson"], 12),
        ),
        ("message", said(text("hi"), None)),
        ("message, ephemeral", Event::Message(Arc::new(ephemeral))),
        ("message, action", said(text("waves"), Some(ACTION))),
        ("message, data", said(data(&[0, 10, 255]), None)),
        (
            "message, data with a type",
            said(data(&[0]), Some("image/png")),
        ),
        ("direct", direct(text("psst"))),
        ("direct, data", direct(data(b"hi"))),
        (
            "subscribed",
            Event::Subscribed {
                room: "lobby".into(),
                head: 7,
                members: 3,
            },
        ),
        (
            "unsubscribed",
            Event::Unsubscribed {
                room: "telemetry/#".into(),
            },
        ),
        (
            "joined",
            Event::Joined {
                room: lobby(),
                nick: gs(),
            },
        ),
        (
            "left",
            Event::Left {
                room: lobby(),
                nick: gs(),
                reason: CloseReason::Silent,
            },
        ),
        (
            "renamed",
            Event::Renamed {
                room: lobby(),
                nick: gs(),
                to: jetson(),
            },
        ),
        (
            "presence",
            Event::Presence {
                room: lobby(),
                joined: 5,
                left: 2,
                members: 300,
            },
        ),
        (
            "members",
            Event::Members {
                room: lobby(),
                members: vec![member("gs-1", "text"), member("jetson", "frame")],
                count: 3,
            },
        ),
        (
            "members, none",
            Event::Members {
                room: lobby(),
                members: vec![],
                count: 0,
            },
        ),
        (
            "rooms",
            Event::Rooms {
                rooms: vec![
                    RoomInfo {
                        room: lobby(),
                        head: 7,
                        members: 1,
                    },
                    RoomInfo {
                        room: room("telemetry/imu"),
                        head: 0,
                        members: 0,
                    },
                ],
                count: 3,
            },
        ),
        (
            "rooms, none",
            Event::Rooms {
                rooms: vec![],
                count: 0,
            },
        ),
        (
            "history",
            Event::History {
                room: lobby(),
                count: 20,
                head: 300,
            },
        ),
        (
            "history, none",
            Event::History {
                room: lobby(),
                count: 0,
                head: 0,
            },
        ),
        (
            "missed",
            Event::Missed {
                room: lobby(),
                from: 3,
                to: 70_000,
            },
        ),
        (
            "missed, one",
            Event::Missed {
                room: lobby(),
                from: 3,
                to: 3,
            },
        ),
        (
            "ack",
            Event::Ack {
                id: Id::Number(1),
                place: Some((lobby(), 7)),
                time: TIME,
            },
        ),
        (
            "ack, direct",
            Event::Ack {
                id: Id::Text("a".to_owned()),
                place: None,
                time: TIME,
            },
        ),
        ("pong", Event::Pong { id: None }),
        (
            "bye",
            Event::Bye {
                id: Some(Id::Number(2)),
            },
        ),
        (
            "error",
            Event::Error {
                id: None,
                refusal: refusal.clone(),
            },
        ),
        (
            "error, with a hint",
            Event::Error {
                id: Some(Id::Number(3)),
                refusal: refusal.hint("try gs-2"),
            },
        ),
        (
            "notice",
            Event::Notice {
                text: "one\ntwo".into(),
            },
        ),
    ]
}

/// Compares each event with its snapshot in `file`, and demands one for each. A snapshot is a
/// heading, `== name`, and what `encoded` makes of the sample of that name.
pub(crate) fn assert_events(file: &str, read: fn(&str) -> String, encoded: fn(&Event) -> String) {
    let (samples, snapshots) = (events(), snapshots(file));
    let names: Vec<_> = samples.iter().map(|(name, _)| *name).collect();
    let found: Vec<_> = snapshots.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(found, names, "a snapshot for every event");
    for ((name, event), (_, snapshot)) in samples.iter().zip(&snapshots) {
        assert_eq!(encoded(event), read(snapshot), "{name}");
        assert!(
            name.starts_with(variant(event)),
            "{name} is a {}",
            variant(event)
        );
    }
}

/// Compares each command with its snapshot in `file`, headed by its `op`.
pub(crate) fn assert_commands(
    file: &str,
    read: fn(&str) -> String,
    encoded: fn(&Command<'_>) -> String,
) {
    let (samples, snapshots) = (commands(), snapshots(file));
    assert_eq!(
        samples.len(),
        snapshots.len(),
        "a snapshot for every command"
    );
    for (command, (op, snapshot)) in samples.iter().zip(&snapshots) {
        assert_eq!(encoded(command), read(snapshot), "{op}: {command:?}");
    }
}

fn snapshots(file: &str) -> Vec<(String, String)> {
    // A checkout on Windows may have turned the line ends.
    let file = file.replace("\r\n", "\n");
    let sections = file.trim_start_matches("== ").split("\n== ");
    sections
        .map(|section| section.split_once('\n').expect("a heading is a line"))
        .map(|(name, snapshot)| (name.to_owned(), snapshot.to_owned()))
        .collect()
}

/// The event's own name. A new variant stops this from compiling, as a reminder to sample it.
fn variant(event: &Event) -> &'static str {
    match event {
        Event::Welcome { .. } => "welcome",
        Event::Arrived { .. } => "arrived",
        Event::Message(_) => "message",
        Event::Direct { .. } => "direct",
        Event::Subscribed { .. } => "subscribed",
        Event::Unsubscribed { .. } => "unsubscribed",
        Event::Joined { .. } => "joined",
        Event::Left { .. } => "left",
        Event::Renamed { .. } => "renamed",
        Event::Presence { .. } => "presence",
        Event::Members { .. } => "members",
        Event::Rooms { .. } => "rooms",
        Event::History { .. } => "history",
        Event::Missed { .. } => "missed",
        Event::Ack { .. } => "ack",
        Event::Pong { .. } => "pong",
        Event::Bye { .. } => "bye",
        Event::Error { .. } => "error",
        Event::Notice { .. } => "notice",
    }
}

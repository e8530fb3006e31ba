//! frame: round trips, exact bytes, cuts, and what must not be trusted.

use std::sync::Arc;
use std::thread;

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

use super::codec::{FRAME, decode_event, decode_map, encode_command, put_frame, split};
use super::publish::plain_publish;
use crate::close::CloseReason;
use crate::command::{Command, Id};
use crate::event::Event;
use crate::json::codec::EventError;
use crate::message::BodyRef;
use crate::protocol::{Decoded, Limits};
use crate::refusal::Code;
use crate::testing::damage::damaged;
use crate::testing::feed::{feed, feed_in_every_cut};
use crate::testing::terminal::assert_harmless;
use crate::testing::{arbitrary, hex, samples};
use crate::text::TEXT;

const LIMITS: Limits = Limits {
    frame_bytes_max: 1 << 20,
    line_bytes_max: 1 << 20,
};

fn frame(command: &Command<'_>) -> Vec<u8> {
    let mut frame = BytesMut::new();
    encode_command(command, &mut frame);
    frame.to_vec()
}

/// `map` behind its length.
fn framed(map: &[u8]) -> Vec<u8> {
    let length = u32::try_from(map.len()).unwrap();
    [&length.to_be_bytes(), map].concat()
}

/// What the one frame that holds `map` means.
fn meaning(map: &[u8]) -> Vec<String> {
    feed(&FRAME, &LIMITS, [&framed(map)[..]])
}

/// The answer to a frame that makes no command.
fn refused(map: &[u8]) -> (Code, String) {
    let input = framed(map);
    match (FRAME.decode)(&mut input.to_vec(), 0, &LIMITS) {
        Decoded::Answer {
            event: Event::Error { refusal, .. },
            taken,
        } if taken == input.len() => (refusal.code, refusal.to_string()),
        other => panic!("{} is {other:?}", hex::written(map)),
    }
}

proptest! {
    #[test]
    fn publishes_by_hand_are_what_the_schema_gives(
        command in arbitrary::command(),
        harm in vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let mut map = frame(&command).split_off(4);
        for (at, byte) in harm {
            let at = at.index(map.len());
            map[at] = byte;
        }
        if let Some(command) = plain_publish(&map) {
            prop_assert_eq!(Decoded::Command { command, taken: 0 }, decode_map(&map, 0));
        }
    }

    #[test]
    fn messages_by_hand_are_what_the_schema_gives(message in arbitrary::message()) {
        let event = Event::Message(Arc::new(message));
        let mut expected = BytesMut::new();
        put_frame(&mut expected, &event);
        prop_assert_eq!(FRAME.encoded(&event), expected);
    }

    #[test]
    fn commands_survive_the_round_trip(command in arbitrary::command()) {
        let frame = frame(&command);
        prop_assert_eq!(frame[0], 0, "detection relies on it");
        let taken = frame.len();
        let mut input = frame.to_vec();
        prop_assert_eq!((FRAME.decode)(&mut input, 0, &LIMITS), Decoded::Command { command, taken });
    }

    #[test]
    fn events_survive_the_round_trip(event in arbitrary::event()) {
        let frame = FRAME.encoded(&event);
        let map = split(&frame, LIMITS.frame_bytes_max).unwrap().unwrap();
        prop_assert_eq!(map.len() + 4, frame.len());
        prop_assert_eq!(decode_event(map), Ok(event));
    }

    #[test]
    fn cuts_do_not_matter(
        commands in vec(arbitrary::command(), 1..4),
        piece in 1..64usize,
    ) {
        let stream = commands.iter().flat_map(frame).collect::<Vec<_>>();
        let meant = feed(&FRAME, &LIMITS, stream.chunks(piece));
        prop_assert_eq!(meant, commands.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>());
    }

    #[test]
    fn damage_is_survived(
        stream in damaged(vec(arbitrary::command(), 1..4)
            .prop_map(|commands| commands.iter().flat_map(frame).collect())),
        frame_bytes_max in 0..200usize,
    ) {
        for limits in [LIMITS, Limits { frame_bytes_max, ..LIMITS }] {
            let whole = feed(&FRAME, &limits, [&stream[..]]);
            prop_assert_eq!(whole, feed(&FRAME, &limits, stream.chunks(1)));
        }
    }

    // The damage above mostly hits lengths; this reaches the map behind a right one.
    #[test]
    fn damaged_maps_are_survived(
        map in damaged(arbitrary::command().prop_map(|command| frame(&command)[4..].to_vec())),
    ) {
        prop_assert_eq!(meaning(&map).len(), 1);
    }

    #[test]
    fn any_bytes_are_survived(map in vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(meaning(&map).len(), 1);
        feed(&FRAME, &LIMITS, [&map[..]]);
        let _ = decode_event(&map);
    }

    #[test]
    fn a_damaged_event_harms_no_client(
        map in damaged(arbitrary::event().prop_map(|event| FRAME.encoded(&event)[4..].to_vec())),
    ) {
        if let Ok(event) = decode_event(&map) {
            assert_harmless(&TEXT.encoded(&event));
            let _ = FRAME.encoded(&event);
        }
    }
}

#[test]
fn events_have_these_bytes() {
    let read = |snapshot: &str| hex::written(&hex::bytes(snapshot));
    let encoded = |event: &Event| hex::written(&FRAME.encoded(event));
    samples::assert_events(include_str!("tests/events.hex"), read, encoded);
}

#[test]
fn commands_have_these_bytes() {
    let read = |snapshot: &str| hex::written(&hex::bytes(snapshot));
    let encoded = |command: &Command<'_>| hex::written(&frame(command));
    samples::assert_commands(include_str!("tests/commands.hex"), read, encoded);
}

#[test]
fn every_cut_gives_the_same_commands() {
    let commands = samples::commands();
    let stream: Vec<u8> = commands.iter().flat_map(frame).collect();
    let expected: Vec<_> = commands
        .iter()
        .map(|command| format!("{command:?}"))
        .collect();
    assert_eq!(feed_in_every_cut(&FRAME, &LIMITS, &stream), expected);
}

#[test]
fn frames_are_appended_to_what_is_there() {
    let mut out = BytesMut::from(&b"before"[..]);
    (FRAME.encode)(&Event::Pong { id: None }, &mut out);
    encode_command(&Command::Rooms, &mut out);
    let expected = hex::bytes(
        "62 65 66 6f 72 65           # before
         00 00 00 09                 # 9 bytes follow
         81 a2 65 76 a4 70 6f 6e 67  # ev: pong
         00 00 00 0a                 # 10 bytes follow
         81 a2 6f 70 a5 72 6f 6f 6d 73",
    );
    assert_eq!(hex::written(&out), hex::written(&expected));
}

#[test]
fn other_writers_choose_other_widths() {
    // The same publish as str32, map16, u64 and with an unknown field of each type.
    let wide = hex::bytes(
        "de 00 06
         db 00 00 00 02 6f 70        # op
         d9 07 70 75 62 6c 69 73 68  # publish
         a4 72 6f 6f 6d              # room
         da 00 01 61                 # a
         a4 64 61 74 61              # data
         c6 00 00 00 02 68 69        # hi
         a2 69 64                    # id
         d3 00 00 00 00 00 00 00 07  # an i64 of 7
         a1 78                       # x, unknown
         9d c0 c2 cb 00 00 00 00 00 00 00 00 d0 ff d4 01 00 c7 02 05 aa bb
         a0 90 80 81 01 02 c4 00 ca 00 00 00 00 e0
         a4 74 79 70 65 c0           # type: nil",
    );
    let publish = Command::Publish {
        room: Some("a".into()),
        body: BodyRef::Data(b"hi"[..].into()),
        media_type: None,
        id: Some(Id::Number(7)),
        ephemeral: false,
    };
    assert_eq!(meaning(&wide), [format!("{publish:?}")]);
}

#[test]
fn data_written_as_str_is_its_bytes() {
    // As by writers of the older specification, which has no bin: never base64 by mistake.
    for (name, data, bytes) in [
        ("looks like base64", "a4 61 47 6b 3d", &b"aGk="[..]),
        ("not UTF-8", "a2 ff fe", b"\xff\xfe"),
    ] {
        let map = format!(
            "83 a2 6f 70 a7 70 75 62 6c 69 73 68  # op: publish
             a4 72 6f 6f 6d a1 61                 # room: a
             a4 64 61 74 61 {data}",
        );
        let meant = meaning(&hex::bytes(&map));
        assert!(
            meant[0].contains(&format!("Data({bytes:?})")),
            "{name}: {meant:?}"
        );
    }
}

#[test]
fn what_makes_no_command_is_explained_and_survived() {
    for (map, code, why) in [
        (
            "",
            Code::BadMessage,
            "this frame is not a command: it is empty",
        ),
        (
            "91 a4 70 69 6e 67",
            Code::BadMessage,
            "this frame is not a command: it does not hold a map",
        ),
        (
            "7b 7d",
            Code::BadMessage,
            "this frame is not a command: it does not hold a map",
        ),
        (
            "c1",
            Code::BadMessage,
            "this frame is not a command: it does not hold a map",
        ),
        (
            "81 a2 6f 70 a4 70 69 6e 67  81 a2 6f 70 a4 70 69 6e 67",
            Code::BadMessage,
            "this frame is not a command: there is more behind the map",
        ),
        (
            "81 a2 6f 70 a4 70 69 6e 67  91",
            Code::BadMessage,
            "this frame is not a command: there is more behind the map",
        ),
        (
            "81 a2 6f 70 a4 70 69 6e",
            Code::BadMessage,
            "this frame is not a command: it ends in the middle of a value",
        ),
        ("80", Code::MissingField, "`a command` needs the field `op`"),
        (
            "81 a2 6f 70 a3 66 6f 78",
            Code::UnknownOp,
            r#"there is no `op` "fox""#,
        ),
        (
            "81 a2 6f 70 05",
            Code::BadMessage,
            "this frame is not a command: invalid type: integer `5`, expected text",
        ),
        (
            "81 a2 6f 70 c4 01 61",
            Code::BadMessage,
            "this frame is not a command: invalid type: byte array, expected text",
        ),
    ] {
        assert_eq!(refused(&hex::bytes(map)), (code, why.to_owned()), "{map}");
    }
}

#[test]
fn a_bad_frame_does_not_spoil_the_next() {
    let stream = [
        framed(b"\xc1"),
        frame(&Command::Rooms),
        framed(b""),
        frame(&Command::Rooms),
    ];
    let meant = feed_in_every_cut(&FRAME, &LIMITS, &stream.concat());
    assert_eq!(meant.iter().filter(|meant| *meant == "Rooms").count(), 2);
    assert_eq!(meant.len(), 4);
}

#[test]
fn lengths_that_cannot_be_true_are_refused() {
    for (what, map) in [
        ("text of 4 GiB", "81 a4 74 65 78 74  db ff ff ff ff"),
        ("data of 4 GiB", "81 a4 64 61 74 61  c6 ff ff ff ff"),
        ("an id of 4 GiB", "81 a2 69 64  db ff ff ff ff"),
        ("a key of 4 GiB", "81 db ff ff ff ff"),
        ("2^32 elements", "81 a1 78  dd ff ff ff ff"),
        ("2^32 fields", "df ff ff ff ff"),
        ("2^32 rooms", "81 a6 72 65 73 75 6d 65  df ff ff ff ff"),
        ("an extension of 4 GiB", "81 a1 78  c9 ff ff ff ff 01"),
    ] {
        let map = hex::bytes(map);
        let (code, said) = refused(&map);
        assert_eq!(code, Code::BadMessage);
        assert!(
            said.ends_with("it ends in the middle of a value"),
            "{what}: {said}"
        );
        assert!(
            matches!(decode_event(&map), Err(EventError::Syntax(_))),
            "{what}"
        );
    }
    for field in ["members", "rooms", "from", "to"] {
        let mut map = vec![0x81, 0xa0 | u8::try_from(field.len()).unwrap()];
        map.extend_from_slice(field.as_bytes());
        map.extend_from_slice(&[0xdd, 0xff, 0xff, 0xff, 0xff]);
        assert!(
            matches!(decode_event(&map), Err(EventError::Syntax(_))),
            "{field}"
        );
    }
}

#[test]
fn deep_nesting_takes_little_stack() {
    // Arrays in arrays, maps in maps: as an unknown field, and where something else belongs.
    let maps = |field: &str| {
        let head = [
            &[0x81, 0xa0 | u8::try_from(field.len()).unwrap()],
            field.as_bytes(),
        ]
        .concat();
        [[0x91].repeat(10_000), [0x81, 0xa0].repeat(10_000)].map(|deep| [&head[..], &deep].concat())
    };
    let fields = [
        "x", "op", "id", "data", "resume", "ev", "from", "to", "members", "rooms",
    ];
    // A quarter of what a thread usually has, and debug builds use more than others.
    let small = thread::Builder::new().stack_size(512 << 10).spawn(move || {
        for map in fields.into_iter().flat_map(maps) {
            assert_eq!(refused(&map).0, Code::BadMessage);
            assert!(matches!(decode_event(&map), Err(EventError::Syntax(_))));
        }
    });
    small.unwrap().join().unwrap();
}

#[test]
fn a_frame_too_large_is_refused_from_its_length_alone() {
    // 1 GiB.
    let Decoded::Broken { refusal, reason } = (FRAME.decode)(&mut [0x40, 0, 0, 0], 0, &LIMITS)
    else {
        panic!("broken");
    };
    assert_eq!(
        (refusal.code, reason),
        (Code::TooLarge, CloseReason::TooLarge)
    );
    assert_eq!(
        refusal.message,
        "a frame of 1073741824 bytes is announced; this hub takes at most 1048576"
    );
    assert_eq!(split(&[0x40, 0, 0, 0], 1 << 20), Err(1 << 30));
    assert_eq!(split(&[0, 0x10, 0, 0], 1 << 20), Ok(None));
    assert_eq!(split(&[0, 0x10, 0, 1], 1 << 20), Err((1 << 20) + 1));
    assert_eq!(split(&[0x40, 0, 0], 1 << 20), Ok(None));
    assert_eq!(split(&[0, 0, 0, 0], 1 << 20), Ok(Some(&b""[..])));
}

#[test]
fn having_seen_more_than_there_is_does_no_harm() {
    let frame = frame(&Command::Rooms);
    let taken = frame.len();
    let rooms = Decoded::Command {
        command: Command::Rooms,
        taken,
    };
    assert_eq!(
        (FRAME.decode)(&mut frame.to_vec(), usize::MAX, &LIMITS),
        rooms
    );
    assert_eq!(
        (FRAME.decode)(&mut frame[..taken - 1].to_vec(), usize::MAX, &LIMITS),
        Decoded::Incomplete
    );
}

#[test]
fn what_is_read_stays_where_it_is() {
    let publish = Command::Publish {
        room: Some("lobby".into()),
        body: BodyRef::Data(vec![1, 2, 3].into()),
        media_type: Some("image/png".into()),
        id: Some(Id::Number(1)),
        ephemeral: false,
    };
    let frame = frame(&publish);
    let Decoded::Command {
        command:
            Command::Publish {
                room: Some(std::borrow::Cow::Borrowed(_)),
                body: BodyRef::Data(std::borrow::Cow::Borrowed(_)),
                media_type: Some(std::borrow::Cow::Borrowed(_)),
                ..
            },
        ..
    } = (FRAME.decode)(&mut frame.to_vec(), 0, &LIMITS)
    else {
        panic!("a publish that borrows from its frame");
    };
}

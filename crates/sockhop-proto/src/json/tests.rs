//! json: round trips, exact bytes, cuts, and what must not be trusted.

use std::sync::Arc;

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

use super::codec::{EventError, JSON, NotAnEvent, decode_event, encode_command, put_line};
use crate::command::Command;
use crate::event::Event;
use crate::protocol::{Decoded, Limits};
use crate::refusal::Code;
use crate::testing::damage::damaged;
use crate::testing::feed::{feed, feed_in_every_cut};
use crate::testing::terminal::assert_harmless;
use crate::testing::{arbitrary, samples};
use crate::text::TEXT;

const LIMITS: Limits = Limits {
    frame_bytes_max: 1 << 20,
    line_bytes_max: 1 << 20,
};

fn line(command: &Command<'_>) -> Vec<u8> {
    let mut line = BytesMut::new();
    encode_command(command, &mut line);
    line.to_vec()
}

fn utf8(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).unwrap().to_owned()
}

/// The answer to a line that makes no command: its code and the whole of what it says.
fn refused(line: &str) -> (Code, String) {
    let input = format!("{line}\n");
    match (JSON.decode)(&mut input.as_bytes().to_vec(), 0, &LIMITS) {
        Decoded::Answer {
            event: Event::Error { refusal, .. },
            taken,
        } if taken == input.len() => (refusal.code, refusal.to_string()),
        other => panic!("{line} is {other:?}"),
    }
}

proptest! {
    #[test]
    fn messages_by_hand_are_what_the_schema_gives(message in arbitrary::message()) {
        let event = Event::Message(Arc::new(message));
        let mut expected = BytesMut::new();
        put_line(&mut expected, &event);
        prop_assert_eq!(JSON.encoded(&event), expected);
    }

    #[test]
    fn commands_survive_the_round_trip(command in arbitrary::command()) {
        let line = line(&command);
        prop_assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let taken = line.len();
        let mut input = line.to_vec();
        prop_assert_eq!((JSON.decode)(&mut input, 0, &LIMITS), Decoded::Command { command, taken });
    }

    #[test]
    fn events_survive_the_round_trip(event in arbitrary::event()) {
        let line = JSON.encoded(&event);
        let (end, line) = line.split_last().unwrap();
        prop_assert_eq!(*end, b'\n');
        prop_assert!(line.starts_with(b"{") && !line.contains(&b'\n'), "one line, one object");
        prop_assert_eq!(decode_event(line), Ok(event));
    }

    #[test]
    fn cuts_do_not_matter(
        commands in vec(arbitrary::command(), 1..4),
        piece in 1..64usize,
    ) {
        let stream = commands.iter().flat_map(line).collect::<Vec<_>>();
        let meant = feed(&JSON, &LIMITS, stream.chunks(piece));
        prop_assert_eq!(meant, commands.iter().map(|c| format!("{c:?}")).collect::<Vec<_>>());
    }

    #[test]
    fn damage_is_survived(
        stream in damaged(vec(arbitrary::command(), 1..4)
            .prop_map(|commands| commands.iter().flat_map(line).collect())),
        line_bytes_max in 0..200usize,
    ) {
        for limits in [LIMITS, Limits { line_bytes_max, ..LIMITS }] {
            let whole = feed(&JSON, &limits, [&stream[..]]);
            prop_assert_eq!(whole, feed(&JSON, &limits, stream.chunks(1)));
        }
    }

    #[test]
    fn any_bytes_are_survived(stream in vec(any::<u8>(), 0..300)) {
        feed(&JSON, &LIMITS, stream.chunks(7));
        let _ = decode_event(&stream);
    }

    #[test]
    fn a_damaged_event_harms_no_client(
        line in damaged(arbitrary::event().prop_map(|event| JSON.encoded(&event).to_vec())),
    ) {
        if let Ok(event) = decode_event(&line) {
            assert_harmless(&TEXT.encoded(&event));
            let _ = JSON.encoded(&event);
        }
    }
}

#[test]
fn events_have_these_bytes() {
    let encoded = |event: &Event| utf8(&JSON.encoded(event));
    samples::assert_events(include_str!("tests/events.txt"), str::to_owned, encoded);
}

#[test]
fn commands_have_these_bytes() {
    let encoded = |command: &Command<'_>| utf8(&line(command));
    samples::assert_commands(include_str!("tests/commands.txt"), str::to_owned, encoded);
}

#[test]
fn every_cut_gives_the_same_commands() {
    let mut stream = Vec::new();
    let mut expected = Vec::new();
    for command in samples::commands() {
        expected.push(format!("{command:?}"));
        stream.extend(line(&command));
        // Blank lines and CRLF mean nothing.
        stream.extend_from_slice(b"\r\n \t\n");
    }
    assert_eq!(feed_in_every_cut(&JSON, &LIMITS, &stream), expected);
}

#[test]
fn fields_come_in_any_order_and_unknown_ones_are_ignored() {
    let nested = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for line in [
        r#"{"text":"hi","room":"lobby","op":"publish"}"#,
        r#"  {"op":"publish","room":"lobby","text":"hi"}  "#,
        r#"{"op":"publish","room":"lobby","text":"h\u0069","qos":1,"x":{"y":[null,1.5e300]}}"#,
        r#"{"op":"publish","room":"lobby","text":"hi","data":null,"id":null,"ephemeral":null}"#,
        &format!(r#"{{"op":"publish","x":{nested},"room":"lobby","text":"hi"}}"#),
    ] {
        let publish = &feed(
            &JSON,
            &LIMITS,
            [b"{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"hi\"}\n".as_slice()],
        );
        assert_eq!(
            &feed(&JSON, &LIMITS, [line.as_bytes(), b"\n"]),
            publish,
            "{line}"
        );
    }
}

#[test]
fn what_makes_no_command_is_explained_and_survived() {
    for (line, code, why) in [
        (
            "hello",
            Code::BadMessage,
            "this line is not a command: it is no object",
        ),
        (
            r#"["ping"]"#,
            Code::BadMessage,
            "this line is not a command: it is no object",
        ),
        (
            "42",
            Code::BadMessage,
            "this line is not a command: it is no object",
        ),
        ("{}", Code::MissingField, "`a command` needs the field `op`"),
        (
            r#"{"op":"dance"}"#,
            Code::UnknownOp,
            r#"there is no `op` "dance""#,
        ),
        (
            r#"{"op":"publish","text":"hi"}"#,
            Code::MissingField,
            "`publish` needs the field `room`",
        ),
        (
            r#"{"op":"publish","room":"lobby"}"#,
            Code::MissingField,
            "`publish` needs a body: `text`, or `data` for bytes",
        ),
        (
            r#"{"op":"publish","room":"lobby","text":"hi","data":"aGk="}"#,
            Code::BadMessage,
            "a body is `text` or `data`, not both",
        ),
        (
            r#"{"op":"direct","text":"hi"}"#,
            Code::MissingField,
            "`direct` needs the field `to`",
        ),
        (
            r#"{"op":"subscribe"}"#,
            Code::MissingField,
            "`subscribe` needs the field `room`",
        ),
        (
            r#"{"op":"unsubscribe"}"#,
            Code::MissingField,
            "`unsubscribe` needs the field `room`",
        ),
        (
            r#"{"op":"nick"}"#,
            Code::MissingField,
            "`nick` needs the field `nick`",
        ),
        (
            r#"{"op":"members"}"#,
            Code::MissingField,
            "`members` needs the field `room`",
        ),
        (
            r#"{"op":"history"}"#,
            Code::MissingField,
            "`history` needs the field `room`",
        ),
        (
            r#"{"op":"will","text":"x"}"#,
            Code::MissingField,
            "`will` needs the field `room`",
        ),
    ] {
        assert_eq!(refused(line), (code, why.to_owned()), "{line}");
    }
}

#[test]
fn what_is_not_right_json_names_its_place() {
    for (line, why) in [
        (r#"{"op":"ping""#, "EOF while parsing an object"),
        (r#"{"op":"ping"}{"op":"ping"}"#, "trailing characters"),
        (r#"{"op":5}"#, "expected text"),
        (
            r#"{"op":"ping","id":1.5}"#,
            "an id: a whole number from 0, or text",
        ),
        (
            r#"{"op":"ping","id":-1}"#,
            "an id: a whole number from 0, or text",
        ),
        (
            r#"{"op":"ping","id":[[[[[]]]]]}"#,
            "an id: a whole number from 0, or text",
        ),
        (r#"{"op":"publish","data":"a*b"}"#, "`data` is not base64"),
        (r#"{"op":"publish","text":"\ud800"}"#, "hex escape"),
        (
            r#"{"op":"publish","text":"a","text":"b"}"#,
            "duplicate field `text`",
        ),
        (r#"{"op":"history","since":-1}"#, "expected u64"),
    ] {
        let (code, said) = refused(line);
        assert_eq!(code, Code::BadMessage);
        assert!(
            said.contains(why) && said.contains("at line 1 column "),
            "{line}: {said}"
        );
    }
}

#[test]
fn refusals_quote_little_of_what_they_refuse() {
    let long = "x".repeat(100_000);
    for line in [
        format!(r#"{{"op":"{long}"}}"#),
        format!(r#"{{"op":"history","room":"lobby","since":"{long}"}}"#),
        format!(r#"{{"op":"ping","id":"{long}"}}"#),
    ] {
        assert!(refused(&line).1.len() < 300);
    }
}

#[test]
fn ids_are_bounded() {
    let ping = |bytes: usize| format!(r#"{{"op":"ping","id":"{}"}}"#, "x".repeat(bytes));
    let longest = feed(&JSON, &LIMITS, [ping(128).as_bytes(), b"\n"]);
    assert!(longest[0].starts_with("Ping"), "{longest:?}");
    assert!(refused(&ping(129)).1.contains("text of at most 128 bytes"));
}

#[test]
fn an_unusable_command_is_answered_under_its_id() {
    let line = b"{\"op\":\"publish\",\"id\":9}\n";
    let Decoded::Answer {
        event: Event::Error { id, .. },
        ..
    } = (JSON.decode)(&mut line.to_vec(), 0, &LIMITS)
    else {
        panic!("an error");
    };
    assert_eq!(id, Some(crate::command::Id::Number(9)));
}

#[test]
fn a_line_without_end_is_refused_once_it_is_too_long() {
    let limits = Limits {
        line_bytes_max: 16,
        ..LIMITS
    };
    let meant = feed_in_every_cut(
        &JSON,
        &limits,
        b"{\"op\":\"ping\"}\n{\"op\":\"ping\",\"id\":1}\n{",
    );
    assert_eq!(meant[0], "Ping { id: None }");
    assert!(
        meant[1].contains("Broken") && meant[1].contains("TooLarge"),
        "{meant:?}"
    );
    assert_eq!(meant.len(), 2);
    // What fits to the byte is taken, with CRLF too.
    let exact = b"{\"op\":\"rooms\"  }\r\n";
    assert_eq!(exact.len(), limits.line_bytes_max + 2);
    assert_eq!(feed_in_every_cut(&JSON, &limits, exact), ["Rooms"]);
}

#[test]
fn having_seen_more_than_there_is_does_no_harm() {
    for input in [&b""[..], b"{", b"{\"op\":\"ping\"}\n"] {
        assert_eq!(
            (JSON.decode)(&mut input.to_vec(), input.len() + 9, &LIMITS),
            Decoded::Incomplete
        );
        assert_eq!(
            (JSON.decode)(&mut input.to_vec(), usize::MAX, &LIMITS),
            Decoded::Incomplete
        );
    }
}

#[test]
fn a_client_tells_what_it_does_not_know_from_what_is_broken() {
    assert_eq!(
        decode_event(br#"{"ev":"fireworks"}"#),
        Err(EventError::Fields(NotAnEvent::Unknown(
            "fireworks".to_owned()
        )))
    );
    assert_eq!(
        decode_event(br#"{"ev":"joined","room":"lobby"}"#),
        Err(EventError::Fields(NotAnEvent::Missing {
            ev: "joined".to_owned(),
            field: "nick"
        }))
    );
    assert_eq!(
        decode_event(br#"{"ev":"message","room":"lobby","seq":1,"time_us":1,"from":7,"text":""}"#),
        Err(EventError::Fields(NotAnEvent::Missing {
            ev: "message".to_owned(),
            field: "from"
        }))
    );
    for name in [
        r#""nick":"a\u001b[2J","room":"lobby""#,
        r#""nick":"a","room":"\u202e""#,
    ] {
        let line = format!(r#"{{"ev":"joined",{name}}}"#);
        let event = decode_event(line.as_bytes());
        assert!(
            matches!(event, Err(EventError::Fields(NotAnEvent::Name(_)))),
            "{event:?}"
        );
    }
    assert!(matches!(
        decode_event(b"* Welcome"),
        Err(EventError::Syntax(_))
    ));
    for field in ["from", "to", "members", "rooms", "id", "x"] {
        let line = format!(r#"{{"ev":"pong","{field}":{}}}"#, "[".repeat(10_000));
        assert!(
            matches!(decode_event(line.as_bytes()), Err(EventError::Syntax(_))),
            "{field}"
        );
    }
}

#[test]
fn words_of_a_newer_hub_are_read() {
    let left = br#"{"ev":"left","room":"lobby","nick":"a","reason":"abducted","ufo":true}"#;
    let Ok(Event::Left { reason, .. }) = decode_event(left) else {
        panic!("a left")
    };
    assert_eq!(reason, crate::close::CloseReason::Other);
    let error = br#"{"ev":"error","code":"too_shiny","message":"no"}"#;
    let Ok(Event::Error { refusal, .. }) = decode_event(error) else {
        panic!("an error")
    };
    assert_eq!(refusal.code, Code::Other);
}

//! http's forms: exact bytes, one event or none each, and that they can be read back.

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

use super::form::is_news;
use super::{ANSWERS, BODIES, EVENTS, EVENTS_WATCHED, ITEMS, LINES, LINES_WATCHED, NDJSON};
use crate::event::Event;
use crate::json::{JSON, decode_event};
use crate::protocol::{Decoded, Limits, Protocol};
use crate::testing::terminal::assert_harmless;
use crate::testing::{arbitrary, samples};

fn shown(form: &Protocol, event: &Event) -> String {
    String::from_utf8(form.encoded(event).to_vec()).unwrap()
}

#[test]
fn lines_are_these() {
    let lines = |event: &Event| shown(&LINES, event);
    samples::assert_events(include_str!("tests/lines.txt"), str::to_owned, lines);
}

#[test]
fn lines_of_several_rooms_are_these() {
    let lines = |event: &Event| shown(&LINES_WATCHED, event);
    samples::assert_events(
        include_str!("tests/lines_watched.txt"),
        str::to_owned,
        lines,
    );
}

#[test]
fn ndjson_is_this() {
    let ndjson = |event: &Event| shown(&NDJSON, event);
    samples::assert_events(include_str!("tests/ndjson.txt"), str::to_owned, ndjson);
}

#[test]
fn events_have_these_bytes() {
    let events = |event: &Event| shown(&EVENTS, event);
    samples::assert_events(include_str!("tests/events.txt"), str::to_owned, events);
}

/// Reads a stream of events as a browser does, into pairs of id and data.
fn as_a_browser_reads(stream: &[u8]) -> Vec<(String, String)> {
    let (mut read, mut id, mut data) = (Vec::new(), String::new(), Vec::new());
    for line in std::str::from_utf8(stream).unwrap().lines() {
        match line.split_once(": ") {
            Some(("id", value)) => id = value.to_owned(),
            Some(("data", value)) => data.push(value.to_owned()),
            Some(("event", _)) => {}
            _ if line.is_empty() && !data.is_empty() => {
                read.push((id.clone(), std::mem::take(&mut data).join("\n")));
            }
            _ => assert!(matches!(line, "" | ":"), "{line:?} is no field"),
        }
    }
    read
}

proptest! {
    #[test]
    fn a_browser_reads_what_a_json_client_would(events in vec(arbitrary::event(), 1..8)) {
        let (mut stream, mut watched, mut expected) = (BytesMut::new(), BytesMut::new(), Vec::new());
        for event in &events {
            (EVENTS.encode)(event, &mut stream);
            (EVENTS_WATCHED.encode)(event, &mut watched);
            stream.extend_from_slice(EVENTS.heartbeat);
            expected.extend(is_news(event).then_some(event));
        }
        let mut id = String::new();
        for ((read, expected), watched) in as_a_browser_reads(&stream)
            .iter()
            .zip(&expected)
            .zip(as_a_browser_reads(&watched))
        {
            if let Event::Message(message) = expected {
                id = message.seq.to_string();
            }
            prop_assert_eq!(&read.0, &id);
            prop_assert_eq!(&decode_event(read.1.as_bytes()).unwrap(), *expected);
            prop_assert_eq!((String::new(), &read.1), (watched.0, &watched.1));
        }
        prop_assert_eq!(as_a_browser_reads(&stream).len(), expected.len());
    }

    #[test]
    fn items_make_an_array(messages in vec(arbitrary::message(), 1..5)) {
        let mut items = BytesMut::new();
        let messages: Vec<_> = messages.into_iter().map(|m| Event::Message(m.into())).collect();
        for event in &messages {
            (ITEMS.encode)(event, &mut items);
        }
        prop_assert_eq!(items[0], b',');
        items[0] = b'[';
        items.extend_from_slice(b"]");
        let array: Vec<serde_json::Value> = serde_json::from_slice(&items).unwrap();
        let expected: Vec<serde_json::Value> = messages
            .iter()
            .map(|event| serde_json::from_slice(&JSON.encoded(event)).unwrap())
            .collect();
        prop_assert_eq!(array, expected);
    }

    #[test]
    fn nobodys_words_reach_a_terminal_raw(event in arbitrary::event()) {
        assert_harmless(&LINES.encoded(&event));
        assert_harmless(&LINES_WATCHED.encoded(&event));
    }

    #[test]
    fn answers_are_read_back(event in arbitrary::event()) {
        let line = ANSWERS.encoded(&event);
        if !line.is_empty() {
            prop_assert_eq!(decode_event(&line).unwrap(), event);
        }
    }
}

#[test]
fn bodies_stand_alone() {
    let body = |body| {
        let message = samples::message(body, Some("text/html"));
        BODIES.encoded(&Event::Message(message.into())).to_vec()
    };
    assert_eq!(body(samples::text("a")), b"a\n");
    assert_eq!(body(samples::text("a\n")), b"a\n");
    assert_eq!(body(samples::text("")), b"\n");
    assert_eq!(body(samples::data(b"\xff\x00")), b"\xff\x00");
    for (name, event) in samples::events() {
        let said = matches!(event, Event::Message(_));
        assert_eq!(BODIES.encoded(&event).is_empty(), !said, "{name}");
    }
}

#[test]
fn nobody_speaks_in_a_form() {
    let mut said = b"hello\n".to_owned();
    let decoded = (LINES.decode)(&mut said, 0, &Limits::default());
    assert_eq!(decoded, Decoded::Skip { taken: 6 });
}

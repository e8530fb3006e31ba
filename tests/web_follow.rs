//! Following a room over HTTP: lines, JSON and Server-Sent Events that go on as the room does.

mod common;

use std::process::Command;

use common::toolkit::{Program, run};
use common::web::{Asker, ask_once, curl, curl_command, curl_with, follow, publish, read, until};
use common::{Hub, Talker, Wire};

use serde_json::{Value, json};

const JSON: [&str; 2] = ["--header", "Accept: application/json"];
const EVENTS: [&str; 2] = ["--header", "Accept: text/event-stream"];

/// A member of `room`, by the json protocol.
fn member(hub: &Hub, nick: &str, room: &str) -> Wire {
    let mut wire = Wire::connect(hub.tcp());
    wire.send(format!("{}\n", json!({"op": "hello", "nick": nick})));
    wire.send(format!("{}\n", json!({"op": "subscribe", "room": room})));
    wire.expect("subscribed");
    wire
}

fn event(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn what_is_said_comes_while_it_is_said() {
    let hub = Hub::start(&[]);
    let there = member(&hub, "there", "imu");
    let lines = follow(&hub, "/imu?follow", &["--header", "X-Nick: reader"]);
    let joined = event(&there.expect("joined"));
    assert_eq!(joined["nick"], "reader");
    let raw = follow(&hub, "/imu?follow&raw", &["--header", "X-Nick: raw"]);
    there.expect(r#""raw""#);
    for number in 1..=3 {
        publish(&hub, "/imu", "ann", &number.to_string());
        assert_eq!(lines.expect(""), format!("<ann> {number}"));
        assert_eq!(raw.expect(""), number.to_string());
    }
    // Who comes and goes is no line of theirs; and whoever goes is seen to.
    drop(raw);
    there.expect(r#""left""#);
    publish(&hub, "/imu", "ann", "4");
    assert_eq!(lines.expect(""), "<ann> 4");
    drop(lines);
    let left = event(&there.expect(r#""left""#));
    assert_eq!(
        (&left["nick"], &left["reason"]),
        (&json!("reader"), &json!("closed"))
    );
    // The nick is free again at once.
    let again = follow(&hub, "/imu?follow&last=1", &["--header", "X-Nick: reader"]);
    assert_eq!(again.expect(""), "<ann> 4");
}

#[test]
fn from_where_it_was_asked_to_begin() {
    let mut hub = Hub::start(&["--max-publishes", "0"]);
    let mut wire = Wire::connect(hub.tcp());
    for number in 1..=3000 {
        wire.send(format!(
            "{{\"op\":\"publish\",\"room\":\"r\",\"text\":\"n{number}\",\"id\":{number}}}\n"
        ));
    }
    wire.expect(r#""id":3000"#);
    let numbers = |path: &str, first: u64| {
        let reader = follow(&hub, path, &["--header", "X-Nick: reader"]);
        for number in first..=3000 {
            assert_eq!(reader.expect(""), format!("n{number}"), "{path}");
        }
        reader
    };
    drop(numbers("/r?follow&raw&last=2", 2999));
    drop(numbers("/r?follow&raw&since=2990", 2990));
    drop(numbers("/r?raw&follow&since=1", 1));
    hub.kill();
    hub.restart();
    // From disk, and on with what comes.
    let reader = follow(&hub, "/r?raw&follow&since=1", &[]);
    for number in 1..=3000 {
        assert_eq!(reader.expect(""), format!("n{number}"));
    }
    publish(&hub, "/r", "ann", "on");
    assert_eq!(reader.expect(""), "on");
}

#[test]
fn json_tells_what_happens_besides() {
    let hub = Hub::start(&[]);
    let flags = [&JSON[..], &["--header", "X-Nick: reader"]].concat();
    // A room may be followed before anything is said in it.
    let reader = follow(&hub, "/r?follow", &flags);
    let subscribed = event(&reader.expect(""));
    assert_eq!(
        (&subscribed["ev"], &subscribed["head"]),
        (&json!("subscribed"), &json!(0))
    );
    let mut ann = member(&hub, "ann", "r");
    assert_eq!(event(&reader.expect(""))["ev"], "joined");
    ann.send("{\"op\":\"publish\",\"room\":\"r\",\"data\":\"AAEC\"}\n");
    let message = event(&reader.expect(""));
    assert_eq!(
        (&message["from"], &message["data"], &message["seq"]),
        (&json!("ann"), &json!("AAEC"), &json!(1))
    );
    ann.send("{\"op\":\"nick\",\"nick\":\"bob\"}\n");
    let renamed = event(&reader.expect(""));
    assert_eq!(
        (&renamed["ev"], &renamed["to"]),
        (&json!("renamed"), &json!("bob"))
    );
    // A private message reaches a follower as well.
    ann.send("{\"op\":\"direct\",\"to\":\"reader\",\"text\":\"psst\"}\n");
    let direct = event(&reader.expect(""));
    assert_eq!(
        (&direct["ev"], &direct["text"]),
        (&json!("direct"), &json!("psst"))
    );
    ann.send("{\"op\":\"bye\"}\n");
    let left = event(&reader.expect(""));
    assert_eq!(
        (&left["ev"], &left["reason"]),
        (&json!("left"), &json!("bye"))
    );
    for accept in ["application/json", "application/x-ndjson"] {
        let request = format!(
            "GET /r?follow HTTP/1.1\r\nHost: {}\r\nAccept: {accept}\r\n\r\n",
            hub.tcp()
        );
        let head = Asker::connect(hub.tcp()).send(request).head();
        assert_eq!(
            (head.status, head.media_type()),
            (200, "application/x-ndjson")
        );
        assert!(head.header("cache-control").contains("no-"), "{head:?}");
    }
}

/// The next event of an event stream: its fields.
fn next_event(reader: &Talker) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    loop {
        let line = reader.expect("");
        if line.is_empty() {
            if fields.is_empty() {
                continue;
            }
            return fields;
        }
        let (name, value) = line.split_once(": ").unwrap_or((&line, ""));
        if !name.is_empty() {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// The next message of an event stream: its id and its text.
fn next_message(reader: &Talker) -> (String, Value) {
    loop {
        let fields = next_event(reader);
        let field = |name: &str| {
            let found = fields.iter().find(|(it, _)| it == name);
            found.map(|(_, value)| value.clone())
        };
        let data = event(&field("data").expect("every event has data"));
        match field("event") {
            None => {
                return (
                    field("id").expect("a message has an id"),
                    data["text"].clone(),
                );
            }
            Some(name) => assert_eq!(data["ev"], name, "{fields:?}"),
        }
    }
}

#[test]
fn server_sent_events_and_where_they_stopped() {
    let mut hub = Hub::start(&[]);
    for number in 1..=5 {
        publish(&hub, "/r", "ann", &format!("n{number}\nof 9"));
    }
    let resumed = |hub: &Hub, last: &str| {
        let header = format!("Last-Event-ID: {last}");
        follow(
            hub,
            "/r?follow",
            &[&EVENTS[..], &["--header", &header]].concat(),
        )
    };
    let message = |number: u64| (number.to_string(), json!(format!("n{number}\nof 9")));
    let reader = resumed(&hub, "2");
    for number in 3..=5 {
        assert_eq!(next_message(&reader), message(number));
    }
    publish(&hub, "/r", "ann", "n6\nof 9");
    assert_eq!(next_message(&reader), message(6));
    // The hub dies and comes back; so does the reader, as a browser does.
    hub.kill();
    hub.restart();
    // The next, though its number is a later one: some before it may have been used.
    let seq = publish(&hub, "/r", "ann", "n7\nof 9").to_string();
    let seventh = (seq, json!("n7\nof 9"));
    let reader = resumed(&hub, "6");
    assert_eq!(next_message(&reader), seventh);
    // What a browser remembers wins over what stands in the address.
    let flags = [&EVENTS[..], &["--header", "Last-Event-ID: 6"]].concat();
    let reader = follow(&hub, "/r?follow&last=3", &flags);
    assert_eq!(next_message(&reader), seventh);
    for nonsense in ["", "x", "-1", "18446744073709551615"] {
        let reader = resumed(&hub, nonsense);
        let joined = next_event(&reader);
        let named = ("event".to_owned(), "subscribed".to_owned());
        assert!(joined.contains(&named), "{nonsense:?}: {joined:?}");
    }
    // Who loses the link before its first message has an id to go on from all the same.
    let joined = next_event(&follow(&hub, "/r?follow", &EVENTS));
    let (name, id) = &joined[0];
    assert_eq!(name, "id", "{joined:?}");
    let missed = publish(&hub, "/r", "ann", "in between").to_string();
    let reader = resumed(&hub, id);
    assert_eq!(next_message(&reader), (missed, json!("in between")));
    let request = format!(
        "GET /r?follow HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\n\r\n",
        hub.tcp()
    );
    let head = Asker::connect(hub.tcp()).send(request).head();
    assert_eq!((head.status, head.media_type()), (200, "text/event-stream"));
    assert!(head.header("cache-control").contains("no-"), "{head:?}");
}

#[test]
fn several_rooms_at_once() {
    let hub = Hub::start(&[]);
    let there = member(&hub, "there", "telemetry/imu");
    let all = follow(&hub, "/telemetry/%23?follow", &[]);
    let one = follow(&hub, "/+/imu?follow", &[]);
    let events = follow(&hub, "/telemetry/%23?follow", &EVENTS);
    assert_eq!(next_event(&events)[0].1, "subscribed");
    // A watcher is announced to nobody: so what is asked for until it is there is asked of the hub.
    let watched = || {
        let rooms = curl(&hub, "/-/rooms", &JSON).json();
        let readers = rooms["rooms"][0]["readers"].as_u64();
        readers.expect("a count")
    };
    until(watched, |readers| *readers == 4);
    publish(&hub, "/telemetry/imu", "ann", "1");
    publish(&hub, "/telemetry/gps/fix", "ann", "2");
    assert_eq!(all.expect(""), "telemetry/imu <ann> 1");
    assert_eq!(all.expect(""), "telemetry/gps/fix <ann> 2");
    assert_eq!(one.expect(""), "telemetry/imu <ann> 1");
    let fields = next_event(&events);
    assert!(fields.iter().all(|(name, _)| name != "id"), "{fields:?}");
    assert_eq!(event(&there.expect(""))["ev"], "message");
    // Nothing to follow, and nothing to read in all of them at once.
    for path in ["/telemetry/%23", "/telemetry/+"] {
        let answer = curl(&hub, path, &JSON);
        answer.is(400, "bad_room");
        let posted = curl_with(&hub, path, &[&JSON[..], &["--data", "x"]].concat(), "");
        posted.is(400, "bad_room");
    }
}

#[test]
fn whose_nick_is_taken_cannot_follow_by_it() {
    let hub = Hub::start(&[]);
    let _ann = member(&hub, "Ann", "r");
    let flags = [&JSON[..], &["--header", "X-Nick: ann"]].concat();
    curl(&hub, "/r?follow", &flags).is(409, "nick_taken");
}

#[test]
fn a_gap_is_told() {
    let hub = Hub::start(&["--no-history", "--tail", "64KiB", "--max-publishes", "0"]);
    let mut wire = Wire::connect(hub.tcp());
    let text = "x".repeat(10_000);
    for number in 1..=100 {
        let publish = json!({"op": "publish", "room": "r", "text": text, "id": number});
        wire.send(format!("{publish}\n"));
    }
    wire.expect(r#""id":100"#);
    let reader = follow(&hub, "/r?follow&since=1", &JSON);
    let missed = event(&reader.expect("missed"));
    assert_eq!(
        (&missed["ev"], &missed["from"]),
        (&json!("missed"), &json!(1))
    );
    let next = event(&reader.expect(r#""message""#));
    assert_eq!(next["seq"].as_u64(), missed["to"].as_u64().map(|to| to + 1));
    let words = follow(&hub, "/r?follow&since=1", &[]);
    assert!(words.expect("").starts_with("* "));
}

#[test]
fn everybody_is_in_one_room() {
    let hub = Hub::start(&[]);
    let mut nc = Talker::start(Command::new("nc").args(["127.0.0.1", &hub.port()]));
    nc.say("/nick ann");
    nc.expect("is now ann");
    let curl = follow(&hub, "/lobby?follow", &["--header", "X-Nick: curl"]);
    nc.expect("* curl is here now");
    let mut json = member(&hub, "program", "lobby");
    nc.say("hello all");
    assert_eq!(curl.expect(""), "<ann> hello all");
    json.expect("hello all");
    json.send("{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"hello ann\"}\n");
    nc.expect("<program> hello ann");
    assert_eq!(curl.expect(""), "<program> hello ann");
    publish(&hub, "/lobby", "poster", "hello from the web");
    nc.expect("<poster> hello from the web");
    assert_eq!(curl.expect(""), "<poster> hello from the web");
    nc.say("/who");
    let who = nc.expect("* lobby has 3 members");
    assert!(who.contains("curl"), "{who}");
}

#[test]
fn a_follower_is_told_when_the_hub_stops() {
    let mut hub = Hub::start(&[]);
    let there = member(&hub, "there", "r");
    let mut readers: Vec<_> = [&[][..], &JSON, &EVENTS, &["--http1.0"]]
        .iter()
        .map(|flags| {
            let flags = [&["--no-buffer"], *flags].concat();
            Program::start(&mut curl_command(&hub, "/r?follow", &flags))
        })
        .collect();
    for _ in &readers {
        there.expect("joined");
    }
    publish(&hub, "/r", "ann", "the last word");
    for reader in &readers {
        reader.hear("the last word");
    }
    assert_eq!(hub.stop(), Some(0));
    for reader in &mut readers {
        // A body with a proper end; else curl would complain.
        assert_eq!(reader.wait(), Some(0), "{:?}", reader.rest_of_errors());
    }
}

#[test]
fn who_stops_reading_harms_nobody() {
    let hub = Hub::start(&["--max-publishes", "0"]);
    let host = hub.tcp();
    let mut stuck: Vec<_> = ["text/plain", "application/json", "text/event-stream"]
        .iter()
        .map(|accept| {
            let mut asker = Asker::connect(host);
            asker.send(format!(
                "GET /flood?follow HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n"
            ));
            assert_eq!(asker.head().status, 200);
            asker
        })
        .collect();
    let reader = follow(&hub, "/flood?follow&raw&since=1", &[]);
    let mut wire = Wire::connect(host);
    let text = "x".repeat(100_000);
    // More than all buffers on the way can hold.
    for number in 1..=600 {
        let publish = json!({"op": "publish", "room": "flood", "text": text, "id": number});
        wire.send(format!("{publish}\n"));
    }
    wire.expect(r#""id":600"#);
    for _ in 1..=600 {
        assert_eq!(reader.expect("").len(), text.len());
    }
    let kib = hub.resident_kib();
    assert!(kib < 150_000, "{kib} KiB");
    // Once they read, they get all of it.
    let body = stuck.remove(0).read(60_000_000);
    assert!(body.ends_with(b"x") && body.len() == 60_000_000);
}

#[test]
fn head_of_what_never_ends() {
    let hub = Hub::start(&[]);
    publish(&hub, "/r", "ann", "hello");
    let head = curl(&hub, "/r?follow", &["--head"]);
    assert_eq!((head.status, head.media_type()), (200, "text/plain"));
    assert!(head.body.is_empty());
    // Nobody is left behind in the room by it.
    let rooms = curl(&hub, "/-/rooms", &JSON).json();
    assert_eq!(rooms["rooms"][0]["members"], 0);
    assert_eq!(read(&hub, "/r", &[]), "<ann> hello\n");
    // `follow` is only a word to who publishes.
    let request = format!(
        "POST /r?follow HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
        hub.tcp()
    );
    assert_eq!(ask_once(&hub, request).status, 201);
    assert_eq!(
        run(&mut curl_command(&hub, "/r?raw", &[]), "").text(),
        "hello\nx\n"
    );
}

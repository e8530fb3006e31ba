//! The shapes the page reads.

use serde_json::{Value, json};
use sockhop_hub::{Config, Entropy, Hub, SessionKey};
use sockhop_proto::frame::FRAME;
use sockhop_proto::json::JSON;
use sockhop_proto::{Limits, Protocol};

use super::*;

const NOW: Micros = 1_700_000_000_000_000;

fn hub() -> Hub {
    Hub::new(Config::new("pi", 1, Entropy(Box::new(|| 7))), Vec::new())
}

/// A session that has said `line`.
fn speaker(
    hub: &mut Hub,
    protocol: &'static Protocol,
    peer: Option<&str>,
    lines: &[&str],
) -> SessionKey {
    let peer = peer.map(|peer| peer.parse().expect("an address"));
    let key = hub.open(protocol, peer, NOW);
    for line in lines {
        let mut bytes = format!("{line}\n").into_bytes();
        let decoded = (JSON.decode)(&mut bytes, 0, &Limits::default());
        let sockhop_proto::Decoded::Command { command, .. } = decoded else {
            panic!("{line} is {decoded:?}");
        };
        hub.handle(key, command, NOW);
    }
    key
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn connections_have_every_field() {
    let mut hub = hub();
    let hello = r#"{"op":"hello","nick":"ann","client":"imu-logger 2"}"#;
    let publish = r#"{"op":"publish","room":"a/b","text":"hi"}"#;
    let peer = Some("[::ffff:192.168.1.20]:50000");
    let ann = speaker(&mut hub, &JSON, peer, &[hello, publish, publish]);
    hub.note_read(ann, 150);
    let follow = r#"{"op":"subscribe","room":"a/b","last":2}"#;
    speaker(
        &mut hub,
        &FRAME,
        None,
        &[r#"{"op":"hello","nick":"bob"}"#, follow],
    );
    let round_trips = [("192.168.1.20:50000".parse().unwrap(), 840)].into();
    let all = read(&connections(&hub.connections(10), &round_trips, NOW + 5));
    assert_eq!(all["time_us"], NOW + 5);
    assert_eq!(all["count"], 2);
    let mut rows = all["connections"].as_array().unwrap().clone();
    rows.sort_by_key(|row| row["nick"].to_string());
    let expected_ann = json!({
        "nick": "ann", "protocol": "json", "peer": "192.168.1.20:50000", "since_us": NOW,
        "rtt_us": 840, "messages_in": 2, "messages_out": 0, "bytes_in": 150, "bytes_out": 0,
        "behind": 0, "rooms": 0, "client": "imu-logger 2",
    });
    let expected_bob = json!({
        "nick": "bob", "protocol": "frame", "peer": null, "since_us": NOW,
        "rtt_us": null, "messages_in": 0, "messages_out": 0, "bytes_in": 0, "bytes_out": 0,
        "behind": 2, "rooms": 1, "client": null,
    });
    assert_eq!(rows, [expected_ann, expected_bob]);
    let one = read(&connections(&hub.connections(1), &round_trips, NOW));
    assert_eq!(one["count"], 2, "of all");
    assert_eq!(one["connections"].as_array().unwrap().len(), 1);
}

#[test]
fn an_address_shows_as_what_it_is() {
    let shown = |peer: &str| canonical(peer.parse().unwrap()).to_string();
    assert_eq!(shown("[::ffff:10.0.0.1]:7"), "10.0.0.1:7");
    assert_eq!(shown("[fe80::1]:7"), "[fe80::1]:7");
}

#[test]
fn rooms_have_every_field() {
    let mut hub = hub();
    let follow = r#"{"op":"subscribe","room":"größe \"x\""}"#;
    let publish = r#"{"op":"publish","room":"größe \"x\"","text":"hä"}"#;
    speaker(&mut hub, &JSON, None, &[follow, publish, publish]);
    let watch = r##"{"op":"subscribe","room":"#"}"##;
    speaker(&mut hub, &JSON, None, &[watch]);
    let expected = json!({"count": 1, "rooms": [{
        "room": "größe \"x\"", "head": 2, "members": 1, "readers": 2, "messages": 2, "bytes": 6,
    }]});
    assert_eq!(read(&rooms(&hub.room_figures(10))), expected);
    assert_eq!(read(&rooms(&hub.room_figures(0)))["count"], 1);
}

#[test]
fn health_has_every_field() {
    let mut hub = hub();
    hub.tick(NOW);
    let vitals = hub.vitals(NOW + 2_900_000);
    let quiet = json!({
        "hub": "pi", "version": &*vitals.version, "uptime_s": 2, "connections": 0, "rooms": 0,
        "messages": 0,
        "history": {"kept": false, "queue_bytes": 0, "commit_us": null, "failed": 0},
    });
    assert_eq!(read(&health(&vitals)), quiet);
    let publish = r#"{"op":"publish","room":"a","text":"hi"}"#;
    speaker(&mut hub, &JSON, None, &[publish]);
    hub.note_commit(850);
    let busy = read(&health(&hub.vitals(NOW)));
    assert_eq!(busy["connections"], 1);
    assert_eq!(busy["messages"], 1);
    assert_eq!(busy["history"]["commit_us"], 850);
}

#[test]
fn a_round_trip_is_found_however_the_peer_is_written() {
    let found = |peer: &str, known: &str| {
        let round_trips = [(known.parse().unwrap(), 5)].into();
        round_trip(peer.parse().unwrap(), &round_trips)
    };
    assert_eq!(found("10.0.0.1:7", "10.0.0.1:7"), Some(5));
    assert_eq!(found("[::ffff:10.0.0.1]:7", "[::ffff:10.0.0.1]:7"), Some(5));
    assert_eq!(found("[::ffff:10.0.0.1]:7", "10.0.0.1:7"), Some(5));
    assert_eq!(found("[fe80::1%3]:7", "[fe80::1]:7"), Some(5));
    assert_eq!(found("10.0.0.1:7", "10.0.0.1:8"), None);
}

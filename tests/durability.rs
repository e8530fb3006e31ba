//! Nothing acked is lost, and no number is given twice, whatever happens to the hub.

mod common;

use std::collections::HashMap;
use std::io::Read as _;
use std::process::{Command, Stdio};

use common::{Hub, Wire};

fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let key = format!("\"{name}\":");
    let rest = line
        .split(&key)
        .nth(1)
        .unwrap_or_else(|| panic!("no {name} in {line}"));
    rest.trim_start_matches('"')
        .split(['"', ',', '}'])
        .next()
        .expect("split gives one part at least")
}

#[test]
fn every_acked_message_survives_a_kill_with_its_number() {
    let mut hub = Hub::start(&["--max-publishes", "0"]);
    let mut wire = Wire::connect(hub.tcp());
    let mut acked = HashMap::new();
    for burst in 0..40 {
        let lines: String = (0..100)
            .map(|at| burst * 100 + at)
            .map(|id| {
                format!(
                    "{{\"op\":\"publish\",\"room\":\"flood\",\"text\":\"m{id}\",\"id\":{id}}}\n"
                )
            })
            .collect();
        wire.send(lines);
        // Some of each burst are not waited for: the kill comes among them.
        for _ in 0..90 {
            let ack = wire.expect(r#""ev":"ack""#);
            acked.insert(
                field(&ack, "seq").to_owned(),
                format!("m{}", field(&ack, "id")),
            );
        }
    }
    hub.kill();
    hub.restart();
    let mut reader = Wire::connect(hub.tcp());
    reader.send("{\"op\":\"subscribe\",\"room\":\"flood\",\"since\":1}\n");
    reader.send("{\"op\":\"publish\",\"room\":\"flood\",\"text\":\"after\",\"id\":\"after\"}\n");
    let mut found = HashMap::new();
    while !acked.keys().all(|seq| found.contains_key(seq)) {
        let line = reader.expect(r#""ev":"message""#);
        let before = found.insert(
            field(&line, "seq").to_owned(),
            field(&line, "text").to_owned(),
        );
        assert_eq!(before, None, "each once");
    }
    for (seq, text) in &acked {
        assert_eq!(&found[seq], text, "seq {seq}");
    }
    // What comes after has a number nobody has seen.
    let mut writer = Wire::connect(hub.tcp());
    writer.send("{\"op\":\"publish\",\"room\":\"flood\",\"text\":\"last\",\"id\":1}\n");
    let last: u64 = field(&writer.expect(r#""ev":"ack""#), "seq")
        .parse()
        .unwrap();
    let highest = found
        .keys()
        .map(|seq| seq.parse::<u64>().unwrap())
        .max()
        .unwrap();
    assert!(last > highest, "{last} after {highest}");
}

#[test]
fn a_clean_stop_leaves_no_gap_and_sqlite3_can_read_it() {
    let mut hub = Hub::start(&[]);
    let mut wire = Wire::connect(hub.tcp());
    wire.send("{\"op\":\"publish\",\"room\":\"r\",\"text\":\"one\",\"id\":1}\n");
    assert_eq!(field(&wire.expect("ack"), "seq"), "1");
    assert_eq!(hub.stop(), Some(0));
    wire.expect("shutting_down");
    let table = Command::new("sqlite3")
        .arg(hub.data().join("history.db"))
        .arg("select room, seq, text from log")
        .output()
        .expect("sqlite3 is installed by scripts/test");
    assert_eq!(String::from_utf8_lossy(&table.stdout), "r|1|one\n");
    hub.restart();
    let mut wire = Wire::connect(hub.tcp());
    wire.send("{\"op\":\"publish\",\"room\":\"r\",\"text\":\"two\",\"id\":1}\n");
    assert_eq!(field(&wire.expect("ack"), "seq"), "2");
    wire.send("{\"op\":\"history\",\"room\":\"r\"}\n");
    wire.expect(r#""text":"one""#);
    wire.expect(r#""text":"two""#);
    wire.expect(r#"{"ev":"history","room":"r","head":2,"count":2}"#);
}

#[test]
fn who_fell_behind_catches_up_from_disk() {
    let hub = Hub::start(&["--tail", "64KiB", "--max-publishes", "0"]);
    let mut slow = Wire::connect(hub.tcp());
    slow.send("{\"op\":\"subscribe\",\"room\":\"r\"}\n");
    slow.expect("subscribed");
    let mut writer = Wire::connect(hub.tcp());
    let text = "x".repeat(1000);
    for burst in 0..20 {
        let lines: String = (0..500)
            .map(|at| burst * 500 + at)
            .map(|id| {
                format!("{{\"op\":\"publish\",\"room\":\"r\",\"text\":\"{text}\",\"id\":{id}}}\n")
            })
            .collect();
        writer.send(lines);
        for _ in 0..500 {
            writer.expect(r#""ev":"ack""#);
        }
    }
    for expected in 1..=10_000 {
        let line = slow.expect(r#""room":"r","seq""#);
        assert!(
            line.starts_with(r#"{"ev":"message""#),
            "nothing is missed: {line}"
        );
        assert_eq!(field(&line, "seq"), expected.to_string());
    }
}

#[test]
fn without_history_who_fell_behind_is_told_what_it_missed() {
    let hub = Hub::start(&["--no-history", "--tail", "64KiB"]);
    let mut writer = Wire::connect(hub.tcp());
    let text = "x".repeat(1000);
    let lines: String = (1..=500)
        .map(|id| {
            format!("{{\"op\":\"publish\",\"room\":\"r\",\"text\":\"{text}\",\"id\":{id}}}\n")
        })
        .collect();
    writer.send(lines);
    for _ in 0..500 {
        writer.expect(r#""ev":"ack""#);
    }
    let mut reader = Wire::connect(hub.tcp());
    reader.send("{\"op\":\"subscribe\",\"room\":\"r\",\"since\":10}\n");
    let missed = reader.expect(r#""ev":"missed""#);
    assert_eq!(field(&missed, "from"), "10");
    let next: u64 = field(&missed, "to").parse::<u64>().unwrap() + 1;
    for expected in next..=500 {
        assert_eq!(
            field(&reader.expect(r#""ev":"message""#), "seq"),
            expected.to_string()
        );
    }
}

/// What `serve` says when it will not start on the data of `hub`.
fn refuses_to_start_on(hub: &Hub) -> String {
    let mut second = common::sockhop()
        .args(["serve", "--listen", "any://127.0.0.1:0", "--data"])
        .arg(hub.data())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut words = String::new();
    let mut stderr = second.stderr.take().expect("it is piped");
    let lines = common::lines(second.stdout.take().expect("it is piped"));
    if let Ok(line) = lines.recv_timeout(common::PATIENCE) {
        second.kill().expect("it runs");
        panic!("it starts: {line}");
    }
    stderr.read_to_string(&mut words).expect("words");
    assert_eq!(second.wait().expect("it was ours").code(), Some(1));
    words
}

#[test]
fn a_second_hub_on_the_same_data_is_told_so() {
    let hub = Hub::start(&[]);
    let words = refuses_to_start_on(&hub);
    assert!(words.contains("is in use by another process"), "{words}");
}

#[test]
fn damage_is_reported_in_words() {
    let mut hub = Hub::start(&[]);
    hub.kill();
    // The log beside it would make up for a damaged file: it has the file's first pages.
    for file in ["history.db", "history.db-wal"] {
        std::fs::write(
            hub.data().join(file),
            "this is no database, but quite long".repeat(200),
        )
        .expect("it is ours");
    }
    let words = refuses_to_start_on(&hub);
    assert!(
        words.contains("history.db is damaged") && words.contains("move it away"),
        "{words}"
    );
}

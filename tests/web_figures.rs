//! What the hub tells about itself: `/-/rooms`, `/-/connections`, `/-/health` and `/-/metrics`.

mod common;

use std::collections::{BTreeMap, HashMap, HashSet};

use common::web::{Asker, curl, follow, publish, read, until};
use common::{Hub, Wire, datagram};

use serde_json::{Value, json};

fn figures(hub: &Hub, path: &str) -> Value {
    let answer = curl(hub, path, &["--header", "Accept: application/json"]);
    assert_eq!(
        (answer.status, answer.media_type()),
        (200, "application/json")
    );
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

/// What Prometheus would read, read as strictly as its own linter does.
#[derive(Debug)]
struct Metrics {
    kinds: HashMap<String, String>,
    samples: BTreeMap<String, f64>,
}

impl Metrics {
    fn of(hub: &Hub) -> Self {
        let answer = curl(hub, "/-/metrics", &[]);
        assert_eq!((answer.status, answer.media_type()), (200, "text/plain"));
        assert!(answer.header("content-type").contains("version=0.0.4"));
        Self::parse(&answer.text())
    }

    fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'));
        let (mut kinds, mut samples) = (HashMap::new(), BTreeMap::new());
        let mut helped = HashSet::new();
        let mut family = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help");
                assert!(help.len() > 5 && helped.insert(name.to_owned()), "{line}");
                name.clone_into(&mut family);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert_eq!(name, family, "help comes before the type");
                assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none());
            } else {
                let (series, value) = line.rsplit_once(' ').expect("a value");
                let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
                check_series(series, &family, &kinds[&family]);
                assert!(kinds[&family] == "gauge" || value >= 0.0, "{line}");
                assert!(
                    samples.insert(series.to_owned(), value).is_none(),
                    "{line} twice"
                );
            }
        }
        let metrics = Self { kinds, samples };
        metrics.check_histograms();
        metrics
    }

    fn check_histograms(&self) {
        for name in self
            .kinds
            .keys()
            .filter(|name| self.kinds[*name] == "histogram")
        {
            let prefix = format!("{name}_bucket{{le=\"");
            let mut buckets: Vec<(f64, f64)> = self
                .samples
                .iter()
                .filter_map(|(series, count)| {
                    let bound = series.strip_prefix(&prefix)?.strip_suffix("\"}")?;
                    Some((bound.parse().expect("a bound"), *count))
                })
                .collect();
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(
                buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1),
                "{buckets:?}"
            );
            let last = buckets.last().expect("a bucket");
            assert_eq!(
                (last.0, last.1),
                (f64::INFINITY, self.value(&format!("{name}_count")))
            );
            self.value(&format!("{name}_sum"));
        }
    }

    /// A sample; 0 where there is none yet.
    fn value(&self, series: &str) -> f64 {
        self.samples.get(series).copied().unwrap_or(0.0)
    }
}

/// Checks a name and its labels.
fn check_series(series: &str, family: &str, kind: &str) {
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("a brace")),
        None => (series, ""),
    };
    let of_family = match kind {
        "histogram" => ["_bucket", "_sum", "_count"]
            .iter()
            .any(|part| name.strip_suffix(part) == Some(family)),
        _ => name == family,
    };
    assert!(of_family, "{series} in {family}");
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    assert!(is_word(name) && name.starts_with("sockhop_"), "{series}");
    for label in labels.split(',').filter(|label| !label.is_empty()) {
        let (word, value) = label.split_once('=').expect("a label");
        assert!(is_word(word), "{series}");
        assert!(
            value.len() >= 2 && value.starts_with('"') && value.ends_with('"'),
            "{series}"
        );
    }
}

#[test]
fn metrics_move_with_what_happens() {
    let hub = Hub::start(&[]);
    let before = Metrics::of(&hub);
    for known in [
        "sockhop_connections",
        "sockhop_messages_received_total",
        "sockhop_messages_sent_total",
        "sockhop_received_bytes_total",
        "sockhop_sent_bytes_total",
        "sockhop_closes_total",
        "sockhop_slow_consumers",
        "sockhop_lag_max_messages",
        "sockhop_history_queue_bytes",
        "sockhop_history_queue_messages",
        "sockhop_history_commit_seconds",
    ] {
        assert!(before.kinds.contains_key(known), "no {known}");
    }
    let mut json = Wire::connect(hub.tcp());
    json.send("{\"op\":\"subscribe\",\"room\":\"r\"}\n");
    json.expect("subscribed");
    let reader = follow(&hub, "/r?follow&raw", &[]);
    json.expect("joined");
    for number in 1..=10 {
        publish(&hub, "/r", "ann", &format!("{number} {}", "x".repeat(100)));
        reader.expect("x");
        json.expect("x");
    }
    json.send("{\"op\":\"publish\",\"room\":\"r\",\"text\":\"y\",\"id\":1}\n");
    json.expect("ack");
    reader.expect("y");
    datagram(hub.udp(), b"21.5");
    let mut short = Wire::connect(hub.tcp());
    short.send("{\"op\":\"bye\"}\n");
    short.rest();
    let ended = "sockhop_closes_total{reason=\"bye\"}";
    let after = until(
        || Metrics::of(&hub),
        |now| now.value(ended) > 0.0 && now.value("sockhop_messages_total") >= 12.0,
    );
    let grew = |name: &str| after.value(name) - before.value(name);
    assert_eq!(
        grew("sockhop_messages_received_total{protocol=\"http\"}"),
        10.0
    );
    assert_eq!(
        grew("sockhop_messages_received_total{protocol=\"json\"}"),
        1.0
    );
    assert_eq!(
        grew("sockhop_messages_received_total{protocol=\"udp\"}"),
        1.0
    );
    assert_eq!(grew("sockhop_messages_sent_total{protocol=\"json\"}"), 10.0);
    assert_eq!(grew("sockhop_messages_sent_total{protocol=\"http\"}"), 11.0);
    assert!(grew("sockhop_received_bytes_total{protocol=\"http\"}") >= 1000.0);
    assert!(grew("sockhop_sent_bytes_total{protocol=\"http\"}") >= 1000.0);
    assert!(grew("sockhop_sent_bytes_total{protocol=\"json\"}") >= 1000.0);
    assert_eq!(after.value("sockhop_connections{protocol=\"json\"}"), 1.0);
    assert!(after.value("sockhop_connections{protocol=\"http\"}") >= 1.0);
    assert!(grew("sockhop_history_commit_seconds_count") >= 1.0);
    assert_eq!(grew(ended), 1.0);
    assert!(after.value("sockhop_rooms") >= 2.0);
    // What counts never counts back.
    let later = Metrics::of(&hub);
    for (series, value) in &after.samples {
        let name = series.split('{').next().expect("a name");
        if name.ends_with("_total") || name.contains("_seconds_") {
            assert!(later.value(series) >= *value, "{series}");
        }
    }
    drop(reader);
    until(
        || Metrics::of(&hub).value("sockhop_members"),
        |members| *members <= 1.0,
    );
}

#[test]
fn connections_and_rooms_are_listed() {
    let hub = Hub::start(&[]);
    let mut json = Wire::connect(hub.tcp());
    json.send("{\"op\":\"hello\",\"nick\":\"jetson\",\"client\":\"test 1.0\"}\n");
    json.send("{\"op\":\"subscribe\",\"room\":\"imu\"}\n");
    json.send("{\"op\":\"publish\",\"room\":\"imu\",\"text\":\"12345\",\"id\":1}\n");
    json.expect("ack");
    let reader = follow(&hub, "/imu?follow", &["--header", "X-Nick: reader"]);
    json.expect("joined");
    let answer = figures(&hub, "/-/connections");
    let all = answer["connections"].as_array().expect("a list");
    assert_eq!(answer["count"].as_u64(), Some(all.len() as u64));
    let of = |nick: &str| {
        let found = all.iter().find(|connection| connection["nick"] == nick);
        found.unwrap_or_else(|| panic!("no {nick} in {answer}"))
    };
    let jetson = of("jetson");
    assert_eq!(jetson["protocol"], "json");
    assert_eq!(jetson["client"], "test 1.0");
    let peer = json.stream.local_addr().unwrap().to_string();
    assert_eq!(jetson["peer"], peer);
    assert_eq!(
        (&jetson["messages_in"], &jetson["rooms"]),
        (&json!(1), &json!(1))
    );
    assert!(jetson["bytes_in"].as_u64() > Some(100), "{jetson}");
    assert!(jetson["bytes_out"].as_u64() > Some(100), "{jetson}");
    assert_eq!(
        (&jetson["behind"], &of("reader")["protocol"]),
        (&json!(0), &json!("http"))
    );

    let rooms = figures(&hub, "/-/rooms");
    let imu = &rooms["rooms"][0];
    assert_eq!((&rooms["count"], &imu["room"]), (&json!(1), &json!("imu")));
    for (field, expected) in [
        ("head", 1),
        ("members", 2),
        ("readers", 2),
        ("messages", 1),
        ("bytes", 5),
    ] {
        assert_eq!(imu[field], expected, "{field} of {imu}");
    }
    // For people, a room a line.
    assert!(read(&hub, "/-/rooms", &["--header", "Accept: text/plain"]).starts_with("imu"));

    let health = figures(&hub, "/-/health");
    assert_eq!(health["hub"], "test");
    assert_eq!(
        (&health["rooms"], &health["messages"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(health["history"]["kept"], true);
    assert_eq!(health["history"]["failed"], 0);
    assert!(health["connections"].as_u64() >= Some(2), "{health}");
    drop(reader);
}

#[test]
fn who_does_not_read_is_seen() {
    let hub = Hub::start(&["--max-publishes", "0"]);
    let mut stuck = Asker::connect(hub.tcp());
    let host = hub.tcp();
    stuck.send(format!(
        "GET /flood?follow HTTP/1.1\r\nHost: {host}\r\nX-Nick: stuck\r\n\r\n"
    ));
    assert_eq!(stuck.head().status, 200);
    let mut wire = Wire::connect(host);
    let text = "x".repeat(20_000);
    for number in 1..=3000 {
        wire.send(format!(
            "{{\"op\":\"publish\",\"room\":\"flood\",\"text\":\"{text}\",\"id\":{number}}}\n"
        ));
    }
    wire.expect(r#""id":3000"#);
    let metrics = Metrics::of(&hub);
    assert_eq!(metrics.value("sockhop_slow_consumers"), 1.0);
    assert!(metrics.value("sockhop_lag_max_messages") > 1000.0);
    let connections = figures(&hub, "/-/connections");
    let all = connections["connections"].as_array().expect("a list");
    let stuck_one = all
        .iter()
        .find(|it| it["nick"] == "stuck")
        .expect("it is there");
    assert!(stuck_one["behind"].as_u64() > Some(1000), "{stuck_one}");
    drop(stuck);
    until(
        || Metrics::of(&hub).value("sockhop_slow_consumers"),
        |slow| *slow == 0.0,
    );
}

//! What Prometheus reads, read by a parser that forgives nothing.

use std::collections::{BTreeMap, HashSet};

use sockhop_hub::{Config, Entropy, Hub};
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, udp};

use super::*;

const NAME: &str = "a \"hub\" of \\ and\nlines";

/// What all lines about one name come to.
#[derive(Debug, Default)]
struct Family {
    kind: String,
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Sample {
    fn label(&self, name: &str) -> Option<&str> {
        let found = self.labels.iter().find(|(label, _)| label == name);
        found.map(|(_, content)| content.as_str())
    }
}

/// Reads a whole page, line by line.
fn parse(page: &str) -> BTreeMap<String, Family> {
    let body = page.strip_suffix('\n').expect("the last line has its end");
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut helped = None;
    for line in body.split('\n') {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help has words");
            check_name(name);
            assert!(help.ends_with('.') && !help.contains('\\'), "{line}");
            assert_eq!(helped.replace(name), None, "help without a type");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type has a kind");
            assert_eq!(helped.take(), Some(name), "its help comes first");
            let family = Family {
                kind: kind.to_owned(),
                samples: Vec::new(),
            };
            let before = families.insert(name.to_owned(), family);
            assert!(before.is_none(), "{name} twice");
            name.clone_into(&mut current);
        } else {
            assert_eq!(helped, None, "a help has its type next: {line}");
            let sample = parse_sample(line);
            let family = families.get_mut(&current).expect("a type comes first");
            check_belongs(&current, &family.kind, &sample.name);
            family.samples.push(sample);
        }
    }
    families
}

fn parse_sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a sample has a value");
    let (name, mut rest) = line.split_at(end);
    check_name(name);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, behind) = rest.split_once("=\"").expect("a label has a content");
            check_label(label);
            let (content, behind) = unescape(behind);
            labels.push((label.to_owned(), content));
            match behind.strip_prefix(',') {
                Some(next) => rest = next,
                None => {
                    rest = behind.strip_prefix('}').expect("labels end");
                    break;
                }
            }
        }
    }
    let value = rest.strip_prefix(' ').expect("one space");
    assert!(
        value.bytes().all(|it| it.is_ascii_digit() || it == b'.'),
        "a plain number, and no time: {line}"
    );
    Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().expect("a number"),
    }
}

/// Reads up to the closing quote, and gives back what is behind it.
fn unescape(text: &str) -> (String, &str) {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (content, &text[at + 1..]),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('\\') => content.push('\\'),
                Some('"') => content.push('"'),
                Some('n') => content.push('\n'),
                other => panic!("no such escape: {other:?}"),
            },
            c => content.push(c),
        }
    }
    panic!("no closing quote in {text}")
}

fn check_name(name: &str) {
    assert!(name.starts_with("sockhop_"), "{name}");
    let fits = |c| matches!(c, 'a'..='z' | '_');
    assert!(name.chars().all(fits) && !name.contains("__"), "{name}");
}

fn check_label(label: &str) {
    assert!(!label.is_empty());
    assert!(label.chars().all(|c| c.is_ascii_lowercase()), "{label}");
}

fn check_belongs(family: &str, kind: &str, sample: &str) {
    let ending = sample.strip_prefix(family).expect("under its own type");
    let allowed: &[&str] = match kind {
        "histogram" => &["_bucket", "_sum", "_count"],
        _ => &[""],
    };
    assert!(allowed.contains(&ending), "{sample} in {family}");
}

fn check_customs(name: &str, family: &Family) {
    assert_eq!(name.ends_with("_total"), family.kind == "counter", "{name}");
    match family.kind.as_str() {
        "gauge" | "counter" => {
            for ending in ["_count", "_sum", "_bucket"] {
                assert!(!name.ends_with(ending), "{name}");
            }
        }
        "histogram" => check_histogram(name, family),
        other => panic!("no such type: {other}"),
    }
    let mut seen = HashSet::new();
    for sample in &family.samples {
        let fresh = seen.insert((&sample.name, &sample.labels));
        assert!(fresh, "twice: {sample:?}");
    }
}

fn check_histogram(name: &str, family: &Family) {
    let of = |ending: &str| {
        let name = format!("{name}{ending}");
        let samples = family.samples.iter();
        samples
            .filter(|it| it.name == name)
            .map(|it| (it.label("le"), it.value))
            .collect::<Vec<_>>()
    };
    let buckets = of("_bucket");
    let bounds: Vec<f64> = buckets
        .iter()
        .map(|(bound, _)| {
            let bound = bound.expect("a bucket has a bound");
            bound.parse().expect("a number, or +Inf")
        })
        .collect();
    assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
    assert_eq!(bounds.last(), Some(&f64::INFINITY));
    assert!(buckets.is_sorted_by_key(|(_, count)| *count), "{buckets:?}");
    let last = buckets.last().map(|(_, count)| *count);
    assert_eq!(of("_count"), [(None, last.expect("there are buckets"))]);
    assert_eq!(of("_sum").len(), 1);
}

fn hub() -> Hub {
    let config = Config::new(NAME, 1, Entropy(Box::new(|| 7)));
    Hub::new(config, Vec::new())
}

/// The figures of a hub in which something has happened.
fn busy() -> Figures {
    let mut hub = hub();
    hub.tick(1_000_000);
    let person = hub.open(&TEXT, None, 1_000_000);
    let program = hub.open(&JSON, None, 1_000_000);
    hub.note_read(program, 70);
    hub.note_datagram(5);
    let hello = udp::decode(b"hello").unwrap();
    hub.handle_datagram(&hello, 1_000_000).unwrap();
    hub.note_datagram_dropped(9);
    hub.note_turned_away();
    hub.close(person, CloseReason::TimedOut, 2_000_000);
    for us in [100, 250, 40_000, 9_000_000] {
        hub.note_commit(us);
    }
    hub.figures(2_500_000)
}

/// The one value under `name` that has this label.
fn value(page: &str, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
    let families = parse(page);
    let mut found = families
        .values()
        .flat_map(|family| &family.samples)
        .filter(|it| it.name == name)
        .filter(|it| label.is_none_or(|(label, content)| it.label(label) == Some(content)));
    let first = found.next()?;
    assert!(found.next().is_none(), "{name} {label:?} is not one");
    Some(first.value)
}

#[test]
fn a_new_hub_and_a_busy_one_keep_the_rules() {
    for figures in [hub().figures(5), busy()] {
        let page = render(&figures);
        for (name, family) in &parse(&page) {
            check_customs(name, family);
        }
    }
}

#[test]
fn figures_are_where_they_are_expected() {
    let page = render(&busy());
    let json = Some(("protocol", "json"));
    let text = Some(("protocol", "text"));
    let expected = [
        ("sockhop_uptime_seconds", None, 1.5),
        ("sockhop_connections", json, 1.0),
        ("sockhop_connections", text, 0.0),
        ("sockhop_connections_opened_total", text, 1.0),
        ("sockhop_received_bytes_total", json, 70.0),
        (
            "sockhop_messages_received_total",
            Some(("protocol", "udp")),
            1.0,
        ),
        ("sockhop_closes_total", Some(("reason", "timed_out")), 1.0),
        ("sockhop_turned_away_total", None, 1.0),
        ("sockhop_messages_total", None, 1.0),
        ("sockhop_rooms", None, 1.0),
        ("sockhop_datagrams_received_total", None, 2.0),
        ("sockhop_datagrams_dropped_total", None, 1.0),
        ("sockhop_history_kept", None, 0.0),
        ("sockhop_history_commit_seconds_sum", None, 9.04035),
        ("sockhop_history_commit_seconds_count", None, 4.0),
        (
            "sockhop_history_commit_seconds_bucket",
            Some(("le", "0.00025")),
            2.0,
        ),
        (
            "sockhop_history_commit_seconds_bucket",
            Some(("le", "2.5")),
            3.0,
        ),
        (
            "sockhop_history_commit_seconds_bucket",
            Some(("le", "+Inf")),
            4.0,
        ),
    ];
    for (name, label, wanted) in expected {
        assert_eq!(value(&page, name, label), Some(wanted), "{name} {label:?}");
    }
}

#[test]
fn a_name_is_read_back_as_it_was() {
    let page = render(&hub().figures(5));
    let families = parse(&page);
    let info = &families["sockhop_info"].samples;
    assert_eq!(info.len(), 1);
    assert_eq!(info[0].label("hub"), Some(NAME));
    assert!(info[0].label("version").is_some());
}

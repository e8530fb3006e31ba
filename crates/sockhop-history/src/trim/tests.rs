use std::time::Duration;

use sockhop_hub::history::{History, Recall};
use sockhop_hub::retention::{Keep, Retention, Rule};
use sockhop_proto::{Filter, Message, Micros};

use super::Bounds;
use crate::SqliteHistory;
use crate::testing::{Store, batch, keep, message, numbered, say, seqs};

fn count(messages_max: u64) -> Keep {
    Keep {
        messages_max: Some(messages_max),
        age_max: None,
    }
}

fn age(micros: u64) -> Keep {
    Keep {
        messages_max: None,
        age_max: Some(Duration::from_micros(micros)),
    }
}

fn all(otherwise: Keep) -> Retention {
    Retention {
        rules: Vec::new(),
        otherwise,
    }
}

fn trim(history: &mut SqliteHistory, retention: &Retention, now: Micros) -> u64 {
    history.trim(retention, now).unwrap()
}

#[test]
fn by_count_the_oldest_go_whatever_their_numbers() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", [1, 2, 500, 501, 9000]);
    assert_eq!(trim(&mut history, &all(count(5)), 0), 0);
    assert_eq!(trim(&mut history, &all(count(3)), 0), 2);
    assert_eq!(seqs(&mut recall, "a"), [500, 501, 9000]);
    say(&mut history, "a", [9001]);
    assert_eq!(trim(&mut history, &all(count(3)), 0), 1);
    assert_eq!(seqs(&mut recall, "a"), [501, 9000, 9001]);
    assert_eq!(trim(&mut history, &all(count(0)), 0), 3);
    assert_eq!(
        history.rooms().unwrap()[0].reserved,
        9001,
        "its numbers stay used"
    );
}

#[test]
fn counts_are_right_after_a_restart_and_a_repeated_batch() {
    let store = Store::new();
    let mut history = store.open();
    say(&mut history, "a", [1, 5, 9]);
    drop(history);
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", [9, 10]);
    assert_eq!(trim(&mut history, &all(count(4)), 0), 0);
    assert_eq!(trim(&mut history, &all(count(2)), 0), 2);
    say(&mut history, "a", [10, 11]);
    assert_eq!(trim(&mut history, &all(count(2)), 0), 1);
    assert_eq!(seqs(&mut recall, "a"), [10, 11]);
}

#[test]
fn by_age_the_older_go() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", [10, 20, 30]);
    assert_eq!(trim(&mut history, &all(age(20)), 30), 0);
    assert_eq!(
        trim(&mut history, &all(age(20)), 40),
        1,
        "20 is not older than that yet"
    );
    assert_eq!(seqs(&mut recall, "a"), [20, 30]);
    assert_eq!(
        trim(&mut history, &all(age(5)), 10),
        0,
        "before its clock began"
    );
    assert_eq!(trim(&mut history, &all(age(0)), 30), 2, "no age is nothing");
    assert!(seqs(&mut recall, "a").is_empty());
    say(&mut history, "a", [40]);
    assert_eq!(trim(&mut history, &all(age(5)), 41), 0);
    assert_eq!(trim(&mut history, &all(age(5)), 46), 1);
}

#[test]
fn a_clock_set_back_removes_nothing_early() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let at = |seq, time| {
        keep(Message {
            time,
            ..message("a", seq, "")
        })
    };
    history
        .commit(&batch([at(1, 100), at(2, 20), at(3, 110)]))
        .unwrap();
    assert_eq!(trim(&mut history, &all(age(50)), 120), 0);
    assert_eq!(trim(&mut history, &all(age(50)), 151), 2);
    assert_eq!(seqs(&mut recall, "a"), [3]);
}

#[test]
fn both_rules_hold() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", 1..=10);
    let both = Keep {
        messages_max: Some(8),
        age_max: Some(Duration::from_micros(5)),
    };
    assert_eq!(trim(&mut history, &all(both), 11), 5);
    assert_eq!(seqs(&mut recall, "a"), [6, 7, 8, 9, 10]);
    say(&mut history, "a", 11..=20);
    assert_eq!(trim(&mut history, &all(both), 11), 7);
    assert_eq!(seqs(&mut recall, "a"), (13..=20).collect::<Vec<_>>());
}

#[test]
fn the_first_rule_that_matches_decides() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    for name in ["telemetry/imu", "telemetry/gps", "lobby", "log"] {
        say(&mut history, name, 1..=5);
    }
    let rule = |rooms, keep| Rule {
        rooms: Filter::parse(rooms).unwrap(),
        keep,
    };
    let all_of_it = Keep {
        messages_max: None,
        age_max: None,
    };
    let retention = Retention {
        rules: vec![
            rule("telemetry/imu", count(1)),
            rule("telemetry/#", count(2)),
            rule("log", all_of_it),
        ],
        otherwise: count(3),
    };
    assert_eq!(trim(&mut history, &retention, 0), 4 + 3 + 2);
    let mut left = |name| seqs(&mut recall, name).len();
    assert_eq!(
        [
            left("telemetry/imu"),
            left("telemetry/gps"),
            left("lobby"),
            left("log")
        ],
        [1, 2, 3, 5]
    );
}

#[test]
fn one_call_does_so_much_and_the_next_goes_on() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    history.trimmer.bounds = Bounds {
        removed_max: 10,
        counted_max: 1000,
    };
    say(&mut history, "large", 1..=100);
    say(&mut history, "small", 1..=15);
    let kept = all(count(10));
    assert_eq!(trim(&mut history, &kept, 0), 10);
    assert_eq!(seqs(&mut recall, "large").len(), 90);
    assert_eq!(
        trim(&mut history, &kept, 0),
        10,
        "the small room's turn, and 5 of the large one"
    );
    assert_eq!(seqs(&mut recall, "small").len(), 10);
    let mut removed = 20;
    loop {
        match trim(&mut history, &kept, 0) {
            0 => break,
            more => removed += more,
        }
        assert!(removed <= 95);
    }
    assert_eq!(removed, 95);
    assert_eq!(seqs(&mut recall, "large"), (91..=100).collect::<Vec<_>>());
}

#[test]
fn counting_goes_on_where_it_stopped_while_messages_come_and_go() {
    let store = Store::new();
    let mut history = store.open();
    say(&mut history, "a", (1..=40).map(|n| n * 3));
    drop(history);
    let (mut history, mut recall) = store.both();
    history.trimmer.bounds = Bounds {
        removed_max: 1000,
        counted_max: 12,
    };
    let both = Keep {
        messages_max: Some(20),
        age_max: Some(Duration::from_micros(100)),
    };
    // Its messages are as old as their numbers: 3 go by age while it is being counted.
    assert_eq!(trim(&mut history, &all(both), 110), 3);
    say(&mut history, "a", [200, 201]);
    assert_eq!(trim(&mut history, &all(both), 110), 0, "12 more counted");
    assert_eq!(trim(&mut history, &all(both), 110), 0, "and 12 more");
    assert_eq!(trim(&mut history, &all(both), 110), 19, "39 known, 20 kept");
    assert_eq!(seqs(&mut recall, "a").len(), 20);
}

#[test]
fn a_room_that_cannot_hold_too_many_is_not_counted() {
    let store = Store::new();
    let mut history = store.open();
    say(&mut history, "a", 1..=10);
    drop(history);
    let (mut history, mut recall) = store.both();
    history.trimmer.bounds.counted_max = 0;
    assert_eq!(trim(&mut history, &all(count(10)), 0), 0);
    assert_eq!(trim(&mut history, &all(count(9)), 0), 0, "may not count");
    history.trimmer.bounds.counted_max = 100;
    assert_eq!(trim(&mut history, &all(count(9)), 0), 1);
    assert_eq!(seqs(&mut recall, "a").len(), 9);
}

#[test]
fn what_goes_is_forgotten_by_its_session_too_and_its_space_used_again() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let said = |from: u64| {
        batch((from..from + 2000).map(|seq| numbered(message("a", seq, "text"), "s", seq)))
    };
    history.commit(&said(1)).unwrap();
    assert_eq!(trim(&mut history, &all(count(0)), 0), 2000);
    assert_eq!(recall.published("s").unwrap(), []);
    let pages = || -> i64 {
        let db = store.sqlite();
        db.query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap()
    };
    let before = pages();
    history.commit(&said(2001)).unwrap();
    assert_eq!(pages(), before);
}

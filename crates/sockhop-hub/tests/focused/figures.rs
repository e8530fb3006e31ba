//! What the hub counts, after traffic that is known.

use std::collections::{BTreeMap, VecDeque};
use std::task::Waker;

use bytes::Bytes;
use sockhop_hub::{Counts, Lag, ProtocolFigures, Traffic};
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, Code, Refusal, udp};

use crate::support::house::House;

const FOLLOW: &str = r#"{"op":"subscribe","room":"a"}"#;

fn protocol(house: &House, name: &str) -> ProtocolFigures {
    let figures = house.hub.figures(house.now);
    let found = figures.protocols.into_iter().find(|it| it.name == name);
    found.expect("somebody spoke it")
}

/// Messages in, messages out.
fn messages(house: &House, nick: &str) -> (u64, u64) {
    let all = house.hub.connections(usize::MAX).listed;
    let it = all.into_iter().find(|it| it.nick.as_str() == nick);
    let it = it.expect("it is connected");
    (it.received.messages, it.sent.messages)
}

fn lag(house: &House) -> Lag {
    house.hub.figures(house.now).lag
}

#[test]
fn a_message_is_counted_once_in_and_once_for_each_reader() {
    let mut house = House::new();
    let (ann, bob, person) = (house.program("ann"), house.program("bob"), house.person());
    house.say(&bob, FOLLOW);
    house.say(&person, "/join a");
    house.publish(&ann, "a", &["one", "two", "three"]);
    house.hear(&bob);
    house.hear(&person);
    assert_eq!(messages(&house, "ann"), (3, 0), "she only publishes");
    assert_eq!(messages(&house, "bob"), (0, 3));
    assert_eq!(protocol(&house, "json").received.messages, 3);
    assert_eq!(protocol(&house, "json").sent.messages, 3);
    assert_eq!(protocol(&house, "text").sent.messages, 3);
    assert_eq!(house.hub.counts().messages, 3);
}

#[test]
fn own_messages_are_not_sent_unless_echoed() {
    let mut house = House::new();
    let (ann, echo) = (house.program("ann"), house.open(&JSON));
    house.say_all(
        &echo,
        &[r#"{"op":"hello","nick":"bob","echo":true}"#, FOLLOW],
    );
    house.say(&ann, FOLLOW);
    house.publish(&ann, "a", &["one"]);
    house.publish(&echo, "a", &["two", "three"]);
    house.publish(&ann, "a", &["four"]);
    house.hear(&ann);
    house.hear(&echo);
    assert_eq!(messages(&house, "ann"), (2, 2));
    assert_eq!(protocol(&house, "json").sent.messages, 2 + 4);
}

#[test]
fn watchers_and_history_are_counted_as_what_they_are_sent() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r##"{"op":"subscribe","room":"#"}"##);
    house.publish(&ann, "a", &["one", "two"]);
    house.publish(&ann, "b/c", &["three"]);
    house.hear_all(&bob);
    assert_eq!(messages(&house, "bob"), (0, 3));
    house.say(&bob, r#"{"op":"history","room":"a"}"#);
    house.hear_all(&bob);
    assert_eq!(messages(&house, "bob"), (0, 5));
    let rooms: Vec<_> = house
        .hub
        .room_figures(10)
        .listed
        .into_iter()
        .map(|it| {
            (
                it.room.to_string(),
                it.head,
                it.members,
                it.readers,
                it.said,
            )
        })
        .collect();
    let said = |messages, bytes| Traffic { messages, bytes };
    assert_eq!(
        rooms,
        [
            ("a".to_owned(), 2, 0, 1, said(2, 6)),
            ("b/c".to_owned(), 1, 0, 1, said(1, 5)),
        ]
    );
}

#[test]
fn what_was_missed_is_counted_apart() {
    let mut house = House::with(|config| config.tail_bytes_max = 2000);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, FOLLOW);
    house.hear(&bob);
    for _ in 0..200 {
        house.publish(&ann, "a", &["hi"]);
    }
    house.hear(&bob);
    let json = protocol(&house, "json");
    assert!(json.missed > 100, "{json:?}");
    assert_eq!(json.missed + json.sent.messages, 200);
}

#[test]
fn bytes_out_are_those_handed_out_and_bytes_in_those_reported() {
    let mut house = House::new();
    let ann = house.program("ann");
    let before = protocol(&house, "json");
    assert!(before.sent.bytes > 0, "a welcome");
    house.say(&ann, r#"{"op":"ping","id":1}"#);
    let mut out = VecDeque::new();
    house.hub.poll_output(ann.key, Waker::noop(), &mut out);
    let length: usize = out.iter().map(Bytes::len).sum();
    house.hub.note_read(ann.key, 21);
    let after = protocol(&house, "json");
    assert_eq!(after.sent.bytes - before.sent.bytes, length as u64);
    assert_eq!(after.received.bytes, 21);
    let session = &house.hub.connections(1).listed[0];
    assert_eq!(
        (session.received, session.sent),
        (after.received, after.sent)
    );
}

#[test]
fn a_direct_message_is_one_in_and_one_out() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.program("bob");
    house.say(&ann, r#"{"op":"direct","to":"bob","text":"psst"}"#);
    house.say(&ann, r#"{"op":"direct","to":"zoe","text":"psst"}"#);
    assert_eq!(messages(&house, "ann"), (1, 0));
    assert_eq!(messages(&house, "bob"), (0, 1));
    assert_eq!(house.hub.counts().messages, 0, "no room has it");
}

#[test]
fn what_is_refused_or_repeated_is_not_counted() {
    let mut house = House::with(|config| config.publishes_per_second_max = 2);
    let ann = house.resume("a-token-of-its-own");
    let publish = r#"{"op":"publish","room":"a","text":"hi","id":1}"#;
    house.say_all(&ann, &[publish, publish, publish]);
    house.publish(&ann, "a/#", &["no such name"]);
    house.publish(&ann, "a", &["too fast"]);
    assert_eq!(protocol(&house, "json").received.messages, 1);
    assert_eq!(house.hub.counts().messages, 1);
}

#[test]
fn a_will_is_a_message_of_its_author() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"will","room":"a","text":"gone"}"#);
    assert_eq!(protocol(&house, "json").received.messages, 0);
    house.lose(&ann);
    assert_eq!(protocol(&house, "json").received.messages, 1);
    assert_eq!(house.hub.counts().messages, 1);
}

#[test]
fn datagrams_are_counted_though_they_have_no_session() {
    let mut house = House::with(|config| config.publishes_per_second_max = 2);
    for datagram in ["one", "two", "too fast"] {
        house.hub.note_datagram(datagram.len());
        let datagram = udp::decode(datagram.as_bytes()).unwrap();
        let _ = house.hub.handle_datagram(&datagram, house.now);
    }
    house.hub.note_datagram_dropped(100);
    let udp = protocol(&house, "udp");
    assert_eq!((udp.connections, udp.opened), (0, 0));
    let received = Traffic {
        messages: 2,
        bytes: 3 + 3 + 8 + 100,
    };
    assert_eq!(udp.received, received);
    let Counts {
        datagrams,
        datagrams_dropped,
        messages,
        ..
    } = house.hub.counts();
    assert_eq!((datagrams, datagrams_dropped, messages), (4, 2, 2));
}

#[test]
fn every_session_ends_for_one_reason() {
    let mut house = House::with(|config| config.secret = Some("sesame".into()));
    let mut expected = BTreeMap::new();
    let mut expect = |reason: CloseReason| *expected.entry(reason.as_str()).or_insert(0) += 1;

    let bye = house.open(&JSON);
    house.say(&bye, r#"{"op":"bye"}"#);
    house.lose(&bye);
    expect(CloseReason::Bye);

    let wrong = house.open(&TEXT);
    house.say(&wrong, "/secret open");
    house.lose(&wrong);
    expect(CloseReason::WrongSecret);

    let (old, new) = (house.open(&JSON), house.open(&JSON));
    let hello = r#"{"op":"hello","secret":"sesame","session":"a-token-of-its-own"}"#;
    house.say(&old, hello);
    house.say(&new, hello);
    house.lose(&old);
    expect(CloseReason::Resumed);

    for reason in [
        CloseReason::Closed,
        CloseReason::Reset,
        CloseReason::Silent,
        CloseReason::Switched,
        CloseReason::Reset,
    ] {
        let guest = house.open(&JSON);
        house.hub.close(guest.key, reason, house.now);
        house.hub.close(guest.key, reason, house.now);
        expect(reason);
    }
    for reason in [
        CloseReason::BadInput,
        CloseReason::BadUtf8,
        CloseReason::TooLarge,
        CloseReason::TimedOut,
        CloseReason::Overloaded,
    ] {
        let guest = house.open(&JSON);
        let refusal = Refusal::new(Code::BadMessage, "no");
        house.hub.expel(guest.key, refusal, reason, house.now);
        house.lose(&guest);
        expect(reason);
    }
    let last = house.open(&JSON);
    house.hub.shut_down();
    house.lose(&last);
    house.lose(&new);
    expect(CloseReason::Shutdown);
    expect(CloseReason::Shutdown);

    let figures = house.hub.figures(house.now);
    let closes: BTreeMap<_, _> = figures
        .closes
        .iter()
        .map(|(reason, count)| (reason.as_str(), *count))
        .collect();
    assert_eq!(closes, expected);
    assert_eq!(figures.vitals.connections, 0);
    let opened: u64 = figures.protocols.iter().map(|it| it.opened).sum();
    assert_eq!(opened, closes.values().sum::<u64>());
}

#[test]
fn who_lags_is_seen() {
    let mut house = House::new();
    let (ann, bob, zoe) = (
        house.program("ann"),
        house.program("bob"),
        house.program("zoe"),
    );
    house.say(&bob, FOLLOW);
    house.say(&zoe, FOLLOW);
    house.hear(&bob);
    house.hear(&zoe);
    assert_eq!(lag(&house), Lag::default());
    for _ in 0..1001 {
        house.publish(&ann, "a", &["hi"]);
        house.hear(&zoe);
    }
    let expected = Lag {
        readers: 1,
        messages: 1001,
        messages_max: 1001,
        slow_consumers: 1,
    };
    assert_eq!(lag(&house), expected);
    let behind: Vec<_> = house
        .hub
        .connections(9)
        .listed
        .iter()
        .map(|it| it.behind)
        .collect();
    assert_eq!(behind.iter().sum::<u64>(), 1001);
    house.hear(&bob);
    assert_eq!(lag(&house), Lag::default());
}

#[test]
fn who_waits_for_the_disk_lags() {
    let mut house = House::with(|config| {
        config.keeps_history = true;
        config.tail_bytes_max = 1000;
    });
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    for text in ["one", "two", "three", "four", "five", "six", "seven"] {
        house.publish(&ann, "a", &[text]);
        house.settle();
    }
    house.say(&bob, r#"{"op":"subscribe","room":"a","last":6}"#);
    assert_eq!(lag(&house).messages, 6);
    house.hear(&bob);
    let where_to_begin = house.question().expect("not all of it is in memory");
    house.answer(&where_to_begin);
    house.hear(&bob);
    assert_eq!(lag(&house).messages, 6);
    assert_eq!(lag(&house).slow_consumers, 1, "it reads from disk");
    house.hear_all(&bob);
    assert_eq!(lag(&house), Lag::default());
    assert_eq!(messages(&house, "bob"), (0, 6));
}

#[test]
fn what_goes_to_disk_is_counted() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.publish(&ann, "a", &["one", "two"]);
    house.say(
        &ann,
        r#"{"op":"publish","room":"a","text":"x","ephemeral":true}"#,
    );
    let vitals = house.hub.vitals(house.now);
    assert!(vitals.keeps_history);
    assert!(vitals.queue_messages >= 2 && vitals.queue_bytes > 0);
    house.settle();
    house.publish(&ann, "a", &["three"]);
    house.fail_to_write();
    for us in [300, 40_000] {
        house.hub.note_commit(us);
    }
    let vitals = house.hub.vitals(house.now);
    assert_eq!((vitals.queue_messages, vitals.queue_bytes), (0, 0));
    assert_eq!(vitals.counts.messages_stored, 2);
    assert_eq!(vitals.counts.batches_failed, 1);
    assert_eq!(vitals.commits.count(), 2);
    assert_eq!(vitals.commits.sum_us, 40_300);
    assert_eq!(vitals.commits.last_us, Some(40_000));
}

#[test]
fn a_connection_says_what_is_known_of_it() {
    let mut house = House::new();
    let (ann, person) = (house.open(&JSON), house.person());
    let client = format!("imu-logger\\u0007 {}", "9".repeat(100));
    house.say_all(
        &ann,
        &[
            &format!(r#"{{"op":"hello","nick":"ann","client":"{client}"}}"#),
            FOLLOW,
        ],
    );
    house.tick();
    house.tick();
    let late = house.open(&JSON);
    let all = house.hub.connections(10);
    assert_eq!((all.count, all.listed.len()), (3, 3));
    assert!(all.listed.is_sorted_by_key(|it| it.since));
    let two = house.hub.connections(2);
    assert_eq!((two.count, two.listed.len()), (3, 2));
    assert!(two.listed.iter().all(|it| it.since < house.now));
    let ann = all.listed.iter().find(|it| it.nick.as_str() == "ann");
    let ann = ann.unwrap();
    assert_eq!((ann.protocol, ann.rooms), ("json", 1));
    let client = ann.client.as_deref().unwrap();
    assert!(client.starts_with("imu-logger 9"), "{client}");
    assert_eq!(client.chars().count(), 64);
    let text = all.listed.iter().find(|it| it.protocol == "text").unwrap();
    assert_eq!(text.client, None);
    house.lose(&person);
    house.lose(&late);
    assert_eq!(protocol(&house, "text").connections, 0);
    assert_eq!(protocol(&house, "text").opened, 1);
    let figures = house.hub.figures(house.now);
    assert_eq!(
        (figures.vitals.rooms, figures.members, figures.readers),
        (1, 1, 1)
    );
    assert_eq!(figures.vitals.uptime_us, 1_000_000, "since the first tick");
}

#[test]
fn many_rooms_are_listed_by_name() {
    let mut house = House::new();
    let ann = house.program("ann");
    for at in (0..50).rev() {
        house.publish(&ann, &format!("r{at:02}"), &["hi"]);
    }
    let some = house.hub.room_figures(3);
    assert_eq!(some.count, 50);
    let names: Vec<_> = some.listed.iter().map(|it| it.room.as_str()).collect();
    assert_eq!(names, ["r00", "r01", "r02"]);
}

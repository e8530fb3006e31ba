//! Bounds on what one session, or all of them, may have.

use sockhop_hub::Flow;
use sockhop_proto::json::JSON;

use crate::support::house::House;

#[test]
fn rooms() {
    let mut house = House::with(|config| config.rooms_max = 2);
    let ann = house.program("ann");
    house.publish(&ann, "a", &["hi"]);
    house.say(&ann, r#"{"op":"subscribe","room":"b"}"#);
    house.hear(&ann);
    house.publish(&ann, "c", &["hi"]);
    house.say(&ann, r#"{"op":"subscribe","room":"c"}"#);
    assert_eq!(
        house.hear(&ann),
        ["error too_many_rooms", "error too_many_rooms"]
    );
    house.publish(&ann, "a", &["again"]);
    house.say(&ann, r#"{"op":"unsubscribe","room":"b"}"#);
    house.publish(
        &ann,
        "c",
        &["nobody is in b, nothing was said there: it is gone"],
    );
    house.say(&ann, r#"{"op":"rooms"}"#);
    assert_eq!(house.hear(&ann), ["unsubscribed b", "rooms a#2 c#1"]);
}

#[test]
fn a_hub_full_of_rooms_says_so_to_a_person() {
    let mut house = House::with(|config| config.rooms_max = 1);
    let ann = house.program("ann");
    house.publish(&ann, "a", &["hi"]);
    let person = house.open(&sockhop_proto::text::TEXT);
    let heard = house.hear(&person);
    assert!(heard[0].contains("the most it may have"), "{heard:?}");
    house.say(&person, "/join a");
    assert_eq!(
        house.hear(&person).len(),
        1,
        "but she can go where there is one"
    );
}

#[test]
fn what_was_refused_makes_no_room() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.say(
        &ann,
        r#"{"op":"publish","room":"a","text":"hi","type":"\u0007"}"#,
    );
    house.say(&ann, r#"{"op":"members","room":"a"}"#);
    house.say(&ann, r#"{"op":"history","room":"a"}"#);
    house.say(&ann, r#"{"op":"unsubscribe","room":"a"}"#);
    house.say(&ann, r#"{"op":"rooms"}"#);
    assert_eq!(
        house.hear(&ann),
        [
            "error bad_message",
            "error no_such_room",
            "error no_such_room",
            "error not_subscribed",
            "rooms "
        ]
    );
}

#[test]
fn subscriptions() {
    let mut house = House::with(|config| config.subscriptions_max = 2);
    let ann = house.program("ann");
    house.say_all(
        &ann,
        &[
            r#"{"op":"subscribe","room":"a"}"#,
            r##"{"op":"subscribe","room":"b/#"}"##,
            r#"{"op":"subscribe","room":"c"}"#,
            r#"{"op":"subscribe","room":"+"}"#,
            r##"{"op":"unsubscribe","room":"b/#"}"##,
            r#"{"op":"subscribe","room":"c"}"#,
        ],
    );
    assert_eq!(
        house.hear(&ann),
        [
            "subscribed a head 0 members 1",
            "subscribed b/# head 0 members 0",
            "error too_many_subscriptions",
            "error too_many_subscriptions",
            "unsubscribed b/#",
            "subscribed c head 0 members 1"
        ]
    );
}

#[test]
fn publishes_a_second() {
    let mut house = House::with(|config| config.publishes_per_second_max = 3);
    let ann = house.program("ann");
    house.publish(&ann, "a", &["1", "2", "3", "4"]);
    house.say(&ann, r#"{"op":"direct","to":"ann","text":"hi","id":5}"#);
    assert_eq!(house.hear(&ann), ["error too_fast", "error too_fast 5"]);
    house.now += 400_000;
    house.publish(
        &ann,
        "a",
        &["a third of a second is one more", "but not two"],
    );
    assert_eq!(house.hear(&ann), ["error too_fast"]);
    house.now += 60_000_000;
    house.publish(
        &ann,
        "a",
        &["1", "2", "3", "a minute is no more than a second's worth"],
    );
    assert_eq!(house.hear(&ann), ["error too_fast"]);
    assert_eq!(house.hub.counts().messages, 7);
}

#[test]
fn questions_to_history() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.publish(&ann, "a", &["hi"]);
    house.settle();
    house.crash();
    let ann = house.program("ann");
    let flows: Vec<_> = (0..16)
        .map(|_| house.say(&ann, r#"{"op":"history","room":"a"}"#))
        .collect();
    assert_eq!(flows[14..], [Flow::Go, Flow::Wait]);
    assert_eq!(house.hear_all(&ann).len(), 32, "each is answered");
    assert_eq!(house.hub.flow(ann.key), Flow::Go);
}

#[test]
fn subscriptions_set_anew_while_history_is_slow() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.publish(&ann, "a", &["one", "two", "three"]);
    house.settle();
    house.crash();
    let ann = house.program("ann");
    let mut said = 0;
    while house.hub.flow(ann.key) == Flow::Go {
        said += 1;
        assert!(said < 1000, "each asks history again, and nobody says stop");
        let since = 1 + said % 3;
        house.say(
            &ann,
            &format!(r#"{{"op":"subscribe","room":"a","since":{since}}}"#),
        );
        house.hear(&ann);
    }
    let mut open = Vec::new();
    while let Some(question) = house.question() {
        open.push(question);
    }
    assert!(open.len() < 64, "{} questions at once", open.len());
    for question in &open {
        house.answer(question);
    }
    assert_eq!(house.hub.flow(ann.key), Flow::Go);
}

#[test]
fn a_busy_disk_makes_publishers_wait() {
    let mut house = House::with(|config| {
        config.keeps_history = true;
        config.storage_bytes_max = 1000;
    });
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    let mut published = 0;
    while house.say(&ann, r#"{"op":"publish","room":"a","text":"hi"}"#) == Flow::Go {
        published += 1;
        assert!(published < 100, "nobody says stop");
    }
    assert_eq!(
        house.say(&bob, r#"{"op":"ping"}"#),
        Flow::Wait,
        "everybody waits"
    );
    house.hear(&ann);
    house.write();
    assert_eq!(house.hear_woken(&ann), [""; 0]);
    assert_eq!(house.hub.flow(ann.key), Flow::Go);
}

#[test]
fn answers_nobody_reads() {
    let mut house = House::new();
    let guest = house.open(&JSON);
    let mut asked = 0;
    while house.say(&guest, r#"{"op":"ping"}"#) == Flow::Go {
        asked += 1;
        assert!(asked < 100_000, "nobody says stop");
    }
    house.hear(&guest);
    assert_eq!(house.hub.flow(guest.key), Flow::Go);
}

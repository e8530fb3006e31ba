//! How sessions end, and what is still said then.

use sockhop_hub::Flow;
use sockhop_proto::{CloseReason, Code, Refusal};

use crate::support::house::House;

#[test]
fn bye_is_answered_last() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.say(&ann, r#"{"op":"subscribe","room":"a"}"#);
    house.hear(&bob);
    assert_eq!(house.say(&ann, r#"{"op":"bye","id":"b"}"#), Flow::Wait);
    assert_eq!(house.say(&ann, r#"{"op":"ping"}"#), Flow::Wait);
    assert_eq!(
        house.hear(&ann),
        ["subscribed a head 0 members 2", "bye b", "ended bye"]
    );
    assert_eq!(house.hear_woken(&bob), ["a - ann (bye)"]);
    house.lose(&ann);
    assert_eq!(house.hear(&bob), [""; 0], "once is enough");
    assert_eq!(house.hub.sessions(), 1);
}

#[test]
fn who_is_expelled_is_told_why() {
    let mut house = House::new();
    let ann = house.program("ann");
    let refusal = Refusal::new(Code::TooLarge, "that line is too long");
    house
        .hub
        .expel(ann.key, refusal, CloseReason::TooLarge, house.now);
    assert_eq!(
        house.hear_woken(&ann),
        ["error too_large", "ended too_large"]
    );
}

#[test]
fn a_shutdown_is_told_to_all() {
    let mut house = House::new();
    let (ann, person) = (house.program("ann"), house.person());
    house.hub.shut_down();
    assert_eq!(
        house.hear_woken(&ann),
        ["error shutting_down", "ended shutdown"]
    );
    let heard = house.hear_woken(&person);
    assert!(heard[0].contains("goodbye"), "{heard:?}");
    assert_eq!(house.say(&ann, r#"{"op":"ping"}"#), Flow::Wait);
}

#[test]
fn who_has_said_all_is_answered_first() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"publish","room":"a","text":"hi","id":1}"#);
    house.say(&ann, r#"{"op":"history","room":"a"}"#);
    house.hub.finish(ann.key);
    assert_eq!(house.hear(&ann), [""; 0]);
    let question = house.question().unwrap();
    house.answer(&question);
    assert_eq!(
        house.hear(&ann),
        ["history a count 0 head 0"],
        "the ack is still to come"
    );
    house.write();
    assert_eq!(house.hear_woken(&ann), ["ack 1 a#1", "ended closed"]);
}

#[test]
fn who_has_asked_for_old_messages_gets_them_first() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.publish(&ann, "a", &["one", "two"]);
    house.settle();
    let last_words = house.hub.last_words();
    sockhop_hub::history::History::commit(&mut house.store, &last_words).unwrap();
    house.crash();
    let bob = house.program("bob");
    house.say(&bob, r#"{"op":"subscribe","room":"a","last":2}"#);
    house.hub.finish(bob.key);
    assert_eq!(
        house.hear_all(&bob),
        [
            "subscribed a head 2 members 1",
            "a#1 ann: one",
            "a#2 ann: two",
            "ended closed"
        ]
    );
}

#[test]
fn who_never_was_is_gone() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.lose(&ann);
    assert_eq!(house.hear(&ann), ["ended other"]);
    assert_eq!(house.say(&ann, r#"{"op":"ping"}"#), Flow::Wait);
    house.lose(&ann);
    house.hub.finish(ann.key);
}

#[test]
fn who_has_come_back_and_said_all_waits_for_its_old_acks() {
    const PUBLISH: &str = r#"{"op":"publish","room":"a","text":"hi","id":1}"#;
    let mut house = House::keeping();
    let first = house.resume("a-token-of-its-own");
    house.hear_all(&first);
    house.say(&first, PUBLISH);
    house.lose(&first);
    let second = house.resume("a-token-of-its-own");
    house.say(&second, PUBLISH);
    house.hub.finish(second.key);
    assert_eq!(house.hear(&second).len(), 1, "the welcome");
    house.write();
    assert_eq!(house.hear_woken(&second), ["ack 1 a#1", "ended closed"]);
}

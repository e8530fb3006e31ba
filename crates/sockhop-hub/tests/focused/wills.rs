//! What a session wanted said, should it be lost.

use sockhop_proto::CloseReason;

use crate::support::house::House;

const WILL: &str = r#"{"op":"will","room":"a","text":"gone"}"#;

#[test]
fn the_lost_have_it_published() {
    for reason in [
        CloseReason::Closed,
        CloseReason::Reset,
        CloseReason::Silent,
        CloseReason::TimedOut,
        CloseReason::SlowConsumer,
        CloseReason::BadInput,
    ] {
        let mut house = House::new();
        let (ann, bob) = (house.program("ann"), house.program("bob"));
        house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
        house.say_all(&ann, &[WILL, r#"{"op":"subscribe","room":"a"}"#]);
        house.hear(&bob);
        house.hub.close(ann.key, reason, house.now);
        assert_eq!(
            house.hear_woken(&bob),
            [format!("a - ann ({reason})"), "a#1 ann: gone".into()]
        );
    }
}

#[test]
fn who_says_bye_has_not() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say_all(&ann, &[WILL, r#"{"op":"bye"}"#]);
    house.lose(&ann);
    house.say_all(&bob, &[WILL, r#"{"op":"will"}"#]);
    house.lose(&bob);
    assert_eq!(house.hub.counts().messages, 0);
}

#[test]
fn who_comes_back_has_not() {
    let mut house = House::new();
    let old = house.resume("a-token-of-its-own");
    house.say(&old, WILL);
    house.resume("a-token-of-its-own");
    house.lose(&old);
    assert_eq!(house.hub.counts().messages, 0);
}

#[test]
fn a_shutdown_publishes_none() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.say(&ann, WILL);
    house.hub.shut_down();
    assert_eq!(
        house.hear_woken(&ann),
        ["error shutting_down", "ended shutdown"]
    );
    house.lose(&ann);
    assert_eq!(house.hub.counts().messages, 0);
}

#[test]
fn the_last_one_said_counts() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"b"}"#);
    house.say_all(
        &ann,
        &[
            WILL,
            r#"{"op":"will","room":"b","data":"AAEC","type":"image/png"}"#,
        ],
    );
    house.lose(&ann);
    assert_eq!(house.hear_all(&bob)[1..], ["b#1 ann: [3 bytes]"]);
    assert_eq!(
        house.store.messages().count(),
        1,
        "kept like any other message"
    );
}

#[test]
fn one_that_could_not_be_said_is_refused_at_once() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"will","room":"a/#","text":"gone"}"#);
    house.say(
        &ann,
        r#"{"op":"will","room":"a","text":"gone","type":"\u00e9"}"#,
    );
    assert_eq!(house.hear(&ann), ["error bad_room", "error bad_message"]);
}

//! From a publish to its ack: numbers are reserved, messages stored, and what fails is said.

use crate::support::bell::Bell;
use crate::support::house::House;

const PUBLISH: &str = r#"{"op":"publish","room":"a","text":"hi","id":1}"#;
const EPHEMERAL: &str = r#"{"op":"publish","room":"a","text":"now","id":2,"ephemeral":true}"#;

#[test]
fn without_a_store_it_is_acked_and_shown_at_once() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.hear(&bob);
    house.say(&ann, PUBLISH);
    assert_eq!(house.hear_woken(&ann), ["ack 1 a#1"]);
    assert_eq!(house.hear_woken(&bob), ["a#1 ann: hi"]);
}

#[test]
fn a_rooms_first_number_is_reserved_before_anyone_sees_it() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.hear(&bob);
    house.say(&ann, PUBLISH);
    house.say(&ann, EPHEMERAL);
    assert_eq!(house.hear(&bob), [""; 0]);
    assert_eq!(house.hear(&ann), [""; 0], "an ack would show it too");
    house.say(&ann, r#"{"op":"rooms"}"#);
    assert_eq!(house.hear(&ann), ["rooms a#0"]);
    house.write();
    assert_eq!(house.hear_woken(&bob), ["a#1 ann: hi", "a#2~ ann: now"]);
    assert_eq!(house.hear_woken(&ann), ["ack 1 a#1", "ack 2 a#2"]);
    // The next have their numbers already.
    house.say(&ann, EPHEMERAL);
    assert_eq!(house.hear_woken(&ann), ["ack 2 a#3"]);
    house.publish(&ann, "a", &["live"]);
    assert_eq!(house.hear_woken(&bob), ["a#3~ ann: now", "a#4 ann: live"]);
}

#[test]
fn what_is_to_be_acked_is_seen_once_it_is_on_disk() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.publish(&ann, "a", &["first"]);
    house.settle();
    house.hear(&bob);
    // Else it could be seen, lost in a crash, and published again: seen twice.
    house.say(&ann, PUBLISH);
    house.publish(&ann, "a", &["behind it"]);
    house.say(&ann, EPHEMERAL);
    assert_eq!(house.hear(&bob), [""; 0]);
    house.write();
    assert_eq!(
        house.hear_woken(&bob),
        ["a#2 ann: hi", "a#3 ann: behind it", "a#4~ ann: now"]
    );
    assert_eq!(house.hear_woken(&ann), ["ack 2 a#4", "ack 1 a#2"]);
}

#[test]
fn what_was_never_reserved_was_never_seen_nor_acked() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"subscribe","room":"a","since":1}"#);
    house.say(&ann, EPHEMERAL);
    assert_eq!(house.hear(&ann), ["subscribed a head 0 members 1"]);
    house.crash();
    let ann = house.program("ann");
    house.say(&ann, PUBLISH);
    assert_eq!(house.hear_all(&ann), ["ack 1 a#1"], "the number was free");
}

#[test]
fn an_ack_that_only_waits_for_a_number_comes_with_the_next_batch() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.say(&ann, PUBLISH);
    let bell = Bell::new();
    let batch = house.hub.poll_batch(bell.waker()).unwrap();
    assert_eq!((batch.messages.len(), batch.reserved.len()), (1, 1));
    // While its number is being reserved.
    house.say(&ann, EPHEMERAL);
    house.hub.handle_committed(Ok(()));
    assert_eq!(house.hear_woken(&ann), ["ack 1 a#1"]);
    assert!(
        house
            .hub
            .poll_batch(bell.waker())
            .unwrap()
            .messages
            .is_empty()
    );
    house.hub.handle_committed(Ok(()));
    assert_eq!(house.hear_woken(&ann), ["ack 2 a#2"]);
    assert!(house.hub.poll_batch(bell.waker()).is_none());
}

#[test]
fn a_full_disk_shows_at_once_and_acks_nothing() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.hear(&bob);
    house.say(&ann, PUBLISH);
    house.say(&ann, EPHEMERAL);
    house.fail_to_write();
    assert_eq!(house.hear_woken(&bob), ["a#1 ann: hi", "a#2~ ann: now"]);
    assert_eq!(
        house.hear_woken(&ann),
        ["error not_stored 1", "ack 2 a#2"],
        "what is not to be stored is as good as ever"
    );
    house.publish(&ann, "a", &["hi"]);
    assert_eq!(house.hear_woken(&bob), ["a#3 ann: hi"], "live talk goes on");
    house.say(&ann, PUBLISH);
    assert_eq!(house.hear(&bob), [""; 0], "it could still be stored");
    house.fail_to_write();
    assert_eq!(house.hear_woken(&bob), ["a#4 ann: hi"]);
    assert_eq!(house.hear(&ann), ["error not_stored 1"]);
    assert_eq!(house.hub.counts().batches_failed, 2);
    // The disk has room again, and numbers are reserved again.
    house.say(&ann, PUBLISH);
    assert_eq!(house.hear_all(&ann), ["ack 1 a#5"]);
    house.crash();
    let ann = house.program("ann");
    house.say(&ann, PUBLISH);
    let acked = house.hear_all(&ann);
    let seq: u64 = acked[0].strip_prefix("ack 1 a#").unwrap().parse().unwrap();
    assert!(seq > 5, "{acked:?}");
}

#[test]
fn what_failed_to_be_stored_is_missed_once_it_left_memory() {
    let mut house = House::with(|config| {
        config.keeps_history = true;
        config.tail_bytes_max = 1000;
    });
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.publish(&ann, "a", &["1", "2"]);
    house.fail_to_write();
    house.publish(&ann, "a", &["3", "4", "5", "6", "7", "8", "9"]);
    house.settle();
    house.publish(&ann, "a", &["10"]);
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":1}"#);
    let heard = house.hear_all(&bob);
    assert_eq!(heard[1..3], ["a missed 1-2", "a#3 ann: 3"]);
    assert_eq!(heard.last().unwrap(), "a#10 ann: 10");
}

#[test]
fn a_clean_end_leaves_no_gap() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.publish(&ann, "a", &["one", "two"]);
    house.settle();
    house.hub.shut_down();
    let last_words = house.hub.last_words();
    sockhop_hub::history::History::commit(&mut house.store, &last_words).unwrap();
    house.crash();
    let ann = house.program("ann");
    house.say(&ann, PUBLISH);
    assert_eq!(house.hear_all(&ann), ["ack 1 a#3"]);
}

#[test]
fn a_room_with_many_messages_asks_for_many_numbers_ahead() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.publish(&ann, "a", &["1"]);
    house.settle();
    house.hear(&bob);
    for at in 2..=500 {
        let text = at.to_string();
        house.publish(&ann, "a", &[&text]);
        assert_eq!(
            house.hear(&bob),
            [format!("a#{at} ann: {at}")],
            "none waits for the disk"
        );
        house.write();
    }
}

//! Coming back: the nick, the publishes that were made, and the old connection.

use sockhop_hub::Flow;

use crate::support::house::House;

const TOKEN: &str = "a-token-of-its-own";
const PUBLISH: &str = r#"{"op":"publish","room":"a","text":"hi","id":1}"#;

#[test]
fn the_nick_is_held_for_a_minute() {
    let mut house = House::new();
    let lost = house.resume(TOKEN);
    house.say(&lost, r#"{"op":"nick","nick":"ann"}"#);
    house.lose(&lost);
    let bob = house.program("bob");
    house.say(&bob, r#"{"op":"nick","nick":"Ann"}"#);
    assert_eq!(house.hear(&bob), ["error nick_taken"]);
    for _ in 0..59 {
        house.tick();
    }
    let back = house.resume(TOKEN);
    assert_eq!(house.hear(&back), ["welcome ann"]);
    house.lose(&back);
    for _ in 0..60 {
        house.tick();
    }
    house.say(&bob, r#"{"op":"nick","nick":"ann"}"#);
    assert_eq!(house.hear(&bob), ["notice you are now ann"]);
    let late = house.resume(TOKEN);
    assert_ne!(house.hear(&late), ["welcome ann"]);
}

#[test]
fn the_token_of_a_welcome_will_do() {
    let mut house = House::new();
    house.program("ann");
    let token = format!("{:032x}", 0xfeed + 1);
    let back = house.resume(&token);
    assert_eq!(house.hear(&back), ["welcome ann"]);
}

#[test]
fn tokens_have_a_length() {
    let mut house = House::new();
    for bad in [
        "short",
        &"x".repeat(65),
        "with a space in it",
        "with-an-\u{e9}-in-it",
    ] {
        let guest = house.resume(bad);
        assert_eq!(house.hear(&guest), ["error bad_session"], "{bad}");
    }
}

#[test]
fn the_old_connection_ends_and_is_told_why() {
    let mut house = House::new();
    let (old, bob) = (house.resume(TOKEN), house.program("bob"));
    house.say(&old, r#"{"op":"nick","nick":"ann"}"#);
    for guest in [&bob, &old] {
        house.say(guest, r#"{"op":"subscribe","room":"a"}"#);
        house.hear(guest);
    }
    house.hear(&bob);
    let new = house.resume(TOKEN);
    assert_eq!(house.hear(&new), ["welcome ann"]);
    assert_eq!(house.hear_woken(&old), ["error resumed", "ended resumed"]);
    assert_eq!(
        house.say(&old, r#"{"op":"ping"}"#),
        Flow::Wait,
        "nobody listens to it"
    );
    house.lose(&old);
    assert_eq!(house.hear(&bob), ["a - ann (resumed)"]);
    house.say(&new, PUBLISH);
    assert_eq!(house.hear(&new), ["ack 1 a#1"], "the new one is well");
}

#[test]
fn a_repeated_publish_is_acked_again_and_not_said_again() {
    let mut house = House::keeping();
    let first = house.resume(TOKEN);
    house.hear_all(&first);
    house.say(&first, PUBLISH);
    house.lose(&first);
    // Still on its way to disk: one ack, once it is there.
    let second = house.resume(TOKEN);
    house.say(&second, PUBLISH);
    assert_eq!(house.hear(&second).len(), 1, "the welcome");
    house.settle();
    assert_eq!(house.hear_woken(&second), ["ack 1 a#1"]);
    house.say(&second, PUBLISH);
    assert_eq!(house.hear(&second), ["ack 1 a#1"]);
    assert_eq!(house.hub.counts().messages, 1);
}

#[test]
fn it_is_known_after_a_crash() {
    let mut house = House::keeping();
    let first = house.resume(TOKEN);
    house.hear_all(&first);
    house.say(&first, PUBLISH);
    house.settle();
    house.crash();
    let second = house.resume(TOKEN);
    assert_eq!(
        house.hub.flow(second.key),
        Flow::Wait,
        "history has to be asked first"
    );
    house.hear_all(&second);
    assert_eq!(house.hub.flow(second.key), Flow::Go);
    house.say(&second, PUBLISH);
    assert_eq!(house.hear(&second), ["ack 1 a#1"]);
    house.say(
        &second,
        r#"{"op":"publish","room":"a","text":"new","id":2}"#,
    );
    house.settle();
    assert_eq!(house.store.messages().count(), 2);
}

#[test]
fn it_is_known_also_by_who_was_lost_before_history_answered() {
    let mut house = House::keeping();
    let first = house.resume(TOKEN);
    house.hear_all(&first);
    house.say(&first, PUBLISH);
    house.settle();
    house.crash();
    let second = house.resume(TOKEN);
    house.lose(&second);
    let third = house.resume(TOKEN);
    house.hear_all(&third);
    house.say(&third, PUBLISH);
    assert_eq!(house.hear_all(&third).len(), 1);
    assert_eq!(house.store.messages().count(), 1);
}

#[test]
fn one_that_failed_may_be_tried_again() {
    let mut house = House::keeping();
    let guest = house.resume(TOKEN);
    house.hear_all(&guest);
    house.say(&guest, PUBLISH);
    house.fail_to_write();
    assert_eq!(house.hear(&guest), ["error not_stored 1"]);
    house.say(&guest, PUBLISH);
    assert_eq!(house.hear_all(&guest), ["ack 1 a#2"]);
}

#[test]
fn what_another_room_was_told_is_remembered_with_its_place() {
    let mut house = House::new();
    let guest = house.resume(TOKEN);
    house.say(&guest, PUBLISH);
    house.say(
        &guest,
        r#"{"op":"publish","room":"b","text":"hi","id":2,"ephemeral":true}"#,
    );
    house.lose(&guest);
    let back = house.resume(TOKEN);
    house.say(
        &back,
        r#"{"op":"publish","room":"b","text":"hi","id":2,"ephemeral":true}"#,
    );
    house.say(&back, PUBLISH);
    assert_eq!(house.hear(&back)[1..], ["ack 2 b#1", "ack 1 a#1"]);
    assert_eq!(house.hub.counts().messages, 2);
}

#[test]
fn older_ids_said_anew_do_not_hide_newer_ones() {
    // Ephemeral messages do not survive a crash, so the first is new; the second is not.
    const EPHEMERAL: &str = r#"{"op":"publish","room":"b","text":"now","id":1,"ephemeral":true}"#;
    const KEPT: &str = r#"{"op":"publish","room":"a","text":"hi","id":2}"#;
    let mut house = House::keeping();
    let first = house.resume(TOKEN);
    house.hear_all(&first);
    house.say_all(&first, &[EPHEMERAL, KEPT]);
    house.settle();
    house.crash();
    let second = house.resume(TOKEN);
    house.hear_all(&second);
    house.say_all(&second, &[EPHEMERAL, KEPT]);
    assert!(house.hear_all(&second).contains(&"ack 2 a#1".to_owned()));
    assert_eq!(house.store.messages().count(), 1);
}

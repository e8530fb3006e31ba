//! Comings and goings: named in a small room, counted in a crowd.

use crate::support::house::{Guest, House};

const JOIN: &str = r#"{"op":"subscribe","room":"a"}"#;

fn crowd(house: &mut House, count: usize) -> Vec<Guest> {
    let guests: Vec<_> = (0..count)
        .map(|at| house.program(&format!("n{at}")))
        .collect();
    for guest in &guests {
        house.say(guest, JOIN);
    }
    guests
}

#[test]
fn fifty_are_named() {
    let mut house = House::new();
    let guests = crowd(&mut house, 50);
    let heard = house.hear(&guests[0]);
    assert_eq!(heard.len(), 50);
    assert_eq!(heard[0], "subscribed a head 0 members 1");
    assert_eq!(heard[49], "a + n49");
    house.say(&guests[7], r#"{"op":"unsubscribe","room":"a"}"#);
    house.lose(&guests[8]);
    assert_eq!(
        house.hear_woken(&guests[0]),
        ["a - n7 (parted)", "a - n8 (reset)"]
    );
    house.tick();
    assert_eq!(house.hear(&guests[0]), [""; 0], "nothing is left to count");
}

#[test]
fn a_crowd_is_counted_once_a_tick() {
    let mut house = House::new();
    let guests = crowd(&mut house, 60);
    assert_eq!(house.hear(&guests[0]).len(), 50, "the first fifty");
    for guest in &guests[52..55] {
        house.lose(guest);
    }
    house.say(&guests[51], r#"{"op":"nick","nick":"eve"}"#);
    let renamed = house.hear(&guests[51]);
    assert_eq!(
        renamed.last().unwrap(),
        "a n51 > eve",
        "only the renamed one hears of it"
    );
    assert_eq!(house.hear(&guests[0]), [""; 0], "not before the tick");
    house.tick();
    assert_eq!(house.hear_woken(&guests[0]), ["a +10 -3 =57"]);
    house.tick();
    assert_eq!(house.hear(&guests[0]), [""; 0]);
}

#[test]
fn a_watcher_is_not_announced() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&ann, JOIN);
    house.hear(&ann);
    house.say(&bob, r#"{"op":"subscribe","room":"+"}"#);
    assert_eq!(
        house.hear(&bob),
        [
            "subscribed + head 0 members 0",
            "subscribed a head 0 members 1"
        ]
    );
    house.say(&bob, r#"{"op":"unsubscribe","room":"+"}"#);
    assert_eq!(house.hear(&bob), ["unsubscribed +"]);
    assert_eq!(house.hear(&ann), [""; 0]);
}

#[test]
fn a_watcher_hears_of_members() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"+"}"#);
    house.say(&ann, JOIN);
    house.say(&ann, r#"{"op":"unsubscribe","room":"a"}"#);
    assert_eq!(
        house.hear(&bob),
        [
            "subscribed + head 0 members 0",
            "subscribed a head 0 members 0",
            "a + ann",
            "a - ann (parted)"
        ]
    );
}

#[test]
fn a_person_is_told_who_is_there() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    for guest in [&bob, &ann] {
        house.say(guest, JOIN);
    }
    let person = house.person();
    house.say(&person, "/nick zoe");
    assert_eq!(house.hear(&person).len(), 1);
    house.say(&person, "/join a");
    assert_eq!(
        house.hear(&person),
        ["* You are zoe in a, with 2 others: ann, bob."]
    );
    assert_eq!(house.hear(&ann).last().unwrap(), "a + zoe");
    house.say(&person, "/join b");
    assert_eq!(house.hear(&ann), ["a - zoe (parted)"]);
}

#[test]
fn those_who_come_late_hear_of_what_follows() {
    // The room's history is read for the newcomer alone; what happens meanwhile waits behind it.
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.publish(&ann, "a", &["one", "two"]);
    house.settle();
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":1}"#);
    house.say(&ann, JOIN);
    assert_eq!(
        house.hear_all(&bob),
        [
            "subscribed a head 2 members 1",
            "a#1 ann: one",
            "a#2 ann: two",
            "a + ann"
        ]
    );
}

#[test]
fn news_behind_a_giant_message_is_not_left_lying() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, JOIN);
    house.hear(&bob);
    house.publish(&ann, "a", &[&"x".repeat(300 << 10)]);
    house.say(&ann, JOIN);
    assert_eq!(house.hear(&bob), ["a#1 ann: [307200 bytes]", "a + ann"]);
}

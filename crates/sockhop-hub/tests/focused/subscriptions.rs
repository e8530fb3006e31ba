//! Who follows what, and from where.

use crate::support::house::House;

#[test]
fn a_wildcard_follows_rooms_that_are_there_and_rooms_that_come() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.publish(&ann, "log/a", &["one"]);
    house.publish(&ann, "lag", &["one"]);
    house.say(&bob, r##"{"op":"subscribe","room":"log/#"}"##);
    assert_eq!(
        house.hear(&bob),
        [
            "subscribed log/# head 0 members 0",
            "subscribed log/a head 1 members 0"
        ]
    );
    house.publish(&ann, "log/a", &["two"]);
    house.publish(&ann, "log/b", &["one"]);
    assert_eq!(
        house.hear_woken(&bob),
        [
            "subscribed log/b head 0 members 0",
            "log/a#2 ann: two",
            "log/b#1 ann: one"
        ]
    );
}

#[test]
fn a_wildcard_may_begin_with_what_was_said() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.publish(&ann, "log/a", &["one", "two", "three"]);
    for (origin, first) in [
        (r#""since":2"#, 2),
        (r#""last":1"#, 3),
        (r#""resume":{"log/a":3}"#, 3),
        (r#""resume":{"log/b":3}"#, 1),
    ] {
        house.say(
            &bob,
            &format!(r##"{{"op":"subscribe","room":"log/#",{origin}}}"##),
        );
        house.say(&bob, r##"{"op":"unsubscribe","room":"log/#"}"##);
        house.say(
            &bob,
            &format!(r##"{{"op":"subscribe","room":"log/#",{origin}}}"##),
        );
        let heard = house.hear(&bob);
        let first = format!("log/a#{first} ");
        assert!(heard[5].starts_with(&first), "{origin}: {heard:?}");
        house.say(&bob, r##"{"op":"unsubscribe","room":"log/#"}"##);
        house.hear(&bob);
    }
}

#[test]
fn a_room_followed_twice_is_heard_once() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say_all(
        &bob,
        &[
            r#"{"op":"subscribe","room":"log/a"}"#,
            r##"{"op":"subscribe","room":"log/#"}"##,
            r#"{"op":"subscribe","room":"+/a"}"#,
        ],
    );
    house.hear(&bob);
    let follows = |house: &mut House, how: &str| {
        house.publish(&ann, "log/a", &["hi"]);
        assert_eq!(house.hear(&bob).len(), 1, "{how}");
    };
    follows(&mut house, "as a member and a watcher");
    house.say(&bob, r#"{"op":"unsubscribe","room":"log/a"}"#);
    assert_eq!(
        house.hear(&bob),
        ["unsubscribed log/a", "log/a - bob (parted)"]
    );
    follows(&mut house, "as a watcher, twice");
    house.say(&bob, r##"{"op":"unsubscribe","room":"log/#"}"##);
    house.hear(&bob);
    follows(&mut house, "as a watcher, once");
    house.say(&bob, r#"{"op":"unsubscribe","room":"+/a"}"#);
    house.hear(&bob);
    house.publish(&ann, "log/a", &["hi"]);
    assert_eq!(house.hear(&bob), [""; 0]);
}

#[test]
fn subscribing_again_from_now_on_skips_nothing() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"+"}"#);
    house.publish(&ann, "a", &["one", "two"]);
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    let heard = house.hear(&bob);
    assert_eq!(heard[3..], ["a#1 ann: one", "a#2 ann: two", "a + bob"]);
}

#[test]
fn subscribing_again_since_a_number_begins_there() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    house.publish(&ann, "a", &["one", "two"]);
    house.hear(&bob);
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":2}"#);
    house.publish(&ann, "a", &["three"]);
    assert_eq!(
        house.hear(&bob),
        [
            "subscribed a head 2 members 1",
            "a#2 ann: two",
            "a#3 ann: three"
        ]
    );
}

#[test]
fn what_nobody_may_see_yet_does_not_come_before_since() {
    let mut house = House::keeping();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.publish(&ann, "a", &["one", "two", "three"]);
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":3}"#);
    house.hear(&bob);
    house.settle();
    assert_eq!(house.hear_woken(&bob), ["a#3 ann: three"]);
}

#[test]
fn unsubscribing_what_is_not_subscribed_is_refused() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.say_all(
        &ann,
        &[
            r#"{"op":"subscribe","room":"+"}"#,
            r#"{"op":"publish","room":"a","text":"hi"}"#,
            r#"{"op":"unsubscribe","room":"a"}"#,
            r##"{"op":"unsubscribe","room":"#"}"##,
            r##"{"op":"unsubscribe","room":"#/a"}"##,
            r#"{"op":"subscribe","room":"+"}"#,
            r#"{"op":"subscribe","room":"a//b"}"#,
            r#"{"op":"subscribe","room":"a+/b"}"#,
        ],
    );
    assert_eq!(
        house.hear(&ann),
        [
            "subscribed + head 0 members 0",
            "subscribed a head 0 members 0",
            "error not_subscribed",
            "error not_subscribed",
            "error bad_room",
            "error bad_message",
            "error bad_room",
            "error bad_room"
        ]
    );
}

#[test]
fn a_person_is_in_one_room_at_a_time() {
    let mut house = House::new();
    let (ann, person) = (house.program("ann"), house.person());
    house.say(&person, "/join a");
    house.hear(&person);
    house.publish(&ann, "lobby", &["not for her"]);
    house.publish(&ann, "a", &["for her"]);
    assert_eq!(house.hear(&person), ["<ann> for her"]);
    house.say(&person, "/join a//b");
    house.say(&person, "I stay here");
    assert_eq!(house.hear(&person).len(), 1, "only why not");
    house.say(&ann, r#"{"op":"rooms"}"#);
    assert_eq!(house.hear(&ann), ["rooms a#2 lobby#1"]);
}

//! A session's own messages: passed over, unless it asked for them.

use sockhop_hub::Config;
use sockhop_proto::json::JSON;

use crate::support::house::House;

const FOLLOW: &str = r#"{"op":"subscribe","room":"a"}"#;

fn small_tail(config: &mut Config) {
    config.keeps_history = true;
    config.tail_bytes_max = 1000;
}

#[test]
fn they_are_passed_over_and_nothing_else_is() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&ann, FOLLOW);
    house.publish(&ann, "a", &["one", "two"]);
    house.say(&bob, FOLLOW);
    house.publish(&bob, "a", &["three"]);
    house.publish(&ann, "a", &["four"]);
    assert_eq!(
        house.hear(&ann),
        ["subscribed a head 0 members 1", "a + bob", "a#3 bob: three"]
    );
    assert_eq!(
        house.hear(&bob),
        ["subscribed a head 2 members 2", "a#4 ann: four"]
    );
}

#[test]
fn who_asks_for_an_echo_gets_them() {
    let mut house = House::new();
    let ann = house.open(&JSON);
    house.say_all(
        &ann,
        &[r#"{"op":"hello","nick":"ann","echo":true}"#, FOLLOW],
    );
    house.publish(&ann, "a", &["one"]);
    assert_eq!(house.hear(&ann)[2..], ["a#1 ann: one"]);
}

#[test]
fn a_person_does_not_read_what_she_typed() {
    let mut house = House::new();
    let (zoe, eve) = (house.person(), house.person());
    house.hear(&zoe);
    house.say(&zoe, "/nick zoe");
    house.say(&zoe, "hello");
    assert_eq!(house.hear(&zoe).len(), 1, "only that she is zoe now");
    assert_eq!(house.hear(&eve).last().unwrap(), "<zoe> hello");
}

#[test]
fn they_are_known_when_they_come_from_disk() {
    let mut house = House::with(small_tail);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&ann, FOLLOW);
    assert_eq!(house.hear(&ann).len(), 1);
    for round in 0..10 {
        let text = round.to_string();
        house.publish(&ann, "a", &[&text]);
        house.publish(&bob, "a", &[&text]);
        house.settle();
    }
    let expected: Vec<_> = (0..10)
        .map(|at| format!("a#{} bob: {at}", 2 * at + 2))
        .collect();
    assert_eq!(house.hear_all(&ann), expected);
}

#[test]
fn what_others_said_under_the_same_nick_is_not_own() {
    let mut house = House::with(small_tail);
    let (first, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"subscribe","room":"a"}"#);
    for at in 1..=8 {
        house.publish(&first, "a", &[&at.to_string()]);
        house.settle();
    }
    house.say(&first, r#"{"op":"bye"}"#);
    let second = house.program("ann");
    house.say(&second, r#"{"op":"subscribe","room":"a","since":1}"#);
    house.publish(&second, "a", &["9"]);
    house.settle();
    let expected: Vec<_> = (1..=8).map(|at| format!("a#{at} ann: {at}")).collect();
    assert_eq!(house.hear_all(&second)[1..9], expected);
}

#[test]
fn what_another_said_under_a_nick_between_is_not_own() {
    let mut house = House::with(small_tail);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&ann, FOLLOW);
    house.hear(&ann);
    house.publish(&ann, "a", &["one"]);
    house.say(&ann, r#"{"op":"nick","nick":"eve"}"#);
    house.say(&bob, r#"{"op":"nick","nick":"ann"}"#);
    house.publish(&bob, "a", &["two"]);
    house.say(&bob, r#"{"op":"nick","nick":"bob"}"#);
    house.say(&ann, r#"{"op":"nick","nick":"ann"}"#);
    for at in 3..=9 {
        house.publish(&ann, "a", &[&at.to_string()]);
        house.settle();
    }
    let heard = house.hear_all(&ann);
    assert!(heard.contains(&"a#2 ann: two".to_owned()), "{heard:?}");
    assert!(!heard.contains(&"a#9 ann: 9".to_owned()), "{heard:?}");
}

#[test]
fn they_are_not_among_the_last_few() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&ann, FOLLOW);
    house.publish(&ann, "a", &["one"]);
    house.publish(&bob, "a", &["two"]);
    house.hear(&ann);
    house.say(&ann, r#"{"op":"subscribe","room":"a","last":5}"#);
    assert_eq!(house.hear(&ann)[1..], ["a#2 bob: two"]);
}

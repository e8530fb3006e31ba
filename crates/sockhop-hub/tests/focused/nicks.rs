//! One nick, one holder, without regard to case.

use sockhop_proto::json::JSON;

use crate::support::house::House;

#[test]
fn upper_and_lower_case_are_the_same() {
    let mut house = House::new();
    let ann = house.program("Ann");
    let bob = house.program("bob");
    for taken in ["Ann", "ann", "ANN"] {
        house.say(&bob, &format!(r#"{{"op":"nick","nick":"{taken}"}}"#));
        assert_eq!(house.hear(&bob), ["error nick_taken"]);
    }
    house.say(&ann, r#"{"op":"nick","nick":"ANN"}"#);
    assert_eq!(
        house.hear(&ann),
        ["notice you are now ANN"],
        "her own in other letters"
    );
}

#[test]
fn bad_ones_are_refused() {
    let mut house = House::new();
    let ann = house.program("ann");
    for bad in ["", "a b", "0123456789012345678901234567890123"] {
        house.say(&ann, &format!(r#"{{"op":"nick","nick":"{bad}"}}"#));
        assert_eq!(house.hear(&ann), ["error bad_nick"], "{bad}");
    }
}

#[test]
fn one_that_is_given_up_is_free() {
    let mut house = House::new();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"nick","nick":"eve"}"#);
    house.program("ann");
    house.say(&ann, r#"{"op":"bye"}"#);
    house.program("eve");
    let person = house.person();
    house.say(&person, "/nick zoe");
    house.lose(&person);
    house.program("zoe");
}

#[test]
fn rooms_are_told_of_a_new_one() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    for guest in [&ann, &bob] {
        house.say(guest, r#"{"op":"subscribe","room":"a"}"#);
        house.hear(guest);
    }
    house.hear(&ann);
    house.say(&ann, r#"{"op":"nick","nick":"eve"}"#);
    assert_eq!(house.hear_woken(&ann), ["a ann > eve"]);
    assert_eq!(house.hear_woken(&bob), ["a ann > eve"]);
    house.say(&bob, r#"{"op":"members","room":"a"}"#);
    assert_eq!(house.hear(&bob), ["members a 2: bob eve"]);
}

#[test]
fn a_refused_one_can_be_tried_again() {
    let mut house = House::new();
    house.program("ann");
    let guest = house.open(&JSON);
    let hello =
        |nick| format!(r#"{{"op":"hello","nick":"{nick}","session":"a-token-of-its-own"}}"#);
    house.say(&guest, &hello("ann"));
    assert_eq!(house.hear(&guest), ["error nick_taken"]);
    house.say(&guest, &hello("bob"));
    assert_eq!(house.hear(&guest), ["welcome bob"]);
    house.say(
        &guest,
        r#"{"op":"hello","session":"another-token-altogether"}"#,
    );
    assert_eq!(house.hear(&guest), ["error bad_session"]);
}

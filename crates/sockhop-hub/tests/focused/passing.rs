//! Requests that publish, under nicks they only borrow.

use std::borrow::Cow;

use sockhop_proto::http::ANSWERS;
use sockhop_proto::{BodyRef, Command};

use crate::support::house::{Guest, House};

/// A request from `nick`.
fn request(house: &mut House, nick: &str) -> Result<Guest, &'static str> {
    let guest = house.open(&ANSWERS);
    let borrowed = house.hub.borrow_nick(guest.key, nick);
    borrowed.map_err(|refusal| refusal.code.as_str())?;
    Ok(guest)
}

fn publish(house: &mut House, guest: &Guest) {
    let publish = Command::Publish {
        room: Some(Cow::Borrowed("lobby")),
        body: BodyRef::Text(Cow::Borrowed("hi")),
        media_type: None,
        id: None,
        ephemeral: false,
    };
    let attempted = house.hub.attempt(guest.key, publish, house.now);
    attempted.expect("it may publish");
}

#[test]
fn several_speak_under_one_name_at_once() {
    let mut house = House::new();
    let ann = house.listener();
    let [one, two] = [(); 2].map(|()| request(&mut house, "imu").unwrap());
    publish(&mut house, &one);
    publish(&mut house, &two);
    assert_eq!(house.hear(&ann), ["lobby#1 imu: hi", "lobby#2 imu: hi"]);
    // Nobody has it, so somebody may.
    house.program("imu");
}

#[test]
fn a_nick_that_somebody_has_is_marked_and_stays_theirs() {
    let mut house = House::new();
    let ann = house.listener();
    let other = request(&mut house, "ANN").unwrap();
    publish(&mut house, &other);
    house.lose(&other);
    assert_eq!(house.hear(&ann), ["lobby#1 ANN~http: hi"]);
    let again = request(&mut house, "ann").unwrap();
    publish(&mut house, &again);
    assert_eq!(house.hear(&ann), ["lobby#2 ann~http: hi"]);
}

#[test]
fn who_came_first_does_not_speak_for_who_has_it_since() {
    let mut house = House::new();
    let ann = house.listener();
    let slow = request(&mut house, "bob").unwrap();
    house.program("bob");
    publish(&mut house, &slow);
    assert_eq!(house.hear(&ann), ["lobby#1 bob~http: hi"]);
}

#[test]
fn no_mark_can_be_forged() {
    let mut house = House::new();
    assert_eq!(request(&mut house, "ann~http").unwrap_err(), "bad_nick");
    let guest = house.program("ann");
    house.say(&guest, r#"{"op":"nick","nick":"bob~udp"}"#);
    assert_eq!(house.hear(&guest), ["error bad_nick"]);
}

#[test]
fn who_brings_no_nick_has_one_of_its_own() {
    let mut house = House::new();
    let ann = house.listener();
    let nameless = house.open(&ANSWERS);
    publish(&mut house, &nameless);
    let heard = house.hear(&ann);
    assert!(
        heard[0].contains('-') && !heard[0].contains('~'),
        "{heard:?}"
    );
}

#[test]
fn one_that_was_free_when_it_came_is_not_taken_from_who_has_it_since() {
    let mut house = House::new();
    let request = request(&mut house, "bob").unwrap();
    house.program("bob");
    house.lose(&request);
    let guest = house.open(&sockhop_proto::json::JSON);
    house.say(&guest, r#"{"op":"hello","nick":"bob"}"#);
    assert_eq!(house.hear(&guest), ["error nick_taken"]);
}

#[test]
fn the_longest_nick_is_marked_too() {
    let mut house = House::new();
    let ann = house.listener();
    let long = "é".repeat(32);
    house.program(&long);
    let other = request(&mut house, &long).unwrap();
    publish(&mut house, &other);
    let marked = format!("lobby#1 {}~http: hi", "é".repeat(27));
    assert_eq!(house.hear(&ann), [marked]);
}

#[test]
fn the_hub_asks_for_its_secret_first() {
    let mut house = House::with(|config| config.secret = Some("sesame".into()));
    assert_eq!(request(&mut house, "imu").unwrap_err(), "secret_required");
}

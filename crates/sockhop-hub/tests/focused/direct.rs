//! A word to one session alone.

use crate::support::house::House;

#[test]
fn it_goes_to_one_nick() {
    let mut house = House::new();
    let (ann, bob) = (house.program("Ann"), house.program("bob"));
    house.say(&bob, r#"{"op":"direct","to":"aNN","text":"psst","id":"x"}"#);
    assert_eq!(house.hear(&bob), ["ack x"]);
    assert_eq!(house.hear(&ann), ["bob to Ann: psst"]);
    house.say(&bob, r#"{"op":"direct","to":"eve","text":"psst","id":1}"#);
    assert_eq!(house.hear(&bob), ["error no_such_nick 1"]);
    assert_eq!(house.hub.counts().messages, 0, "no room has it");
}

#[test]
fn a_lost_session_is_not_there() {
    let mut house = House::new();
    let bob = house.program("bob");
    let lost = house.resume("a-token-of-its-own");
    house.say(&lost, r#"{"op":"nick","nick":"ann"}"#);
    house.lose(&lost);
    house.say(&bob, r#"{"op":"direct","to":"ann","text":"psst"}"#);
    assert_eq!(house.hear(&bob), ["error no_such_nick"]);
}

#[test]
fn who_does_not_read_is_told_no_more() {
    let mut house = House::new();
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    let text = "x".repeat(1000);
    let say = format!(r#"{{"op":"direct","to":"ann","text":"{text}","id":1}}"#);
    let mut taken = 0;
    loop {
        house.say(&bob, &say);
        match &house.hear(&bob)[..] {
            [ack] if ack == "ack 1" => taken += 1,
            [error] if error == "error slow_consumer 1" => break,
            other => panic!("{other:?}"),
        }
        assert!(taken < 10_000, "nobody says stop");
    }
    assert_eq!(house.hear(&ann).len(), taken, "what was acked arrives");
    house.say(&bob, &say);
    assert_eq!(house.hear(&bob), ["ack 1"], "and then there is room again");
}

#[test]
fn people_too() {
    let mut house = House::new();
    let (ann, person) = (house.program("ann"), house.person());
    house.say(&person, "/nick zoe");
    house.say(&person, "/msg ann psst");
    house.say(&ann, r#"{"op":"direct","to":"zoe","text":"yes?"}"#);
    assert_eq!(house.hear(&ann), ["zoe to ann: psst"]);
    assert!(house.hear(&person).contains(&"[ann] yes?".to_owned()));
}

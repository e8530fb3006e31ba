//! A hub that asks for a secret hears hello, ping and bye, and nothing else, until it is said.

use sockhop_hub::Config;
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;

use crate::support::house::House;

fn guarded(config: &mut Config) {
    config.secret = Some("open sesame".into());
}

#[test]
fn nothing_is_done_before_it_is_said() {
    let mut house = House::with(guarded);
    let guest = house.open(&JSON);
    for line in [
        r#"{"op":"publish","room":"a","text":"hi","id":1}"#,
        r#"{"op":"direct","to":"ann","text":"hi"}"#,
        r#"{"op":"subscribe","room":"a"}"#,
        r##"{"op":"subscribe","room":"#"}"##,
        r#"{"op":"unsubscribe","room":"a"}"#,
        r#"{"op":"nick","nick":"ann"}"#,
        r#"{"op":"members","room":"a"}"#,
        r#"{"op":"rooms"}"#,
        r#"{"op":"history","room":"a"}"#,
        r#"{"op":"will","room":"a","text":"gone"}"#,
        r#"{"op":"hello","nick":"ann"}"#,
    ] {
        house.say(&guest, line);
        assert_eq!(house.hear(&guest), ["error secret_required"], "{line}");
    }
    house.lose(&guest);
    assert_eq!(
        house.hub.counts().messages,
        0,
        "neither a publish nor a will"
    );
}

#[test]
fn ping_and_bye_need_none() {
    let mut house = House::with(guarded);
    let guest = house.open(&JSON);
    house.say(&guest, r#"{"op":"ping","id":7}"#);
    assert_eq!(house.hear(&guest), ["pong 7"]);
    house.say(&guest, r#"{"op":"bye"}"#);
    assert_eq!(house.hear(&guest), ["bye", "ended bye"]);
}

#[test]
fn who_says_it_is_welcome() {
    let mut house = House::with(guarded);
    let guest = house.open(&JSON);
    house.say(
        &guest,
        r#"{"op":"hello","nick":"ann","secret":"open sesame"}"#,
    );
    house.say(&guest, r#"{"op":"publish","room":"a","text":"hi","id":1}"#);
    assert_eq!(house.hear(&guest), ["welcome ann", "ack 1 a#1"]);
}

#[test]
fn a_wrong_one_ends_it_and_does_nothing_else() {
    let mut house = House::with(guarded);
    let ann = house.open(&JSON);
    let token = "a-token-of-anns-own";
    let hello = format!(r#"{{"op":"hello","secret":"open sesame","session":"{token}"}}"#);
    house.say(&ann, &hello);
    assert_eq!(house.hear(&ann).len(), 1);
    for wrong in ["", "open", "open sesamE", "open sesame "] {
        let thief = house.open(&JSON);
        let hello =
            format!(r#"{{"op":"hello","nick":"boss","secret":"{wrong}","session":"{token}"}}"#);
        house.say(&thief, &hello);
        assert_eq!(
            house.hear(&thief),
            ["error wrong_secret", "ended wrong_secret"]
        );
        house.lose(&thief);
        house.say(&ann, r#"{"op":"ping"}"#);
        assert_eq!(house.hear(&ann), ["pong"], "she is still here");
    }
    house.say(&ann, r#"{"op":"nick","nick":"boss"}"#);
    assert_eq!(
        house.hear(&ann),
        ["notice you are now boss"],
        "nobody has taken it"
    );
}

#[test]
fn a_person_is_let_into_the_lobby() {
    let mut house = House::with(guarded);
    let person = house.open(&TEXT);
    let asked = house.hear(&person);
    assert!(
        asked.len() == 1 && asked[0].contains("asks for its secret"),
        "{asked:?}"
    );
    house.say(&person, "hello?");
    assert_eq!(house.hear(&person), asked);
    house.say(&person, "/secret open sesame");
    let greeting = house.hear(&person);
    assert!(
        greeting[0].starts_with("* Welcome to house. You are "),
        "{greeting:?}"
    );
    house.say(&person, "hello");
    assert_eq!(house.hub.counts().messages, 1);
}

#[test]
fn who_has_not_said_it_is_told_nothing_by_others() {
    // Houses that begin alike give out the same nicks.
    let mut open_house = House::new();
    let person = open_house.open(&TEXT);
    let greeting = open_house.hear(&person).remove(0);
    let (_, nick) = greeting.split_once("You are ").unwrap();
    let nick = nick.split_once(' ').unwrap().0;

    let mut house = House::with(guarded);
    let person = house.open(&TEXT);
    house.hear(&person);
    let ann = house.open(&JSON);
    house.say(
        &ann,
        r#"{"op":"hello","nick":"ann","secret":"open sesame"}"#,
    );
    assert_eq!(house.hear(&ann), ["welcome ann"]);
    let whisper = format!(r#"{{"op":"direct","to":"{nick}","text":"psst"}}"#);
    house.say(&ann, &whisper);
    assert_eq!(house.hear(&ann), ["error no_such_nick"]);
    assert!(house.hear(&person).is_empty());
    house.say(&person, "/secret open sesame");
    assert!(
        house.hear(&person)[0].contains(nick),
        "it was the right nick"
    );
    house.say(&ann, &whisper);
    assert_eq!(house.hear(&person), ["[ann] psst"]);
}

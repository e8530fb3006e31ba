//! Publishes without a session.

use sockhop_proto::udp;

use crate::support::house::House;

fn send(house: &mut House, datagram: &str) -> Result<(), &'static str> {
    let datagram = udp::decode(datagram.as_bytes()).unwrap();
    house
        .hub
        .handle_datagram(&datagram, house.now)
        .map_err(|refusal| refusal.code.as_str())
}

#[test]
fn plain_text_is_said_in_the_lobby() {
    let mut house = House::new();
    let ann = house.listener();
    send(&mut house, "hi\n").unwrap();
    let named = r#"{"op":"publish","room":"lobby","text":"hi","nick":"gps","ephemeral":true}"#;
    send(&mut house, named).unwrap();
    assert_eq!(
        house.hear_woken(&ann),
        ["lobby#1 udp: hi", "lobby#2~ gps: hi"]
    );
}

#[test]
fn a_nick_that_somebody_has_is_marked() {
    let mut house = House::new();
    let ann = house.listener();
    let say = r#"{"op":"publish","room":"lobby","text":"hi","nick":"ANN"}"#;
    send(&mut house, say).unwrap();
    assert_eq!(house.hear(&ann), ["lobby#1 ANN~udp: hi"]);
    let forged = say.replace("ANN", "ANN~udp");
    assert_eq!(send(&mut house, &forged), Err("bad_nick"));
}

#[test]
fn a_nick_held_for_a_lost_session_is_marked_too() {
    let mut house = House::new();
    let ann = house.listener();
    let lost = house.resume("a-token-of-its-own");
    house.say(&lost, r#"{"op":"nick","nick":"gps"}"#);
    house.lose(&lost);
    send(
        &mut house,
        r#"{"op":"publish","room":"lobby","text":"hi","nick":"gps"}"#,
    )
    .unwrap();
    assert_eq!(house.hear(&ann), ["lobby#1 gps~udp: hi"]);
}

#[test]
fn the_secret_comes_along() {
    let mut house = House::with(|config| config.secret = Some("sesame".into()));
    assert_eq!(send(&mut house, "hi"), Err("secret_required"));
    let wrong = r#"{"op":"publish","room":"a","text":"hi","secret":"sesamE"}"#;
    assert_eq!(send(&mut house, wrong), Err("secret_required"));
    send(
        &mut house,
        r#"{"op":"publish","room":"a","text":"hi","secret":"sesame"}"#,
    )
    .unwrap();
    assert_eq!(house.hub.counts().messages, 1);
}

#[test]
fn all_together_are_no_faster_than_one_session() {
    let mut house = House::with(|config| config.publishes_per_second_max = 2);
    send(&mut house, "1").unwrap();
    send(&mut house, "2").unwrap();
    assert_eq!(send(&mut house, "3"), Err("too_fast"));
}

#[test]
fn a_busy_disk_drops_them() {
    let mut house = House::with(|config| {
        config.keeps_history = true;
        config.storage_bytes_max = 1000;
    });
    let taken = (0..10)
        .take_while(|_| send(&mut house, "hi").is_ok())
        .count();
    assert!((1..10).contains(&taken), "{taken}");
    house.settle();
    send(&mut house, "hi").unwrap();
}

#[test]
fn what_is_dropped_makes_no_room() {
    let mut house = House::new();
    let ann = house.program("ann");
    let bad = r#"{"op":"publish","room":"a","text":"hi","type":"\u0007"}"#;
    assert_eq!(send(&mut house, bad), Err("bad_message"));
    let bad = r#"{"op":"publish","room":"a/+","text":"hi"}"#;
    assert_eq!(send(&mut house, bad), Err("bad_room"));
    house.say(&ann, r#"{"op":"rooms"}"#);
    assert_eq!(house.hear(&ann), ["rooms "]);
}

//! Readers that stop for a while, and what the hub holds for them meanwhile.

use crate::support::house::House;

const FOLLOW: &str = r#"{"op":"subscribe","room":"a"}"#;

#[test]
fn a_slow_reader_catches_up_from_disk() {
    let mut house = House::with(|config| {
        config.keeps_history = true;
        config.tail_bytes_max = 2000;
    });
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, FOLLOW);
    house.hear(&bob);
    for at in 1..=200 {
        house.publish(&ann, "a", &[&at.to_string()]);
        house.settle();
    }
    let expected: Vec<_> = (1..=200).map(|at| format!("a#{at} ann: {at}")).collect();
    assert_eq!(house.hear_all(&bob), expected);
}

#[test]
fn without_a_store_it_is_told_what_it_missed() {
    let mut house = House::with(|config| config.tail_bytes_max = 2000);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, FOLLOW);
    house.hear(&bob);
    for at in 1..=200 {
        house.publish(&ann, "a", &[&at.to_string()]);
    }
    let heard = house.hear(&bob);
    let missed: usize = heard[0]
        .strip_prefix("a missed 1-")
        .unwrap()
        .parse()
        .unwrap();
    let expected: Vec<_> = (missed + 1..=200)
        .map(|at| format!("a#{at} ann: {at}"))
        .collect();
    assert_eq!(heard[1..], expected);
}

#[test]
fn a_control_stream_is_not_kept_for_ever() {
    // A room that keeps history, in which only ephemeral messages are said.
    let mut house = House::with(|config| {
        config.keeps_history = true;
        config.tail_bytes_max = 2000;
    });
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say(&bob, FOLLOW);
    house.hear(&bob);
    for _ in 0..200 {
        house.say(
            &ann,
            r#"{"op":"publish","room":"a","text":"left","ephemeral":true}"#,
        );
        house.write();
    }
    assert!(
        house.hub.tails_bytes() <= 2000,
        "{}",
        house.hub.tails_bytes()
    );
    let heard = house.hear_all(&bob);
    assert!(
        heard[0].starts_with("a missed 1-") && heard.len() < 20,
        "{heard:?}"
    );
    assert_eq!(heard.last().unwrap(), "a#200~ ann: left");
}

#[test]
fn all_rooms_together_are_bounded() {
    let mut house = House::with(|config| config.tails_bytes_max = 20_000);
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"subscribe","room":"+"}"#);
    for at in 0..50 {
        for text in ["one", "two", "three", "four"] {
            house.publish(&ann, &format!("r{at}"), &[text]);
        }
    }
    house.tick();
    assert!(
        house.hub.tails_bytes() <= 20_000,
        "{}",
        house.hub.tails_bytes()
    );
}

#[test]
fn news_alone_is_bounded_between_ticks_too() {
    let mut house = House::with(|config| config.tail_bytes_max = 2000);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say_all(&bob, &[FOLLOW]);
    house.say_all(&ann, &[FOLLOW]);
    house.hear(&bob);
    for at in 0..500 {
        house.say(&ann, &format!(r#"{{"op":"nick","nick":"n{at}"}}"#));
        assert!(
            house.hub.tails_bytes() <= 2000,
            "{}",
            house.hub.tails_bytes()
        );
    }
    house.publish(&ann, "a", &["hi"]);
    assert_eq!(house.hear_woken(&bob).last().unwrap(), "a#1 n499: hi");
}

#[test]
fn who_reads_promptly_hears_all_the_news() {
    let mut house = House::with(|config| config.tail_bytes_max = 500);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.say_all(&bob, &[FOLLOW]);
    house.say_all(&ann, &[FOLLOW]);
    house.hear(&bob);
    let mut before = "ann".to_owned();
    for at in 0..100 {
        let nick = format!("n{at}");
        house.say(&ann, &format!(r#"{{"op":"nick","nick":"{nick}"}}"#));
        if at % 10 == 0 {
            house.tick();
        }
        assert_eq!(house.hear_woken(&bob), [format!("a {before} > {nick}")]);
        before = nick;
    }
}

//! Old messages: on disk, in memory, and across the border between them.

use sockhop_hub::Config;

use crate::support::house::{Guest, House};

fn small_tail(config: &mut Config) {
    config.keeps_history = true;
    config.tail_bytes_max = 1500;
}

/// Messages 1 to 12 of `a`, of which 3, 6, 9 and 12 are ephemeral; the oldest are on disk alone.
fn told(house: &mut House) -> Guest {
    let ann = house.program("ann");
    for at in 1..=12 {
        let ephemeral = at % 3 == 0;
        let say =
            format!(r#"{{"op":"publish","room":"a","text":"t{at}","ephemeral":{ephemeral}}}"#);
        house.say(&ann, &say);
        house.settle();
    }
    ann
}

fn ask(house: &mut House, question: &str) -> Vec<String> {
    let bob = house.program("bob");
    house.say(&bob, question);
    let heard = house.hear_all(&bob);
    house.say(&bob, r#"{"op":"bye"}"#);
    heard
}

/// `a#1 ann: t1` for each of `seqs`.
fn messages(seqs: &[u64]) -> Vec<String> {
    seqs.iter()
        .map(|seq| format!("a#{seq} ann: t{seq}"))
        .collect()
}

#[test]
fn the_last_few() {
    let mut house = House::with(small_tail);
    told(&mut house);
    for (count, seqs) in [
        (0, &[][..]),
        (1, &[11]),
        (3, &[8, 10, 11]),
        (8, &[1, 2, 4, 5, 7, 8, 10, 11]),
        (100, &[1, 2, 4, 5, 7, 8, 10, 11]),
    ] {
        let mut expected = messages(seqs);
        let heard = ask(
            &mut house,
            &format!(r#"{{"op":"subscribe","room":"a","last":{count}}}"#),
        );
        assert_eq!(heard[1..], expected, "last {count}");
        let heard = ask(
            &mut house,
            &format!(r#"{{"op":"history","room":"a","limit":{count}}}"#),
        );
        expected.push(format!("history a count {} head 12", seqs.len()));
        assert_eq!(heard, expected, "limit {count}");
    }
}

#[test]
fn since_a_number() {
    let mut house = House::with(small_tail);
    told(&mut house);
    let all = [
        "a#1 ann: t1",
        "a#2 ann: t2",
        "a missed 3-3",
        "a#4 ann: t4",
        "a#5 ann: t5",
        "a missed 6-6",
        "a#7 ann: t7",
        "a#8 ann: t8",
        "a missed 9-9",
        "a#10 ann: t10",
        "a#11 ann: t11",
        "a missed 12-12",
    ];
    for since in 0..=12_usize {
        let heard = ask(
            &mut house,
            &format!(r#"{{"op":"subscribe","room":"a","since":{since}}}"#),
        );
        assert_eq!(heard[1..], all[since.max(1) - 1..], "since {since}");
    }
    let heard = ask(&mut house, r#"{"op":"subscribe","room":"a","since":13}"#);
    assert_eq!(heard[1..], [""; 0]);
    let heard = ask(&mut house, r#"{"op":"subscribe","room":"a","since":14}"#);
    assert_eq!(heard[1..], all, "a log that has not come so far is another");
}

#[test]
fn a_part_of_it() {
    let mut house = House::with(small_tail);
    told(&mut house);
    for (question, seqs) in [
        (r#""since":4,"limit":3"#, &[4, 5, 7][..]),
        (r#""since":4,"before":8"#, &[4, 5, 7]),
        (r#""before":8,"limit":2"#, &[5, 7]),
        (r#""before":1"#, &[]),
        (r#""before":0"#, &[]),
        (r#""since":13"#, &[]),
        (r#""before":99,"limit":1"#, &[11]),
        (r#""since":0,"limit":1"#, &[1]),
    ] {
        let heard = ask(
            &mut house,
            &format!(r#"{{"op":"history","room":"a",{question}}}"#),
        );
        let mut expected = messages(seqs);
        expected.push(format!("history a count {} head 12", seqs.len()));
        assert_eq!(heard, expected, "{question}");
    }
}

#[test]
fn what_is_said_after_last_is_told_or_missed() {
    let mut house = House::with(|config| config.tail_bytes_max = 1500);
    let (ann, bob) = (house.program("ann"), house.program("bob"));
    house.publish(&ann, "a", &["t1", "t2"]);
    house.say(&bob, r#"{"op":"subscribe","room":"a","last":1}"#);
    // It does not read, and nothing is kept for it.
    for at in 3..=20 {
        house.publish(&ann, "a", &[&format!("t{at}")]);
    }
    let heard = house.hear(&bob);
    let missed = heard[1]
        .strip_prefix("a missed 3-")
        .expect("the first it was due");
    let missed: usize = missed.parse().unwrap();
    let rest: Vec<_> = (missed as u64 + 1..=20).collect();
    assert_eq!(heard[2..], messages(&rest));
}

#[test]
fn without_a_store_there_is_what_is_in_memory() {
    let mut house = House::with(|config| config.tail_bytes_max = 1500);
    let ann = house.program("ann");
    for at in 1..=20 {
        house.publish(&ann, "a", &[&format!("t{at}")]);
    }
    let heard = ask(&mut house, r#"{"op":"history","room":"a","limit":2}"#);
    assert_eq!(
        heard,
        [
            "a#19 ann: t19",
            "a#20 ann: t20",
            "history a count 2 head 20"
        ]
    );
    let heard = ask(&mut house, r#"{"op":"subscribe","room":"a","last":2}"#);
    assert_eq!(heard[1..], ["a#19 ann: t19", "a#20 ann: t20"]);
    let heard = ask(&mut house, r#"{"op":"subscribe","room":"a","since":1}"#);
    assert!(heard[1].starts_with("a missed 1-"), "{heard:?}");
    let heard = ask(&mut house, r#"{"op":"subscribe","room":"a","last":0}"#);
    assert_eq!(heard[1..], [""; 0]);
}

#[test]
fn an_answer_that_comes_too_late_is_for_nobody() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.publish(&ann, "a", &["t1", "t2", "t3", "t4"]);
    house.settle();
    let last_words = house.hub.last_words();
    sockhop_hub::history::History::commit(&mut house.store, &last_words).unwrap();
    house.crash();
    let bob = house.program("bob");
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":3}"#);
    house.hear(&bob);
    let late = house.question().unwrap();
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":1}"#);
    house.hear(&bob);
    house.answer(&late);
    assert_eq!(
        house.hear(&bob),
        [""; 0],
        "two messages from the middle are no answer"
    );
    assert_eq!(house.hear_all(&bob), messages(&[1, 2, 3, 4]));
}

#[test]
fn a_room_that_is_forgotten_meanwhile_is_answered_for() {
    let mut house = House::keeping();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"subscribe","room":"a"}"#);
    house.say(&ann, r#"{"op":"history","room":"a"}"#);
    house.say(&ann, r#"{"op":"unsubscribe","room":"a"}"#);
    assert_eq!(
        house.hear_all(&ann),
        [
            "subscribed a head 0 members 1",
            "unsubscribed a",
            "history a count 0 head 0"
        ]
    );
}

#[test]
fn a_store_that_cannot_be_read_is_said_and_the_rest_goes_on() {
    let mut house = House::with(small_tail);
    told(&mut house);
    let bob = house.program("bob");
    house.say(&bob, r#"{"op":"subscribe","room":"a","since":1}"#);
    house.hear(&bob);
    let question = house.question().unwrap();
    house
        .hub
        .handle_fetched(&question, Err(crate::support::store::disk_full()));
    let heard = house.hear_all(&bob);
    assert_eq!(heard[0], "error not_stored");
    let missed = heard[1]
        .strip_prefix("a missed 1-")
        .expect("what it could not read");
    let first: u64 = missed.parse::<u64>().unwrap() + 1;
    assert!(heard[2].starts_with(&format!("a#{first} ")), "{heard:?}");
}

#[test]
fn ephemeral_messages_are_not_repeated_though_others_have_just_read_them() {
    let mut house = House::new();
    let (ann, eve) = (house.program("ann"), house.program("eve"));
    house.say(&eve, r#"{"op":"subscribe","room":"a"}"#);
    house.publish(&ann, "a", &["t1"]);
    house.say(
        &ann,
        r#"{"op":"publish","room":"a","text":"forward","ephemeral":true}"#,
    );
    assert_eq!(house.hear(&eve)[2..], ["a#2~ ann: forward"]);
    for (origin, expected) in [
        (r#""last":5"#, &["a#1 ann: t1"][..]),
        (r#""since":1"#, &["a#1 ann: t1", "a missed 2-2"]),
    ] {
        let question = format!(r#"{{"op":"subscribe","room":"a",{origin}}}"#);
        let mut heard = ask(&mut house, &question);
        heard.retain(|line| line.contains('#') || line.contains("missed"));
        assert_eq!(heard, expected, "{origin}");
    }
}

//! What is kept of each room.

use std::time::Duration;

use sockhop_hub::Config;
use sockhop_hub::history::History as _;
use sockhop_hub::retention::{Keep, Retention, Rule};
use sockhop_proto::Filter;

use crate::support::house::House;

fn keep(messages_max: u64) -> Keep {
    Keep {
        messages_max: Some(messages_max),
        age_max: None,
    }
}

fn rule(rooms: &str, keep: Keep) -> Rule {
    Rule {
        rooms: Filter::parse(rooms).unwrap(),
        keep,
    }
}

fn retention() -> Retention {
    let timed = Keep {
        messages_max: None,
        age_max: Some(Duration::ZERO),
    };
    Retention {
        rules: vec![
            rule("scratch/#", keep(0)),
            rule("timed", timed),
            rule("few/#", keep(2)),
        ],
        otherwise: keep(100),
    }
}

fn setup(config: &mut Config) {
    config.keeps_history = true;
    config.retention = retention();
}

#[test]
fn a_room_of_which_nothing_is_kept_talks_live() {
    for room in ["scratch/a", "timed"] {
        let mut house = House::with(setup);
        let (ann, bob) = (house.program("ann"), house.program("bob"));
        house.say(&bob, &format!(r#"{{"op":"subscribe","room":"{room}"}}"#));
        house.hear(&bob);
        house.publish(&ann, room, &["one", "two"]);
        house.settle();
        assert_eq!(
            house.hear_woken(&bob),
            [format!("{room}#1 ann: one"), format!("{room}#2 ann: two")]
        );
        assert_eq!(house.store.messages().count(), 0);
        house.say(&bob, &format!(r#"{{"op":"history","room":"{room}"}}"#));
        let heard = house.hear_all(&bob);
        assert_eq!(
            heard.last().unwrap(),
            &format!("history {room} count 2 head 2"),
            "from memory"
        );
    }
}

#[test]
fn its_numbers_are_not_used_twice() {
    let mut house = House::with(setup);
    let ann = house.program("ann");
    house.publish(&ann, "scratch/a", &["one", "two"]);
    house.settle();
    house.crash();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"subscribe","room":"scratch/a","since":2}"#);
    let heard = house.hear_all(&ann);
    let [subscribed, missed] = &heard[..] else {
        panic!("{heard:?}")
    };
    let head: u64 = subscribed.split(' ').nth(3).unwrap().parse().unwrap();
    assert!(head >= 2);
    assert_eq!(*missed, format!("scratch/a missed 2-{head}"));
    house.say(
        &ann,
        r#"{"op":"publish","room":"scratch/a","text":"three","id":1}"#,
    );
    assert_eq!(
        house.hear_all(&ann),
        [format!("ack 1 scratch/a#{}", head + 1)]
    );
}

#[test]
fn what_is_removed_from_disk_is_missed() {
    let mut house = House::with(setup);
    let ann = house.program("ann");
    house.publish(&ann, "few/a", &["one", "two", "three", "four"]);
    house.settle();
    assert_eq!(house.store.trim(&retention(), house.now).unwrap(), 2);
    let batch = house.hub.last_words();
    house.store.commit(&batch).unwrap();
    house.crash();
    let ann = house.program("ann");
    house.say(&ann, r#"{"op":"subscribe","room":"few/a","since":1}"#);
    assert_eq!(
        house.hear_all(&ann)[1..],
        [
            "few/a missed 1-2",
            "few/a#3 ann: three",
            "few/a#4 ann: four"
        ]
    );
}

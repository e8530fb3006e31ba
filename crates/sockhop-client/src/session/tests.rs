//! A session and a hub in virtual time, over a network that cuts connections wherever it likes, and
//! a hub that is killed between any two commands. Every run is named by its seed.

mod hub;
mod world;

use std::time::Duration;

use sockhop_net::Fault;
use sockhop_proto::{Body, Origin};

use crate::config::Config;
use crate::error::{ClientError, ConnectError};
use crate::session::{Now, Session};
use crate::status::Status;
use hub::Kind;
use world::World;

/// How many runs of each kind; `SOCKHOP_SEED` runs one alone.
const RUNS: u64 = 150;

fn for_each_seed(mut run: impl FnMut(u64)) {
    match std::env::var("SOCKHOP_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
    {
        Some(seed) => run(seed),
        None => (0..RUNS).for_each(run),
    }
}

/// Publishers, followers and some who are both, until everyone has heard everything.
/// Says how many publishes got through before the network was healed.
fn everyone_talks(seed: u64, kind: Kind, cuts: bool, crashes: bool) -> u64 {
    let mut world = World::new(seed, kind);
    world.add(&[], Origin::Now);
    world.add(&["a/#"], Origin::Since(1));
    world.add(&["a/x"], Origin::Since(1));
    world.add(&["a/y", "+/x"], Origin::Since(1));
    let echo = Config::default().wait(true).echo(true);
    world.add_with(echo, &["+/y", "a/x"], Origin::Since(1));
    world.cuts = cuts;
    world.crashes = crashes;
    for _ in 0..3000 {
        world.step();
    }
    let acked = world.acked();
    world.heal();
    world.check();
    acked
}

#[test]
fn each_message_is_said_and_heard_once_whatever_the_connections_do() {
    let mut acked = 0;
    for_each_seed(|seed| acked += everyone_talks(seed, Kind::ShowsEarly, true, false));
    // A network on which nothing moves would prove nothing.
    assert!(acked > 50, "{acked}");
}

#[test]
fn each_message_is_said_and_heard_once_though_the_hub_is_killed() {
    let mut acked = 0;
    for_each_seed(|seed| acked += everyone_talks(seed, Kind::ShowsStored, true, true));
    assert!(acked > 50, "{acked}");
}

#[test]
fn a_hub_that_forgets_begins_anew_for_everyone() {
    for_each_seed(|seed| {
        let mut world = World::new(seed, Kind::Forgets);
        world.add(&[], Origin::Now);
        world.add(&["#"], Origin::Now);
        world.add(&["a/x"], Origin::Now);
        world.heal();
        world.publish(0, "a/x", "before");
        world.heal();
        world.crash();
        // Who is back first, the one who talks or those who listen?
        world.publish(0, "a/x", "after");
        for _ in 0..300 {
            world.network();
        }
        world.heal();
        for follower in [1, 2] {
            let heard = ["a/x 1 before", "a/x restarted", "a/x 1 after"];
            assert_eq!(world.heard(follower), heard, "SOCKHOP_SEED={seed}");
        }
    });
}

#[test]
fn from_now_on_is_from_the_answer_on() {
    for_each_seed(|seed| {
        let mut world = World::new(seed, Kind::ShowsStored);
        world.add(&[], Origin::Now);
        world.publish(0, "a/x", "before");
        world.heal();
        world.add(&["a/+"], Origin::Now);
        world.cuts = true;
        while !world.is_answered(1) {
            world.network();
        }
        world.publish(0, "a/x", "after");
        world.heal();
        assert_eq!(world.heard(1), ["a/x 2 after"], "SOCKHOP_SEED={seed}");
    });
}

#[test]
fn the_last_few_are_the_last_few() {
    for_each_seed(|seed| {
        let mut world = World::new(seed, Kind::ShowsStored);
        world.add(&[], Origin::Now);
        for body in ["1", "2", "3", "4", "5"] {
            world.publish(0, "a/x", body);
        }
        world.heal();
        world.add(&["a/x"], Origin::Last(2));
        world.add(&["a/#"], Origin::Last(2));
        world.cuts = true;
        for _ in 0..300 {
            world.network();
        }
        world.heal();
        for follower in [1, 2] {
            let heard = world.heard(follower);
            assert_eq!(heard, ["a/x 4 4", "a/x 5 5"], "SOCKHOP_SEED={seed}");
        }
    });
}

fn session(config: Config) -> Session {
    Session::new(config, "t".repeat(32), 1)
}

fn refused() -> ConnectError {
    let hub = crate::HubAddress::default();
    let refused = std::io::ErrorKind::ConnectionRefused.into();
    let fault = Fault::connect(&hub.endpoint(), &refused, Duration::ZERO);
    ConnectError::Dial { hub, fault }
}

fn seconds(seconds: u64) -> Now {
    Duration::from_secs(seconds)
}

#[test]
fn the_first_failure_is_the_end_unless_told_to_wait() {
    let mut hasty = session(Config::default());
    assert!(hasty.poll_dial(Now::ZERO));
    hasty.handle_lost(refused(), Now::ZERO);
    assert_eq!(hasty.ended(), Some(&ClientError::Connect(refused())));

    let mut patient = session(Config::default().wait(true));
    assert!(patient.poll_dial(Now::ZERO));
    patient.handle_lost(refused(), Now::ZERO);
    assert_eq!(patient.status(), Status::Lost(refused()));
    assert!(!patient.poll_dial(Now::ZERO) && patient.poll_dial(seconds(1)));
}

#[test]
fn patience_ends() {
    let patience = seconds(30);
    let mut session = session(Config::default().wait(true).patience(patience));
    session.handle_lost(refused(), Now::ZERO);
    session.handle_timeout(seconds(29)).unwrap();
    assert_eq!(session.ended(), None);
    session.handle_timeout(patience).unwrap();
    let gave_up = ClientError::GaveUp {
        after: patience,
        last: Some(refused()),
    };
    assert_eq!(session.ended(), Some(&gave_up));
}

#[test]
fn patience_ends_with_one_who_takes_the_connection_and_says_nothing() {
    let patience = seconds(3);
    let mut session = session(Config::default().patience(patience));
    assert!(session.poll_dial(Now::ZERO));
    session.handle_connected(Now::ZERO);
    session.handle_timeout(patience).unwrap();
    let hub = crate::HubAddress::default();
    let gave_up = ClientError::GaveUp {
        after: patience,
        last: Some(ConnectError::Mute {
            hub,
            waited: patience,
        }),
    };
    assert_eq!(session.ended(), Some(&gave_up));
}

#[test]
fn patience_is_for_what_is_wanted() {
    let config = || Config::default().patience(seconds(30));
    let mut world = World::new(1, Kind::ShowsStored);
    let idle = world.add_with(config(), &[], Origin::Now);
    let follower = world.add_with(config(), &["a/x"], Origin::Now);
    world.heal();
    let late = world.add_with(config(), &[], Origin::Now);
    world.heal();
    // Followed when it was connected long since: an answer is all that was wanted.
    world.follow(late, &["a/y"], Origin::Now);
    let now = world.now;
    world.session(late).note_expectation(now);
    for _ in 0..5 {
        world.heal();
    }
    assert_eq!(world.session(late).ended(), None);
    world.freeze();
    for _ in 0..100 {
        world.pass(2_000);
    }
    assert_eq!(world.session(idle).ended(), None);
    let ended = world.session(follower).ended();
    assert!(
        matches!(ended, Some(ClientError::GaveUp { last: Some(_), .. })),
        "{ended:?}"
    );
}

#[test]
fn patience_ends_without_an_ack_too() {
    let config = Config::default()
        .patience(seconds(30))
        .silence(seconds(300), seconds(300));
    let mut world = World::new(1, Kind::ShowsStored);
    let id = world.add_with(config, &[], Origin::Now);
    world.heal();
    world.hub_stores = false;
    world.publish(id, "a/x", "never stored");
    let since = world.now;
    while world.session(id).ended().is_none() {
        world.network();
    }
    assert!(world.now >= since + seconds(30));
    let gave_up = ClientError::GaveUp {
        after: seconds(30),
        last: None,
    };
    assert_eq!(world.session(id).ended(), Some(&gave_up));
}

#[test]
fn a_reader_that_stops_stops_the_reading_and_nothing_else() {
    let mut world = World::new(1, Kind::ShowsStored);
    world.add(&[], Origin::Now);
    let slow = world.add(&["a/x"], Origin::Now);
    world.heal();
    world.readers_read = false;
    let text: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    for number in &text {
        world.publish(0, "a/x", number);
        world.settle();
    }
    let now = world.now;
    assert!(
        !world.session(slow).poll_wants_input(now),
        "it has had enough"
    );
    // Its own publish is acked all the same, though the ack is behind what it does not read.
    world.publish(slow, "a/y", "hello");
    world.settle();
    assert!(world.session(slow).publishing.is_empty());
    world.readers_read = true;
    world.heal();
    let heard: Vec<_> = text
        .iter()
        .enumerate()
        .map(|(at, n)| format!("a/x {} {n}", at + 1))
        .collect();
    assert_eq!(world.heard(slow), heard);
}

#[test]
fn a_refused_subscription_says_why_and_harms_no_other() {
    let mut world = World::new(1, Kind::ShowsStored);
    let id = world.add(&["a/x"], Origin::Now);
    let refused = world.follow(id, &["forbidden"], Origin::Now);
    world.heal();
    let answer = world.session(id).follows.get(refused).unwrap().answer();
    assert!(matches!(answer, Some(Err(_))), "{answer:?}");
    assert!(world.is_answered(id));
    let session = world.session(id);
    session.follows.remove(refused);
    world.publish(id, "a/y", "still here");
    world.heal();
    world.check();
}

#[test]
fn closing_waits_for_acks_and_says_bye() {
    let mut world = World::new(1, Kind::ShowsStored);
    let id = world.add(&[], Origin::Now);
    world.heal();
    world.publish(id, "a/x", "last words");
    let now = world.now;
    world.session(id).close(now);
    world.settle();
    assert_eq!(world.session(id).ended(), Some(&ClientError::Closed));
    assert_eq!(world.hub.byes, 1);
    world.check();
}

#[test]
fn a_taken_nick_is_the_users_business_but_a_random_one_is_given_up() {
    let mut world = World::new(1, Kind::ShowsStored);
    world.add_with(Config::default().nick("gs-1"), &[], Origin::Now);
    world.heal();
    let second = world.add_with(Config::default().nick("gs-1"), &[], Origin::Now);
    world.settle();
    let Some(ClientError::Connect(error)) = world.session(second).ended() else {
        panic!("{:?}", world.session(second).status());
    };
    assert!(error.to_string().contains("gs-1"), "{error}");

    let third = world.add(&[], Origin::Now);
    world.heal();
    let Status::Connected { nick, .. } = world.session(third).status() else {
        panic!()
    };
    world.crash();
    world.hub.take_nick(nick.as_str());
    world.heal();
    assert!(matches!(
        world.session(third).status(),
        Status::Connected { .. }
    ));
}

#[test]
fn what_is_no_hub_is_told_by_its_first_bytes() {
    let mut session = session(Config::default());
    assert!(session.poll_dial(Now::ZERO));
    session.handle_connected(Now::ZERO);
    let mut input = bytes::BytesMut::from(&b"HTTP/1.1 400 Bad Request\r\n"[..]);
    let error = session.handle_input(&mut input, Now::ZERO).unwrap_err();
    assert!(matches!(error, ConnectError::NotAHub { .. }), "{error}");
}

#[test]
fn silence_is_noticed() {
    let mut world = World::new(1, Kind::ShowsStored);
    let id = world.add(&["a/x"], Origin::Now);
    world.heal();
    world.freeze();
    let lost = loop {
        world.now += seconds(1);
        let now = world.now;
        if let Err(lost) = world.session(id).handle_timeout(now) {
            break lost;
        }
    };
    assert!(matches!(lost, ConnectError::Silent { .. }), "{lost}");
}

/// A body as tests write them.
fn text(text: &str) -> Body {
    Body::Text(text.into())
}

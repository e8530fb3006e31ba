//! A hub, a disk and a dozen clients in virtual time, doing at random whatever they may.
//!
//! One seed is one life story: `SOCKHOP_SEED=17 cargo test -p sockhop-hub simulation` tells it again,
//! `SOCKHOP_SEEDS=10000` tells so many more than usual. A failure prints its seed and the last
//! things that happened.
//!
//! * [`world`] moves everything; [`acts`] are what clients do, [`disk`] what the disk does, and
//!   [`lives`] how hubs end and begin
//! * [`model`] says what the hub should hold, worked out from what it was told and nothing else
//! * [`client`] is one client; [`judge`] holds what it hears against the model, [`passing`] its way
//!   through a room, [`rest`] what it must have heard at the end, and [`counted`] what the hub says
//!   of all that

mod acts;
mod client;
mod coming;
mod counted;
mod disk;
mod following;
mod judge;
mod lives;
mod model;
mod passing;
mod person;
mod rest;
mod rules;
mod talking;
mod world;

use std::collections::BTreeMap;
use std::env;

use world::World;

/// How many stories are told if nobody says otherwise.
const SEEDS: u64 = 200;
/// How long one is.
const STEPS: u32 = 300;

/// Turns of events that are worth nothing if they never come about.
const EXPECTED: &[&str] = &[
    "acked again",
    "caught up from history",
    "clean restart",
    "crash",
    "finished",
    "history answered",
    "missed",
    "named anew",
    "not stored",
    "refused",
    "resumed over the old connection",
    "told of its will",
    "waited",
];

fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is no number")),
    )
}

/// Tells every fourth story from `first`, so that the tests share the work.
fn tell(first: u64) {
    if let Some(seed) = number("SOCKHOP_SEED") {
        if seed % 4 == first {
            World::new(seed, true).live(STEPS);
        }
        return;
    }
    let mut came_about = BTreeMap::new();
    for seed in (first..number("SOCKHOP_SEEDS").unwrap_or(SEEDS)).step_by(4) {
        for (what, times) in World::new(seed, false).live(STEPS) {
            *came_about.entry(what).or_insert(0) += times;
        }
    }
    for expected in EXPECTED {
        assert!(
            came_about.contains_key(expected),
            "it never came about: {expected}"
        );
    }
}

#[test]
fn every_story_ends_well_first_quarter() {
    tell(0);
}

#[test]
fn every_story_ends_well_second_quarter() {
    tell(1);
}

#[test]
fn every_story_ends_well_third_quarter() {
    tell(2);
}

#[test]
fn every_story_ends_well_last_quarter() {
    tell(3);
}

//! What kind of world a seed makes.

use std::time::Duration;

use sockhop_hub::retention::{Keep, Retention, Rule};
use sockhop_hub::{Config, Entropy};
use sockhop_proto::{Filter, RoomName};

/// See the module.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Whether there is a store.
    pub(crate) keeps_history: bool,
    /// Whether messages leave memory.
    pub(crate) small_tail: bool,
    /// Whether the disk is full at times, and whether it cannot be read.
    pub(crate) writes_fail: bool,
    pub(crate) reads_fail: bool,
    /// Whether somebody watches everything and is always awake.
    pub(crate) witnessed: bool,
    pub(crate) tail_bytes_max: usize,
    storage_bytes_max: usize,
    pub(crate) resume_within: Duration,
    /// Of the hubs of this world, one after the other.
    seed: u64,
}

impl Rules {
    pub(crate) fn draw(random: &mut fastrand::Rng) -> Self {
        let small_tail = random.u8(..4) > 0;
        let small = [2_000, 6_000, 300_000];
        let storage = [3_000, 100_000, 32 << 20];
        Self {
            keeps_history: random.u8(..5) > 0,
            small_tail,
            writes_fail: random.u8(..3) == 0,
            reads_fail: random.u8(..6) == 0,
            witnessed: random.u8(..4) > 0,
            tail_bytes_max: if small_tail {
                small[random.usize(..3)]
            } else {
                1 << 30
            },
            storage_bytes_max: storage[random.usize(..3)],
            resume_within: Duration::from_secs([5, 60][random.usize(..2)]),
            seed: random.u64(..),
        }
    }

    /// What the next hub is told at its start.
    pub(crate) fn config(&mut self) -> Config {
        self.seed += 1;
        let mut tokens = fastrand::Rng::with_seed(self.seed);
        let entropy = Entropy(Box::new(move || tokens.u128(..)));
        let mut config = Config::new("sim", self.seed, entropy);
        config.keeps_history = self.keeps_history;
        config.retention = Self::retention();
        config.tail_bytes_max = self.tail_bytes_max;
        config.tails_bytes_max = usize::MAX;
        config.storage_bytes_max = self.storage_bytes_max;
        config.resume_within = self.resume_within;
        config.publishes_per_second_max = 0;
        config
    }

    fn retention() -> Retention {
        let keep = |messages_max| Keep {
            messages_max,
            age_max: None,
        };
        let rooms = Filter::parse("scratch/#").unwrap();
        Retention {
            rules: vec![Rule {
                rooms,
                keep: keep(Some(0)),
            }],
            otherwise: keep(None),
        }
    }

    /// Whether messages of `room` go to disk.
    pub(crate) fn keeps(&self, room: &RoomName) -> bool {
        self.keeps_history && !Self::retention().of(room).is_nothing()
    }
}

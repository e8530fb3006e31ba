//! How much of each room is kept: by count and by age, the first rule that matches deciding.

use std::time::Duration;

use sockhop_proto::{Filter, RoomName};

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The rooms it is for.
    pub rooms: Filter,
    /// What it says of them.
    pub keep: Keep,
}

/// What is kept of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// At most so many messages; 0 keeps nothing, none is without bound.
    pub messages_max: Option<u64>,
    /// None older than this; none is without bound.
    pub age_max: Option<Duration>,
}

impl Keep {
    /// Keeps no message at all.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        self.messages_max == Some(0) || self.age_max == Some(Duration::ZERO)
    }
}

/// The rules, and what holds where none of them does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// In order: the first that matches decides.
    pub rules: Vec<Rule>,
    /// For every other room.
    pub otherwise: Keep,
}

impl Retention {
    /// What is kept of `room`.
    #[must_use]
    pub fn of(&self, room: &RoomName) -> Keep {
        self.rules
            .iter()
            .find(|rule| rule.rooms.matches(room))
            .map_or(self.otherwise, |rule| rule.keep)
    }
}

impl Default for Retention {
    /// The last million messages of every room, however old.
    fn default() -> Self {
        let otherwise = Keep {
            messages_max: Some(1_000_000),
            age_max: None,
        };
        Self {
            rules: Vec::new(),
            otherwise,
        }
    }
}

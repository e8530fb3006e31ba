//! What a subscription asks for: one room, or with wildcards a family of them.

use std::fmt;

use crate::name::{NameError, RoomName, check_levels};

/// A room name in which `+` stands for any one level, and a last `#` for all the rest.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Filter(String);

impl Filter {
    /// Checks `filter`; a plain room name is a filter too.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn parse(filter: &str) -> Result<Self, NameError> {
        check_levels(filter)?;
        let levels = filter.split('/').count();
        for (at, level) in filter.split('/').enumerate() {
            let wild = level.contains(['+', '#']);
            let whole = level == "+" || (level == "#" && at + 1 == levels);
            if wild && !whole {
                return Err(NameError::WildcardPlace);
            }
        }
        Ok(Self(filter.to_owned()))
    }

    /// Whether `name` would be a filter of more than one room, were it valid.
    #[must_use]
    pub fn is_wild(name: &str) -> bool {
        name.contains(['+', '#'])
    }

    /// Whether `room` is among those asked for. A last `#` matches its parent too, as in MQTT.
    #[must_use]
    pub fn matches(&self, room: &RoomName) -> bool {
        let mut wanted = self.0.split('/');
        let mut levels = room.as_str().split('/');
        loop {
            match (wanted.next(), levels.next()) {
                (Some("#"), _) | (None, None) => return true,
                (Some("+"), Some(_)) => {}
                (Some(want), Some(level)) if want == level => {}
                _ => return false,
            }
        }
    }

    /// The filter as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rule as MQTT words it, level by level.
    fn matches(filter: &[&str], room: &[&str]) -> bool {
        match (filter, room) {
            (["#"], _) | ([], []) => true,
            (["+", filter @ ..], [_, room @ ..]) => matches(filter, room),
            ([want, filter @ ..], [level, room @ ..]) => want == level && matches(filter, room),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_keeps_to_the_rule(
            filter in "([ab+]|aa)(/([ab+]|aa)){0,3}(/#)?|#",
            room in "([ab]|aa)(/([ab]|aa)){0,4}",
        ) {
            let expected = matches(
                &filter.split('/').collect::<Vec<_>>(),
                &room.split('/').collect::<Vec<_>>(),
            );
            let filter = Filter::parse(&filter).unwrap();
            prop_assert_eq!(filter.matches(&RoomName::parse(&room).unwrap()), expected);
        }

        #[test]
        fn a_plain_room_matches_itself_alone(
            name in "([ab]|aa)(/([ab]|aa)){0,2}",
            other in "([ab]|aa)(/([ab]|aa)){0,2}",
        ) {
            let filter = Filter::parse(&name).unwrap();
            prop_assert!(filter.matches(&RoomName::parse(&name).unwrap()));
            prop_assert_eq!(filter.matches(&RoomName::parse(&other).unwrap()), name == other);
        }
    }

    #[test]
    fn wildcards_match_levels() {
        for (filter, room, matched) in [
            ("a/b", "a/b", true),
            ("a/b", "a", false),
            ("a", "a/b", false),
            ("+", "a", true),
            ("+", "a/b", false),
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a/b/d", false),
            ("#", "a/b/c", true),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "ab/c", false),
            ("a/+/#", "a", false),
        ] {
            let filter = Filter::parse(filter).unwrap();
            assert_eq!(
                filter.matches(&RoomName::parse(room).unwrap()),
                matched,
                "{filter} {room}"
            );
        }
    }

    #[test]
    fn wildcards_stand_for_whole_levels() {
        for bad in ["a#", "a/b+", "#/a", "a/##"] {
            assert_eq!(Filter::parse(bad), Err(NameError::WildcardPlace), "{bad}");
        }
    }
}

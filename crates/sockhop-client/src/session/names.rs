//! The rooms and patterns of one subscription.

use sockhop_proto::{Filter, RoomName};

use crate::error::SubscribeError;

/// See the module. At least one of either; each once.
#[derive(Debug)]
pub(crate) struct Names {
    /// Rooms, of which the session becomes a member.
    pub(crate) rooms: Vec<RoomName>,
    /// Patterns, of whose rooms it is a watcher.
    pub(crate) wild: Vec<Filter>,
}

impl Names {
    /// Checks `names`.
    ///
    /// # Errors
    /// Which of them is none, or that there are none.
    pub(crate) fn parse(names: &[String]) -> Result<Self, SubscribeError> {
        let (mut rooms, mut wild) = (Vec::new(), Vec::new());
        for name in names {
            let unusable = |source| SubscribeError::Room {
                room: name.clone(),
                source,
            };
            if Filter::is_wild(name) {
                let filter = Filter::parse(name).map_err(unusable)?;
                if !wild.contains(&filter) {
                    wild.push(filter);
                }
            } else {
                let room = RoomName::parse(name).map_err(unusable)?;
                if !rooms.contains(&room) {
                    rooms.push(room);
                }
            }
        }
        if names.is_empty() {
            return Err(SubscribeError::NoRooms);
        }
        Ok(Self { rooms, wild })
    }

    /// All of them as text.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let rooms = self.rooms.iter().map(RoomName::as_str);
        rooms.chain(self.wild.iter().map(Filter::as_str))
    }

    /// Whether `room` is among those asked for.
    pub(crate) fn contain(&self, room: &RoomName) -> bool {
        self.rooms.contains(room) || self.wild.iter().any(|filter| filter.matches(room))
    }

    /// A name of these and one of `others` that ask for the same room, if there are such.
    pub(crate) fn overlap<'a>(&'a self, others: &'a Self) -> Option<(&'a str, &'a str)> {
        let with = |name| others.iter().find(|other| overlap(name, other));
        self.iter().find_map(|name| Some((name, with(name)?)))
    }
}

/// Whether some room is among those that both `a` and `b` ask for.
fn overlap(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.split('/'), b.split('/'));
    loop {
        match (a.next(), b.next()) {
            (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
            (Some(left), Some(right)) if left == "+" || right == "+" || left == right => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_found() {
        for (a, b, overlaps) in [
            ("a", "a", true),
            ("a", "b", false),
            ("a/#", "a", true),
            ("a/#", "b/#", false),
            ("a/+", "+/b", true),
            ("a/+", "a/b/c", false),
            ("#", "a/b", true),
            ("+/x", "a/y", false),
        ] {
            assert_eq!(overlap(a, b), overlaps, "{a} {b}");
            assert_eq!(overlap(b, a), overlaps, "{b} {a}");
        }
    }

    #[test]
    fn each_is_asked_for_once_and_rooms_come_first() {
        let names = ["a/#", "b", "a/#", "b", "+"].map(str::to_owned);
        let names = Names::parse(&names).unwrap();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["b", "a/#", "+"]);
        assert_eq!(Names::parse(&[]).unwrap_err(), SubscribeError::NoRooms);
        assert!(Names::parse(&["a//b".to_owned()]).is_err());
    }
}

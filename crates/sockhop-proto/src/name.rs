//! Names of rooms and people, and the rules they keep. A name that exists is a valid one.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use crate::refusal::{Code, Refusal};

/// Longest room name, in bytes of UTF-8.
pub const ROOM_BYTES_MAX: usize = 255;
/// Longest nick, in characters.
pub const NICK_CHARS_MAX: usize = 32;
/// The room people arrive in.
pub const LOBBY: &str = "lobby";

/// The name of a room: a `/`-path such as `telemetry/imu`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomName(Arc<str>);

/// A member's name, unique in the hub without regard to case. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Nick(Arc<str>);

/// Why a name cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A room name of no bytes, or of more than [`ROOM_BYTES_MAX`].
    #[error("a room name has 1 to 255 bytes")]
    RoomLength,
    /// Two slashes in a row, or one at an end.
    #[error("a room name has no empty level: no `//`, and no `/` at either end")]
    EmptyLevel,
    /// A control character in a room name.
    #[error("a room name holds no control characters")]
    RoomControl,
    /// `#` or `+` where only a plain name will do.
    #[error("a room name holds no `#` or `+`: they are wildcards, for subscribing only")]
    Wildcard,
    /// A wildcard that is not a whole level, or `#` before the last.
    #[error("`+` and `#` stand for whole levels, and `#` only for the last")]
    WildcardPlace,
    /// A room name that starts with `$` or `-`.
    #[error("room names that start with `$` or `-` are reserved for the hub")]
    Reserved,
    /// A nick of no characters, or of more than [`NICK_CHARS_MAX`].
    #[error("a nick has 1 to 32 characters")]
    NickLength,
    /// A space, a control or an invisible direction character in a nick.
    #[error("a nick holds no spaces or control characters")]
    NickCharacter,
}

impl NameError {
    /// The refusal a client gets for it.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        match self {
            Self::NickLength | Self::NickCharacter => Refusal::new(Code::BadNick, self.to_string()),
            _ => Refusal::new(Code::BadRoom, self.to_string()),
        }
    }
}

impl RoomName {
    /// The room people arrive in.
    #[must_use]
    pub fn lobby() -> Self {
        Self(LOBBY.into())
    }

    /// Checks `name` against the rules for rooms.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        check_levels(name)?;
        if name.contains(['#', '+']) {
            return Err(NameError::Wildcard);
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The rules rooms and filters share: length, levels, controls, reserved first characters.
pub(crate) fn check_levels(name: &str) -> Result<(), NameError> {
    if name.is_empty() || name.len() > ROOM_BYTES_MAX {
        return Err(NameError::RoomLength);
    }
    if name.starts_with(['$', '-']) {
        return Err(NameError::Reserved);
    }
    if name.split('/').any(str::is_empty) {
        return Err(NameError::EmptyLevel);
    }
    if name.chars().any(is_unprintable) {
        return Err(NameError::RoomControl);
    }
    Ok(())
}

impl Nick {
    /// Checks `name` against the rules for nicks. Whether it is free is the hub's business.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        if name.is_empty() || name.chars().nth(NICK_CHARS_MAX).is_some() {
            return Err(NameError::NickLength);
        }
        if name.chars().any(|c| c.is_whitespace() || is_unprintable(c)) {
            return Err(NameError::NickCharacter);
        }
        Ok(Self(name.into()))
    }

    /// The nick as its owner wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two nicks share when they differ only in case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Characters that move a terminal's cursor or turn the direction of its text: none may stand in a
/// name, and [`crate::text`] replaces them in what people read.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

macro_rules! name_traits {
    ($name:ident) => {
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
    };
}
name_traits!(RoomName);
name_traits!(Nick);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::filter::Filter;
    use crate::testing::arbitrary;

    #[test]
    fn rooms_keep_their_rules() {
        for good in ["lobby", "telemetry/imu", "é/ü", "a b", &"x".repeat(255)] {
            assert!(RoomName::parse(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", NameError::RoomLength),
            (&*"x".repeat(256), NameError::RoomLength),
            ("/a", NameError::EmptyLevel),
            ("a//b", NameError::EmptyLevel),
            ("a/", NameError::EmptyLevel),
            ("a\nb", NameError::RoomControl),
            ("a/#", NameError::Wildcard),
            ("+", NameError::Wildcard),
            ("$sys", NameError::Reserved),
            ("-/ws", NameError::Reserved),
        ] {
            assert_eq!(RoomName::parse(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn nicks_keep_their_rules() {
        assert!(Nick::parse(&"é".repeat(32)).is_ok());
        assert_eq!(Nick::parse(&"é".repeat(33)), Err(NameError::NickLength));
        assert_eq!(Nick::parse("a b"), Err(NameError::NickCharacter));
        assert_eq!(Nick::parse("a\u{1b}[2J"), Err(NameError::NickCharacter));
        assert_eq!(Nick::parse("evil\u{202e}"), Err(NameError::NickCharacter));
        assert_eq!(Nick::parse("evil\u{61c}"), Err(NameError::NickCharacter));
        assert_eq!(Nick::parse("a\u{a0}b"), Err(NameError::NickCharacter));
        assert_eq!(Nick::parse(""), Err(NameError::NickLength));
    }

    #[test]
    fn nicks_fold_their_case() {
        for (one, other) in [("Ann", "aNN"), ("Émile", "éMILE"), ("ΟΔΟΣ", "Οδος")] {
            let [one, other] = [one, other].map(|name| Nick::parse(name).unwrap());
            assert_ne!(one, other);
            assert_eq!(one.folded(), other.folded());
        }
    }

    #[test]
    fn a_broken_rule_is_refused_as_what_it_broke() {
        for bad in ["", "a b", "a\u{7}"] {
            let refusal = Nick::parse(bad).unwrap_err().refusal();
            assert_eq!(refusal.code, Code::BadNick, "{bad:?}");
        }
        for bad in ["", "a//b", "a\u{7}", "a/#", "$sys"] {
            let refusal = RoomName::parse(bad).unwrap_err().refusal();
            assert_eq!(refusal.code, Code::BadRoom, "{bad:?}");
            assert!(!refusal.message.ends_with('.'), "{refusal}");
        }
    }

    proptest! {
        #[test]
        fn a_room_is_a_filter_without_wildcards(name in "[a-b+#/$é-]{0,6}") {
            let filter = Filter::parse(&name);
            prop_assert_eq!(
                RoomName::parse(&name).is_ok(),
                filter.is_ok() && !Filter::is_wild(&name)
            );
        }

        #[test]
        fn names_that_pass_can_be_printed_and_read_again(name in arbitrary::text()) {
            if let Ok(room) = RoomName::parse(&name) {
                prop_assert_eq!(room.to_string(), &*name);
                prop_assert!(name.len() <= ROOM_BYTES_MAX && !name.contains(is_unprintable));
            }
            if let Ok(nick) = Nick::parse(&name) {
                prop_assert_eq!(nick.as_str(), &*name);
                let bad = name.contains([' ', '\t', '\n', '\u{1b}', '\u{202e}', '\u{61c}']);
                prop_assert!(!bad);
            }
        }
    }
}

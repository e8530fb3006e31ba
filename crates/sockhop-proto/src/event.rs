//! Everything the hub can say, whatever the client's protocol.

use std::fmt;
use std::sync::Arc;

use crate::command::Id;
use crate::message::{Body, MediaType, Message, Micros, Seq};
use crate::name::{Nick, RoomName};
use crate::refusal::Refusal;

/// One thing the hub says to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The answer to `hello`.
    Welcome {
        /// The hub's name.
        hub: Arc<str>,
        /// The hub's version.
        version: Arc<str>,
        /// The session's nick.
        nick: Nick,
        /// The token to come back with.
        session: Arc<str>,
        /// The hub's clock.
        time: Micros,
    },
    /// A person stands in a room now. Programs, who subscribe, never get it.
    Arrived {
        /// The hub's name, on first arrival.
        hub: Option<Arc<str>>,
        /// The person's nick.
        nick: Nick,
        /// The room.
        room: RoomName,
        /// Some of the others there, at most [`OTHERS_NAMED_MAX`].
        others: Vec<Nick>,
        /// How many others there are.
        others_count: u64,
    },
    /// A message of a room the session follows.
    Message(Arc<Message>),
    /// A message to this session alone.
    Direct {
        /// Who says it.
        from: Nick,
        /// The session's nick.
        to: Nick,
        /// When.
        time: Micros,
        /// What.
        body: Body,
        /// What the body is.
        media_type: Option<MediaType>,
    },
    /// The session follows a room, or a filter, from now on.
    Subscribed {
        /// The room or the filter.
        room: Arc<str>,
        /// The room's last `seq`; 0 for an empty room and for a filter.
        head: Seq,
        /// How many members the room has; 0 for a filter.
        members: u64,
    },
    /// The session no longer follows it.
    Unsubscribed {
        /// The room or the filter.
        room: Arc<str>,
    },
    /// Somebody came into a room.
    Joined {
        /// The room.
        room: RoomName,
        /// Who.
        nick: Nick,
    },
    /// Somebody left a room.
    Left {
        /// The room.
        room: RoomName,
        /// Who.
        nick: Nick,
        /// Why.
        reason: CloseReason,
    },
    /// Somebody in a room has another nick now.
    Renamed {
        /// The room.
        room: RoomName,
        /// The old nick.
        nick: Nick,
        /// The new one.
        to: Nick,
    },
    /// What happened in a room too large to name everyone, since the last of these.
    Presence {
        /// The room.
        room: RoomName,
        /// How many came.
        joined: u64,
        /// How many left.
        left: u64,
        /// How many there are.
        members: u64,
    },
    /// Who is in a room.
    Members {
        /// The room.
        room: RoomName,
        /// Everyone there, up to a bound the hub sets.
        members: Vec<MemberInfo>,
        /// How many there are.
        count: u64,
    },
    /// What rooms there are.
    Rooms {
        /// The rooms, up to a bound the hub sets.
        rooms: Vec<RoomInfo>,
        /// How many there are.
        count: u64,
    },
    /// The end of an answer to `history`, after its messages.
    History {
        /// The room.
        room: RoomName,
        /// How many messages were sent.
        count: u64,
        /// The room's last `seq`.
        head: Seq,
    },
    /// A range of a room this session will not get.
    Missed {
        /// The room.
        room: RoomName,
        /// The first of them.
        from: Seq,
        /// The last of them.
        to: Seq,
    },
    /// A publish is in the log and, where the room keeps history, on disk.
    Ack {
        /// The publish's id.
        id: Id,
        /// The room and the message's number there; none for a direct message.
        place: Option<(RoomName, Seq)>,
        /// When the hub took it.
        time: Micros,
    },
    /// The answer to `ping`.
    Pong {
        /// The ping's id.
        id: Option<Id>,
    },
    /// The answer to `bye`, and the last thing said.
    Bye {
        /// The bye's id.
        id: Option<Id>,
    },
    /// A refusal.
    Error {
        /// What was refused.
        id: Option<Id>,
        /// Why.
        refusal: Refusal,
    },
    /// A word from the hub to people, one line or several.
    Notice {
        /// What it says.
        text: Arc<str>,
    },
}

/// Most names in [`Event::Arrived`].
pub const OTHERS_NAMED_MAX: usize = 10;

/// What is known of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberInfo {
    /// Its nick.
    pub nick: Nick,
    /// The protocol it speaks.
    pub protocol: Arc<str>,
    /// When it came to the hub.
    pub since: Micros,
}

/// What is known of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomInfo {
    /// Its name.
    pub room: RoomName,
    /// Its last `seq`; 0 while nothing has been said.
    pub head: Seq,
    /// How many members it has.
    pub members: u64,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $sentence:literal;)*) => {
        /// Why a connection, or a membership, ended: one list for the log, `left`, metrics and tests.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CloseReason { $($(#[$doc])* $name,)* }

        impl CloseReason {
            /// Every one of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word on the wire, in `snake_case`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The reason behind a word; [`CloseReason::Other`] for one of a newer hub.
            #[must_use]
            pub fn from_word(word: &str) -> Self {
                match word { $($word => Self::$name,)* _ => Self::Other }
            }

            /// The reason for people: what follows "left: ".
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

reasons! {
    /// Said `bye`, or `/quit`.
    Bye = "bye", "said goodbye";
    /// Went to another room, or unsubscribed.
    Parted = "parted", "went elsewhere";
    /// The other side closed the connection without a word.
    Closed = "closed", "closed the connection";
    /// The connection was reset.
    Reset = "reset", "the connection was reset";
    /// The other side fell silent: no answer to the hub's heartbeats.
    Silent = "silent", "fell silent";
    /// Half a message, and then nothing for too long.
    TimedOut = "timed_out", "stopped in the middle of a message";
    /// Would not read what it was sent.
    SlowConsumer = "slow_consumer", "stopped reading";
    /// Sent what its protocol cannot mean.
    BadInput = "bad_input", "sent something that could not be understood";
    /// Sent text that is not UTF-8, where that cannot be passed over.
    BadUtf8 = "bad_utf8", "sent text that is not UTF-8";
    /// Sent more in one message than the hub takes.
    TooLarge = "too_large", "sent a message that is too large";
    /// Brought the wrong secret.
    WrongSecret = "wrong_secret", "brought the wrong secret";
    /// Changed from one protocol to another.
    Switched = "switched", "changed to another protocol";
    /// The session came back on another connection.
    Resumed = "resumed", "came back on another connection";
    /// The hub shut down.
    Shutdown = "shutdown", "the hub shut down";
    /// The hub has too many connections, or too little memory for another message in the making.
    Overloaded = "overloaded", "the hub has no room for more";
    /// A reason this library is too old to know.
    Other = "other", "for another reason";
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_word_is_its_own_and_read_back() {
        let mut words = HashSet::new();
        for &it in CloseReason::ALL {
            let word = it.as_str();
            assert!(words.insert(word), "{word} twice");
            assert!(
                word.chars()
                    .all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_')),
                "{word}"
            );
            assert_eq!(CloseReason::from_word(word), it);
            assert_eq!(it.to_string(), word);
        }
        assert_eq!(CloseReason::from_word("of_a_newer_hub"), CloseReason::Other);
    }
}

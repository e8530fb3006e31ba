//! Everything a client can say, whatever its protocol.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::message::{BodyRef, Seq};

/// A client's own mark on a request, given back in the answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Id {
    /// A number. Sessions that count theirs upwards may repeat a publish after a broken
    /// connection without it being said twice: see [`Hello::session`].
    Number(u64),
    /// Any text.
    Text(String),
}

/// Where in a room's log to start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// With what comes next.
    #[default]
    Now,
    /// With this `seq`, or the first after it that still exists.
    Since(Seq),
    /// With the last so many messages.
    Last(u64),
    /// For a filter that was followed before: each room at the `seq` given, any other at its
    /// first message, because it was not there then.
    Resume(BTreeMap<String, Seq>),
}

/// How a session introduces itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hello<'a> {
    /// The wished nick.
    pub nick: Option<Cow<'a, str>>,
    /// The hub's secret, where it asks for one.
    pub secret: Option<Cow<'a, str>>,
    /// Whether the session gets its own messages too.
    pub echo: bool,
    /// The client's name and version, for the hub's log.
    pub client: Option<Cow<'a, str>>,
    /// The token of an earlier session, or one the client made (16 to 64 characters). A session
    /// with a token of its own may repeat publishes after a broken connection: numeric ids the
    /// hub has already stored are acked again, not published again.
    pub session: Option<Cow<'a, str>>,
}

/// One thing asked of the hub. Names are as the client wrote them: the hub judges them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'a> {
    /// Introduces the session.
    Hello(Hello<'a>),
    /// Follows a room, or with wildcards a family of rooms.
    Subscribe {
        /// A room or filter.
        room: Cow<'a, str>,
        /// Where to start.
        origin: Origin,
    },
    /// Ends a subscription, by the words that began it.
    Unsubscribe {
        /// The room or filter subscribed.
        room: Cow<'a, str>,
    },
    /// Leaves the session's current room for another; for people, who are in one room at a time.
    Join {
        /// Where to.
        room: Cow<'a, str>,
    },
    /// Appends a message to a room.
    Publish {
        /// The room; none for the session's current one.
        room: Option<Cow<'a, str>>,
        /// What is said.
        body: BodyRef<'a>,
        /// What the body is.
        media_type: Option<Cow<'a, str>>,
        /// Asks for an `ack`.
        id: Option<Id>,
        /// Not to be kept.
        ephemeral: bool,
    },
    /// Says something to one session alone.
    Direct {
        /// Its nick.
        to: Cow<'a, str>,
        /// What is said.
        body: BodyRef<'a>,
        /// What the body is.
        media_type: Option<Cow<'a, str>>,
        /// Asks for an `ack`.
        id: Option<Id>,
    },
    /// Changes the session's nick.
    Nick {
        /// The wished nick.
        nick: Cow<'a, str>,
    },
    /// Asks who is in a room; none for the current one.
    Members {
        /// The room.
        room: Option<Cow<'a, str>>,
    },
    /// Asks what rooms there are.
    Rooms,
    /// Asks for old messages of a room; none for the current one.
    History {
        /// The room.
        room: Option<Cow<'a, str>>,
        /// Only messages before this `seq`.
        before: Option<Seq>,
        /// Only messages from this `seq`; without it, the last ones.
        since: Option<Seq>,
        /// How many at most.
        limit: Option<u64>,
    },
    /// Sets what is published should the session be lost; none clears it.
    Will(Option<Will<'a>>),
    /// Asks for a `pong`.
    Ping {
        /// Given back.
        id: Option<Id>,
    },
    /// Leaves on purpose.
    Bye {
        /// Given back.
        id: Option<Id>,
    },
}

/// A message to be published if its session is lost without `bye`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will<'a> {
    /// Where.
    pub room: Cow<'a, str>,
    /// What.
    pub body: BodyRef<'a>,
    /// What the body is.
    pub media_type: Option<Cow<'a, str>>,
}

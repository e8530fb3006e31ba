//! Everything the hub can say, whatever the client's protocol.

use std::sync::Arc;

use crate::close::CloseReason;
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

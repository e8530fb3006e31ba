//! What a subscription hears.

use std::sync::Arc;

use sockhop_proto::{
    Body, CloseReason, Event, MediaType, Message, Micros, Nick, Refusal, RoomName, Seq,
};

/// One thing heard in a room, or about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// A message. Those of one room come in order of `seq`, each once.
    Message(Arc<Message>),
    /// This range of a room cannot be had any more: it was not kept, or was lost with the hub.
    Missed {
        /// The room.
        room: RoomName,
        /// The first of them.
        from: Seq,
        /// The last of them.
        to: Seq,
    },
    /// The hub has forgotten the room, and its numbers begin again at 1.
    Restarted {
        /// The room.
        room: RoomName,
    },
    /// A message to this client alone.
    Direct {
        /// Who says it.
        from: Nick,
        /// This client's nick.
        to: Nick,
        /// When.
        time: Micros,
        /// What.
        body: Body,
        /// What the body is.
        media_type: Option<MediaType>,
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
    /// Somebody has another nick now.
    Renamed {
        /// The room.
        room: RoomName,
        /// The old nick.
        nick: Nick,
        /// The new one.
        to: Nick,
    },
    /// Who came and went in a room too large to name everyone.
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
    /// The hub has a problem with what this client follows, such as a history it cannot read.
    Trouble(Refusal),
}

impl Heard {
    /// The event it came as, to be shown in one of the hub's own protocols; none for what the hub
    /// has no event for.
    #[must_use]
    pub fn to_event(&self) -> Option<Event> {
        Some(match self.clone() {
            Self::Message(message) => Event::Message(message),
            Self::Missed { room, from, to } => Event::Missed { room, from, to },
            Self::Restarted { .. } => return None,
            Self::Direct {
                from,
                to,
                time,
                body,
                media_type,
            } => Event::Direct {
                from,
                to,
                time,
                body,
                media_type,
            },
            Self::Joined { room, nick } => Event::Joined { room, nick },
            Self::Left { room, nick, reason } => Event::Left { room, nick, reason },
            Self::Renamed { room, nick, to } => Event::Renamed { room, nick, to },
            Self::Presence {
                room,
                joined,
                left,
                members,
            } => Event::Presence {
                room,
                joined,
                left,
                members,
            },
            Self::Trouble(refusal) => Event::Error { id: None, refusal },
        })
    }

    /// What is heard by an event about one room, and the room, if it is such an event.
    pub(crate) fn of_room(event: Event) -> Option<(RoomName, Self)> {
        let (room, heard) = match event {
            Event::Message(message) => (message.room.clone(), Self::Message(message)),
            Event::Missed { room, from, to } => (room.clone(), Self::Missed { room, from, to }),
            Event::Joined { room, nick } => (room.clone(), Self::Joined { room, nick }),
            Event::Left { room, nick, reason } => (room.clone(), Self::Left { room, nick, reason }),
            Event::Renamed { room, nick, to } => (room.clone(), Self::Renamed { room, nick, to }),
            Event::Presence {
                room,
                joined,
                left,
                members,
            } => (
                room.clone(),
                Self::Presence {
                    room,
                    joined,
                    left,
                    members,
                },
            ),
            _ => return None,
        };
        Some((room, heard))
    }

    /// What it costs in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        const USUAL: usize = 256;
        match self {
            Self::Message(message) => USUAL + message.body.as_bytes().len(),
            Self::Direct { body, .. } => USUAL + body.as_bytes().len(),
            _ => USUAL,
        }
    }
}

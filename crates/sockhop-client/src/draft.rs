//! What is to be published, and what comes back for it.

use sockhop_proto::{Body, BodyRef, Command, Id, MediaType, Micros, RoomName, Seq};

/// A message before it has a place in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub(crate) room: String,
    pub(crate) body: Body,
    pub(crate) media_type: Option<MediaType>,
    pub(crate) ephemeral: bool,
}

/// The hub's word that a message is in the room's log and, where the room keeps history, on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The publish's number: this client's first is 1.
    pub id: u64,
    /// The room.
    pub room: RoomName,
    /// The message's number there.
    pub seq: Seq,
    /// When the hub took it.
    pub time: Micros,
}

impl Draft {
    /// `body`, to be said in `room`.
    #[must_use]
    pub fn new(room: impl Into<String>, body: Body) -> Self {
        Self {
            room: room.into(),
            body,
            media_type: None,
            ephemeral: false,
        }
    }

    /// Says what the body is, such as `image/png`.
    #[must_use]
    pub fn media_type(mut self, media_type: &str) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Not to be kept in history: only those who follow the room now will see it.
    #[must_use]
    pub fn ephemeral(mut self) -> Self {
        self.ephemeral = true;
        self
    }

    pub(crate) fn command(&self, id: u64) -> Command<'_> {
        Command::Publish {
            room: Some(self.room.as_str().into()),
            body: match &self.body {
                Body::Text(text) => BodyRef::Text((&**text).into()),
                Body::Data(data) => BodyRef::Data((&**data).into()),
            },
            media_type: self.media_type.as_deref().map(Into::into),
            id: Some(Id::Number(id)),
            ephemeral: self.ephemeral,
        }
    }
}

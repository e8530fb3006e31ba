//! A message: one entry of a room.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use crate::name::{Nick, RoomName};

/// A message's number in its room: from 1, never used twice.
pub type Seq = u64;

/// Microseconds since the Unix epoch.
pub type Micros = u64;

/// A media type such as `image/png`, as its publisher wrote it.
pub type MediaType = Arc<str>;

/// The media type that marks what `/me` says.
pub const ACTION: &str = "text/vnd.sockhop.action";

/// Longest media type, in bytes.
pub const MEDIA_TYPE_BYTES_MAX: usize = 127;

/// One entry of a room's log. Immutable once it has a `seq`, and shared, not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The room it was said in.
    pub room: RoomName,
    /// Its number there.
    pub seq: Seq,
    /// When the hub took it.
    pub time: Micros,
    /// Who said it, under the nick of that moment.
    pub from: Nick,
    /// What was said.
    pub body: Body,
    /// What the body is, where the publisher said so.
    pub media_type: Option<MediaType>,
    /// Not kept in history.
    pub ephemeral: bool,
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// UTF-8 for people and programs.
    Text(Arc<str>),
    /// Bytes for programs.
    Data(Bytes),
}

impl Body {
    /// Its bytes, either way.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Data(data) => data,
        }
    }

    /// A borrowed view of it.
    #[must_use]
    pub fn as_ref(&self) -> BodyRef<'_> {
        match self {
            Self::Text(text) => BodyRef::Text(Cow::Borrowed(text)),
            Self::Data(data) => BodyRef::Data(Cow::Borrowed(data)),
        }
    }
}

/// A body still in the buffer it was read into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyRef<'a> {
    /// See [`Body::Text`].
    Text(Cow<'a, str>),
    /// See [`Body::Data`].
    Data(Cow<'a, [u8]>),
}

impl BodyRef<'_> {
    /// A body of its own.
    #[must_use]
    pub fn to_body(&self) -> Body {
        match self {
            Self::Text(text) => Body::Text(Arc::from(&**text)),
            Self::Data(data) => Body::Data(Bytes::copy_from_slice(data)),
        }
    }
}

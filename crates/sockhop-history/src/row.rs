//! One message and its row.
//!
//! Integers of the hub are unsigned and SQLite's are not: they are kept bit for bit, so that every
//! value comes back. Only what is compared in SQL (`seq`, the ids of publishes) has to mind.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::types::{Null, ValueRef};
use rusqlite::{Row, Statement, params};
use sockhop_hub::history::Kept;
use sockhop_proto::{Body, MediaType, Message, Nick, RoomName};

use crate::fault::Fault;
use crate::id::MessageId;

/// Adds a message.
pub(crate) const INSERT: &str = "
    INSERT INTO messages (id, time_us, nick, text, data, type, session, publish_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// The columns [`Reader::read`] wants.
pub(crate) const COLUMNS: &str = "id, time_us, nick, text, data, type";

/// Binds `kept` to [`INSERT`] and runs it.
pub(crate) fn insert(
    statement: &mut Statement<'_>,
    id: MessageId,
    kept: &Kept,
) -> rusqlite::Result<()> {
    let message = &*kept.message;
    let (text, data) = match &message.body {
        Body::Text(text) => (Some(&**text), None),
        Body::Data(data) => (None, Some(&**data)),
    };
    let id = id.get();
    let time = message.time.cast_signed();
    let nick = message.from.as_str();
    let media_type = message.media_type.as_deref();
    match &kept.key {
        None => statement.execute(params![id, time, nick, text, data, media_type, Null, Null])?,
        Some(key) => {
            let (session, publish_id) = (&*key.session, key.id.cast_signed());
            statement.execute(params![
                id, time, nick, text, data, media_type, session, publish_id
            ])?
        }
    };
    Ok(())
}

/// Reads the rows of one room. Neighbours mostly share their nick and media type, and so do the
/// messages it makes.
pub(crate) struct Reader<'a> {
    room: &'a RoomName,
    nick: Option<Nick>,
    media_type: Option<MediaType>,
}

impl<'a> Reader<'a> {
    /// For rows of `room`.
    pub(crate) fn new(room: &'a RoomName) -> Self {
        Self {
            room,
            nick: None,
            media_type: None,
        }
    }

    /// The message in `row`, which has [`COLUMNS`].
    pub(crate) fn read(&mut self, row: &Row<'_>) -> Result<Message, Fault> {
        let seq = MessageId::found(row.get(0)?).seq();
        let damaged = |what| Fault::Message {
            room: self.room.clone(),
            seq,
            what,
        };
        let utf8 = |text| std::str::from_utf8(text).map_err(|_| damaged("text that is not UTF-8"));

        let time: i64 = row.get(1)?;
        let ValueRef::Text(nick) = row.get_ref(2)? else {
            return Err(damaged("no nick"));
        };
        let nick = utf8(nick)?;
        let from = match self.nick.take().filter(|last| last.as_str() == nick) {
            Some(last) => last,
            None => Nick::parse(nick).map_err(|_| damaged("a nick that nobody can have"))?,
        };
        let body = match (row.get_ref(3)?, row.get_ref(4)?) {
            (ValueRef::Text(text), ValueRef::Null) => Body::Text(Arc::from(utf8(text)?)),
            (ValueRef::Null, ValueRef::Blob(data)) => Body::Data(Bytes::copy_from_slice(data)),
            _ => return Err(damaged("neither text nor data")),
        };
        let media_type = match row.get_ref(5)? {
            ValueRef::Null => None,
            ValueRef::Text(text) => {
                let text = utf8(text)?;
                let last = self.media_type.take().filter(|last| **last == *text);
                Some(last.unwrap_or_else(|| Arc::from(text)))
            }
            _ => return Err(damaged("a media type that is none")),
        };
        self.nick = Some(from.clone());
        self.media_type.clone_from(&media_type);
        Ok(Message {
            room: self.room.clone(),
            seq,
            time: time.cast_unsigned(),
            from,
            body,
            media_type,
            ephemeral: false,
        })
    }
}

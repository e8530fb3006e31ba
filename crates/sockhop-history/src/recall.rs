//! The reading side: a connection that cannot write, beside the one that does.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use sockhop_hub::history::{HistoryError, PUBLISHED_MAX, Published, Recall};
use sockhop_proto::{Message, RoomName, Seq};

use crate::connection::open_reader;
use crate::fault::Fault;
use crate::id::{MessageId, RoomId};
use crate::row;

/// Most messages one read brings: without it, empty bodies would never come to `bytes_max`.
const READ_MESSAGES_MAX: i64 = 4096;

/// Reads an SQLite history. Each read sees what was committed when it began, and is over when it
/// returns: none holds the writer's log back.
#[derive(Debug)]
pub struct SqliteRecall {
    db: Connection,
    /// Rooms seen so far. A room keeps its id for ever.
    rooms: HashMap<RoomName, RoomId>,
    shown: Arc<str>,
}

impl SqliteRecall {
    pub(crate) fn open(path: &Path, shown: &Arc<str>) -> Result<Self, HistoryError> {
        let db = open_reader(path).map_err(|fault| fault.at(shown))?;
        Ok(Self {
            db,
            rooms: HashMap::new(),
            shown: Arc::clone(shown),
        })
    }

    fn room_id(&mut self, room: &RoomName) -> Result<Option<RoomId>, Fault> {
        if let Some(id) = self.rooms.get(room) {
            return Ok(Some(*id));
        }
        let mut statement = self
            .db
            .prepare_cached("SELECT id FROM rooms WHERE name = ?1")?;
        let id = statement
            .query_row([room.as_str()], |row| row.get(0))
            .optional()?;
        let id = id.and_then(RoomId::new);
        if let Some(id) = id {
            self.rooms.insert(room.clone(), id);
        }
        Ok(id)
    }

    fn messages(
        &mut self,
        room: &RoomName,
        from: Seq,
        to: Seq,
        bytes_max: usize,
    ) -> Result<Vec<Arc<Message>>, Fault> {
        let Some(id) = self.room_id(room)? else {
            return Ok(Vec::new());
        };
        let (first, last) = id.messages(from, to);
        let sql = format!(
            "SELECT {} FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
            row::COLUMNS
        );
        let mut statement = self.db.prepare_cached(&sql)?;
        let mut rows = statement.query([first.get(), last.get(), READ_MESSAGES_MAX])?;
        let mut reader = row::Reader::new(room);
        let mut messages = Vec::new();
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            let message = reader.read(row)?;
            bytes += message.body.as_bytes().len();
            messages.push(Arc::new(message));
            if bytes >= bytes_max {
                break;
            }
        }
        Ok(messages)
    }

    fn nth_last_seq(
        &mut self,
        room: &RoomName,
        before: Seq,
        count: u64,
    ) -> Result<Option<Seq>, Fault> {
        let (Some(id), Some(to)) = (self.room_id(room)?, before.checked_sub(1)) else {
            return Ok(None);
        };
        let (first, last) = id.messages(0, to);
        let skipped = i64::try_from(count.saturating_sub(1)).unwrap_or(i64::MAX);
        let mut nth = self.db.prepare_cached(
            "SELECT id FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3",
        )?;
        let found = nth
            .query_row([first.get(), last.get(), skipped], |row| row.get(0))
            .optional()?;
        let found: Option<i64> = match found {
            Some(id) => Some(id),
            None => self
                .db
                .prepare_cached("SELECT min(id) FROM messages WHERE id BETWEEN ?1 AND ?2")?
                .query_row([first.get(), last.get()], |row| row.get(0))?,
        };
        Ok(found.map(|id| MessageId::found(id).seq()))
    }

    fn published_by(&mut self, session: &str) -> Result<Vec<Published>, Fault> {
        let mut published = Vec::new();
        // Ids from 2^63 on are kept as negative numbers: the highest come first.
        for (lowest, highest) in [(i64::MIN, -1), (0, i64::MAX)] {
            let rest = (PUBLISHED_MAX - published.len()) as i64;
            let mut statement = self.db.prepare_cached(
                "SELECT publish_id, messages.id, time_us, rooms.id, name FROM messages
                 JOIN rooms ON rooms.id = messages.id >> 40
                 WHERE session = ?1 AND publish_id BETWEEN ?2 AND ?3
                 ORDER BY publish_id DESC, messages.id DESC LIMIT ?4",
            )?;
            let mut rows = statement.query(params![session, lowest, highest, rest])?;
            while let Some(row) = rows.next()? {
                let room: i64 = row.get(3)?;
                let name = row
                    .get_ref(4)?
                    .as_str()
                    .map_err(|_| Fault::RoomName(room))?;
                published.push(Published {
                    id: row.get::<_, i64>(0)?.cast_unsigned(),
                    room: RoomName::parse(name).map_err(|_| Fault::RoomName(room))?,
                    seq: MessageId::found(row.get(1)?).seq(),
                    time: row.get::<_, i64>(2)?.cast_unsigned(),
                });
            }
        }
        Ok(published)
    }
}

impl Recall for SqliteRecall {
    /// At most 4096 messages, whatever their bodies come to.
    fn read(
        &mut self,
        room: &RoomName,
        from: Seq,
        to: Seq,
        bytes_max: usize,
    ) -> Result<Vec<Arc<Message>>, HistoryError> {
        let messages = self.messages(room, from, to, bytes_max);
        messages.map_err(|fault| fault.at(&self.shown))
    }

    fn nth_last(
        &mut self,
        room: &RoomName,
        before: Seq,
        count: u64,
    ) -> Result<Option<Seq>, HistoryError> {
        self.nth_last_seq(room, before, count)
            .map_err(|fault| fault.at(&self.shown))
    }

    fn published(&mut self, session: &str) -> Result<Vec<Published>, HistoryError> {
        self.published_by(session)
            .map_err(|fault| fault.at(&self.shown))
    }
}

#[cfg(test)]
mod tests;

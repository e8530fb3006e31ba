//! The writing side: one connection, one claim, batches in and nothing out before it is on disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use sockhop_hub::history::{Batch, History, HistoryError, Kept, KeptRoom};
use sockhop_hub::retention::Retention;
use sockhop_proto::{Message, Micros, RoomName};

use crate::checkpoint::Checkpointer;
use crate::claim::Claim;
use crate::connection::{open_writer, transaction, turn_on_log};
use crate::fault::Fault;
use crate::id::MessageId;
use crate::recall::SqliteRecall;
use crate::room::{Added, Rooms};
use crate::trim::Trimmer;
use crate::{row, schema};

/// A history in an SQLite file. While it lives, no other process writes that file; people may read
/// it with `sqlite3`.
#[derive(Debug)]
pub struct SqliteHistory {
    db: Connection,
    checkpointer: Checkpointer,
    rooms: Rooms,
    pub(crate) trimmer: Trimmer,
    path: PathBuf,
    /// The path as people are told it.
    shown: Arc<str>,
    /// Last, so that it is given up last.
    _claim: Claim,
}

impl SqliteHistory {
    /// Opens the history at `path`, and brings it up to the present layout. Where there is none it
    /// is made, with its folder. Beside it there will be `-wal` and `-shm` files, and one that ends
    /// in `.lock`.
    ///
    /// # Errors
    /// [`HistoryError::Busy`] at once if another process has it; [`HistoryError::Newer`] if a newer
    /// version wrote it; else what keeps it from being opened. A failure changes no message.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let shown = Arc::from(path.to_string_lossy());
        Self::open_at(path, &shown).map_err(|fault| fault.at(&shown))
    }

    fn open_at(path: &Path, shown: &Arc<str>) -> Result<Self, Fault> {
        let claim = Claim::take(path)?;
        let mut db = open_writer(path)?;
        schema::check(&db)?;
        turn_on_log(&db)?;
        schema::migrate(&db)?;
        let rooms = Rooms::load(&db)?;
        let checkpointer = Checkpointer::start(&mut db, path)?;
        Ok(Self {
            db,
            checkpointer,
            rooms,
            trimmer: Trimmer::default(),
            path: path.to_owned(),
            shown: Arc::clone(shown),
            _claim: claim,
        })
    }

    /// A reading side, on a connection of its own. There may be any number, on any threads.
    ///
    /// # Errors
    /// What keeps it from being opened.
    pub fn recall(&self) -> Result<SqliteRecall, HistoryError> {
        SqliteRecall::open(&self.path, &self.shown)
    }
}

impl History for SqliteHistory {
    fn rooms(&mut self) -> Result<Vec<KeptRoom>, HistoryError> {
        Ok(self.rooms.kept())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), HistoryError> {
        if batch.is_empty() {
            return Ok(());
        }
        let rooms_before = self.rooms.len();
        match transaction(&self.db, |db| write(db, &mut self.rooms, batch)) {
            Ok(added) => {
                self.rooms.committed(&added, &batch.reserved);
                self.checkpointer.committed(&self.db);
                Ok(())
            }
            Err(fault) => {
                self.rooms.truncate(rooms_before);
                Err(fault.at(&self.shown))
            }
        }
    }

    fn trim(&mut self, retention: &Retention, now: Micros) -> Result<u64, HistoryError> {
        let removed = self
            .trimmer
            .trim(&self.db, &mut self.rooms, retention, now)
            .map_err(|fault| fault.at(&self.shown))?;
        if removed > 0 {
            self.checkpointer.committed(&self.db);
        }
        Ok(removed)
    }
}

impl Drop for SqliteHistory {
    /// Leaves everything in the one file, as who copies it expects.
    fn drop(&mut self) {
        self.checkpointer.finish(&self.db);
    }
}

/// Writes `batch` and says what each room got.
fn write(db: &Connection, rooms: &mut Rooms, batch: &Batch) -> Result<Vec<Added>, Fault> {
    let mut added = Vec::new();
    let mut insert = db.prepare_cached(row::INSERT)?;
    for run in batch
        .messages
        .chunk_by(|one, next| one.message.room == next.message.room)
    {
        let name = &run[0].message.room;
        let (place, room_id) = rooms.find_or_make(db, name)?;
        let mut new = Added {
            place,
            count: 0,
            last: 0,
        };
        for kept in run {
            let seq = kept.message.seq;
            let id = room_id.message(seq).ok_or_else(|| Fault::SeqTooHigh {
                room: name.clone(),
                seq,
            })?;
            match row::insert(&mut insert, id, kept) {
                Ok(()) => new.count += 1,
                Err(error) if Fault::is_key_taken(&error) => check_same(db, id, kept)?,
                Err(error) => return Err(error.into()),
            }
            new.last = new.last.max(seq);
        }
        added.push(new);
    }
    let mut reserve = db.prepare_cached("UPDATE rooms SET reserved = ?1 WHERE id = ?2")?;
    for kept in &batch.reserved {
        let (_, room_id) = rooms.find_or_make(db, &kept.room)?;
        reserve.execute(params![kept.reserved.cast_signed(), room_id.get()])?;
    }
    Ok(added)
}

/// That `id` is taken is well if it is by this very message: its batch is being tried again after
/// an error that came too late to undo it.
fn check_same(db: &Connection, id: MessageId, kept: &Kept) -> Result<(), Fault> {
    let found = find(db, id, &kept.message.room)?;
    if found.is_some_and(|found| found == *kept.message) {
        return Ok(());
    }
    Err(Fault::Taken {
        room: kept.message.room.clone(),
        seq: kept.message.seq,
    })
}

fn find(db: &Connection, id: MessageId, room: &RoomName) -> Result<Option<Message>, Fault> {
    let sql = format!("SELECT {} FROM messages WHERE id = ?1", row::COLUMNS);
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_row([id.get()], |found| Ok(row::Reader::new(room).read(found)));
    found.optional()?.transpose()
}

#[cfg(test)]
mod tests;

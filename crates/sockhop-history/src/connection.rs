//! Connections to the file, and transactions on them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::fault::Fault;

/// How long to wait for a person who writes with `sqlite3`. Other hubs are kept out by the claim.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// SQLite's pages in memory, in KiB: enough for the last page of a few thousand rooms.
const WRITER_CACHE_KIB: i64 = 16 << 10;
/// A read is a run of neighbouring pages, and every commit empties a reader's cache.
const READER_CACHE_KIB: i64 = 2 << 10;
/// More statements than this crate has.
const STATEMENTS_MAX: usize = 32;
/// A log that once had to grow beyond this is cut back to it.
const LOG_BYTES_MAX: i64 = 64 << 20;

/// A connection that may write.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, Fault> {
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // Each commit syncs the log before it returns: with NORMAL, a power cut takes the last ones.
    db.pragma_update(None, "synchronous", "FULL")?;
    // On macOS a sync reaches the drive's cache, and only this the drive. Nothing elsewhere.
    db.pragma_update(None, "fullfsync", true)?;
    db.pragma_update(None, "checkpoint_fullfsync", true)?;
    // Rooms are looked up in memory before a message is written.
    db.pragma_update(None, "foreign_keys", false)?;
    Ok(db)
}

/// Turns on the write-ahead log: readers beside the writer, and one sync for a whole batch.
pub(crate) fn turn_on_log(db: &Connection) -> Result<(), Fault> {
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Fault::NoWriteAheadLog);
    }
    db.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_MAX, |_| Ok(()))?;
    Ok(())
}

/// A connection that cannot write.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Fault> {
    let db = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    Ok(db)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, Fault> {
    // No URI flag: a folder called `file:x?y` is a folder.
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    db.busy_timeout(BUSY_TIMEOUT)?;
    // A page that makes no sense is damage, said as such, not a row that makes none.
    db.pragma_update(None, "cell_size_check", true)?;
    Ok(db)
}

/// Does `work` and all of it, or nothing. After an error the connection is as good as before.
pub(crate) fn transaction<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if !db.is_autocommit() {
        // Left open by an error whose rollback failed too.
        run(db, "ROLLBACK")?;
    }
    run(db, "BEGIN IMMEDIATE")?;
    let result = work(db).and_then(|done| {
        run(db, "COMMIT")?;
        Ok(done)
    });
    // A full disk makes SQLite roll back by itself, most other errors do not.
    if result.is_err() && !db.is_autocommit() {
        let _ = run(db, "ROLLBACK");
    }
    result
}

fn run(db: &Connection, statement: &str) -> Result<(), Fault> {
    db.prepare_cached(statement)?.execute([])?;
    Ok(())
}

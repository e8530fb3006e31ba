//! The file's layout, and how an older one becomes the present one.
//!
//! ```text
//! rooms      id  name  reserved
//!            1   lobby 4096           no seq above `reserved` was ever used
//!
//! messages   id  (room, seq)  time_us  nick  text or data  type  (session, publish_id)
//!            room << 40 | seq          µs since 1970      media type   who knows it by which number
//!
//! log        room  seq  time  nick  text  type      a view, for people:
//!                                                   sqlite3 history.db "SELECT * FROM log"
//! ```
//!
//! `room` and `seq` of a message take no space: SQLite works them out from `id`, see `id.rs`.
//! Binary is `data`, and `text` where it is UTF-8 that its publisher sent as text; one of the two
//! is null.
//!
//! `PRAGMA user_version` counts the [`STEPS`] a file has taken. A step is never edited once it has
//! been released: a change of layout is a new step at the end.

use rusqlite::Connection;

use crate::connection::transaction;
use crate::fault::Fault;

/// Marks a database as Sockhop's own: `Hop!`.
const APPLICATION_ID: i32 = 0x486f_7021;

/// What turns version n into version n + 1, from the empty file on.
const STEPS: [&str; 2] = [BASE, PUBLISH_KEYS];

/// The version [`STEPS`] lead to.
pub(crate) const VERSION: u32 = STEPS.len() as u32;

const BASE: &str = "
    CREATE TABLE rooms (
        id       INTEGER PRIMARY KEY,
        name     TEXT    NOT NULL UNIQUE,
        reserved INTEGER NOT NULL          -- no seq above this one was ever used
    );

    CREATE TABLE messages (
        id      INTEGER PRIMARY KEY,       -- room << 40 | seq
        room    INTEGER AS (id >> 40),
        seq     INTEGER AS (id & 0xffffffffff),
        time_us INTEGER NOT NULL,          -- since 1970
        nick    TEXT    NOT NULL,
        text    TEXT,                      -- this or data
        data    BLOB,
        type    TEXT                       -- media type, where one was given
    );

    CREATE VIEW log AS
    SELECT rooms.name AS room,
           messages.seq AS seq,
           strftime('%Y-%m-%dT%H:%M:%S', time_us / 1000000, 'unixepoch')
               || printf('.%06dZ', time_us % 1000000) AS time,
           nick,
           coalesce(text, printf('[%d bytes, %s]', length(data),
                                 coalesce(type, 'application/octet-stream'))) AS text,
           type
    FROM rooms
    -- Not `ON messages.room = rooms.id`: this way a room is a range of keys, and found at once.
    JOIN messages ON messages.id BETWEEN (rooms.id << 40) AND (rooms.id << 40 | 0xffffffffff);
";

const PUBLISH_KEYS: &str = "
    ALTER TABLE messages ADD COLUMN session    TEXT;    -- whose publish it was
    ALTER TABLE messages ADD COLUMN publish_id INTEGER; -- and which, to know a repeated one
    CREATE INDEX publishes ON messages (session, publish_id) WHERE session IS NOT NULL;
";

/// Refuses a file that is not ours, or newer than this version. Changes nothing.
pub(crate) fn check(db: &Connection) -> Result<(), Fault> {
    let found = version(db)?;
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: u64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| {
        row.get::<_, i64>(0).map(i64::cast_unsigned)
    })?;
    let fresh = found == 0 && tables == 0;
    if !fresh && application != APPLICATION_ID {
        return Err(Fault::Foreign);
    }
    if found > VERSION {
        return Err(Fault::Newer {
            found,
            known: VERSION,
        });
    }
    Ok(())
}

/// Takes the steps the file has not taken, all of them or none.
pub(crate) fn migrate(db: &Connection) -> Result<(), Fault> {
    migrate_by(db, &STEPS)
}

fn migrate_by(db: &Connection, steps: &[&str]) -> Result<(), Fault> {
    let taken = version(db)? as usize;
    if taken >= steps.len() {
        return Ok(());
    }
    transaction(db, |db| {
        for step in &steps[taken..] {
            db.execute_batch(step)?;
        }
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
        db.pragma_update(None, "user_version", steps.len() as i64)?;
        Ok(())
    })
}

fn version(db: &Connection) -> Result<u32, Fault> {
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // A negative one was not written by any version so far.
    Ok(version.cast_unsigned())
}

#[cfg(test)]
mod tests;

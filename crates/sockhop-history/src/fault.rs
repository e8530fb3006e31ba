//! What goes wrong underneath, and whose fault it is.
//!
//! Inside this crate everything fails with a [`Fault`]; at its edge [`Fault::at`] sorts it into the
//! hub's [`HistoryError`], whose words are for people: neither `os error 28` nor an SQL statement.

use std::io;
use std::sync::Arc;

use rusqlite::ErrorCode;
use rusqlite::ffi;
use sockhop_hub::history::HistoryError;
use sockhop_proto::{RoomName, Seq};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// SQLite says so.
    #[error("{}", words_of_sqlite(.0))]
    Sqlite(#[from] rusqlite::Error),
    /// The system says so, before SQLite is asked.
    #[error("{}", words_of_system(.0))]
    Io(#[from] io::Error),
    /// The lock file is held.
    #[error("another process holds its lock")]
    Claimed,
    /// A newer version wrote it.
    #[error("its version is {found}, this one knows {known}")]
    Newer { found: u32, known: u32 },
    /// A database, but not one of ours.
    #[error("it is another program's database")]
    Foreign,
    /// The file system has no shared memory, as on a network share.
    #[error("its disk allows no write-ahead log; is it a network share?")]
    NoWriteAheadLog,
    /// A room whose name cannot be one.
    #[error("room {0} has a name that no room can have")]
    RoomName(i64),
    /// More rooms than ids.
    #[error("it holds as many rooms as it can")]
    RoomsFull,
    /// A message that cannot have been one.
    #[error("message {seq} of {room} has {what}")]
    Message {
        room: RoomName,
        seq: Seq,
        what: &'static str,
    },
    /// A `seq` that no key has room for.
    #[error("message {seq} of {room} has a number too high to keep")]
    SeqTooHigh { room: RoomName, seq: Seq },
    /// Another message has that `seq` already.
    #[error("message {seq} of {room} is there already, with other content")]
    Taken { room: RoomName, seq: Seq },
}

impl Fault {
    /// The same in the hub's words, about the store at `path`.
    pub(crate) fn at(&self, path: &Arc<str>) -> HistoryError {
        let path = Arc::clone(path);
        let detail = || Arc::from(self.to_string());
        match self {
            Self::Sqlite(error) => match blame_of_sqlite(error) {
                Blame::Full => HistoryError::Full { path },
                Blame::Damaged => HistoryError::Damaged {
                    path,
                    detail: detail(),
                },
                Blame::Busy => HistoryError::Busy { path },
                Blame::Permission => HistoryError::Permission { path },
                Blame::Other => HistoryError::Failed {
                    path,
                    detail: detail(),
                },
            },
            Self::Io(error) => match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                    HistoryError::Full { path }
                }
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    HistoryError::Permission { path }
                }
                _ => HistoryError::Failed {
                    path,
                    detail: detail(),
                },
            },
            Self::Claimed => HistoryError::Busy { path },
            Self::Newer { found, known } => HistoryError::Newer {
                path,
                found: *found,
                known: *known,
            },
            Self::RoomName(_) | Self::Message { .. } => HistoryError::Damaged {
                path,
                detail: detail(),
            },
            Self::Foreign
            | Self::NoWriteAheadLog
            | Self::RoomsFull
            | Self::SeqTooHigh { .. }
            | Self::Taken { .. } => HistoryError::Failed {
                path,
                detail: detail(),
            },
        }
    }

    /// Whether a row could not be added because its key is there already.
    pub(crate) fn is_key_taken(error: &rusqlite::Error) -> bool {
        error.sqlite_error().is_some_and(|error| {
            matches!(
                error.extended_code,
                ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID
            )
        })
    }
}

/// Whose fault it is.
enum Blame {
    Full,
    Damaged,
    Busy,
    Permission,
    Other,
}

fn blame_of_sqlite(error: &rusqlite::Error) -> Blame {
    let Some(sqlite) = error.sqlite_error() else {
        // The rest are values of another kind than their column's: nobody but damage put them there.
        return match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Blame::Damaged,
            _ => Blame::Other,
        };
    };
    match (sqlite.code, sqlite.extended_code) {
        // The index of the log is mapped memory, and its growth fails under another name.
        (ErrorCode::DiskFull, _) | (_, ffi::SQLITE_IOERR_SHMSIZE) => Blame::Full,
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => Blame::Damaged,
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Blame::Busy,
        (ErrorCode::PermissionDenied, _)
        | (_, ffi::SQLITE_READONLY | ffi::SQLITE_READONLY_DIRECTORY) => Blame::Permission,
        // Among them CANTOPEN: the claim has opened the file and its folder for writing before, so
        // it is not permission that is missing.
        _ => Blame::Other,
    }
}

/// SQLite's own sentence.
fn words_of_sqlite(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(_, Some(words)) => words.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

/// The system's sentence, without its number.
fn words_of_system(error: &io::Error) -> String {
    let words = error.to_string();
    match words.split_once(" (os error") {
        Some((sentence, _)) => sentence.to_owned(),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> Arc<str> {
        Arc::from("/data/history.db")
    }

    fn sqlite(code: i32, words: &str) -> HistoryError {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(words.to_owned()));
        Fault::from(error).at(&path())
    }

    #[test]
    fn sqlite_is_sorted_by_blame() {
        let path = path();
        assert_eq!(
            sqlite(ffi::SQLITE_FULL, ""),
            HistoryError::Full { path: path.clone() }
        );
        assert_eq!(
            sqlite(ffi::SQLITE_IOERR_SHMSIZE, ""),
            HistoryError::Full { path: path.clone() }
        );
        assert_eq!(
            sqlite(ffi::SQLITE_BUSY, ""),
            HistoryError::Busy { path: path.clone() }
        );
        assert_eq!(
            sqlite(ffi::SQLITE_PERM, ""),
            HistoryError::Permission { path: path.clone() }
        );
        assert_eq!(
            sqlite(ffi::SQLITE_READONLY, ""),
            HistoryError::Permission { path: path.clone() }
        );
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            let detail = Arc::from("malformed");
            let expected = HistoryError::Damaged {
                path: path.clone(),
                detail,
            };
            assert_eq!(sqlite(code, "malformed"), expected);
        }
        let detail = Arc::from("disk I/O error");
        let expected = HistoryError::Failed { path, detail };
        assert_eq!(sqlite(ffi::SQLITE_IOERR_FSYNC, "disk I/O error"), expected);
    }

    #[test]
    fn the_system_is_sorted_by_blame_and_its_numbers_stay_out() {
        let path = path();
        let of = |kind: io::ErrorKind| Fault::Io(kind.into()).at(&path);
        assert!(matches!(
            of(io::ErrorKind::StorageFull),
            HistoryError::Full { .. }
        ));
        assert!(matches!(
            of(io::ErrorKind::ReadOnlyFilesystem),
            HistoryError::Permission { .. }
        ));
        assert!(matches!(
            of(io::ErrorKind::PermissionDenied),
            HistoryError::Permission { .. }
        ));
        let words = Fault::Io(io::Error::from_raw_os_error(21))
            .at(&path)
            .to_string();
        assert!(!words.contains("os error"), "{words}");
    }
}

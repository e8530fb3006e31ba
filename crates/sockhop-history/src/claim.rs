//! The claim on a store: one process writes it.
//!
//! A lock on a file of its own beside the database, not one of SQLite's, so that a second hub is
//! refused at once while people may still read with `sqlite3`. The system gives the lock up when
//! the process ends, however it ends; the file stays, and means nothing without the lock.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::fault::Fault;

/// Held as long as it lives.
#[derive(Debug)]
pub(crate) struct Claim {
    _lock: File,
}

impl Claim {
    /// Claims the store at `path`, making its folder and an empty file where there are none.
    pub(crate) fn take(path: &Path) -> Result<Self, Fault> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        create_folder(folder.unwrap_or(Path::new(".")))?;
        let lock = open_private(&path.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Fault::Claimed),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        // Only under the lock: closing any descriptor of a file gives up every POSIX lock this
        // process has on it, and SQLite's are of that kind.
        drop(open_private(path)?);
        Ok(Self { _lock: lock })
    }
}

/// Opens `path` for writing, for its owner alone if it is made: what people say and the tokens of
/// their sessions are in there. SQLite gives its other files the same rights.
fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes `folder` and what is missing above it, for the owner alone, and durable: SQLite syncs the
/// folder its files are in, but not the entry of that folder in the next.
fn create_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<_> = folder
        .ancestors()
        .take_while(|folder| !folder.exists())
        .collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    for made in missing.into_iter().filter_map(Path::parent) {
        let above = if made.as_os_str().is_empty() {
            Path::new(".")
        } else {
            made
        };
        File::open(above)?.sync_all()?;
    }
    #[cfg(not(unix))]
    drop(missing);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_claim_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/history.db");
        let claim = Claim::take(&path).unwrap();
        assert!(matches!(Claim::take(&path), Err(Fault::Claimed)));
        drop(claim);
        Claim::take(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn what_is_made_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/history.db");
        let _claim = Claim::take(&path).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_folder_that_is_a_file_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        std::fs::write(&file, "not a folder").unwrap();
        let error = Claim::take(&file.join("history.db"))
            .unwrap_err()
            .to_string();
        assert!(!error.is_empty() && !error.contains("os error"), "{error}");
    }
}

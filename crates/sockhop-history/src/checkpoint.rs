//! Moves what the log holds into the database, on a thread and a connection of its own.
//!
//! ```text
//!   committer   commit  commit  commit  commit  commit  commit, the rest   commit
//!                          │ at WAKE_FRAMES                ▲      │           at the log's start
//!   thread                 ╰─▶ moves most ──▶ moves more ──╯      ╰─▶
//! ```
//!
//! A commit then waits for one sync of the log and for nothing else, nearly always. SQLite starts
//! the log over once all of it has been moved, which under steady load never happens by itself:
//! each commit adds a little while the thread works. So when the thread has moved nearly all, the
//! committer moves the little that is left before it goes on.
//!
//! The log's file is kept and written over, since that is faster to sync than a file that grows;
//! and it is kept small, because a new one has to grow first.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use crate::connection::open_writer;
use crate::fault::Fault;

/// So many pages in the log are worth moving: 4 MiB.
const WAKE_FRAMES: i32 = 1000;
/// How often the thread goes over the log at most, each time for what came during the last: with a
/// little luck no commit comes during one of them, and nothing is left.
const PASSES_MAX: usize = 4;

/// The thread, and what the committer knows of it.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    /// In the log after the last commit: SQLite tells.
    frames: Arc<AtomicI32>,
    /// The thread has moved what it could, and rests.
    moved: Arc<AtomicBool>,
    /// It has been woken, and the committer has not followed it up yet.
    working: bool,
    /// How many frames are worth waking it.
    wake_frames: i32,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts it for the database at `path`, into which `writer` commits.
    pub(crate) fn start(writer: &mut Connection, path: &Path) -> Result<Self, Fault> {
        let frames = Arc::new(AtomicI32::new(0));
        let seen = Arc::clone(&frames);
        // Replaces SQLite's own habit of moving pages within a commit.
        writer.wal_hook(Some(move |_: &mut _, frames| {
            seen.store(frames, Ordering::Relaxed);
            Ok(())
        }))?;
        let db = open_writer(path)?;
        let moved = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&moved);
        let committed = Arc::clone(&frames);
        // One call at most is ever under way: see `working`.
        let (wake, woken) = sync_channel(1);
        let thread = Builder::new()
            .name("history-checkpoint".to_owned())
            .spawn(move || work(&db, &woken, &committed, &done))?;
        Ok(Self {
            frames,
            moved,
            working: false,
            wake_frames: WAKE_FRAMES,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// `writer` has committed.
    pub(crate) fn committed(&mut self, writer: &Connection) {
        let frames = self.frames.load(Ordering::Relaxed);
        if frames < WAKE_FRAMES {
            self.wake_frames = WAKE_FRAMES;
        }
        if self.working {
            if self.moved.swap(false, Ordering::Acquire) {
                self.working = false;
                if frames >= WAKE_FRAMES {
                    report(checkpoint(writer));
                    // Where someone still reads an old page the log goes on; it is not tried anew
                    // with every commit.
                    self.wake_frames = frames + WAKE_FRAMES;
                }
            }
        } else if frames >= self.wake_frames {
            let woken = self.wake.as_ref().map(|wake| wake.try_send(()));
            self.working = matches!(woken, Some(Ok(())));
        }
    }

    /// Ends the thread, and moves the rest.
    pub(crate) fn finish(&mut self, writer: &Connection) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        report(checkpoint(writer));
    }
}

fn work(db: &Connection, woken: &Receiver<()>, committed: &AtomicI32, done: &AtomicBool) {
    while woken.recv().is_ok() {
        for _ in 0..PASSES_MAX {
            let moved = report(checkpoint(db));
            if moved.is_none_or(|moved| moved >= committed.load(Ordering::Relaxed)) {
                break;
            }
        }
        done.store(true, Ordering::Release);
    }
}

/// Moves what can be moved without waiting for anyone, and says how many frames of the log have
/// been moved by now.
fn checkpoint(db: &Connection) -> Result<i32, Fault> {
    let mut passive = db.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?;
    Ok(passive.query_row([], |row| row.get(2))?)
}

/// Nothing is lost by a failure: it is all in the log, which grows until a commit fails too.
fn report(result: Result<i32, Fault>) -> Option<i32> {
    result
        .inspect_err(|fault| {
            tracing::warn!(error = %fault, "history cannot be moved out of its log, which grows");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use std::thread::yield_now;

    use super::*;
    use crate::connection::turn_on_log;
    use crate::testing::Store;

    /// A table, and who keeps its log short.
    struct Table {
        store: Store,
        db: Connection,
        checkpointer: Checkpointer,
    }

    impl Table {
        fn new() -> Self {
            let store = Store::new();
            Connection::open(&store.path).unwrap();
            let mut db = open_writer(&store.path).unwrap();
            turn_on_log(&db).unwrap();
            db.execute_batch("PRAGMA synchronous = OFF; CREATE TABLE t (x BLOB)")
                .unwrap();
            let checkpointer = Checkpointer::start(&mut db, &store.path).unwrap();
            Self {
                store,
                db,
                checkpointer,
            }
        }

        /// Commits a page or two, and lets the thread come to rest.
        fn commit(&mut self) {
            self.db
                .execute("INSERT INTO t VALUES (zeroblob(3000))", [])
                .unwrap();
            self.checkpointer.committed(&self.db);
            while self.checkpointer.working && !self.checkpointer.moved.load(Ordering::Acquire) {
                yield_now();
            }
        }

        fn log_frames(&self) -> i32 {
            let bytes = self.store.log().metadata().unwrap().len();
            i32::try_from(bytes / 4120).unwrap()
        }
    }

    #[test]
    fn the_log_starts_over_under_steady_load() {
        let mut table = Table::new();
        for _ in 0..5000 {
            table.commit();
        }
        let frames = table.log_frames();
        assert!(
            (WAKE_FRAMES..WAKE_FRAMES + 10).contains(&frames),
            "{frames} frames"
        );
    }

    #[test]
    fn a_reader_of_old_pages_holds_the_log_up_only_as_long_as_it_reads() {
        let mut table = Table::new();
        let reader = table.store.sqlite();
        reader.execute_batch("BEGIN; SELECT * FROM t").unwrap();
        for _ in 0..5000 {
            table.commit();
        }
        let held = table.log_frames();
        assert!(held > 5000, "{held} frames");
        assert!(
            table.checkpointer.wake_frames > 5000,
            "and it is not tried with every commit"
        );
        reader.execute_batch("COMMIT").unwrap();
        for _ in 0..5000 {
            table.commit();
        }
        assert!(
            table.log_frames() < held + 2 * WAKE_FRAMES,
            "the log has started over"
        );
        assert_eq!(table.checkpointer.wake_frames, WAKE_FRAMES);
    }
}

//! Moves what the log holds into the database, on a thread and a connection of its own.
//!
//! ```text
//!   frames in the log
//!     0 ─────────── WAKE_FRAMES ─────────────────────── HELP_FRAMES ──▶
//!       nothing       the thread works beside commits     the committer finishes it
//! ```
//!
//! A commit then waits for one sync of the log and for nothing else. SQLite starts the log over
//! once everything in it has been moved, which under steady load never happens by itself: each
//! commit adds a little while the thread works. So beyond [`HELP_FRAMES`] the committer moves the
//! little that is left, before it goes on. The log's file is kept and written over, as writing over
//! is faster to sync than growing; small, because a new one has to grow first.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;

use crate::connection::open_writer;
use crate::fault::Fault;

/// So many pages in the log are worth moving: 4 MiB.
const WAKE_FRAMES: i32 = 1000;
/// At so many the committer helps: 16 MiB.
const HELP_FRAMES: i32 = 4000;

/// The thread, and what it is told.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    /// In the log after the last commit.
    frames: Arc<AtomicI32>,
    /// Holds one call; another while it waits says nothing new.
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
        let (wake, woken) = sync_channel(1);
        let thread = Builder::new()
            .name("history-checkpoint".to_owned())
            .spawn(move || work(&db, &woken))?;
        Ok(Self {
            frames,
            wake: Some(wake),
            thread: Some(thread),
        })
    }

    /// `writer` has committed.
    pub(crate) fn committed(&self, writer: &Connection) {
        let frames = self.frames.load(Ordering::Relaxed);
        if frames >= HELP_FRAMES {
            // Does nothing, at once, while the thread is at it.
            report(checkpoint(writer));
        } else if frames >= WAKE_FRAMES
            && let Some(wake) = &self.wake
        {
            let _ = wake.try_send(());
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

fn work(db: &Connection, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        report(checkpoint(db));
    }
}

/// Moves what can be moved without waiting for anyone.
fn checkpoint(db: &Connection) -> Result<(), Fault> {
    db.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?
        .query_row([], |_| Ok(()))?;
    Ok(())
}

/// Nothing is lost by a failure: it is all in the log, which grows until a commit fails too.
fn report(result: Result<(), Fault>) {
    if let Err(fault) = result {
        tracing::warn!(error = %fault, "history cannot be moved out of its log, which grows");
    }
}

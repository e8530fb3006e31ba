//! Stores and messages for the tests of this crate.

use std::path::PathBuf;
use std::sync::Arc;

use sockhop_hub::history::{Batch, History, Kept, KeptRoom, PublishKey, Recall};
use sockhop_proto::{Body, Message, Nick, RoomName, Seq};
use tempfile::TempDir;

use crate::{SqliteHistory, SqliteRecall};

/// A folder that goes when the test ends, with a history in it.
pub(crate) struct Store {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Store {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        Self { folder, path }
    }

    pub(crate) fn open(&self) -> SqliteHistory {
        SqliteHistory::open(&self.path).unwrap()
    }

    pub(crate) fn both(&self) -> (SqliteHistory, SqliteRecall) {
        let history = self.open();
        let recall = history.recall().unwrap();
        (history, recall)
    }

    /// Where SQLite keeps what it has not moved into the file yet.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.with_extension("db-wal")
    }

    /// What a person finds with `sqlite3`.
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(&self.path).unwrap()
    }
}

pub(crate) fn room(name: &str) -> RoomName {
    RoomName::parse(name).unwrap()
}

/// Message `seq` of `name`, said `seq` microseconds after 1970.
pub(crate) fn message(name: &str, seq: Seq, text: &str) -> Message {
    Message {
        room: room(name),
        seq,
        time: seq,
        from: Nick::parse("ann").unwrap(),
        body: Body::Text(text.into()),
        media_type: None,
        ephemeral: false,
    }
}

pub(crate) fn keep(message: Message) -> Kept {
    Kept {
        message: Arc::new(message),
        key: None,
    }
}

pub(crate) fn numbered(message: Message, session: &str, id: u64) -> Kept {
    Kept {
        key: Some(PublishKey {
            session: session.into(),
            id,
        }),
        ..keep(message)
    }
}

pub(crate) fn batch(messages: impl IntoIterator<Item = Kept>) -> Batch {
    Batch {
        messages: messages.into_iter().collect(),
        reserved: Vec::new(),
    }
}

pub(crate) fn reserve(name: &str, reserved: Seq) -> Batch {
    Batch {
        messages: Vec::new(),
        reserved: vec![KeptRoom {
            room: room(name),
            reserved,
        }],
    }
}

/// Commits messages with these numbers to `name`.
pub(crate) fn say(history: &mut SqliteHistory, name: &str, seqs: impl IntoIterator<Item = Seq>) {
    let messages = seqs
        .into_iter()
        .map(|seq| keep(message(name, seq, &format!("text {seq}"))));
    history.commit(&batch(messages)).unwrap();
}

/// The numbers of all messages of `name`.
pub(crate) fn seqs(recall: &mut SqliteRecall, name: &str) -> Vec<Seq> {
    let messages = recall.read(&room(name), 0, Seq::MAX, usize::MAX).unwrap();
    messages.iter().map(|message| message.seq).collect()
}

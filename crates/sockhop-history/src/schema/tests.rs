use rusqlite::Connection;
use sockhop_hub::history::{History, HistoryError, Recall};
use sockhop_proto::Message;

use super::{APPLICATION_ID, BASE, VERSION, migrate_by};
use crate::SqliteHistory;
use crate::testing::{Store, batch, keep, message, numbered, room, seqs};

/// A file as version 1 left it, written by hand.
fn version_1(store: &Store) -> Connection {
    let db = store.sqlite();
    db.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA application_id = {APPLICATION_ID};
         PRAGMA user_version = 1;
         {BASE}
         INSERT INTO rooms VALUES (1, 'lobby', 4096), (2, 'telemetry/imu', 9);
         INSERT INTO messages (id, time_us, nick, text) VALUES
             (1 << 40 | 3, 1000, 'ann', 'old'), (2 << 40 | 9, 2000, 'bob', 'older');"
    ))
    .unwrap();
    db
}

fn columns(db: &Connection) -> Vec<String> {
    let mut statement = db
        .prepare("SELECT name FROM pragma_table_info('messages')")
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

#[test]
fn an_older_file_becomes_the_present_one() {
    let store = Store::new();
    drop(version_1(&store));
    let (mut history, mut recall) = store.both();
    assert_eq!(seqs(&mut recall, "lobby"), [3]);
    let old = recall.read(&room("telemetry/imu"), 1, 9, 1).unwrap();
    assert_eq!(
        *old[0],
        Message {
            time: 2000,
            from: sockhop_proto::Nick::parse("bob").unwrap(),
            ..message("telemetry/imu", 9, "older")
        }
    );
    history
        .commit(&batch([numbered(message("lobby", 4, "new"), "s", 1)]))
        .unwrap();
    assert_eq!(recall.published("s").unwrap().len(), 1);
    assert_eq!(history.rooms().unwrap()[0].reserved, 4096);
    let version: u32 = store
        .sqlite()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, VERSION);
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let store = Store::new();
    let db = version_1(&store);
    let before = columns(&db);
    let steps = [
        BASE,
        "ALTER TABLE messages ADD COLUMN extra TEXT;",
        "ALTER TABLE nowhere ADD x;",
    ];
    assert!(migrate_by(&db, &steps).is_err());
    assert_eq!(columns(&db), before);
    let version: u32 = db
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(version, 1);
    drop(db);
    assert_eq!(
        seqs(&mut store.both().1, "lobby"),
        [3],
        "and the real migration still works"
    );
}

#[test]
fn a_newer_file_is_refused_and_not_touched() {
    let store = Store::new();
    drop(store.open());
    store
        .sqlite()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    let before = std::fs::read(&store.path).unwrap();
    let error = SqliteHistory::open(&store.path).unwrap_err();
    assert!(
        matches!(
            error,
            HistoryError::Newer {
                found: 99,
                known: VERSION,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(std::fs::read(&store.path).unwrap(), before);
}

#[test]
fn the_database_of_another_program_is_refused_and_not_touched() {
    let store = Store::new();
    store
        .sqlite()
        .execute_batch("CREATE TABLE bookmarks (url TEXT)")
        .unwrap();
    let before = std::fs::read(&store.path).unwrap();
    let error = SqliteHistory::open(&store.path).unwrap_err().to_string();
    assert!(error.contains("another program's"), "{error}");
    assert_eq!(std::fs::read(&store.path).unwrap(), before);
}

#[test]
fn people_read_the_log() {
    let store = Store::new();
    let mut history = store.open();
    let said = Message {
        time: 1_785_000_000_000_042,
        ..message("lobby", 7, "hello")
    };
    let body = sockhop_proto::Body::Data(bytes::Bytes::from_static(b"\x89PNG"));
    let shown = Message {
        body: body.clone(),
        media_type: Some("image/png".into()),
        ..message("lobby", 8, "")
    };
    let raw = Message {
        body,
        ..message("other", 1, "")
    };
    history
        .commit(&batch([keep(said), keep(shown), keep(raw)]))
        .unwrap();
    let db = store.sqlite();
    let mut statement = db
        .prepare("SELECT room || ' ' || seq || ' ' || time || ' ' || nick || ' ' || text FROM log")
        .unwrap();
    let lines = statement.query_map([], |row| row.get(0)).unwrap();
    assert_eq!(
        lines.map(Result::unwrap).collect::<Vec<String>>(),
        [
            "lobby 7 2026-07-25T17:20:00.000042Z ann hello",
            "lobby 8 1970-01-01T00:00:00.000008Z ann [4 bytes, image/png]",
            "other 1 1970-01-01T00:00:00.000001Z ann [4 bytes, application/octet-stream]",
        ]
    );
    let ids: (i64, i64) = db
        .query_row(
            "SELECT room, seq FROM messages WHERE text = 'hello'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(ids, (1, 7));
}

#[test]
fn the_log_finds_a_room_by_its_keys() {
    let store = Store::new();
    drop(store.open());
    let db = store.sqlite();
    let plan = "EXPLAIN QUERY PLAN SELECT * FROM log WHERE room = 'lobby'";
    let mut statement = db.prepare(plan).unwrap();
    let steps = statement.query_map([], |row| row.get(3)).unwrap();
    let steps: Vec<String> = steps.map(Result::unwrap).collect();
    assert!(
        steps.iter().all(|step| step.starts_with("SEARCH")),
        "{steps:?}"
    );
}

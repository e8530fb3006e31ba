use std::fs;

use sockhop_hub::history::{Batch, History, HistoryError, KeptRoom, Recall};
use sockhop_proto::Seq;

use super::SqliteHistory;
use crate::id::SEQ_MAX;
use crate::testing::{Store, batch, keep, message, numbered, reserve, room, say, seqs};

#[test]
fn a_second_hub_is_refused_at_once_and_people_may_still_read() {
    let store = Store::new();
    let mut history = store.open();
    say(&mut history, "lobby", 1..=2);
    let error = SqliteHistory::open(&store.path).unwrap_err();
    assert!(matches!(error, HistoryError::Busy { .. }), "{error}");
    let count: i64 = store
        .sqlite()
        .query_row("SELECT count(*) FROM log", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 2);
    say(&mut history, "lobby", 3..=3);
    drop(history);
    store.open();
}

#[test]
fn what_is_committed_survives_the_process() {
    let store = Store::new();
    let mut history = store.open();
    say(&mut history, "lobby", 1..=100);
    history.commit(&reserve("lobby", 4096)).unwrap();
    // What a killed process leaves behind: the files as they are, and no lock.
    let after = Store::new();
    for (from, to) in [store.path.clone(), store.log()]
        .iter()
        .zip([&after.path, &after.log()])
    {
        fs::copy(from, to).unwrap();
    }
    let (mut revived, mut recall) = after.both();
    assert_eq!(seqs(&mut recall, "lobby"), (1..=100).collect::<Vec<_>>());
    assert_eq!(
        revived.rooms().unwrap(),
        [KeptRoom {
            room: room("lobby"),
            reserved: 4096
        }]
    );
}

#[test]
fn a_closed_history_is_one_file() {
    let store = Store::new();
    let mut history = store.open();
    say(&mut history, "lobby", 1..=100);
    let mut recall = history.recall().unwrap();
    assert_eq!(seqs(&mut recall, "lobby").len(), 100);
    drop(history);
    let copy = Store::new();
    fs::copy(&store.path, &copy.path).unwrap();
    assert_eq!(seqs(&mut copy.both().1, "lobby").len(), 100);
}

#[test]
fn reserved_numbers_rise_and_are_lowered_when_told() {
    let store = Store::new();
    let mut history = store.open();
    assert_eq!(history.rooms().unwrap(), []);
    history.commit(&Batch::default()).unwrap();
    let mut reserved = |seq| {
        history.commit(&reserve("a", seq)).unwrap();
        history.rooms().unwrap()[0].reserved
    };
    assert_eq!(
        [reserved(100), reserved(200), reserved(150)],
        [100, 200, 150]
    );
    assert_eq!(reserved(Seq::MAX), Seq::MAX);
    assert_eq!(reserved(150), 150);
    drop(history);
    assert_eq!(
        store.open().rooms().unwrap(),
        [KeptRoom {
            room: room("a"),
            reserved: 150
        }]
    );
}

#[test]
fn a_room_that_went_beyond_its_reservation_never_uses_a_number_twice() {
    let store = Store::new();
    let mut history = store.open();
    history.commit(&reserve("a", 10)).unwrap();
    say(&mut history, "a", [9, 12]);
    assert_eq!(history.rooms().unwrap()[0].reserved, 12);
    drop(history);
    assert_eq!(store.open().rooms().unwrap()[0].reserved, 12);
}

#[test]
fn a_batch_may_be_committed_again() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let first = batch([
        keep(message("a", 1, "one")),
        numbered(message("b", 1, "two"), "s", 7),
    ]);
    history.commit(&first).unwrap();
    history.commit(&first).unwrap();
    let longer = batch([first.messages[0].clone(), keep(message("a", 2, "three"))]);
    history.commit(&longer).unwrap();
    assert_eq!(seqs(&mut recall, "a"), [1, 2]);
    assert_eq!(recall.published("s").unwrap().len(), 1);
}

#[test]
fn a_number_is_never_given_to_another_message() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", 1..=1);
    let other = batch([keep(message("b", 1, "new")), keep(message("a", 1, "other"))]);
    let error = history.commit(&other).unwrap_err().to_string();
    assert!(error.contains("message 1 of a is there already"), "{error}");
    assert!(
        seqs(&mut recall, "b").is_empty(),
        "nothing of the batch is stored"
    );
    let high = batch([keep(message("a", SEQ_MAX + 1, "too high"))]);
    let error = history.commit(&high).unwrap_err();
    assert!(matches!(error, HistoryError::Failed { .. }), "{error}");
    say(&mut history, "b", 1..=1);
    assert_eq!(history.rooms().unwrap().len(), 2);
}

#[test]
fn a_full_disk_is_said_and_over_when_there_is_space() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", 1..=1);
    let pages_max = |pages: u32| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        history.db.query_row(&pragma, [], |_| Ok(())).unwrap();
    };
    pages_max(1); // No less than there are: it cannot grow.
    let large = "x".repeat(20_000);
    let much = batch([
        keep(message("new", 1, "small")),
        keep(message("a", 2, &large)),
    ]);
    let error = history.commit(&much).unwrap_err();
    assert!(matches!(error, HistoryError::Full { .. }), "{error}");
    assert_eq!(
        history.rooms().unwrap().len(),
        1,
        "the new room is gone again"
    );
    say(&mut history, "a", 3..=3);
    assert!(history.commit(&much).is_err());
    history
        .db
        .query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))
        .unwrap();
    history.commit(&much).unwrap();
    assert_eq!(seqs(&mut recall, "a"), [1, 2, 3]);
    assert_eq!(seqs(&mut recall, "new"), [1]);
}

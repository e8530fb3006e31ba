//! A file that is not what it should be is said to be, in words, and never read as something else.

use std::fs;
use std::path::Path;

use sockhop_hub::history::{HistoryError, Recall};

use crate::SqliteHistory;
use crate::testing::{Store, room, say};

/// A closed history of a few thousand messages.
fn make() -> Store {
    let store = Store::new();
    say(&mut store.open(), "lobby", 1..=5000);
    store
}

fn assert_damaged(error: &HistoryError, path: &Path) {
    assert!(matches!(error, HistoryError::Damaged { .. }), "{error:?}");
    let words = error.to_string();
    assert!(words.contains(&*path.to_string_lossy()), "{words}");
    assert!(
        !words.contains("os error") && !words.contains("SqliteFailure"),
        "{words}"
    );
}

#[test]
fn a_file_that_never_was_a_database() {
    let store = Store::new();
    let path = &store.path;
    let text = "Dear diary, ".repeat(1000);
    fs::write(path, &text).unwrap();
    assert_damaged(&SqliteHistory::open(path).unwrap_err(), path);
    assert_eq!(fs::read_to_string(path).unwrap(), text, "it is left alone");
}

#[test]
fn an_overwritten_first_page() {
    let store = make();
    let path = &store.path;
    let mut bytes = fs::read(path).unwrap();
    bytes[..4096].fill(0xa5);
    fs::write(path, &bytes).unwrap();
    assert_damaged(&SqliteHistory::open(path).unwrap_err(), path);
}

#[test]
fn an_overwritten_middle_is_found_when_it_is_read_and_the_rest_still_works() {
    let store = make();
    let path = &store.path;
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(path, &bytes).unwrap();

    let (mut history, mut recall) = store.both();
    let error = recall
        .read(&room("lobby"), 1, 5000, usize::MAX)
        .unwrap_err();
    assert_damaged(&error, path);
    assert_eq!(
        recall
            .read(&room("lobby"), 1, 10, usize::MAX)
            .unwrap()
            .len(),
        10
    );
    say(&mut history, "lobby", 5001..=5010);
    assert_eq!(
        recall
            .read(&room("lobby"), 5001, 6000, usize::MAX)
            .unwrap()
            .len(),
        10
    );
}

#[test]
fn rows_that_make_no_sense_are_named() {
    for (wrong, word) in [
        ("nick = 'a b'", "nick"),
        ("nick = x'ff'", "nick"),
        ("text = NULL", "neither text nor data"),
        ("data = x'00'", "neither text nor data"),
        ("text = CAST(x'ff' AS TEXT)", "UTF-8"),
        ("type = x'00'", "media type"),
    ] {
        let store = make();
        let path = &store.path;
        let db = store.sqlite();
        db.execute(&format!("UPDATE messages SET {wrong} WHERE seq = 7"), [])
            .unwrap();
        let history = SqliteHistory::open(path).unwrap();
        let error = history
            .recall()
            .unwrap()
            .read(&room("lobby"), 1, 10, usize::MAX)
            .unwrap_err();
        assert_damaged(&error, path);
        let words = error.to_string();
        assert!(
            words.contains("message 7 of lobby") && words.contains(word),
            "{wrong}: {words}"
        );
    }
}

#[test]
fn a_room_that_cannot_be_one_is_named() {
    let store = make();
    let path = &store.path;
    let db = store.sqlite();
    db.execute("UPDATE rooms SET name = '/'", []).unwrap();
    let error = SqliteHistory::open(path).unwrap_err();
    assert_damaged(&error, path);
    assert!(error.to_string().contains("room 1"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_not_ours_is_permission() {
    use std::os::unix::fs::PermissionsExt;
    let store = Store::new();
    let path = &store.path;
    fs::set_permissions(store.folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let opened = SqliteHistory::open(path);
    fs::set_permissions(store.folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    // Root may write everywhere.
    if let Err(error) = opened {
        assert_eq!(
            error,
            HistoryError::Permission {
                path: path.to_string_lossy().into()
            }
        );
    }
}

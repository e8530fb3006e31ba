use std::sync::Arc;

use bytes::Bytes;
use sockhop_hub::history::{History, Recall};
use sockhop_proto::{Body, Message, Nick, Seq};

use crate::testing::{Store, batch, keep, message, numbered, room, say, seqs};

#[test]
fn every_kind_of_message_comes_back_as_it_was() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let bodies = [
        Body::Text("".into()),
        Body::Text("grüße, 世界 🛰".into()),
        Body::Text("a\0b'; DROP TABLE messages; --\n".into()),
        Body::Text("x".repeat(100_000).into()),
        Body::Data(Bytes::new()),
        Body::Data(Bytes::from_static(&[0, 255, 128, 10])),
    ];
    let mut said = Vec::new();
    for (seq, body) in (1..).zip(bodies) {
        for (seq, media_type) in [(2 * seq, None), (2 * seq + 1, Some("image/png".into()))] {
            let from = Nick::parse("brave-ötter").unwrap();
            let time = Seq::MAX - seq;
            let plain = message("télé/mètre", seq, "");
            said.push(Message {
                time,
                from,
                body: body.clone(),
                media_type,
                ..plain
            });
        }
    }
    history
        .commit(&batch(said.iter().cloned().map(keep)))
        .unwrap();
    let read = recall
        .read(&room("télé/mètre"), 1, Seq::MAX, usize::MAX)
        .unwrap();
    assert_eq!(
        read.iter().map(|message| &**message).collect::<Vec<_>>(),
        Vec::from_iter(&said)
    );
}

#[test]
fn a_read_is_a_range_in_order() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "b", [1, 2, 5, 6]);
    say(&mut history, "a", [1, 3]);
    say(&mut history, "b", [9]);
    let mut read = |from, to| {
        let messages = recall.read(&room("b"), from, to, usize::MAX).unwrap();
        messages
            .iter()
            .map(|message| message.seq)
            .collect::<Vec<_>>()
    };
    assert_eq!(read(0, Seq::MAX), [1, 2, 5, 6, 9]);
    assert_eq!(read(2, 6), [2, 5, 6]);
    assert!(read(3, 4).is_empty());
    assert!(read(6, 2).is_empty());
    assert!(read(Seq::MAX, Seq::MAX).is_empty());
    assert!(seqs(&mut recall, "nowhere").is_empty());
    say(&mut history, "nowhere", [1]);
    assert_eq!(
        seqs(&mut recall, "nowhere"),
        [1],
        "known as soon as it is there"
    );
}

#[test]
fn a_read_ends_when_it_is_enough() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let ten = (1..=10).map(|seq| keep(message("a", seq, "ten bytes.")));
    history.commit(&batch(ten)).unwrap();
    let mut count = |bytes_max| recall.read(&room("a"), 1, 10, bytes_max).unwrap().len();
    assert_eq!(
        [
            count(0),
            count(1),
            count(10),
            count(11),
            count(30),
            count(99)
        ],
        [1, 1, 1, 2, 3, 10]
    );
    let empty = (1..=10_000).map(|seq| keep(message("empty", seq, "")));
    history.commit(&batch(empty)).unwrap();
    let read = recall
        .read(&room("empty"), 1, Seq::MAX, usize::MAX)
        .unwrap();
    assert_eq!(
        read.last().map(|last| last.seq),
        Some(4096),
        "bounded, though it has no bytes"
    );
}

#[test]
fn messages_share_what_neighbours_have_in_common() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let media_type = Some(Arc::from("text/csv"));
    let typed = |seq| {
        keep(Message {
            media_type: media_type.clone(),
            ..message("a", seq, "1,2")
        })
    };
    history.commit(&batch([typed(1), typed(2)])).unwrap();
    let read = recall.read(&room("a"), 1, 2, usize::MAX).unwrap();
    let types: Vec<_> = read
        .iter()
        .filter_map(|message| message.media_type.as_ref())
        .collect();
    assert!(Arc::ptr_eq(types[0], types[1]));
}

#[test]
fn the_nth_last_passes_over_gaps() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    say(&mut history, "a", [3, 4, 10, 4000, 4001]);
    say(&mut history, "b", [1]);
    let mut nth = |before, count| recall.nth_last(&room("a"), before, count).unwrap();
    assert_eq!(nth(Seq::MAX, 1), Some(4001));
    assert_eq!(nth(4002, 2), Some(4000));
    assert_eq!(nth(4001, 2), Some(10));
    assert_eq!(nth(4000, 3), Some(3));
    assert_eq!(nth(11, 100), Some(3), "the first, where there are fewer");
    assert_eq!(nth(11, u64::MAX), Some(3));
    assert_eq!(nth(3, 1), None);
    assert_eq!(nth(0, 1), None);
    assert_eq!(
        recall.nth_last(&room("nowhere"), Seq::MAX, 1).unwrap(),
        None
    );
}

#[test]
fn a_session_finds_what_it_published() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    history
        .commit(&batch([
            numbered(message("a", 1, "one"), "s", 5),
            numbered(message("b", 7, "two"), "s", u64::MAX),
            numbered(message("a", 2, "three"), "s", 6),
            numbered(message("a", 3, "four"), "other", 9),
            keep(message("a", 4, "five")),
        ]))
        .unwrap();
    let published = recall.published("s").unwrap();
    let found: Vec<_> = published
        .iter()
        .map(|found| (found.id, found.room.as_str(), found.seq, found.time))
        .collect();
    assert_eq!(
        found,
        [(u64::MAX, "b", 7, 7), (6, "a", 2, 2), (5, "a", 1, 1)]
    );
    assert_eq!(recall.published("nobody").unwrap(), []);
}

#[test]
fn of_many_publishes_the_last_are_remembered() {
    let store = Store::new();
    let (mut history, mut recall) = store.both();
    let many = (1..=3000).map(|seq| numbered(message("a", seq, ""), "s", seq));
    history.commit(&batch(many)).unwrap();
    let ids: Vec<_> = recall
        .published("s")
        .unwrap()
        .iter()
        .map(|found| found.id)
        .collect();
    assert_eq!(ids, (3000 - 1023..=3000).rev().collect::<Vec<_>>());
}

#[test]
fn two_read_at_once_while_a_third_writes() {
    let store = Store::new();
    let (mut history, mut one) = store.both();
    let mut two = history.recall().unwrap();
    for seq in 1..=20 {
        say(&mut history, "a", [seq]);
        assert_eq!(seqs(&mut one, "a").len(), seqs(&mut two, "a").len());
    }
    assert_eq!(seqs(&mut one, "a").len(), 20);
}

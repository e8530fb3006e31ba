mod trim;

use std::collections::VecDeque;

use bytes::Bytes;
use sockhop_proto::Nick;

use super::*;
use crate::cursor::Reader;
use crate::recall::Wanted;
use crate::sink::Sink;
use crate::tally::Told;
use crate::testing::{OTHER, PLAIN, ephemeral, message, notice, room, text};

/// A log without a store.
fn fleeting() -> Log {
    Log::new(room(), 0, Seq::MAX, false)
}

/// A log whose messages go to disk, and whose first `reserved` numbers are.
fn kept(reserved: Seq) -> Log {
    Log::new(room(), 0, reserved, true)
}

fn say(log: &mut Log, words: &str) {
    let message = message(log.last() + 1, words);
    log.append(message, None, false);
}

fn say_as(log: &mut Log, author: SessionKey, words: &str) {
    let message = message(log.last() + 1, words);
    log.append(message, Some(author), false);
}

/// Reads one step, and says how it went and what there was.
fn step(log: &mut Log, cursor: &mut Cursor, own: Option<Reader<'_>>) -> (Step, String) {
    let mut out: VecDeque<Bytes> = VecDeque::new();
    let mut told = Told::default();
    let mut sink = Sink::new(&PLAIN, &mut out, &mut told);
    let step = log.read(cursor, own, &mut sink);
    drop(sink);
    let bytes: usize = out.iter().map(Bytes::len).sum();
    assert_eq!(told.bytes, bytes as u64, "what is handed out is counted");
    (step, text(&mut out))
}

/// Reads everything there is.
fn read(log: &mut Log, cursor: &mut Cursor) -> String {
    let mut all = String::new();
    loop {
        let (step, text) = step(log, cursor, None);
        all.push_str(&text);
        match step {
            Step::More => {}
            Step::CaughtUp => return all,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn readers_get_what_follows() {
    let mut log = fleeting();
    say(&mut log, "a");
    let mut cursor = log.open(&PLAIN, Start::Now);
    assert_eq!(read(&mut log, &mut cursor), "");
    say(&mut log, "b");
    log.notice(&notice("n"));
    say(&mut log, "c");
    assert_eq!(read(&mut log, &mut cursor), "bnc");
    log.notice(&notice("m"));
    assert_eq!(read(&mut log, &mut cursor), "m");
}

#[test]
fn a_long_read_is_handed_out_in_parts() {
    let mut log = fleeting();
    let mut cursor = log.open(&PLAIN, Start::Now);
    let long = "x".repeat(50 << 10);
    for _ in 0..5 {
        say(&mut log, &long);
    }
    for (expected, messages) in [(Step::More, 2), (Step::More, 2), (Step::CaughtUp, 1)] {
        let (step, text) = step(&mut log, &mut cursor, None);
        assert_eq!((step, text.len()), (expected, messages * long.len()));
    }
}

#[test]
fn a_giant_message_comes_alone_and_what_is_behind_it_after_it() {
    let mut log = fleeting();
    let mut cursor = log.open(&PLAIN, Start::Now);
    log.notice(&notice("n"));
    say(&mut log, &"x".repeat(1 << 20));
    log.notice(&notice("m"));
    let (more, text) = step(&mut log, &mut cursor, None);
    assert_eq!((more, text.len()), (Step::More, (1 << 20) + 1));
    assert_eq!(
        step(&mut log, &mut cursor, None),
        (Step::CaughtUp, "m".to_owned())
    );
}

#[test]
fn own_messages_are_passed_over_and_the_news_between_them_is_not() {
    let mut log = fleeting();
    let (key, nick) = (SessionKey::default(), Nick::parse("ann").unwrap());
    let mut cursor = log.open(&PLAIN, Start::Now);
    say(&mut log, "a");
    for words in ["X", "Y"] {
        say_as(&mut log, key, words);
        cursor.note_own(log.last());
        log.notice(&notice("n"));
    }
    say(&mut log, "b");
    let own = Some(Reader { key, nick: &nick });
    assert_eq!(
        step(&mut log, &mut cursor, own),
        (Step::CaughtUp, "annb".to_owned())
    );
    assert_eq!(cursor.next, 5);
}

#[test]
fn ephemeral_messages_are_not_repeated() {
    for (start, old) in [
        (Start::Since(1), "a[2-2]c"),
        (Start::Since(3), "c"),
        (Start::Last(2), "ac"),
        (Start::Last(1), "c"),
    ] {
        let mut log = fleeting();
        // Somebody reads along, so that the stream holds them.
        log.open(&PLAIN, Start::Now);
        say(&mut log, "a");
        log.append(ephemeral(2, "b"), None, false);
        say(&mut log, "c");
        let mut cursor = log.open(&PLAIN, start);
        assert_eq!(read(&mut log, &mut cursor), old, "{start:?}");
        let seq = log.last() + 1;
        log.append(ephemeral(seq, "e"), None, false);
        assert_eq!(read(&mut log, &mut cursor), "e", "said since");
    }
}

#[test]
fn numbers_are_shown_once_reserved() {
    let mut log = kept(0);
    let mut cursor = log.open(&PLAIN, Start::Now);
    say(&mut log, "a");
    say(&mut log, "b");
    assert_eq!((log.head(), log.last()), (0, 2));
    assert_eq!(read(&mut log, &mut cursor), "");
    log.reserve(1);
    assert_eq!(read(&mut log, &mut cursor), "a");
    log.reserve(64);
    assert_eq!(read(&mut log, &mut cursor), "b");
}

#[test]
fn a_promised_message_is_shown_once_stored() {
    let mut log = kept(64);
    let mut cursor = log.open(&PLAIN, Start::Now);
    say(&mut log, "a");
    log.append(message(2, "b"), None, true);
    say(&mut log, "c");
    assert_eq!(read(&mut log, &mut cursor), "a");
    log.set_stored(1);
    assert_eq!(read(&mut log, &mut cursor), "");
    log.set_stored(2);
    assert_eq!(read(&mut log, &mut cursor), "bc");
}

#[test]
fn who_begins_with_one_nobody_may_see_yet_waits_for_it() {
    let mut log = kept(0);
    say(&mut log, "a");
    say(&mut log, "b");
    let mut cursor = log.open(&PLAIN, Start::Since(2));
    assert_eq!(read(&mut log, &mut cursor), "");
    log.reserve(1);
    assert_eq!(read(&mut log, &mut cursor), "");
    log.reserve(2);
    assert_eq!(read(&mut log, &mut cursor), "b");
}

#[test]
fn what_another_reader_is_to_find_is_found_across_the_border() {
    let mut log = kept(64);
    for seq in 1..=6 {
        let next = if seq % 2 == 0 {
            ephemeral(seq, "e")
        } else {
            message(seq, "m")
        };
        log.append(next, None, false);
    }
    log.set_stored(5);
    log.trim(3 * (ENTRY_BYTES + 1));
    // In memory: 4, 5 and 6, of which 5 is to be kept.
    for (count, wanted) in [(1, None), (2, Some(1)), (5, Some(4))] {
        let mut cursor = log.open(&PLAIN, Start::Last(count));
        let (step, text) = step(&mut log, &mut cursor, None);
        match wanted {
            None => assert_eq!((step, &*text), (Step::CaughtUp, "m")),
            Some(count) => {
                let wanted = Wanted::NthLast {
                    room: room(),
                    before: 4,
                    count,
                };
                assert_eq!(step, Step::Fetch(wanted));
            }
        }
    }
}

use std::collections::VecDeque;

use bytes::Bytes;
use sockhop_proto::Nick;

use super::*;
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
    let step = log.read(cursor, own, &mut Sink::new(&PLAIN, &mut out));
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
fn who_fell_off_the_tail_is_told_what_it_missed() {
    let mut log = fleeting();
    let mut cursor = log.open(&PLAIN, Start::Now);
    for words in ["a", "b", "c", "d"] {
        say(&mut log, words);
    }
    log.trim(2 * (ENTRY_BYTES + 2));
    assert_eq!(read(&mut log, &mut cursor), "[1-2]cd");
}

#[test]
fn what_is_to_be_kept_stays_until_it_is_on_disk() {
    let mut log = kept(64);
    let mut cursor = log.open(&PLAIN, Start::Now);
    for words in ["a", "b", "c", "d"] {
        say(&mut log, words);
    }
    log.set_stored(2);
    log.trim(0);
    let wanted = Wanted::Messages {
        room: room(),
        from: 1,
        to: 2,
    };
    assert_eq!(
        step(&mut log, &mut cursor, None),
        (Step::Fetch(wanted), String::new())
    );
    assert_eq!(
        step(&mut log, &mut cursor, None),
        (Step::Awaiting, String::new())
    );
    cursor.recall(vec![message(1, "a"), message(2, "b")], 2);
    assert_eq!(read(&mut log, &mut cursor), "abcd");
}

#[test]
fn ephemeral_messages_wait_for_no_disk() {
    let mut log = kept(64);
    for seq in 1..=4 {
        log.append(ephemeral(seq, "a"), None, false);
    }
    log.trim(0);
    assert_eq!(log.bytes(), 0);
    say(&mut log, "b");
    log.append(ephemeral(6, "c"), None, false);
    log.trim(0);
    assert_eq!(
        log.bytes(),
        2 * (ENTRY_BYTES + 1),
        "but for those before them"
    );
    log.set_stored(5);
    log.trim(0);
    assert_eq!(log.bytes(), 0);
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
fn a_room_of_news_alone_is_bounded() {
    let mut log = fleeting();
    let mut prompt = log.open(&PLAIN, Start::Now);
    let mut slow = log.open(&PLAIN, Start::Now);
    for _ in 0..1000 {
        log.notice(&notice("0123456789"));
        log.trim(100);
        assert!(log.bytes() <= 100);
        assert_eq!(
            read(&mut log, &mut prompt),
            "0123456789",
            "who reads promptly misses none"
        );
    }
    assert_eq!(read(&mut log, &mut slow).len(), 100);
}

#[test]
fn old_news_goes_before_messages() {
    let mut log = fleeting();
    let mut cursor = log.open(&PLAIN, Start::Now);
    for _ in 0..10 {
        log.notice(&notice("0123456789"));
    }
    assert_eq!(read(&mut log, &mut cursor).len(), 100);
    say(&mut log, "a");
    log.trim(ENTRY_BYTES + 20);
    assert_eq!(read(&mut log, &mut cursor), "a");
}

#[test]
fn a_message_takes_the_news_before_it_along() {
    let mut log = fleeting();
    log.open(&PLAIN, Start::Now);
    say(&mut log, "a");
    for _ in 0..10 {
        log.notice(&notice("0123456789"));
    }
    say(&mut log, "b");
    say(&mut log, "c");
    // Room for two messages, if the news between the first two goes.
    log.trim(2 * (ENTRY_BYTES + 2));
    let mut cursor = log.open(&PLAIN, Start::Since(1));
    assert_eq!(read(&mut log, &mut cursor), "[1-1]bc");
}

#[test]
fn messages_that_wait_for_the_disk_do_not_cost_the_news() {
    let mut log = kept(64);
    let mut cursor = log.open(&PLAIN, Start::Now);
    log.append(message(1, &"x".repeat(10_000)), None, true);
    log.notice(&notice("n"));
    log.trim(100);
    assert_eq!(read(&mut log, &mut cursor), "n");
}

#[test]
fn a_stream_goes_with_its_last_reader() {
    let mut log = fleeting();
    log.open(&PLAIN, Start::Now);
    log.open(&PLAIN, Start::Now);
    log.open(&OTHER, Start::Now);
    say(&mut log, "a");
    assert_eq!(log.bytes(), ENTRY_BYTES + 3);
    log.close(&PLAIN);
    assert_eq!(log.bytes(), ENTRY_BYTES + 3);
    log.close(&PLAIN);
    assert_eq!(log.bytes(), ENTRY_BYTES + 2);
    let mut cursor = log.open(&PLAIN, Start::Since(1));
    assert_eq!(read(&mut log, &mut cursor), "a", "from memory");
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

//! What is forgotten, and what must not be.

use super::*;

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

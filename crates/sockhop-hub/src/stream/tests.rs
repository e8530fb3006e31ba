use proptest::prelude::*;

use super::*;
use crate::testing::{PLAIN, message, notice, text};

fn append(stream: &mut Stream, text: &str) {
    let seq = stream.first + stream.spans.len() as u64;
    stream.append_message(&Event::Message(message(seq, text)));
}

fn read(stream: &mut Stream, from: u64, to: u64) -> String {
    let mut out = VecDeque::new();
    stream.slices(from, to, &mut out);
    text(&mut out)
}

#[derive(Debug, Clone)]
enum Step {
    Message(usize),
    Notice(usize),
    /// Reads between these thousandths of what is held.
    Read(u64, u64),
    /// Trims so many messages, or so many bytes of notices.
    Trim(u64),
    DropNotices(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..40_usize).prop_map(Step::Message),
        1 => (1000..3000_usize).prop_map(Step::Message),
        2 => (1..40_usize).prop_map(Step::Notice),
        3 => (0..1000_u64, 0..1000_u64).prop_map(|(one, other)| Step::Read(one, other)),
        1 => (0..4_u64).prop_map(Step::Trim),
        1 => (0..100_usize).prop_map(Step::DropNotices),
    ]
}

/// Text in which every part looks different from its neighbours.
fn filling(all: &str, length: usize) -> String {
    let at = all.len();
    (at..at + length)
        .map(|at| char::from(b'a' + (at * 7 % 26) as u8))
        .collect()
}

proptest! {
    #[test]
    fn any_part_is_handed_out_as_it_was_appended(steps in prop::collection::vec(step(), 0..60)) {
        let mut stream = Stream::new(&PLAIN, 1);
        let mut all = String::new();
        // Where each message ends, from the first ever.
        let mut ends = Vec::new();
        for step in steps {
            let (start, end) = (stream.start, stream.end);
            match step {
                Step::Message(length) => {
                    let text = filling(&all, length);
                    append(&mut stream, &text);
                    all.push_str(&text);
                    ends.push(all.len() as u64);
                }
                Step::Notice(length) => {
                    let text = filling(&all, length);
                    stream.append_notice(&notice(&text));
                    all.push_str(&text);
                }
                Step::Read(one, other) => {
                    let at = |thousandth| start + (end - start) * thousandth / 1000;
                    let (from, to) = (at(one.min(other)), at(one.max(other)));
                    prop_assert_eq!(read(&mut stream, from, to), &all[from as usize..to as usize]);
                }
                Step::Trim(count) => {
                    let first = (stream.first + count).min(ends.len() as u64 + 1);
                    let before = stream.bytes();
                    prop_assert_eq!(stream.trim(first), before - stream.bytes());
                    prop_assert_eq!(stream.first(), first);
                }
                Step::DropNotices(bytes) => {
                    let first = stream.first;
                    let dropped = stream.drop_notices(bytes);
                    prop_assert_eq!(stream.start, start + dropped as u64);
                    prop_assert_eq!(stream.first, first, "messages stay");
                    let before = stream.span(first).map_or(stream.end, |span| span.begin) - start;
                    prop_assert!(dropped as u64 >= before.min(bytes as u64));
                }
            }
            prop_assert_eq!(stream.end, all.len() as u64);
            prop_assert!(stream.holds(stream.start) && stream.holds(stream.end));
            for seq in stream.first..=ends.len() as u64 {
                let span = stream.span(seq).expect("it is held");
                prop_assert_eq!(span.end, ends[seq as usize - 1]);
                prop_assert_eq!(stream.offset_of(seq + 1), span.end);
            }
            prop_assert_eq!(stream.offset_of(stream.first), stream.start);
            let (start, end) = (stream.start, stream.end);
            prop_assert_eq!(read(&mut stream, start, end), &all[start as usize..]);
        }
    }
}

#[test]
fn a_burst_nobody_has_read_yet_is_one_slice() {
    let mut stream = Stream::new(&PLAIN, 1);
    for _ in 0..20 {
        append(&mut stream, "hi");
    }
    let mut out = VecDeque::new();
    stream.slices(0, stream.end, &mut out);
    assert_eq!(out.len(), 1);
}

#[test]
fn a_giant_message_is_one_slice() {
    let mut stream = Stream::new(&PLAIN, 1);
    append(&mut stream, "small");
    append(&mut stream, &"x".repeat(1 << 20));
    let span = stream.span(2).unwrap();
    let mut out = VecDeque::new();
    stream.slices(span.begin, span.end, &mut out);
    assert_eq!(out.len(), 1);
    assert_eq!(out[0].len(), 1 << 20);
}

#[test]
fn a_part_of_a_read_ends_with_a_message() {
    let mut stream = Stream::new(&PLAIN, 1);
    for text in ["aaaa", "bbbb", "cccc"] {
        append(&mut stream, text);
    }
    assert_eq!(
        stream.last_within(1, 0, 3),
        Some(1),
        "at least one, however large"
    );
    assert_eq!(stream.last_within(1, 0, 4), Some(1));
    assert_eq!(stream.last_within(1, 0, 11), Some(2));
    assert_eq!(stream.last_within(2, 4, 8), Some(3));
    assert_eq!(stream.last_within(4, 12, 8), None, "not said yet");
}

#[test]
fn what_is_forgotten_is_not_held_on_to() {
    let mut stream = Stream::new(&PLAIN, 1);
    for seq in 1..=1000_u64 {
        append(&mut stream, &"x".repeat(1000));
        if seq % 3 == 0 {
            let (start, end) = (stream.start, stream.end);
            read(&mut stream, start, end);
        }
        stream.trim(seq.saturating_sub(10));
    }
    let held: usize = stream
        .segments
        .iter()
        .map(|segment| segment.bytes.len())
        .sum();
    assert!(stream.spans.len() == 11 && stream.bytes() == 11_000);
    assert!(
        held + stream.open.len() < stream.bytes() + CHUNK_BYTES_MAX,
        "{held}"
    );
}

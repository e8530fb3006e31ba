//! From events to what people read.

use std::sync::Arc;

use proptest::prelude::*;

use crate::event::Event;
use crate::message::{ACTION, Body, Message};
use crate::name::Nick;
use crate::testing::samples::{self, message, text};
use crate::testing::{arbitrary, terminal::assert_harmless};
use crate::text::TEXT;

fn shown(event: &Event) -> String {
    String::from_utf8(TEXT.encoded(event).to_vec()).unwrap()
}

/// What people read when gs-1 says `body`.
fn read(body: Body, media_type: Option<&str>) -> String {
    shown(&Event::Message(Arc::new(message(body, media_type))))
}

proptest! {
    #[test]
    fn nothing_harmful_reaches_a_terminal(
        event in prop_oneof![3 => arbitrary::event(), 1 => arbitrary::arrived()],
    ) {
        assert_harmless(&TEXT.encoded(&event));
    }

    #[test]
    fn a_message_cannot_forge_a_line(message in arbitrary::message()) {
        let (said, did) = (format!("<{}> ", message.from), format!("* {} ", message.from));
        let action = message.media_type.as_deref() == Some(ACTION)
            && matches!(message.body, Body::Text(_));
        let expected = if action { did } else { said };
        let shown = shown(&Event::Message(Arc::new(message)));
        prop_assert!(!shown.is_empty());
        for line in shown.lines() {
            prop_assert!(line.starts_with(&expected), "{line:?}");
        }
    }

    #[test]
    fn a_direct_message_cannot_forge_a_line(from in arbitrary::nick(), body in arbitrary::body()) {
        let expected = format!("[{from}] ");
        let direct = Event::Direct { to: from.clone(), from, time: 0, body, media_type: None };
        for line in shown(&direct).lines() {
            prop_assert!(line.starts_with(&expected), "{line:?}");
        }
    }

    #[test]
    fn plain_text_is_shown_as_it_is(body in "[^\\p{C}\u{2028}\u{2029}]{1,60}") {
        prop_assert_eq!(read(text(&body), None), format!("<gs-1> {body}\n"));
    }

    #[test]
    fn every_line_is_shown(lines in proptest::collection::vec("[a-z ]{0,8}", 1..9)) {
        let prefixed: String = lines.iter().map(|line| format!("<gs-1> {line}\n")).collect();
        for newline in ["\n", "\r\n"] {
            let joined = lines.join(newline);
            // A last newline ends the last line; it does not begin another.
            prop_assert_eq!(read(text(&(joined.clone() + newline)), None), prefixed.clone());
            if lines.last().is_some_and(|last| !last.is_empty()) {
                prop_assert_eq!(read(text(&joined), None), prefixed.clone());
            }
        }
    }
}

#[test]
fn events_read_like_this() {
    samples::assert_events(include_str!("events.txt"), str::to_owned, shown);
}

#[test]
fn controls_are_made_visible() {
    for (said, read_as) in [
        ("\x1b[2J\x1b]0;title\x07", "␛[2J␛]0;title␇"),
        ("over\rwritten", "over␍written"),
        ("\0\x08\x0b\x0c\x7f", "␀␈␋␌␡"),
        ("\u{85}\u{9b}31m", "\u{fffd}\u{fffd}31m"),
        ("abc\u{202e}fed\u{202c}", "abc\u{fffd}fed\u{fffd}"),
        (
            "a\u{61c}b\u{200e}c\u{2066}d\u{2069}",
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}",
        ),
        ("para\u{2029}graph", "para\u{fffd}graph"),
        ("tabs\tstay", "tabs\tstay"),
        ("👩\u{200d}🚀 and שלום stay", "👩\u{200d}🚀 and שלום stay"),
    ] {
        assert_eq!(
            read(text(said), None),
            format!("<gs-1> {read_as}\n"),
            "{said:?}"
        );
    }
}

#[test]
fn a_newline_does_not_speak_for_another() {
    assert_eq!(
        read(text("hi\n<jetson> I resign\r\n* jetson left lobby"), None),
        "<gs-1> hi\n<gs-1> <jetson> I resign\n<gs-1> * jetson left lobby\n"
    );
    assert_eq!(
        read(text("waves\nand goes"), Some(ACTION)),
        "* gs-1 waves\n* gs-1 and goes\n"
    );
}

#[test]
fn an_empty_message_is_still_seen() {
    // As an empty line said by somebody, which it is.
    assert_eq!(read(text(""), None), "<gs-1> \n");
    assert_eq!(read(text("\n"), None), "<gs-1> \n");
    assert_eq!(read(text("\r\n"), None), "<gs-1> \n");
    assert_eq!(read(text("\n\n"), None), "<gs-1> \n<gs-1> \n");
    assert_eq!(read(text(""), Some(ACTION)), "* gs-1 \n");
}

#[test]
fn bytes_are_counted_not_shown() {
    let data = samples::data;
    assert_eq!(
        read(data(b""), None),
        "<gs-1> [0 bytes, application/octet-stream]\n"
    );
    assert_eq!(
        read(data(b"\x1b"), None),
        "<gs-1> [1 byte, application/octet-stream]\n"
    );
    assert_eq!(
        read(data(b"\xff\xd8"), Some("image/jpeg")),
        "<gs-1> [2 bytes, image/jpeg]\n"
    );
    assert_eq!(
        read(data(b"\n"), Some("a\n<b> \x1b[m")),
        "<gs-1> [1 byte, a␊<b> ␛[m]\n"
    );
    assert_eq!(
        read(data(b"x"), Some(ACTION)),
        format!("<gs-1> [1 byte, {ACTION}]\n")
    );
}

#[test]
fn a_flood_of_lines_is_cut_short_and_says_so() {
    let shown = read(text(&"\n".repeat(1 << 20)), None);
    assert_eq!(shown.lines().count(), 1001);
    assert!(shown.ends_with("<gs-1> \n<gs-1> [and 1047576 more lines]\n"));
    let shown = read(text(&"x\n".repeat(1001)), Some(ACTION));
    assert!(shown.ends_with("* gs-1 x\n* gs-1 [and 1 more line]\n"));
    assert!(read(text(&"x\n".repeat(1000)), None).ends_with("<gs-1> x\n"));
}

#[test]
fn numbers_that_cannot_be_true_are_survived() {
    let room = || samples::room("lobby");
    let missed = |from, to| {
        shown(&Event::Missed {
            room: room(),
            from,
            to,
        })
    };
    assert_eq!(
        missed(9, 3),
        "* missed 1 message of lobby (9 to 3): no longer kept\n"
    );
    assert!(missed(0, u64::MAX).starts_with("* missed 18446744073709551615 messages"));
    let others = vec![samples::nick("a"), samples::nick("b")];
    let arrived = Event::Arrived {
        hub: None,
        nick: samples::nick("c"),
        room: room(),
        others,
        others_count: 1,
    };
    assert_eq!(
        shown(&arrived),
        "* You are c in lobby, with 1 other: a, b.\n"
    );
}

#[test]
fn only_ten_others_are_named() {
    let others: Vec<Nick> = (0..30).map(|n| samples::nick(&format!("n{n}"))).collect();
    let arrived = Event::Arrived {
        hub: Some("the\n\x1b[mhub".into()),
        nick: samples::nick("a"),
        room: samples::room("lobby"),
        others,
        others_count: 30,
    };
    assert_eq!(
        shown(&arrived),
        "* Welcome to the␊␛[mhub. You are a in lobby, with 30 others: \
         n0, n1, n2, n3, n4, n5, n6, n7, n8, n9 and 20 more.\n\
         * Type to talk. /nick NAME renames you, /help lists the rest.\n"
    );
}

#[test]
fn ephemeral_messages_look_like_any_other() {
    let ephemeral = Message {
        ephemeral: true,
        ..message(text("now"), None)
    };
    assert_eq!(shown(&Event::Message(Arc::new(ephemeral))), "<gs-1> now\n");
}

#[test]
fn a_hubs_words_are_printed_line_by_line() {
    let notice = Event::Notice {
        text: "a\r\n\nb\x1b\n".into(),
    };
    assert_eq!(shown(&notice), "* a\n* \n* b␛\n");
    for room in ["a\nb", "\x1b[m"] {
        let subscribed = Event::Subscribed {
            room: room.into(),
            head: 0,
            members: 0,
        };
        assert_eq!(shown(&subscribed).lines().count(), 1);
        assert_eq!(
            shown(&Event::Unsubscribed { room: room.into() })
                .lines()
                .count(),
            1
        );
    }
}

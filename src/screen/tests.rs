//! What holds for every face.

use proptest::prelude::*;

use super::testing::{Stage, settings};
use super::*;

/// What a terminal may be sent: lines of printable text; tabs where they may stand, and colours where
/// they are wanted.
fn assert_harmless(shown: &str, tabs: bool, colour: bool) {
    assert!(shown.is_empty() || shown.ends_with('\n'), "half a line");
    let mut rest = shown.chars();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' && colour {
            let code: String = rest.by_ref().take_while(|&c| c != 'm').collect();
            let known = ["[0", "[1", "[2", "[33", "[36"].contains(&&*code);
            assert!(known, "{code:?} in {shown:?}");
            continue;
        }
        let harmful = match c {
            '\n' => false,
            '\t' => !tabs,
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => true,
            '\u{2028}' | '\u{2029}' => true,
            '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
            _ => false,
        };
        assert!(!harmful, "{c:?} in {shown:?}");
    }
}

/// Bytes that are likely to do harm.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let harmful = prop_oneof![
        Just(b"\x1b[2J".to_vec()),
        Just(b"\r\n\t\x00\x7f".to_vec()),
        Just("\u{202e}\u{9b}\u{2028}\u{feff}🦦".as_bytes().to_vec()),
        Just(b"\xff\xc2\x9b\xe2".to_vec()),
    ];
    let piece = prop_oneof![harmful, any::<Vec<u8>>()];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_that_comes_can_harm_a_terminal(
        pieces in proptest::collection::vec(any_bytes(), 0..5),
        framing in prop_oneof![Just("none"), Just("line"), Just("u8"), Just("fixed:3")],
        (trace, colour, hex, is_terminal, explain) in any::<(bool, bool, bool, bool, bool)>(),
    ) {
        let mut stage = Stage::new(Settings {
            framing: framing.parse().unwrap(),
            trace,
            colour,
            hex,
            is_terminal,
            explain,
            ..settings()
        });
        stage.accepted("127.0.0.1:50412");
        for (n, bytes) in (1..).zip(&pieces) {
            stage.read(bytes);
            stage.received(n, bytes);
            stage.put(&Event::Sent { n, message: bytes });
            stage.wrote(bytes);
        }
        stage.left(&sockhop_net::leave::Leave::Closed);
        assert_harmless(&stage.shown(), !trace, colour);
    }

    /// A pipe gets all of it: text comes out as it went in.
    #[test]
    fn text_is_shown_in_full(lines in proptest::collection::vec("[ -~é🦦]{0,2000}", 1..5)) {
        let mut stage = Stage::new(settings());
        stage.peer("a:1");
        stage.received(1, lines.join("\n").as_bytes());
        let expected: String = lines.iter().map(|line| format!("a:1: {line}\n")).collect();
        // A last line that is empty is the end of the one before.
        prop_assume!(lines.last().is_some_and(|line| !line.is_empty()));
        prop_assert_eq!(stage.shown(), expected);
    }

    #[test]
    fn programs_get_one_object_a_line(bytes in any_bytes(), trace: bool, explain: bool) {
        let mut stage = Stage::new(Settings { form: Form::Json, trace, explain, ..settings() });
        stage.peer("a:1");
        stage.read(&bytes);
        stage.received(1, &bytes);
        let shown = stage.shown();
        prop_assert_eq!(shown.lines().count(), if trace { 2 } else { 1 });
        for line in shown.lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            prop_assert_eq!(&object["bytes"], bytes.len());
            if let Some(text) = object["text"].as_str() {
                prop_assert_eq!(text.as_bytes(), &bytes);
            }
        }
    }
}

#[test]
fn a_client_that_is_gone_leaves_nothing_behind() {
    for trace in [false, true] {
        let mut screen = Screen::new(Settings {
            trace,
            ..settings()
        });
        let mut out = BytesMut::new();
        for n in 0..100 {
            let peer = &Peer::unix(n);
            let mut put =
                |event: &Event<'_>| screen.put(Timestamp::UNIX_EPOCH, Some(peer), event, &mut out);
            put(&Event::Read { bytes: b"x" });
            put(&Event::Received {
                n: 1,
                message: b"\xe2",
            });
            put(&Event::PeerEnded);
            put(&Event::Left {
                reason: &sockhop_net::leave::Leave::Closed,
                bytes_in: 1,
                bytes_out: 0,
            });
        }
        let remembered = match &screen.face {
            Face::Plain(plain) => plain.remembered(),
            Face::Trace(trace) => trace.remembered(),
            Face::Json(_) => 0,
        };
        assert_eq!(remembered, 0);
    }
}

//! From lines to commands.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::command::{Command, Hello};
use crate::event::Event;
use crate::message::{ACTION, BodyRef};
use crate::protocol::{Decoded, Limits};
use crate::refusal::Code;
use crate::testing::arbitrary;
use crate::testing::damage::damaged;
use crate::testing::feed::{feed, feed_in_every_cut};
use crate::testing::terminal::assert_harmless;
use crate::text::TEXT;

const LIMITS: Limits = Limits {
    frame_bytes_max: 1 << 20,
    line_bytes_max: 1 << 20,
};

fn said(text: &str) -> Command<'_> {
    Command::Publish {
        room: None,
        body: BodyRef::Text(text.into()),
        media_type: None,
        id: None,
        ephemeral: false,
    }
}

/// Asserts that `line` is `command`, and all of it.
#[track_caller]
fn assert_means(line: &[u8], command: Command<'_>) {
    let taken = line.len();
    assert_eq!(
        (TEXT.decode)(&mut line.to_vec(), 0, &LIMITS),
        Decoded::Command { command, taken }
    );
}

#[track_caller]
fn answer(line: &[u8]) -> Event {
    match (TEXT.decode)(&mut line.to_vec(), 0, &LIMITS) {
        Decoded::Answer { event, taken } if taken == line.len() => event,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(line: &[u8]) -> (Code, String) {
    match answer(line) {
        Event::Error { id: None, refusal } => (refusal.code, refusal.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_is_said_as_it_was_typed() {
    assert_means(b"hello\n", said("hello"));
    assert_means(b"hello\r\n", said("hello"));
    assert_means(b"  two  spaces \t\n", said("  two  spaces \t"));
    assert_means("Grüße, мир 🦦\n".as_bytes(), said("Grüße, мир 🦦"));
    assert_means(b" /nick a\n", said(" /nick a"));
    // A carriage return elsewhere is the line's own; what shows it makes it harmless.
    assert_means(b"a\rb\r\r\n", said("a\rb\r"));
    assert_means(b"\x1b[A\n", said("\x1b[A"));
}

#[test]
fn two_slashes_say_one() {
    assert_means(b"//\n", said("/"));
    assert_means(b"//quit\r\n", said("/quit"));
    assert_means(b"///etc/passwd \n", said("//etc/passwd "));
    assert_means(b"//nick a\n", said("/nick a"));
}

#[test]
fn every_command_is_understood() {
    let (lobby, name) = (|| "lobby".into(), || "gs-1".into());
    assert_means(b"/nick gs-1\n", Command::Nick { nick: name() });
    assert_means(b"/nick   gs-1  \r\n", Command::Nick { nick: name() });
    // Names are the hub's to judge.
    assert_means(
        b"/nick two words\n",
        Command::Nick {
            nick: "two words".into(),
        },
    );
    assert_means(b"/join lobby\n", Command::Join { room: lobby() });
    assert_means(b"/join\tlobby\n", Command::Join { room: lobby() });
    assert_means(b"/rooms\n", Command::Rooms);
    assert_means(b"/rooms please\n", Command::Rooms);
    assert_means(b"/who\n", Command::Members { room: None });
    assert_means(b"/who \n", Command::Members { room: None });
    assert_means(
        b"/who lobby\n",
        Command::Members {
            room: Some(lobby()),
        },
    );
    assert_means(b"/ping\n", Command::Ping { id: None });
    assert_means(b"/quit\n", Command::Bye { id: None });
    let secret = Some("four little words".into());
    assert_means(
        b"/secret four little words\n",
        Command::Hello(Hello {
            secret,
            ..Hello::default()
        }),
    );
    for (line, limit) in [
        (&b"/history\n"[..], 20),
        (b"/history 5\n", 5),
        (b"/history 0\r\n", 0),
    ] {
        let limit = Some(limit);
        assert_means(
            line,
            Command::History {
                room: None,
                before: None,
                since: None,
                limit,
            },
        );
    }
    for line in [
        &b"/msg gs-1 psst, you\n"[..],
        b"/msg  gs-1 \t psst, you \r\n",
    ] {
        let body = BodyRef::Text("psst, you".into());
        assert_means(
            line,
            Command::Direct {
                to: name(),
                body,
                media_type: None,
                id: None,
            },
        );
    }
    let waves = Command::Publish {
        room: None,
        body: BodyRef::Text("waves".into()),
        media_type: Some(ACTION.into()),
        id: None,
        ephemeral: false,
    };
    assert_means(b"/me waves\n", waves.clone());
    assert_means(b"/me  waves \n", waves);
}

#[test]
fn help_lists_every_command() {
    let Event::Notice { text } = answer(b"/help\n") else {
        panic!("a notice")
    };
    for word in [
        "/nick", "/join", "/rooms", "/who", "/msg", "/me", "/history", "/ping", "/secret", "/quit",
    ] {
        assert!(text.contains(&format!("\n{word} ")), "{word}");
        // What help lists is there: with or without its arguments, nobody calls it unknown.
        let line = format!("{word}\n");
        if let Decoded::Answer {
            event: Event::Error { refusal, .. },
            ..
        } = (TEXT.decode)(&mut line.as_bytes().to_vec(), 0, &LIMITS)
        {
            assert_ne!(refusal.code, Code::UnknownOp, "{word}");
        }
    }
}

#[test]
fn half_a_command_is_told_how_it_goes() {
    for (line, form) in [
        ("/nick", "/nick NAME"),
        ("/nick  ", "/nick NAME"),
        ("/join", "/join ROOM"),
        ("/msg", "/msg NICK TEXT"),
        ("/msg gs-1", "/msg NICK TEXT"),
        ("/msg gs-1  ", "/msg NICK TEXT"),
        ("/me", "/me TEXT"),
        ("/me \t", "/me TEXT"),
        ("/secret", "/secret WORD"),
        ("/history all", "/history [N]"),
        ("/history -1", "/history [N]"),
        ("/history 5 6", "/history [N]"),
        ("/history 99999999999999999999", "/history [N]"),
    ] {
        let (code, said) = refused(format!("{line}\n").as_bytes());
        assert_eq!(code, Code::MissingField, "{line}");
        assert_eq!(said, format!("it goes like this: {form}"), "{line}");
    }
}

#[test]
fn an_unknown_command_is_not_said_aloud() {
    for (line, word) in [
        ("/", "/"),
        ("/ hello", "/"),
        ("/dance now", "/dance"),
        ("/NICK gs-1", "/NICK"),
        ("/nickgs-1", "/nickgs-1"),
    ] {
        let expected = (Code::UnknownOp, format!("there is no command {word}"));
        assert_eq!(refused(format!("{line}\n").as_bytes()), expected);
    }
    let long = format!("/{}\n", "x".repeat(100_000));
    assert!(refused(long.as_bytes()).1.len() < 100);
}

#[test]
fn lines_of_nothing_mean_nothing() {
    for line in [
        &b"\n"[..],
        b"\r\n",
        b" \t \n",
        b"\xff\xfb\x1f\r\n",
        "\u{2003}\n".as_bytes(),
    ] {
        assert_eq!(
            (TEXT.decode)(&mut line.to_vec(), 0, &LIMITS),
            Decoded::Skip { taken: line.len() }
        );
    }
}

#[test]
fn what_telnet_negotiates_is_stripped() {
    for (what, line) in [
        ("WILL NAWS, in front", &b"\xff\xfb\x1fhello\r\n"[..]),
        (
            "several",
            b"\xff\xfb\x1f\xff\xfd\x03\xff\xfe\x01\xff\xfc\x05hello\r\n",
        ),
        ("in the middle", b"hel\xff\xfd\x01lo\r\n"),
        ("at the end", b"hello\xff\xf1\r\n"),
        ("cut off at the end", b"hello\xff\xfb\r\n"),
        ("nothing but the escape", b"hello\xff\n"),
        ("a terminal type", b"\xff\xfa\x18\x00xterm\xff\xf0hello\r\n"),
        (
            "a window size",
            b"\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0hello\r\n",
        ),
        (
            "a subnegotiation that never ends",
            b"hello\xff\xfa\x18\x00xterm\r\n",
        ),
        ("an escaped 255", b"hel\xff\xfflo\r\n"),
        (
            "Ctrl-C as telnet sends it",
            b"\xff\xf4\xff\xfd\x06hello\r\n",
        ),
    ] {
        assert_eq!(
            feed_in_every_cut(&TEXT, &LIMITS, line),
            [format!("{:?}", said("hello"))],
            "{what}"
        );
    }
    assert_means(b"\xff\xfb\x1f/quit\r\n", Command::Bye { id: None });
}

#[test]
fn what_is_not_utf8_is_refused_and_survived() {
    for line in [
        &b"caf\xe9\n"[..],
        b"\xc3\n",
        b"\xed\xa0\x80\n",
        b"/nick \xfe\r\n",
        b"\xc0\x80\n",
    ] {
        assert_eq!(
            refused(line),
            (
                Code::BadUtf8,
                "that line is not UTF-8 text, so nobody was sent it".to_owned()
            )
        );
    }
    let meant = feed_in_every_cut(&TEXT, &LIMITS, b"\xe9\nhello\n");
    assert_eq!(meant[1..], [format!("{:?}", said("hello"))]);
}

#[test]
fn every_cut_gives_the_same_commands() {
    let stream = "\r\nhello\r\n/me waves\n//x\n\u{ff}Grüße\n/history 3\n/dance\n/quit\r\nhalf";
    let meant = feed_in_every_cut(&TEXT, &LIMITS, stream.as_bytes());
    assert_eq!(meant.len(), 7);
    assert_eq!(meant[0], format!("{:?}", said("hello")));
    assert_eq!(meant[3], format!("{:?}", said("\u{ff}Grüße")));
    assert_eq!(meant[6], "Bye { id: None }");
}

#[test]
fn a_line_without_end_is_refused_once_it_is_too_long() {
    let limits = Limits {
        line_bytes_max: 5,
        ..LIMITS
    };
    for stream in [&b"hello\n"[..], b"hello\r\n"] {
        assert_eq!(
            feed_in_every_cut(&TEXT, &limits, stream),
            [format!("{:?}", said("hello"))]
        );
    }
    for stream in [
        &b"hello!\n"[..],
        b"hello!\r\n",
        b"hello\r\r\n",
        b"hello you",
    ] {
        let meant = feed_in_every_cut(&TEXT, &limits, stream);
        assert!(
            meant.len() == 1 && meant[0].contains("reason: TooLarge"),
            "{meant:?}"
        );
    }
    // Six bytes may still be five and a carriage return.
    assert_eq!(
        (TEXT.decode)(&mut b"hello!".to_vec(), 5, &limits),
        Decoded::Incomplete
    );
    let unlimited = Limits {
        line_bytes_max: usize::MAX,
        ..LIMITS
    };
    assert_eq!(
        (TEXT.decode)(&mut b"hello".to_vec(), 0, &unlimited),
        Decoded::Incomplete
    );
}

#[test]
fn having_seen_more_than_there_is_does_no_harm() {
    assert_eq!(
        (TEXT.decode)(&mut b"".to_vec(), 1, &LIMITS),
        Decoded::Incomplete
    );
    assert_eq!(
        (TEXT.decode)(&mut b"hello\n".to_vec(), usize::MAX, &LIMITS),
        Decoded::Incomplete
    );
}

proptest! {
    #[test]
    fn any_bytes_are_survived(stream in vec(any::<u8>(), 0..300), line_bytes_max in 0..40usize) {
        for limits in [LIMITS, Limits { line_bytes_max, ..LIMITS }] {
            let whole = feed(&TEXT, &limits, [&stream[..]]);
            prop_assert_eq!(whole, feed(&TEXT, &limits, stream.chunks(1)));
        }
    }

    #[test]
    fn damaged_commands_are_survived_and_their_answers_harmless(
        stream in damaged("(/(nick|join|who|msg|me|history|secret|help|dance) .{0,20}\r?\n){1,4}"
            .prop_map(String::into_bytes)),
    ) {
        feed(&TEXT, &LIMITS, stream.chunks(5));
        let mut rest = &stream[..];
        loop {
            rest = match (TEXT.decode)(&mut rest.to_vec(), 0, &LIMITS) {
                Decoded::Answer { event, taken } => {
                    assert_harmless(&TEXT.encoded(&event));
                    &rest[taken..]
                }
                Decoded::Command { taken, .. }
                | Decoded::Reply { taken, .. }
                | Decoded::Skip { taken } => &rest[taken..],
                Decoded::Incomplete | Decoded::Broken { .. } | Decoded::End => break,
            };
        }
    }

    #[test]
    fn whatever_is_typed_is_said(text in arbitrary::text()) {
        let text = text.replace('\n', " ") + ".";
        let escaped = if text.starts_with('/') { "/" } else { "" };
        let line = format!("{escaped}{text}\n");
        assert_means(line.as_bytes(), said(&text));
    }
}

//! udp: what a datagram can mean.

use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Datagram, Dropped, decode};
use crate::command::{Command, Id};
use crate::message::BodyRef;
use crate::testing::damage::damaged;
use crate::testing::{arbitrary, hex};
use crate::{frame, json};

/// The datagram that says `text` in the lobby.
fn said(text: &str) -> Result<Datagram<'_>, Dropped> {
    let command = Command::Publish {
        room: Some("lobby".into()),
        body: BodyRef::Text(text.into()),
        media_type: None,
        id: None,
        ephemeral: false,
    };
    Ok(Datagram {
        nick: None,
        secret: None,
        command,
    })
}

fn packed(command: &Command<'_>) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    frame::encode_command(command, &mut bytes);
    bytes[4..].to_vec()
}

fn line(command: &Command<'_>) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    json::encode_command(command, &mut bytes);
    bytes.to_vec()
}

#[test]
fn text_is_said_in_the_lobby() {
    for (datagram, text) in [
        ("hello", "hello"),
        ("hello\n", "hello"),
        ("hello\r\n", "hello"),
        ("two\nlines\n", "two\nlines"),
        (" 21.5 ", " 21.5 "),
        // No commands here: nothing could answer them.
        ("/quit", "/quit"),
        // A JSON object has its brace first.
        (" {\"op\":\"bye\"}", " {\"op\":\"bye\"}"),
        ("Grüße", "Grüße"),
    ] {
        assert_eq!(decode(datagram.as_bytes()), said(text), "{datagram:?}");
    }
}

#[test]
fn letters_that_begin_like_a_map_are_text() {
    // U+0780 to U+07FF, Thaana and N'Ko, begin with the markers of map16 and map32.
    for text in ["\u{780}\u{7a6}", "\u{7bf}", "\u{7c0}\u{7ca}", "\u{7ff} x"] {
        assert!(matches!(text.as_bytes()[0], 0xde | 0xdf));
        assert_eq!(decode(text.as_bytes()), said(text), "{text}");
    }
}

#[test]
fn a_publish_may_introduce_itself() {
    let expected = |id| Datagram {
        nick: Some("imu".into()),
        secret: Some("four little words".into()),
        command: Command::Publish {
            room: Some("t/imu".into()),
            body: BodyRef::Text("21.5".into()),
            media_type: None,
            id,
            ephemeral: true,
        },
    };
    let json = br#"{"op":"publish","room":"t/imu","text":"21.5","ephemeral":true,"id":7,
        "nick":"imu","secret":"four little words","unknown":[1]}"#;
    assert_eq!(decode(json), Ok(expected(Some(Id::Number(7)))));
    let map = hex::bytes(
        "de 00 06
         a2 6f 70 a7 70 75 62 6c 69 73 68           # op: publish
         a4 72 6f 6f 6d a5 74 2f 69 6d 75           # room: t/imu
         a4 74 65 78 74 a4 32 31 2e 35              # text: 21.5
         a9 65 70 68 65 6d 65 72 61 6c c3           # ephemeral: true
         a4 6e 69 63 6b a3 69 6d 75                 # nick: imu
         a6 73 65 63 72 65 74                       # secret:
         b1 66 6f 75 72 20 6c 69 74 74 6c 65 20 77 6f 72 64 73",
    );
    assert_eq!(decode(&map), Ok(expected(None)));
}

#[test]
fn what_cannot_be_published_is_dropped() {
    for empty in [&b""[..], b"\n", b"\r\n", b" \t\n"] {
        assert_eq!(decode(empty), Err(Dropped::Empty), "{empty:?}");
    }
    for garbage in [
        &b"\xff\xfe"[..],
        b"caf\xe9",
        b"{",
        b"{}",
        br#"{"temperature":21.5}"#,
        br#"{"op":"publish","room":"lobby"}"#,
        br#"{"op":"dance"}"#,
        br#"{"op":"publish","room":"lobby","text":"a"} and more"#,
        b"\x80",
        b"\x81\xa2op",
        b"\xde",
        b"\xdf\x00\x00",
        b"\xde\xc0",
        b"\xdf\xff\xff\xff\xff",
        b"\x91\xa4ping",
    ] {
        assert_eq!(decode(garbage), Err(Dropped::Garbage), "{garbage:?}");
    }
    let publish = packed(&said("hi").unwrap().command);
    assert_eq!(
        decode(&[&publish[..], &publish].concat()),
        Err(Dropped::Garbage)
    );
    for other in [
        &br#"{"op":"ping"}"#[..],
        br#"{"op":"subscribe","room":"lobby"}"#,
        b"\x81\xa2op\xa3bye",
    ] {
        assert_eq!(decode(other), Err(Dropped::NotAPublish), "{other:?}");
    }
}

proptest! {
    #[test]
    fn a_publish_survives_the_round_trip_and_nothing_else_does(command in arbitrary::command()) {
        for datagram in [line(&command), packed(&command)] {
            match decode(&datagram) {
                Ok(datagram) => prop_assert_eq!(&datagram.command, &command),
                Err(dropped) => {
                    prop_assert_eq!(dropped, Dropped::NotAPublish);
                    let publish = matches!(command, Command::Publish { .. });
                    prop_assert!(!publish);
                }
            }
        }
    }

    #[test]
    fn any_text_but_an_object_is_said(text in arbitrary::text()) {
        prop_assume!(!text.starts_with('{'));
        let text = text + ".";
        prop_assert_eq!(decode(text.as_bytes()), said(&text));
    }

    #[test]
    fn any_bytes_are_survived(
        datagram in prop_oneof![
            vec(any::<u8>(), 0..300),
            damaged(arbitrary::command().prop_map(|command| line(&command))),
            damaged(arbitrary::command().prop_map(|command| packed(&command))),
        ],
    ) {
        if let Ok(datagram) = decode(&datagram) {
            let publish = matches!(datagram.command, Command::Publish { room: Some(_), .. });
            prop_assert!(publish);
        }
    }
}

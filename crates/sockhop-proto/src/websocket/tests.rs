use bytes::BytesMut;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::close::CloseReason;
use crate::event::Event;
use crate::frame;
use crate::json;
use crate::protocol::{Decoded, Limits};
use crate::refusal::Code;
use crate::testing::arbitrary;
use crate::testing::feed::{feed, feed_in_every_cut};

const LIMITS: Limits = Limits {
    frame_bytes_max: 1 << 16,
    line_bytes_max: 1 << 16,
};
const PING: u8 = 0x9;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CONTINUATION: u8 = 0x0;

/// A client's frame.
fn framed(fin: bool, opcode: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut frame = vec![u8::from(fin) << 7 | opcode];
    match payload.len() {
        length @ 0..=125 => frame.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b));
    frame
}

/// What the hub sends, taken apart: first byte, payload.
fn server_frame(bytes: &[u8]) -> (u8, &[u8]) {
    let (length, payload) = match bytes[1] {
        126 => (
            u16::from_be_bytes([bytes[2], bytes[3]]) as usize,
            &bytes[4..],
        ),
        127 => (
            u64::from_be_bytes(bytes[2..10].try_into().unwrap()) as usize,
            &bytes[10..],
        ),
        length => (length as usize, &bytes[2..]),
    };
    assert!(
        length > 125 || bytes[1] < 126,
        "the shortest length there is"
    );
    assert_eq!(payload.len(), length);
    (bytes[0], payload)
}

fn json_of(command: &crate::Command<'_>) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    json::encode_command(command, &mut bytes);
    bytes.to_vec()
}

fn refused(stream: &[u8]) -> (Code, CloseReason) {
    match (JSON_MESSAGES.decode)(&mut stream.to_vec(), 0, &LIMITS) {
        Decoded::Broken { refusal, reason } => (refusal.code, reason),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn commands_come_through_whole_or_in_fragments_with_pings_between(
        command in arbitrary::command(),
        binary in any::<bool>(),
        cuts in vec(any::<prop::sample::Index>(), 0..4),
        mask in any::<[u8; 4]>(),
        pings in any::<bool>(),
    ) {
        let payload = if binary {
            let mut bytes = BytesMut::new();
            frame::encode_command(&command, &mut bytes);
            bytes[4..].to_vec()
        } else {
            json_of(&command)
        };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(payload.len())).collect();
        cuts.sort_unstable();
        cuts.push(payload.len());
        let (mut stream, mut from, mut expected) = (Vec::new(), 0, Vec::new());
        for (at, cut) in cuts.iter().enumerate() {
            let opcode = match (at, binary) {
                (0, true) => BINARY,
                (0, false) => TEXT,
                _ => CONTINUATION,
            };
            if pings && at > 0 {
                stream.extend(framed(true, PING, b"still there?", mask));
                expected.push(format!("{:?}", bytes::Bytes::from_static(b"\x8a\x0cstill there?")));
            }
            stream.extend(framed(at + 1 == cuts.len(), opcode, &payload[from..*cut], mask));
            from = *cut;
        }
        let whole = feed(&JSON_MESSAGES, &LIMITS, [&stream[..]]);
        prop_assert_eq!(&whole, &feed(&JSON_MESSAGES, &LIMITS, stream.chunks(7)));
        let mut plain = payload.clone();
        let said = if binary {
            let mut framed = (payload.len() as u32).to_be_bytes().to_vec();
            framed.append(&mut plain);
            feed(&frame::FRAME, &LIMITS, [&framed[..]])
        } else {
            feed(&json::JSON, &LIMITS, [&plain[..]])
        };
        expected.extend(said);
        prop_assert_eq!(whole, expected);
    }

    #[test]
    fn events_are_those_of_json_and_frame_in_the_shortest_frame(event in arbitrary::event()) {
        let encoded = JSON_MESSAGES.encoded(&event);
        let (first, payload) = server_frame(&encoded);
        prop_assert_eq!(first, 0x81);
        let mut line = payload.to_vec();
        line.push(b'\n');
        prop_assert_eq!(&line[..], &json::JSON.encoded(&event)[..]);
        let encoded = PACK_MESSAGES.encoded(&event);
        let (first, payload) = server_frame(&encoded);
        prop_assert_eq!(first, 0x82);
        prop_assert_eq!(payload, &frame::FRAME.encoded(&event)[4..]);
    }

    #[test]
    fn any_bytes_are_survived(stream in vec(any::<u8>(), 0..300), max in 0..300usize) {
        let limits = Limits { frame_bytes_max: max, line_bytes_max: max };
        let whole = feed(&JSON_MESSAGES, &limits, [&stream[..]]);
        prop_assert_eq!(whole, feed(&JSON_MESSAGES, &limits, stream.chunks(1)));
    }
}

#[test]
fn a_conversation_does_not_depend_on_how_it_is_cut() {
    let mut stream = framed(true, TEXT, br#"{"op":"ping","id":1}"#, [1, 2, 3, 4]);
    stream.extend(framed(false, TEXT, br#"{"op":"publish","room":"#, [9; 4]));
    stream.extend(framed(true, PING, b"", [0; 4]));
    stream.extend(framed(false, CONTINUATION, b"", [7; 4]));
    stream.extend(framed(
        true,
        CONTINUATION,
        br#""lobby","text":"hi"}"#,
        [5; 4],
    ));
    stream.extend(framed(true, 0xa, b"late", [5; 4]));
    stream.extend(framed(true, 0x8, &[3, 232], [5; 4]));
    let meant = feed_in_every_cut(&JSON_MESSAGES, &LIMITS, &stream);
    assert_eq!(meant.len(), 4, "{meant:?}");
    assert!(meant[0].contains("Ping") && meant[2].contains("Publish"));
    assert_eq!(meant[3], "End");
}

#[test]
fn a_large_event_has_a_long_head() {
    let text = "x".repeat(70_000).into();
    let event = Event::Notice { text };
    let encoded = JSON_MESSAGES.encoded(&event);
    assert_eq!(encoded[..2], [0x81, 127]);
    server_frame(&encoded);
    server_frame(&PACK_MESSAGES.encoded(&event));
}

#[test]
fn what_a_client_may_not_send_is_refused_by_its_name() {
    use CloseReason::{BadInput, BadUtf8, TooLarge};
    let masked = |bits: u8, payload: &[u8]| {
        let mut frame = framed(true, 0, payload, [1; 4]);
        frame[0] = bits;
        frame
    };
    let unmasked = [0x81, 2, b'{', b'}'];
    let unfinished = [
        framed(false, TEXT, b"{", [1; 4]),
        framed(true, TEXT, b"}", [1; 4]),
    ]
    .concat();
    for (stream, expected) in [
        (&unmasked[..], (Code::BadMessage, BadInput)),
        (&masked(0xc1, b"{}"), (Code::BadMessage, BadInput)),
        (&masked(0x83, b"{}"), (Code::BadMessage, BadInput)),
        (&masked(0x80, b"{}"), (Code::BadMessage, BadInput)),
        (
            &masked(0x09, b"ping in parts"),
            (Code::BadMessage, BadInput),
        ),
        (&masked(0x89, &[0; 126]), (Code::BadMessage, BadInput)),
        (&unfinished, (Code::BadMessage, BadInput)),
        (
            &[0x81, 0xfe, 0, 2, 0, 0, 0, 0],
            (Code::BadMessage, BadInput),
        ),
        (&masked(0x88, &[3]), (Code::BadMessage, BadInput)),
        (&masked(0x88, &[3, 237]), (Code::BadMessage, BadInput)),
        (&masked(0x88, &[3, 232, 0xff]), (Code::BadUtf8, BadUtf8)),
        (&masked(0x81, b"{\xff}"), (Code::BadUtf8, BadUtf8)),
        (
            &masked(0x81, &[b' '; (1 << 16) + 1]),
            (Code::TooLarge, TooLarge),
        ),
    ] {
        assert_eq!(
            refused(stream),
            expected,
            "{:?}",
            &stream[..stream.len().min(20)]
        );
    }
}

#[test]
fn a_message_too_large_in_all_its_fragments_is_refused_at_the_one_that_crosses() {
    let mut stream = Vec::new();
    for at in 0..3 {
        let opcode = if at == 0 { TEXT } else { CONTINUATION };
        stream.extend(framed(false, opcode, &[b' '; 30_000], [3; 4]));
    }
    assert_eq!(refused(&stream), (Code::TooLarge, CloseReason::TooLarge));
    let crumbs = framed(false, TEXT, b"", [3; 4])
        .into_iter()
        .chain(framed(false, CONTINUATION, b"", [3; 4]).repeat(5000))
        .collect::<Vec<_>>();
    assert_eq!(refused(&crumbs), (Code::TooLarge, CloseReason::TooLarge));
}

#[test]
fn a_length_is_believed_only_within_the_limits() {
    let mut huge = vec![0x82, 0xff];
    huge.extend(u64::MAX.to_be_bytes());
    huge.extend([0; 4]);
    assert_eq!(refused(&huge), (Code::TooLarge, CloseReason::TooLarge));
}

#[test]
fn the_first_message_tells_the_kind() {
    assert_eq!(detect(&[0x81]), Some(&JSON_MESSAGES));
    assert_eq!(detect(&[0x02]), Some(&PACK_MESSAGES));
    assert_eq!(detect(&[0x89]), None);
    assert_eq!(detect(&[]), None);
}

#[test]
fn every_close_has_a_code_that_may_be_sent_and_a_sentence() {
    for reason in CloseReason::ALL {
        let mut out = BytesMut::new();
        (JSON_MESSAGES.farewell)(*reason, &mut out);
        let (first, payload) = server_frame(&out);
        assert_eq!(first, 0x88);
        let code = u16::from_be_bytes([payload[0], payload[1]]);
        let allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        assert!(allowed, "{code} (RFC 6455, 7.4.1)");
        assert_eq!(&payload[2..], reason.sentence().as_bytes());
    }
}

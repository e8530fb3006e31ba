use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::testing::hex;

mod cutting;
mod faults;

const BYTES_MAX: usize = 1000;

fn fixed(bytes: usize) -> Framing {
    Framing::Fixed(NonZeroUsize::new(bytes).expect("a size"))
}

fn any_framing() -> impl Strategy<Value = Framing> {
    prop_oneof![
        Just(Framing::None),
        Just(Framing::Line),
        Just(Framing::U8),
        Just(Framing::U16),
        Just(Framing::U32),
        Just(Framing::U16Le),
        Just(Framing::U32Le),
        Just(Framing::Varint),
        (1..40_usize).prop_map(fixed),
    ]
}

/// A message that arrives as it was sent: lines hold no line end, and fixed ones need no filling.
fn as_carried(framing: Framing, mut message: Vec<u8>) -> Vec<u8> {
    match framing {
        Framing::Line => message.retain(|byte| !b"\r\n".contains(byte)),
        Framing::Fixed(bytes) => message.resize(bytes.get(), b' '),
        _ => message.truncate(framing.message_bytes_max()),
    }
    message
}

fn encoded<'m>(framing: Framing, messages: impl IntoIterator<Item = &'m [u8]>) -> BytesMut {
    let mut stream = BytesMut::new();
    for message in messages {
        framing.encode(message, &mut stream).expect("it fits");
    }
    stream
}

/// What comes out of a stream that arrives in `pieces`, the end included.
fn decoded<'p>(
    decoder: &mut Decoder,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Result<Vec<Vec<u8>>, FramingError> {
    let mut input = BytesMut::new();
    let mut messages = Vec::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        while let Some(message) = decoder.decode(&mut input)? {
            messages.push(message.to_vec());
        }
    }
    while let Some(message) = decoder.finish(&mut input)? {
        messages.push(message.to_vec());
    }
    assert!(input.is_empty(), "{input:?} is left of a stream that ended");
    Ok(messages)
}

proptest! {
    #[test]
    fn what_is_encoded_comes_out_whole_however_it_is_cut(
        framing in any_framing(),
        messages in vec(vec(any::<u8>(), 0..300), 0..8),
        cuts in vec(1..50_usize, 1..30),
    ) {
        let messages: Vec<_> = messages.into_iter().map(|m| as_carried(framing, m)).collect();
        let stream = encoded(framing, messages.iter().map(Vec::as_slice));
        let mut rest = &stream[..];
        let mut pieces = Vec::new();
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        let got = decoded(&mut Decoder::new(framing, BYTES_MAX), pieces).unwrap();
        if framing.is_none() {
            prop_assert_eq!(got.concat(), messages.concat());
        } else {
            prop_assert_eq!(got, messages);
        }
    }

    #[test]
    fn the_words_read_back(framing in any_framing()) {
        prop_assert_eq!(framing.to_string().parse::<Framing>(), Ok(framing));
    }
}

/// The layout at the head of the module, in bytes.
#[test]
fn what_the_bytes_are() {
    let long = [b'x'; 300];
    for (framing, message, head) in [
        (Framing::U8, &b"hi"[..], "02"),
        (Framing::U16, b"hi", "0002"),
        (Framing::U16Le, b"hi", "0200"),
        (Framing::U32, b"hi", "00000002"),
        (Framing::U32Le, b"hi", "02000000"),
        (Framing::Varint, b"hi", "02"),
        (Framing::Varint, b"", "00"),
        // The example of protobuf's own description.
        (Framing::Varint, &long[..150], "96 01"),
        (Framing::U16, &long, "01 2c"),
        (Framing::U16Le, &long, "2c 01"),
    ] {
        let expected = [&hex::bytes(head)[..], message].concat();
        let stream = encoded(framing, [message]);
        assert_eq!(stream, expected[..], "{framing} {}", hex::written(&stream));
    }
    assert_eq!(encoded(Framing::Line, [&b"hi"[..]])[..], *b"hi\n");
    assert_eq!(encoded(Framing::None, [&b"hi"[..]])[..], *b"hi");
    assert_eq!(encoded(fixed(5), [&b"hi"[..]])[..], *b"hi   ");
}

#[test]
fn lines_end_in_one_byte_or_two_and_the_last_needs_no_end() {
    let mut decoder = Decoder::new(Framing::Line, BYTES_MAX);
    let lines = decoded(&mut decoder, [&b"one\r\ntwo\n\n\r\nth\rree"[..]]).unwrap();
    assert_eq!(lines, [&b"one"[..], b"two", b"", b"", b"th\rree"]);
}

#[test]
fn what_is_left_over_is_told() {
    let pending = |framing, input: &[u8]| {
        let mut input = BytesMut::from(input);
        let mut decoder = Decoder::new(framing, BYTES_MAX);
        while decoder.decode(&mut input).unwrap().is_some() {}
        decoder
            .pending(&input)
            .map(|pending| (pending.bytes, pending.missing))
    };
    assert_eq!(pending(Framing::None, b"hello"), None);
    assert_eq!(pending(Framing::U8, b"\x02hi"), None);
    assert_eq!(pending(Framing::U8, b"\x02hi\x02h"), Some((2, Some(1))));
    assert_eq!(pending(Framing::U8, b"\x02"), Some((1, Some(2))));
    assert_eq!(pending(Framing::U32, b"\x00\x00"), Some((2, None)));
    assert_eq!(pending(Framing::Varint, b"\x96"), Some((1, None)));
    assert_eq!(pending(Framing::Line, b"one\ntw"), Some((2, None)));
    assert_eq!(pending(fixed(20), &[b'x'; 28]), Some((8, Some(12))));
}

#[test]
fn words_that_name_no_framing_are_answered_with_those_that_do() {
    let words = |word: &str| word.parse::<Framing>().unwrap_err().to_string();
    assert_eq!(
        words("lines"),
        "\"lines\" is no framing: none, line, u8, u16, u32, u16le, u32le, varint or fixed:N (N bytes each, as in fixed:20)"
    );
    assert_eq!(
        words("fixed"),
        "fixed needs the size of the messages: fixed:20 if each has 20 bytes"
    );
    assert_eq!(
        words("fixed:0"),
        "fixed:0 has no size: it takes a number of bytes from 1 on, as in fixed:20"
    );
    assert_eq!("fixed:20".parse::<Framing>(), Ok(fixed(20)));
}

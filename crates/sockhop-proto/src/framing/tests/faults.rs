//! Streams that are none, and messages that do not fit.

use super::*;

proptest! {
    /// Garbage is messages, or an error; it never panics, and what comes out was all there.
    #[test]
    fn garbage_is_taken_or_refused(
        framing in any_framing(),
        stream in vec(any::<u8>(), 0..200),
        bytes_max in 0..50_usize,
        piece in 1..30_usize,
    ) {
        let mut decoder = Decoder::new(framing, bytes_max);
        if let Ok(messages) = decoded(&mut decoder, stream.chunks(piece)) {
            let bytes: usize = messages.iter().map(Vec::len).sum();
            prop_assert!(bytes <= stream.len());
            prop_assert!(framing.is_none() || messages.iter().all(|m| m.len() <= bytes_max));
        }
    }

    #[test]
    fn an_error_stays_one_and_leaves_the_input(framing in any_framing(), stream: Vec<u8>) {
        let mut decoder = Decoder::new(framing, 5);
        let mut input = BytesMut::from(&stream[..]);
        let error = loop {
            match decoder.decode(&mut input) {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(error) => break error,
            }
        };
        let left = input.clone();
        prop_assert_eq!(decoder.decode(&mut input), Err(error));
        prop_assert_eq!(decoder.finish(&mut input), Err(error));
        prop_assert_eq!(input, left);
    }
}

fn refused(framing: Framing, input: &[u8]) -> FramingError {
    decoded(&mut Decoder::new(framing, BYTES_MAX), [input]).unwrap_err()
}

#[test]
fn a_length_beyond_the_bound_is_refused_before_its_bytes_come() {
    for (framing, input, bytes) in [
        (Framing::U16, &b"\x03\xe9"[..], 1001),
        (Framing::U16Le, b"\xe9\x03", 1001),
        (Framing::Varint, b"\xe9\x07", 1001),
        (Framing::U32, b"HTTP/1.1 200 OK", 1_213_486_160),
        (Framing::U32Le, b"\xff\xff\xff\xff", u32::MAX.into()),
        (
            Framing::Varint,
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            u64::MAX,
        ),
        (fixed(1001), b"x", 1001),
    ] {
        let bytes_max = BYTES_MAX;
        let expected = FramingError::TooLarge { bytes, bytes_max };
        assert_eq!(refused(framing, input), expected, "{framing}");
    }
    let expected = "the next frame says it has 1001 bytes, and at most 1000 are taken";
    assert_eq!(refused(Framing::U16, b"\x03\xe9").to_string(), expected);
}

#[test]
fn the_longest_length_waits_for_ever_and_takes_no_memory() {
    let mut decoder = Decoder::new(Framing::Varint, usize::MAX);
    let mut input = BytesMut::from(&b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"[..]);
    let capacity = input.capacity();
    assert_eq!(decoder.decode(&mut input), Ok(None));
    assert_eq!(input.capacity(), capacity);
    let pending = decoder.pending(&input).unwrap();
    assert_eq!(pending.missing, Some(usize::MAX - 11));
}

#[test]
fn a_varint_ends_within_ten_bytes() {
    assert_eq!(
        refused(Framing::Varint, &[0xff; 10]),
        FramingError::BadVarint
    );
    // The tenth byte holds the 64th bit alone.
    let beyond = [&[0xff; 9][..], &[2]].concat();
    assert_eq!(refused(Framing::Varint, &beyond), FramingError::BadVarint);
    // Longer than it need be, but fine.
    let padded = decoded(
        &mut Decoder::new(Framing::Varint, BYTES_MAX),
        [&b"\x81\x80\x00x"[..]],
    );
    assert_eq!(padded.unwrap(), [b"x"]);
}

#[test]
fn lines_have_a_bound_that_a_carriage_return_does_not_count_for() {
    let lines = |input: &[u8]| decoded(&mut Decoder::new(Framing::Line, 3), input.chunks(1));
    assert_eq!(lines(b"abc\r\n").unwrap(), [b"abc"]);
    assert_eq!(lines(b"abc").unwrap(), [b"abc"]);
    let too_long = Err(FramingError::LineTooLong { bytes_max: 3 });
    assert_eq!(lines(b"abcd\n"), too_long);
    assert_eq!(lines(b"abcd"), too_long);
    assert_eq!(lines(b"abc\r"), too_long);
    assert_eq!(lines(b"abc\rx"), too_long);
}

#[test]
fn a_stream_that_ends_inside_a_frame_says_how_much_is_missing() {
    let words = |framing, input: &[u8]| refused(framing, input).to_string();
    assert_eq!(
        words(fixed(20), b"No Butto"),
        "the stream ended inside a frame: 8 bytes of it came, 12 are missing"
    );
    assert_eq!(
        words(Framing::U32, b"\x00\x00"),
        "the stream ended inside a frame: 2 bytes of it came"
    );
}

#[test]
fn a_message_that_does_not_fit_is_refused_and_nothing_is_sent_of_it() {
    let mut output = BytesMut::new();
    let mut refused = |framing: Framing, message: &[u8]| {
        let error = framing.encode(message, &mut output).unwrap_err();
        assert!(output.is_empty(), "{framing}: {output:?}");
        error
    };
    for (framing, bytes, bytes_max) in [
        (Framing::U8, 256, 255),
        (Framing::U16, 65536, 65535),
        (Framing::U16Le, 65536, 65535),
        (fixed(20), 21, 20),
    ] {
        let expected = FramingError::DoesNotFit { bytes, bytes_max };
        assert_eq!(refused(framing, &vec![b'x'; bytes]), expected, "{framing}");
    }
    assert_eq!(refused(Framing::Line, b"a\nb"), FramingError::HoldsLineEnd);
}

//! Frames that fall across reads.

use super::*;

const NO_BUTTON: &[u8] = b"No Button is Pressed";

/// The classic: a robot's messages of 20 bytes, read 28 at a time, come out glued together and cut
/// in half unless they are framed.
#[test]
fn messages_of_20_bytes_read_28_at_a_time_come_out_whole() {
    for framing in [fixed(20), Framing::U8] {
        let stream = encoded(framing, [NO_BUTTON; 50]);
        let messages = decoded(&mut Decoder::new(framing, BYTES_MAX), stream.chunks(28)).unwrap();
        assert_eq!(messages, [NO_BUTTON; 50], "{framing}");
    }
}

#[test]
fn a_cut_at_any_byte_changes_nothing() {
    for framing in [
        Framing::Line,
        Framing::U8,
        Framing::U16,
        Framing::U32,
        Framing::U16Le,
        Framing::U32Le,
        Framing::Varint,
    ] {
        let messages = [&b"north pressed"[..], b"", b"x", &[7; 200]];
        let stream = encoded(framing, messages);
        for at in 0..=stream.len() {
            let (before, after) = stream.split_at(at);
            let got = decoded(&mut Decoder::new(framing, BYTES_MAX), [before, after]).unwrap();
            assert_eq!(got, messages, "{framing} cut at {at}");
        }
        let got = decoded(&mut Decoder::new(framing, BYTES_MAX), stream.chunks(1)).unwrap();
        assert_eq!(got, messages, "{framing} byte by byte");
    }
}

/// Linear time: what has been searched is not looked at again, so a newline put there is not seen.
#[test]
fn a_line_is_searched_once_however_many_reads_it_takes() {
    let mut decoder = Decoder::new(Framing::Line, BYTES_MAX);
    let mut input = BytesMut::from("searched");
    assert_eq!(decoder.decode(&mut input), Ok(None));
    input[3] = b'\n';
    input.extend_from_slice(b" on");
    assert_eq!(decoder.decode(&mut input), Ok(None));
    input.extend_from_slice(b"\nnext\n");
    assert_eq!(decoder.decode(&mut input).unwrap().unwrap(), "sea\nched on");
    assert_eq!(decoder.decode(&mut input).unwrap().unwrap(), "next");
}

#[test]
fn messages_are_parts_of_the_input_not_copies() {
    let mut input = encoded(Framing::U16, [NO_BUTTON]);
    let at = input[2..].as_ptr();
    let mut decoder = Decoder::new(Framing::U16, BYTES_MAX);
    let message = decoder.decode(&mut input).unwrap().unwrap();
    assert_eq!(message.as_ptr(), at);
}

/// The frames of `stream` as [`Cuts`] tells them apart when it comes in `pieces`.
fn frames<'p>(framing: Framing, pieces: impl IntoIterator<Item = &'p [u8]>) -> Vec<Vec<u8>> {
    let mut cuts = Cuts::new(framing, BYTES_MAX);
    let mut frames: Vec<Vec<u8>> = Vec::new();
    for mut piece in pieces {
        while !piece.is_empty() {
            let (n, used) = cuts.next(piece);
            assert!((1..=piece.len()).contains(&used), "{framing}: {used}");
            let at = usize::try_from(n - 1).unwrap();
            assert!(at == frames.len() || at + 1 == frames.len(), "{framing}");
            frames.resize(at + 1, Vec::new());
            frames[at].extend_from_slice(&piece[..used]);
            piece = &piece[used..];
            assert!(cuts.whole() == n || cuts.whole() + 1 == n, "{framing}");
        }
    }
    assert!(cuts.whole() <= frames.len() as u64);
    frames
}

proptest! {
    #[test]
    fn cuts_fall_where_the_decoder_finds_frames(
        framing in any_framing().prop_filter("frames", |framing| !framing.is_none()),
        messages in vec(vec(any::<u8>(), 0..300), 0..8),
        piece in 1..50_usize,
    ) {
        let expected: Vec<_> = messages
            .into_iter()
            .map(|message| encoded(framing, [&as_carried(framing, message)[..]]).to_vec())
            .collect();
        prop_assert_eq!(frames(framing, expected.concat().chunks(piece)), expected);
    }

    #[test]
    fn cuts_take_every_byte_of_anything(framing in any_framing(), stream: Vec<u8>, piece in 1..9_usize) {
        prop_assert_eq!(frames(framing, stream.chunks(piece)).concat(), stream);
    }
}

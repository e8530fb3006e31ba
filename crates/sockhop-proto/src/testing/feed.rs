//! A decoder fed as a connection feeds it: piece by piece, told how much it has seen.

use crate::protocol::{Decoded, Limits, Protocol};

/// What `protocol` makes of `pieces`, up to where it breaks. Checks on the way that it moves on
/// after each message, never past its input, and that `seen` saves work without changing meaning.
pub(crate) fn feed<'p>(
    protocol: &Protocol,
    limits: &Limits,
    pieces: impl IntoIterator<Item = &'p [u8]>,
) -> Vec<String> {
    let mut meant = Vec::new();
    let mut input = Vec::new();
    let mut seen = 0;
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            let mut copy = input.clone();
            let decoded = (protocol.decode)(&mut input, seen, limits);
            assert_eq!(
                decoded,
                (protocol.decode)(&mut copy, 0, limits),
                "having seen {seen}"
            );
            let taken = match &decoded {
                Decoded::Incomplete => {
                    seen = copy.len();
                    break;
                }
                Decoded::Command { command, taken } => {
                    meant.push(format!("{command:?}"));
                    *taken
                }
                Decoded::Answer { event, taken } => {
                    meant.push(format!("{event:?}"));
                    *taken
                }
                Decoded::Reply { bytes, taken } => {
                    meant.push(format!("{bytes:?}"));
                    *taken
                }
                Decoded::Skip { taken } => *taken,
                Decoded::Broken { .. } | Decoded::End => {
                    meant.push(format!("{decoded:?}"));
                    return meant;
                }
            };
            assert!(
                (1..=input.len()).contains(&taken),
                "took {taken} of {input:?}"
            );
            input.drain(..taken);
            seen = 0;
        }
    }
    meant
}

/// What `protocol` makes of `stream`, which must not depend on how it is cut: whole, in two at
/// every byte, and byte by byte.
pub(crate) fn feed_in_every_cut(
    protocol: &Protocol,
    limits: &Limits,
    stream: &[u8],
) -> Vec<String> {
    let whole = feed(protocol, limits, [stream]);
    for at in 0..=stream.len() {
        let (before, after) = stream.split_at(at);
        assert_eq!(
            feed(protocol, limits, [before, after]),
            whole,
            "cut at {at}"
        );
    }
    assert_eq!(
        feed(protocol, limits, stream.chunks(1)),
        whole,
        "byte by byte"
    );
    whole
}

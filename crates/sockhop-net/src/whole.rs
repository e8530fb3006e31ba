//! Characters kept whole: a read may end in the middle of one.

use std::borrow::Cow;

/// A UTF-8 character has at most four bytes, so at most three of a cut one are waiting.
const HELD_BYTES_MAX: usize = 3;

/// Passes on the bytes of a stream, but holds back the start of a UTF-8 character that a read has
/// cut until the rest comes. What is no UTF-8 passes unchanged and is never held, so all bytes come
/// out as they went in, at most three of them one read later.
#[derive(Debug, Clone, Default)]
pub struct Whole {
    held: [u8; HELD_BYTES_MAX],
    held_bytes: usize,
}

impl Whole {
    /// With nothing held.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What may be shown now that `bytes` have come: what was held, and they, up to a character that
    /// is cut at their end.
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let mut all = Cow::Borrowed(bytes);
        if self.held_bytes > 0 {
            all = Cow::Owned([&self.held[..self.held_bytes], bytes].concat());
        }
        let whole_bytes = all.len() - cut_bytes(&all);
        self.hold(&all[whole_bytes..]);
        match all {
            Cow::Borrowed(all) => Cow::Borrowed(&all[..whole_bytes]),
            Cow::Owned(mut all) => {
                all.truncate(whole_bytes);
                Cow::Owned(all)
            }
        }
    }

    /// What is still held, at the end of the stream: a character that will never be whole.
    pub fn finish(&mut self) -> Vec<u8> {
        let held = self.held[..self.held_bytes].to_vec();
        self.held_bytes = 0;
        held
    }

    fn hold(&mut self, cut: &[u8]) {
        self.held[..cut.len()].copy_from_slice(cut);
        self.held_bytes = cut.len();
    }
}

/// How many bytes at the end of `bytes` are the start of a character, and not all of it.
fn cut_bytes(bytes: &[u8]) -> usize {
    let tail_from = bytes.len().saturating_sub(HELD_BYTES_MAX);
    let tail = &bytes[tail_from..];
    let Some(lead) = tail.iter().rposition(|&byte| byte >= 0xc0) else {
        return 0;
    };
    // An error without a length means: right so far, and more has to come.
    match std::str::from_utf8(&tail[lead..]) {
        Err(error) if error.error_len().is_none() && error.valid_up_to() == 0 => tail.len() - lead,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What each of `pieces` lets out, and then the end.
    fn shown<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> Vec<Vec<u8>> {
        let mut whole = Whole::new();
        let mut shown: Vec<_> = pieces
            .into_iter()
            .map(|piece| whole.push(piece).into_owned())
            .collect();
        shown.push(whole.finish());
        shown
    }

    #[test]
    fn a_character_waits_until_it_is_whole() {
        let otter = "🦦".as_bytes();
        assert_eq!(
            shown([b"an ", &otter[..1], &otter[1..3], &[], &otter[3..], b"!"]),
            [&b"an "[..], b"", b"", b"", otter, b"!", b""]
        );
    }

    #[test]
    fn what_is_whole_is_not_copied() {
        let mut whole = Whole::new();
        assert!(matches!(whole.push("né".as_bytes()), Cow::Borrowed(_)));
        assert!(matches!(whole.push(b"n\xc3"), Cow::Borrowed(b"n")));
        assert!(matches!(whole.push(b"\xa9"), Cow::Owned(_)));
    }

    #[test]
    fn what_is_no_utf8_is_never_held() {
        for bytes in [
            &b"\xff"[..],
            b"\x80",
            b"\xa9\xa9",
            // An overlong form, a surrogate, beyond the last character.
            b"\xc0",
            b"\xe0\x80",
            b"\xed\xa0",
            b"\xf4\x90",
            b"\xf5",
            b"\xc3\xa9\xa9",
        ] {
            assert_eq!(shown([bytes]), [bytes, b""], "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_never_whole_comes_at_the_end() {
        assert_eq!(shown([&b"ab\xe2\x82"[..]]), [&b"ab"[..], b"\xe2\x82"]);
        assert_eq!(shown([&b"\xe2"[..], b"x"]), [&b""[..], b"\xe2x", b""]);
    }

    proptest! {
        #[test]
        fn text_stays_text_however_it_is_cut(text: String, piece in 1..5_usize) {
            let shown = shown(text.as_bytes().chunks(piece));
            prop_assert!(shown.iter().all(|bytes| std::str::from_utf8(bytes).is_ok()));
            prop_assert_eq!(shown.concat(), text.as_bytes());
        }

        #[test]
        fn any_bytes_come_out_as_they_went_in(bytes: Vec<u8>, piece in 1..5_usize) {
            prop_assert_eq!(shown(bytes.chunks(piece)).concat(), bytes);
        }
    }
}

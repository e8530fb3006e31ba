//! Which protocol a TCP connection talks, by its first bytes.

use crate::frame::FRAME;
use crate::json::JSON;
use crate::knock::{self, Knock};
use crate::protocol::Protocol;
use crate::text::TEXT;

/// How long the first bytes may take before a connection counts as a silent person's, in
/// microseconds.
pub const SILENCE_US: u64 = 1_000_000;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detected {
    /// A protocol spoken here.
    Protocol(&'static Protocol),
    /// A protocol refused here, in its own language.
    Knock(&'static Knock),
    /// Too few bytes to tell one from another.
    Undecided,
}

/// The table. A row that matches wins; what matches none is [`TEXT`].
static TABLE: &[(&[u8], Detected)] = &[
    (b"{", Detected::Protocol(&JSON)),
    (&[0x00], Detected::Protocol(&FRAME)),
    (b"GET ", Detected::Knock(&knock::HTTP)),
    (b"POST ", Detected::Knock(&knock::HTTP)),
    (b"PUT ", Detected::Knock(&knock::HTTP)),
    (b"HEAD ", Detected::Knock(&knock::HTTP)),
    (b"DELETE ", Detected::Knock(&knock::HTTP)),
    (b"OPTIONS ", Detected::Knock(&knock::HTTP)),
    (b"PATCH ", Detected::Knock(&knock::HTTP)),
    (&[0x16], Detected::Knock(&knock::TLS)),
    (&[0x10], Detected::Knock(&knock::MQTT)),
    (b"CAP ", Detected::Knock(&knock::IRC)),
    (b"NICK ", Detected::Knock(&knock::IRC)),
    (b"USER ", Detected::Knock(&knock::IRC)),
    (b"PASS ", Detected::Knock(&knock::IRC)),
];

/// Looks `prefix` up.
#[must_use]
pub fn detect(prefix: &[u8]) -> Detected {
    for (first, row) in TABLE {
        if prefix.starts_with(first) {
            return *row;
        }
    }
    if TABLE.iter().any(|(first, _)| first.starts_with(prefix)) {
        return Detected::Undecided;
    }
    Detected::Protocol(&TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_and_its_beginnings_are_undecided() {
        for (first, row) in TABLE {
            assert_eq!(detect(first), *row);
            for cut in 0..first.len() {
                assert_eq!(
                    detect(&first[..cut]),
                    Detected::Undecided,
                    "{first:?} cut at {cut}"
                );
            }
        }
    }

    #[test]
    fn the_rest_is_text() {
        for line in [
            &b"hello"[..],
            b"GETTING there",
            b"NICKname",
            b"\xff\xfb\x01",
            b"\n",
            b"/nick a",
        ] {
            assert_eq!(detect(line), Detected::Protocol(&TEXT), "{line:?}");
        }
    }
}

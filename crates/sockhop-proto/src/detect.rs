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
    /// HTTP, in which a WebSocket begins too.
    Http,
    /// A protocol refused here, in its own language.
    Knock(&'static Knock),
    /// Too few bytes to tell one from another.
    Undecided,
}

/// The table. A row that matches wins; what matches none is [`TEXT`].
static TABLE: &[(&[u8], Detected)] = &[
    (b"{", Detected::Protocol(&JSON)),
    (&[0x00], Detected::Protocol(&FRAME)),
    (b"GET ", Detected::Http),
    (b"POST ", Detected::Http),
    (b"PUT ", Detected::Http),
    (b"HEAD ", Detected::Http),
    (b"DELETE ", Detected::Http),
    (b"OPTIONS ", Detected::Http),
    (b"PATCH ", Detected::Http),
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
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::arbitrary;

    proptest! {
        #[test]
        fn more_bytes_never_change_a_decision(
            bytes in prop_oneof![
                vec(any::<u8>(), 0..12),
                "[A-Z]{1,8} ?[ -~]{0,4}".prop_map(String::into_bytes),
            ],
        ) {
            let mut before = Detected::Undecided;
            for end in 0..=bytes.len() {
                let now = detect(&bytes[..end]);
                if before != Detected::Undecided {
                    prop_assert_eq!(now, before, "at {}", end);
                }
                before = now;
            }
            prop_assert!(bytes.len() < 8 || before != Detected::Undecided, "a bound on the prefix");
        }

        #[test]
        fn each_protocols_own_clients_are_known(command in arbitrary::command()) {
            let mut bytes = bytes::BytesMut::new();
            crate::json::encode_command(&command, &mut bytes);
            prop_assert_eq!(detect(&bytes), Detected::Protocol(&JSON));
            bytes.clear();
            crate::frame::encode_command(&command, &mut bytes);
            prop_assert_eq!(detect(&bytes), Detected::Protocol(&FRAME));
        }
    }

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
    fn real_clients_are_known_by_what_they_send_first() {
        for (opening, expected) in [
            (&b"{\"op\":\"ping\"}\n"[..], Detected::Protocol(&JSON)),
            (
                b"\x00\x00\x00\x09\x81\xa2op\xa4ping",
                Detected::Protocol(&FRAME),
            ),
            (b"GET / HTTP/1.1\r\n", Detected::Http),
            (b"POST /telemetry HTTP/1.1\r\n", Detected::Http),
            (b"PUT /telemetry HTTP/1.1\r\n", Detected::Http),
            (b"HEAD / HTTP/1.1\r\n", Detected::Http),
            (b"DELETE /x HTTP/1.1\r\n", Detected::Http),
            (b"OPTIONS * HTTP/1.1\r\n", Detected::Http),
            (b"PATCH /x HTTP/1.1\r\n", Detected::Http),
            (b"\x16\x03\x01\x02\x00\x01", Detected::Knock(&knock::TLS)),
            (b"\x10\x0c\x00\x04MQTT\x04", Detected::Knock(&knock::MQTT)),
            (b"CAP LS 302\r\n", Detected::Knock(&knock::IRC)),
            (b"NICK ann\r\n", Detected::Knock(&knock::IRC)),
            (b"USER ann 0 * :Ann\r\n", Detected::Knock(&knock::IRC)),
            (b"PASS secret\r\n", Detected::Knock(&knock::IRC)),
            (b"\xff\xfb\x1f\xff\xfb\x20", Detected::Protocol(&TEXT)),
        ] {
            assert_eq!(detect(opening), expected, "{opening:?}");
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

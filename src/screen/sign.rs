//! Bytes as signs that a terminal shows and never obeys.

use std::fmt::{self, Write as _};

use bytes::BytesMut;
use sockhop_proto::name::is_unprintable;
use sockhop_proto::text::printable;

/// One character as it is shown where every byte counts: `A`, `\n`, `\xff`, `\u{202e}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// As it is.
    Char(char),
    /// Behind a backslash.
    Short(char),
    /// A byte that is no text, or a control character of ASCII.
    Byte(u8),
    /// What would move the cursor or turn the direction of writing.
    Scalar(char),
}

impl Sign {
    fn of(c: char) -> Self {
        match c {
            '\n' => Self::Short('n'),
            '\r' => Self::Short('r'),
            '\t' => Self::Short('t'),
            '\\' => Self::Short('\\'),
            '\0'..='\x7f' if c.is_ascii_control() => Self::Byte(c as u8),
            _ if is_unprintable(c) => Self::Scalar(c),
            _ => Self::Char(c),
        }
    }

    /// How wide it is; at least, where that is up to the terminal's font.
    pub(super) fn columns(self) -> usize {
        match self {
            // Which of these are wide takes a table; too wide a guess only cuts a line early.
            Self::Char(c) if c >= '\u{1100}' && !('\u{2000}'..'\u{2e80}').contains(&c) => 2,
            Self::Char(_) => 1,
            Self::Short(_) => 2,
            Self::Byte(_) => 4,
            Self::Scalar(c) => c.escape_unicode().count(),
        }
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Char(c) => f.write_char(*c),
            Self::Short(c) => write!(f, "\\{c}"),
            Self::Byte(byte) => write!(f, "\\x{byte:02x}"),
            Self::Scalar(c) => write!(f, "{}", c.escape_unicode()),
        }
    }
}

/// All of `bytes`, sign by sign.
pub(super) fn signs(bytes: &[u8]) -> impl Iterator<Item = Sign> + '_ {
    bytes.utf8_chunks().flat_map(|chunk| {
        let text = chunk.valid().chars().map(Sign::of);
        text.chain(chunk.invalid().iter().map(|&byte| Sign::Byte(byte)))
    })
}

/// Appends one line of what somebody wrote, as people read it: text as it is, what is no UTF-8 as
/// `\xff`, controls as their Unicode pictures (ESC is ␛), and what turns the direction of writing as
/// U+FFFD. Tabs stay.
pub(super) fn put_text(out: &mut BytesMut, line: &[u8]) {
    for chunk in line.utf8_chunks() {
        printable::put(out, chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a BytesMut grows it and cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> String {
        signs(bytes).map(|sign| sign.to_string()).collect()
    }

    fn text(line: &[u8]) -> String {
        let mut out = BytesMut::new();
        put_text(&mut out, line);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn every_byte_can_be_told() {
        assert_eq!(shown(b"a\tb\r\n"), r"a\tb\r\n");
        assert_eq!(shown(b"\x00\x1b[2J\x7f\\n"), r"\x00\x1b[2J\x7f\\n");
        assert_eq!(
            shown("né 🦦\u{202e}\u{85}".as_bytes()),
            r"né 🦦\u{202e}\u{85}"
        );
        assert_eq!(shown(b"\xff\xc3"), r"\xff\xc3");
    }

    #[test]
    fn columns_are_what_is_shown() {
        for bytes in ["a\n\\\0\u{202e}\u{85}\u{7f}é…".as_bytes(), b"\xff"] {
            for sign in signs(bytes) {
                assert_eq!(sign.columns(), sign.to_string().chars().count(), "{sign}");
            }
        }
        assert_eq!(signs("🦦".as_bytes()).map(Sign::columns).sum::<usize>(), 2);
    }

    #[test]
    fn text_is_read_as_it_is_unless_it_could_harm() {
        assert_eq!(text(b"x\ty \\n"), "x\ty \\n");
        assert_eq!(text("né 🦦".as_bytes()), "né 🦦");
        assert_eq!(
            text("\u{1b}[2J\u{7f}\u{202e}\u{9b}".as_bytes()),
            "␛[2J␡\u{fffd}\u{fffd}"
        );
        assert_eq!(text(b"a\xff\x00"), "a\\xff␀");
    }
}

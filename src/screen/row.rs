//! Rows of a time line: what fits into them, and in which colour.

use std::fmt::Write as _;

use anstyle::Style;
use bytes::{BufMut, BytesMut};

use super::sign::{Sign, put_text, signs};

/// How wide a row is, so that it fits the narrowest terminal in use.
pub(super) const COLUMNS: usize = 79;

/// Where rows without a time start: `12:00:01.031` and two spaces.
pub(super) const INDENT: usize = 14;

/// Appends `text`, made safe for a terminal, in `style`; a style that is none leaves no codes.
pub(super) fn put_styled(out: &mut BytesMut, style: Style, text: &str) {
    // Writing to a BytesMut grows it and cannot fail.
    let _ = write!(out, "{style}");
    put_text(out, text.as_bytes());
    let _ = write!(out, "{style:#}");
}

/// Appends as many signs of `pieces` as fit into `columns`, with a `…` where not all do.
pub(super) fn put_bytes(out: &mut BytesMut, columns: usize, pieces: &[(Style, &[u8])]) {
    let fits = fit(pieces.iter().flat_map(|(_, bytes)| signs(bytes)), columns);
    let mut left = columns.saturating_sub(usize::from(!fits));
    for (style, bytes) in pieces {
        let _ = write!(out, "{style}");
        for sign in signs(bytes) {
            let Some(rest) = left.checked_sub(sign.columns()) else {
                // Nothing behind it may take the room it did not fit into.
                left = 0;
                break;
            };
            left = rest;
            let _ = write!(out, "{sign}");
        }
        let _ = write!(out, "{style:#}");
    }
    if !fits {
        out.put_slice("…".as_bytes());
    }
}

/// Whether they need no more than so many columns. Looks at no more of them than that takes.
fn fit(mut signs: impl Iterator<Item = Sign>, columns: usize) -> bool {
    let left = signs.try_fold(columns, |left, sign| left.checked_sub(sign.columns()));
    left.is_some()
}

/// Appends `words` in rows of their own, broken at spaces.
pub(super) fn put_paragraph(out: &mut BytesMut, style: Style, indent: usize, words: &str) {
    for row in wrap(words, COLUMNS.saturating_sub(indent)) {
        out.put_bytes(b' ', indent);
        put_styled(out, style, &row);
        out.put_slice(b"\n");
    }
}

/// Appends the rest of a row that has got as far as `indent`. What does not fit goes on below.
pub(super) fn put_rest(out: &mut BytesMut, indent: usize, words: &str) {
    let columns = COLUMNS.saturating_sub(indent);
    if words.chars().count() <= columns {
        put_text(out, words.as_bytes());
        out.put_slice(b"\n");
        return;
    }
    for (n, row) in wrap(words, columns).iter().enumerate() {
        if n > 0 {
            out.put_bytes(b' ', indent);
        }
        put_text(out, row.as_bytes());
        out.put_slice(b"\n");
    }
}

/// Rows of at most so many columns, unless a single word is longer.
fn wrap(words: &str, columns: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    for word in words.split_ascii_whitespace() {
        match rows.last_mut() {
            Some(row) if row.chars().count() + 1 + word.chars().count() <= columns => {
                row.push(' ');
                row.push_str(word);
            }
            _ => rows.push(word.to_owned()),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(columns: usize, pieces: &[&[u8]]) -> String {
        let pieces: Vec<_> = pieces.iter().map(|&bytes| (Style::new(), bytes)).collect();
        let mut out = BytesMut::new();
        put_bytes(&mut out, columns, &pieces);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn what_does_not_fit_is_cut_with_dots_in_its_place() {
        assert_eq!(shown(5, &[b"hello"]), "hello");
        assert_eq!(shown(5, &[b"hel", b"lo"]), "hello");
        assert_eq!(shown(5, &[b"hello!"]), "hell…");
        assert_eq!(shown(5, &[b"hel", b"lo!"]), "hell…");
        // Neither half an escape, nor what comes behind it in its place.
        assert_eq!(shown(5, &[b"abc\nd"]), "abc…");
        assert_eq!(shown(5, &["ab🦦é!".as_bytes()]), "ab🦦…");
        assert_eq!(shown(0, &[b""]), "");
        assert_eq!(shown(0, &[b"a"]), "…");
    }

    #[test]
    fn paragraphs_are_broken_at_spaces() {
        let mut out = BytesMut::new();
        put_paragraph(
            &mut out,
            Style::new(),
            70,
            "one two three  fourteenfifteen\nx",
        );
        let indent = " ".repeat(70);
        let expected = ["one two\n", "three\n", "fourteenfifteen\n", "x\n"]
            .map(|row| format!("{indent}{row}"));
        assert_eq!(out, expected.concat());

        out.clear();
        put_rest(&mut out, 70, "one  two");
        put_rest(&mut out, 70, "one  two three");
        assert_eq!(out, format!("one  two\none two\n{indent}three\n"));
    }
}

//! What other people wrote, made safe for a terminal.

use std::fmt::Write as _;

use bytes::BytesMut;

use crate::name::is_unprintable;

/// Appends one line of `text`, with what could move the cursor, clear the screen or turn the
/// direction of writing made visible instead: C0 controls as their Unicode pictures (ESC is ␛),
/// the rest as U+FFFD. Tabs stay.
pub fn put(out: &mut BytesMut, text: &str) {
    // Printable ASCII, which is nearly everything, is copied as it stands.
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut copied = 0;
    for (at, c) in text
        .char_indices()
        .filter(|&(_, c)| c != '\t' && is_unprintable(c))
    {
        out.extend_from_slice(&text.as_bytes()[copied..at]);
        // Writing to a BytesMut grows it and cannot fail.
        let _ = out.write_char(picture(c));
        copied = at + c.len_utf8();
    }
    out.extend_from_slice(&text.as_bytes()[copied..]);
}

/// What stands for an unprintable character.
fn picture(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// The lines of a body: `\n` and `\r\n` end one, and a last empty one does not count. An empty
/// body is one empty line, so that it is seen to have been said.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
}

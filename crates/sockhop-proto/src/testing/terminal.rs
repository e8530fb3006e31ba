//! What may be sent to a terminal.

/// Lines of printable text and tabs. Spelt out here again, so that a gap in the library's own list
/// is found.
pub(crate) fn assert_harmless(bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("people get UTF-8");
    assert!(
        text.is_empty() || text.ends_with('\n'),
        "half a line: {text:?}"
    );
    for c in text.chars() {
        let harmful = match c {
            '\n' | '\t' => false,
            // C0, DEL and C1.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' => true,
            // Line and paragraph separators.
            '\u{2028}' | '\u{2029}' => true,
            // Unicode's Bidi_Control.
            '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
            _ => false,
        };
        assert!(!harmful, "{c:?} in {text:?}");
    }
}

//! Words to be pasted into a shell, whatever is in them.

use std::borrow::Cow;

/// `word` as a POSIX shell reads it back: as it is, where nothing in it means anything to a shell.
pub(crate) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_it_must_be() {
        for (word, written) in [
            ("lobby", "lobby"),
            ("127.0.0.1:1337", "127.0.0.1:1337"),
            ("grüße", "grüße"),
            ("", "''"),
            ("two words", "'two words'"),
            ("telemetry/#", "'telemetry/#'"),
            ("[::1]:1337", "'[::1]:1337'"),
            ("$HOME`\"\\", "'$HOME`\"\\'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(quoted(word), written);
        }
    }
}

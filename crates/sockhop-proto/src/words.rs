//! Enums that are words on the wire.

/// Makes an enum whose every variant has a word, in `snake_case`. `Other`, which it needs, stands for the
/// words of a newer hub.
macro_rules! words {
    ($(#[$about:meta])* pub enum $Words:ident { $($(#[$doc:meta])* $name:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $Words { $($(#[$doc])* $name,)* }

        impl $Words {
            /// Every one of them.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word on the wire, in `snake_case`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The one behind a word; `Other` for a newer hub's.
            #[must_use]
            pub fn from_word(word: &str) -> Self {
                match word { $($word => Self::$name,)* _ => Self::Other }
            }
        }

        impl std::fmt::Display for $Words {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crate::close::CloseReason;
    use crate::refusal::Code;

    fn are_their_own<T: Copy + ToString>(all: &[T], read_back: impl Fn(&str) -> bool) {
        let mut words = HashSet::new();
        for it in all {
            let word = it.to_string();
            let snake = |c| matches!(c, 'a'..='z' | '0'..='9' | '_');
            assert!(word.chars().all(snake), "{word}");
            assert!(read_back(&word), "{word}");
            assert!(words.insert(word.clone()), "{word} twice");
        }
    }

    #[test]
    fn every_word_is_its_own_and_read_back() {
        are_their_own(Code::ALL, |word| Code::from_word(word).as_str() == word);
        are_their_own(CloseReason::ALL, |word| {
            CloseReason::from_word(word).as_str() == word
        });
    }

    #[test]
    fn words_of_a_newer_hub_are_others() {
        assert_eq!(Code::from_word("of_a_newer_hub"), Code::Other);
        assert_eq!(CloseReason::from_word("of_a_newer_hub"), CloseReason::Other);
    }
}

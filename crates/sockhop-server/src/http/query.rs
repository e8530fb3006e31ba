//! What stands behind the `?` of an address. Words nobody knows are ignored.

use std::fmt;

use sockhop_proto::{Code, Refusal, Seq};

/// See the module.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// How many messages.
    pub(super) last: Option<u64>,
    /// From which `seq` on.
    pub(super) since: Option<Seq>,
    /// Only those before this one.
    pub(super) before: Option<Seq>,
    /// Whether to go on with what comes.
    pub(super) follow: bool,
    /// Bodies alone.
    pub(super) raw: bool,
    /// What is published is not to be kept.
    pub(super) ephemeral: bool,
    pub(super) secret: Option<String>,
}

/// Without the secret.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            last,
            since,
            before,
            follow,
            raw,
            ephemeral,
            secret: _,
        } = self;
        f.debug_struct("Query")
            .field("last", last)
            .field("since", since)
            .field("before", before)
            .field("follow", follow)
            .field("raw", raw)
            .field("ephemeral", ephemeral)
            .finish_non_exhaustive()
    }
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// A number that is none.
    pub(super) fn of(query: &str) -> Result<Self, Refusal> {
        let mut read = Self::default();
        for (word, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*word {
                "last" => read.last = Some(number(&word, &value)?),
                "since" => read.since = Some(number(&word, &value)?),
                "before" => read.before = Some(number(&word, &value)?),
                "follow" => read.follow = is_on(&value),
                "raw" => read.raw = is_on(&value),
                "ephemeral" => read.ephemeral = is_on(&value),
                "secret" => read.secret = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(read)
    }
}

/// A switch is on by being there: `?follow`, `?follow=1`; or off: `?follow=0`.
pub(super) fn is_on(value: &str) -> bool {
    !matches!(value, "0" | "false" | "no")
}

fn number(word: &str, value: &str) -> Result<u64, Refusal> {
    value.parse().map_err(|_| {
        let value: String = value.chars().take(32).collect();
        let words = format!("{value:?} is not a number, as `{word}` needs");
        Refusal::new(Code::BadMessage, words)
            .hint(format!("a whole number from 0, as in {word}=20"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_and_others_ignored() {
        let query = Query::of("follow&last=5&raw=0&since=7&secret=a%20b&utm=x&=&&").unwrap();
        assert!(query.follow && !query.raw && !query.ephemeral);
        assert_eq!(
            (query.last, query.since, query.before),
            (Some(5), Some(7), None)
        );
        assert_eq!(query.secret.as_deref(), Some("a b"));
        assert_eq!(Query::of("").unwrap(), Query::default());
    }

    #[test]
    fn numbers_are_numbers() {
        for bad in ["last=", "last=-1", "since=1e3", "last=99999999999999999999"] {
            let refusal = Query::of(bad).unwrap_err();
            assert_eq!(refusal.code, Code::BadMessage, "{bad}");
        }
        let refusal = Query::of("last=many").unwrap_err();
        assert_eq!(
            refusal.to_string(),
            r#""many" is not a number, as `last` needs"#
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", Query::of("secret=word").unwrap());
        assert!(!shown.contains("word"), "{shown}");
    }
}

//! Lists and spans of time as people say them.

use std::fmt;
use std::time::Duration;

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: fmt::Display>(of: &[T]) -> String {
    let words: Vec<String> = of.iter().map(T::to_string).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A span of time as precise as people want it: `3 s`, `3.1 s`, `250 ms`.
pub(super) struct Span(pub(super) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0.as_millis() / 100;
        match (tenths / 10, tenths % 10) {
            (0, _) => write!(f, "{} ms", self.0.as_millis()),
            (seconds @ 1..=9, tenths @ 1..) => write!(f, "{seconds}.{tenths} s"),
            (seconds, _) => write!(f, "{seconds} s"),
        }
    }
}

/// A long time: `3 days`, `5 hours`.
pub(super) struct Long(pub(super) Duration);

impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.as_secs() / 60;
        let (count, unit) = match minutes {
            0..120 => (minutes, "minute"),
            120..2880 => (minutes / 60, "hour"),
            _ => (minutes / 1440, "day"),
        };
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} {unit}{plural}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_as_precise_as_people_want_it() {
        let span = |ms| Span(Duration::from_millis(ms)).to_string();
        assert_eq!(span(250), "250 ms");
        assert_eq!(span(3000), "3 s");
        assert_eq!(span(3120), "3.1 s");
        assert_eq!(span(75_900), "75 s");
        let long = |hours: u64| Long(Duration::from_secs(hours * 3600)).to_string();
        assert_eq!(long(1), "60 minutes");
        assert_eq!(long(5), "5 hours");
        assert_eq!(long(72), "3 days");
    }

    #[test]
    fn lists_read_as_people_say_them() {
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}

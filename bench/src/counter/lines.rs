//! Lines of text, told apart by how they start.

use super::start::Start;

/// Counts LF-ended lines that start with a prefix, at each line's end.
#[derive(Clone)]
pub(crate) struct Lines {
    start: Start,
}

impl Lines {
    pub(crate) fn starting_with(prefix: &'static [u8]) -> Self {
        Self {
            start: Start::of(prefix),
        }
    }

    pub(super) fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut count = 0;
        while let Some(line_end) = memchr::memchr(b'\n', bytes) {
            self.start.pass(&bytes[..line_end]);
            count += u64::from(self.start.end());
            bytes = &bytes[line_end + 1..];
        }
        self.start.pass(bytes);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::Counter;
    use crate::counter::tests::assert_counts;

    #[test]
    fn lines_are_counted_by_their_start() {
        let counter = Counter::Lines(Lines::starting_with(b"{\"ev\":\"ack\""));
        let stream = b"{\"ev\":\"ack\",\"id\":1}\n{\"ev\":\"error\"}\n{\"ev\":\"ack\"\n\n{\"ev\"\n\
            x{\"ev\":\"ack\"}\n{\"ev\":\"ack\",\"id\":2}\n{\"ev\":\"ack\"";
        assert_counts(&counter, stream, 3);
    }
}

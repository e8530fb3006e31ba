//! Counting deliveries in a byte stream, as cheaply as a correct count allows.
//!
//! None of these parses a message. [`Counter::Marks`] counts one byte which each payload holds
//! once and no server sends of its own accord, at the speed of `memchr`; a binary protocol, in
//! which any byte may turn up anywhere, is hopped over by its length prefixes instead. State is
//! kept across reads: the count is the same however the reads fall.

mod frames;
mod lines;
mod messages;
mod start;

pub(crate) use frames::Frames;
pub(crate) use lines::Lines;
pub(crate) use messages::Messages;

/// The last byte of every payload. No protocol here uses it in its own framing: it is in no
/// keyword, nick, room, or IRC prefix, and no MQTT length in these scenarios equals it.
pub(crate) const MARK: u8 = b'^';

/// Counts what one connection receives.
#[derive(Clone)]
pub(crate) enum Counter {
    /// Counts [`MARK`] bytes.
    Marks,
    /// Counts lines that start in a certain way.
    Lines(Lines),
    /// Counts frames that carry a certain event.
    Frames(Frames),
    /// Counts WebSocket messages of a certain kind.
    Messages(Messages),
}

impl Counter {
    /// How many more have now arrived.
    pub(crate) fn count(&mut self, bytes: &[u8]) -> u64 {
        match self {
            Self::Marks => memchr::memchr_iter(MARK, bytes).count() as u64,
            Self::Lines(lines) => lines.count(bytes),
            Self::Frames(frames) => frames.count(bytes),
            Self::Messages(messages) => messages.count(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts a stream in two reads, cut at every byte, and in single bytes.
    pub(super) fn assert_counts(counter: &Counter, stream: &[u8], expected: u64) {
        for cut in 0..=stream.len() {
            let mut counter = counter.clone();
            let counted = counter.count(&stream[..cut]) + counter.count(&stream[cut..]);
            assert_eq!(counted, expected, "cut at {cut}");
        }
        let mut counter = counter.clone();
        let counted: u64 = stream.chunks(1).map(|byte| counter.count(byte)).sum();
        assert_eq!(counted, expected, "byte by byte");
    }

    #[test]
    fn marks_are_counted_across_protocol_noise() {
        let stream = b"PING\r\nMSG bench 1 4\r\nabc^\r\n* b2 joined\r\n<b1> abc^\n";
        assert_counts(&Counter::Marks, stream, 2);
    }
}

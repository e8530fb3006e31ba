//! An endless stream of known bytes: what comes out must be what went in, at the same place.
//!
//! It repeats after a prime number of bytes, so that a message, block or page that is lost,
//! doubled or swapped leaves bytes where they do not belong.

/// How many bytes it takes to repeat.
const PERIOD: usize = 65_521;
/// The longest slice.
const SLICE_BYTES_MAX: usize = 64 * 1024;

/// The stream.
pub(crate) struct Pattern {
    /// One period, and so much of the next that a slice may start anywhere.
    bytes: Vec<u8>,
}

impl Pattern {
    pub(crate) fn new() -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let period: Vec<u8> = (0..PERIOD)
            .map(|_| {
                // xorshift64: cheap, and good enough not to repeat itself within a period.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            })
            .collect();
        let bytes = period.iter().copied().cycle();
        Self {
            bytes: bytes.take(PERIOD + SLICE_BYTES_MAX).collect(),
        }
    }

    /// What comes at a place in the stream: as many bytes as asked for, or as a slice may hold.
    pub(crate) fn slice(&self, place: u64, bytes: u64) -> &[u8] {
        let start = (place % PERIOD as u64) as usize;
        &self.bytes[start..][..bytes.min(SLICE_BYTES_MAX as u64) as usize]
    }

    /// Whether these bytes are what comes at a place in the stream.
    pub(crate) fn is_at(&self, place: u64, bytes: &[u8]) -> bool {
        let mut place = place;
        bytes.chunks(SLICE_BYTES_MAX).all(|chunk| {
            let expected = self.slice(place, chunk.len() as u64);
            place += chunk.len() as u64;
            chunk == expected
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_join_into_one_stream() {
        let pattern = Pattern::new();
        let mut stream = Vec::new();
        while stream.len() < 3 * PERIOD {
            let bytes = 1 + stream.len() as u64 % 1000;
            let slice = pattern.slice(stream.len() as u64, bytes);
            stream.extend_from_slice(slice);
        }
        assert!(pattern.is_at(0, &stream));
        assert!(pattern.is_at(77, &stream[77..]));
    }

    #[test]
    fn a_lost_message_shows() {
        let pattern = Pattern::new();
        for lost in [1, 64, 4096, 65_536] {
            assert!(!pattern.is_at(0, pattern.slice(lost, 64)), "{lost}");
        }
    }

    #[test]
    fn a_wrong_byte_shows_wherever_it_is() {
        let pattern = Pattern::new();
        let mut bytes = pattern.slice(5, 300).to_vec();
        bytes[299] ^= 1;
        assert!(!pattern.is_at(5, &bytes));
    }
}

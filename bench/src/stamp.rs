//! Payloads, and the stamp that timed and numbered ones end in.
//!
//! ```text
//! the quick brown fox … @00000001c9d3a4f5000000000007^
//!                       | time, ns       | number    mark
//! ```
//!
//! The stamp is found by its mark and checked by its `@` and its digits, so the same scanner
//! reads it out of every protocol, text or binary, without knowing the protocol.

use crate::counter::MARK;

const START: u8 = b'@';
const TIME_DIGITS: usize = 16;
const NUMBER_DIGITS: usize = 12;
const STAMP_BYTES: usize = 1 + TIME_DIGITS + NUMBER_DIGITS + 1;
const FILLER: &[u8] = b"the quick brown fox jumps over the lazy dog, ";

/// When a message was sent (or was due) and which it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub time_ns: u64,
    /// Below 2^48.
    pub number: u64,
}

/// A body of a fixed size which ends in [`MARK`] and has no other.
pub(crate) struct Payload {
    bytes: Vec<u8>,
}

impl Payload {
    /// A body without a stamp.
    pub(crate) fn plain(bytes: usize) -> Self {
        let mut body: Vec<u8> = FILLER.iter().copied().cycle().take(bytes).collect();
        if let Some(last) = body.last_mut() {
            *last = MARK;
        }
        Self { bytes: body }
    }

    /// The same with another stamp. The body must be at least as long as a stamp.
    pub(crate) fn stamp(&mut self, stamp: Stamp) -> &[u8] {
        let at = self.bytes.len() - STAMP_BYTES;
        let field = &mut self.bytes[at..];
        field[0] = START;
        write_hex(&mut field[1..=TIME_DIGITS], stamp.time_ns);
        write_hex(&mut field[1 + TIME_DIGITS..STAMP_BYTES - 1], stamp.number);
        &self.bytes
    }

    /// The body as it is.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Finds stamps in one connection's stream.
#[derive(Clone, Default)]
pub(crate) struct Scanner {
    /// The end of the stream so far, shorter than a stamp.
    tail: Vec<u8>,
}

impl Scanner {
    /// Calls `found` for every stamp that `bytes` completes.
    pub(crate) fn scan(&mut self, bytes: &[u8], mut found: impl FnMut(Stamp)) {
        for mark in memchr::memchr_iter(MARK, bytes) {
            let end = mark + 1;
            let stamp = if end >= STAMP_BYTES {
                parse(&bytes[end - STAMP_BYTES..end])
            } else {
                let missing = STAMP_BYTES - end;
                self.tail.len().checked_sub(missing).and_then(|from| {
                    let mut whole = [0; STAMP_BYTES];
                    whole[..missing].copy_from_slice(&self.tail[from..]);
                    whole[missing..].copy_from_slice(&bytes[..end]);
                    parse(&whole)
                })
            };
            if let Some(stamp) = stamp {
                found(stamp);
            }
        }
        let kept = bytes.len().min(STAMP_BYTES - 1);
        let excess = (self.tail.len() + kept).saturating_sub(STAMP_BYTES - 1);
        self.tail.drain(..excess);
        self.tail.extend_from_slice(&bytes[bytes.len() - kept..]);
    }
}

fn parse(field: &[u8]) -> Option<Stamp> {
    if field[0] != START {
        return None;
    }
    Some(Stamp {
        time_ns: read_hex(&field[1..=TIME_DIGITS])?,
        number: read_hex(&field[1 + TIME_DIGITS..STAMP_BYTES - 1])?,
    })
}

fn write_hex(field: &mut [u8], mut value: u64) {
    for digit in field.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(value & 0xf) as usize];
        value >>= 4;
    }
}

fn read_hex(field: &[u8]) -> Option<u64> {
    field.iter().try_fold(0, |value: u64, digit| {
        let nibble = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(value << 4 | u64::from(nibble))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_survive_any_split() {
        let stamps = [
            Stamp {
                time_ns: 0x1234_5678_9abc_def0,
                number: 7,
            },
            Stamp {
                time_ns: 0,
                number: (1 << 48) - 1,
            },
            Stamp {
                time_ns: u64::MAX,
                number: 99 << 32,
            },
        ];
        let mut payload = Payload::plain(100);
        let mut stream = b"^^@^".to_vec();
        for stamp in stamps {
            stream.extend_from_slice(b"MSG bench 1 100\r\n");
            stream.extend_from_slice(payload.stamp(stamp));
            stream.extend_from_slice(b"\r\n");
        }
        for cut in 0..=stream.len() {
            let mut scanner = Scanner::default();
            let mut found = Vec::new();
            scanner.scan(&stream[..cut], |stamp| found.push(stamp));
            scanner.scan(&stream[cut..], |stamp| found.push(stamp));
            assert_eq!(found, stamps, "cut at {cut}");
        }
        let mut scanner = Scanner::default();
        let mut found = Vec::new();
        for byte in stream.chunks(1) {
            scanner.scan(byte, |stamp| found.push(stamp));
        }
        assert_eq!(found, stamps);
    }

    #[test]
    fn a_payload_has_one_mark_at_its_end() {
        for size in [64, 100, 1024] {
            let mut payload = Payload::plain(size);
            assert_eq!(payload.bytes().len(), size);
            assert_eq!(memchr::memchr(MARK, payload.bytes()), Some(size - 1));
            let stamped = payload.stamp(Stamp {
                time_ns: 5,
                number: 6,
            });
            assert_eq!(stamped.len(), size);
            assert_eq!(memchr::memchr(MARK, stamped), Some(size - 1));
        }
    }
}

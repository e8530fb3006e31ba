//! Where frames begin and end in a stream, for showing them: none of its bytes are kept.

use super::head::{HEAD_BYTES_MAX, Head};
use super::{Framing, FramingError};

/// Follows a stream piece by piece and tells which bytes belong to which frame.
#[derive(Debug, Clone)]
pub struct Cuts {
    framing: Framing,
    message_bytes_max: usize,
    /// The number of the frame that is being followed, from 1.
    n: u64,
    inside: Inside,
}

#[derive(Debug, Clone, Copy)]
enum Inside {
    /// A length of which this much has come.
    Head([u8; HEAD_BYTES_MAX], usize),
    /// A message of which this much is to come.
    Message(usize),
}

const START: Inside = Inside::Head([0; HEAD_BYTES_MAX], 0);

impl Cuts {
    /// At the start of a stream, whose messages have up to `message_bytes_max` bytes.
    #[must_use]
    pub fn new(framing: Framing, message_bytes_max: usize) -> Self {
        Self {
            framing,
            message_bytes_max,
            n: 1,
            inside: START,
        }
    }

    /// The number of the frame the next byte belongs to, and how many of `bytes` (at least one,
    /// unless it is empty) do so. The rest is to be given again.
    ///
    /// Without framing, and behind a frame that is none, all bytes belong to one frame.
    pub fn next(&mut self, bytes: &[u8]) -> (u64, usize) {
        let n = self.n;
        let used = match self.framing {
            Framing::None => bytes.len(),
            Framing::Line => self.next_line(bytes),
            _ => self.next_counted(bytes),
        };
        (n, used)
    }

    /// How many frames have come to their end.
    #[must_use]
    pub fn whole(&self) -> u64 {
        self.n - 1
    }

    fn next_line(&mut self, bytes: &[u8]) -> usize {
        match memchr::memchr(b'\n', bytes) {
            Some(end) => {
                self.n += 1;
                end + 1
            }
            None => bytes.len(),
        }
    }

    fn next_counted(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            used += match self.inside {
                Inside::Head(head, have) => match self.head(head, have, rest) {
                    Ok(taken) => taken,
                    Err(_) => {
                        self.framing = Framing::None;
                        rest.len()
                    }
                },
                Inside::Message(missing) => {
                    let taken = missing.min(rest.len());
                    self.inside = Inside::Message(missing - taken);
                    taken
                }
            };
            if let Inside::Message(0) = self.inside {
                self.inside = START;
                self.n += 1;
                break;
            }
        }
        used
    }

    /// Adds `rest` to the length that is being read; how much of it belonged there.
    fn head(
        &mut self,
        mut head: [u8; HEAD_BYTES_MAX],
        have: usize,
        rest: &[u8],
    ) -> Result<usize, FramingError> {
        let taken = rest.len().min(HEAD_BYTES_MAX - have);
        head[have..have + taken].copy_from_slice(&rest[..taken]);
        let known = &head[..have + taken];
        match Head::read(self.framing, self.message_bytes_max, known)? {
            Some(found) => {
                self.inside = Inside::Message(found.message_bytes);
                Ok(found.bytes.saturating_sub(have))
            }
            None => {
                self.inside = Inside::Head(head, have + taken);
                Ok(taken)
            }
        }
    }
}

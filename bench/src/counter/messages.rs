//! WebSocket messages (RFC 6455), hopped over by their headers.
//!
//! ```text
//! 81 | 7e 00 ab | {"ev":"message",…
//! |    length     payload
//! final; 0 continued, 1 text, 2 binary, 8 to 10 control
//! ```
//!
//! A length of 126 stands for the two bytes behind it, 127 for eight. A server masks nothing.

use super::MARK;
use super::start::Start;

/// The longest header of a server's frame.
const HEADER_BYTES_MAX: usize = 10;
const OPCODE: u8 = 0x0f;
const CONTINUED: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// Counts messages by how they start, or the marks inside them.
#[derive(Clone)]
pub(crate) struct Messages {
    sought: Sought,
    /// Of the frame that is passing by.
    opcode: u8,
    /// Payload bytes of that frame still to come.
    payload_left: usize,
    /// The start of a header that the last read cut in two.
    header: [u8; HEADER_BYTES_MAX],
    header_bytes: usize,
}

#[derive(Clone)]
enum Sought {
    Start(Start),
    Marks,
}

impl Messages {
    /// Counts text and binary messages that start so, at the end of each one's first frame.
    pub(crate) fn starting_with(prefix: &'static [u8]) -> Self {
        Self::seeking(Sought::Start(Start::of(prefix)))
    }

    /// Counts [`MARK`] bytes in a stream that knows no messages and is cut into some anyhow.
    pub(crate) fn holding_marks() -> Self {
        Self::seeking(Sought::Marks)
    }

    fn seeking(sought: Sought) -> Self {
        Self {
            sought,
            opcode: CONTINUED,
            payload_left: 0,
            header: [0; HEADER_BYTES_MAX],
            header_bytes: 0,
        }
    }

    pub(super) fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut count = 0;
        while !bytes.is_empty() {
            if self.payload_left == 0 {
                let Some(header) = self.next_header(&mut bytes) else {
                    return count;
                };
                self.opcode = header.opcode;
                self.payload_left = header.payload_bytes;
            }
            let payload;
            (payload, bytes) = bytes.split_at(self.payload_left.min(bytes.len()));
            self.payload_left -= payload.len();
            count += self.found_in(payload);
        }
        count
    }

    /// Takes a header off the front, once there is all of it.
    fn next_header(&mut self, bytes: &mut &[u8]) -> Option<Header> {
        if self.header_bytes == 0
            && let Some(header) = Header::parse(bytes)
        {
            *bytes = &bytes[header.bytes..];
            return Some(header);
        }
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            self.header[self.header_bytes] = byte;
            self.header_bytes += 1;
            if let Some(header) = Header::parse(&self.header[..self.header_bytes]) {
                self.header_bytes = 0;
                return Some(header);
            }
        }
        None
    }

    fn found_in(&mut self, payload: &[u8]) -> u64 {
        match (&mut self.sought, self.opcode) {
            (Sought::Start(start), TEXT | BINARY) => {
                start.pass(payload);
                u64::from(self.payload_left == 0 && start.end())
            }
            (Sought::Marks, CONTINUED | TEXT | BINARY) => {
                memchr::memchr_iter(MARK, payload).count() as u64
            }
            _ => 0,
        }
    }
}

struct Header {
    opcode: u8,
    /// Of the header itself.
    bytes: usize,
    payload_bytes: usize,
}

impl Header {
    /// None while bytes are missing.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[first, length], rest) = bytes.split_first_chunk()?;
        let (bytes, payload_bytes) = match length {
            126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
            127 => (10, u64::from_be_bytes(*rest.first_chunk()?) as usize),
            short => (2, usize::from(short)),
        };
        Some(Self {
            opcode: first & OPCODE,
            bytes,
            payload_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::Counter;
    use crate::counter::tests::assert_counts;

    const PING: u8 = 9;

    fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let length = payload.len();
        let mut frame = vec![0x80 | opcode];
        match length {
            0..126 => frame.push(length as u8),
            126..0x1_0000 => {
                frame.push(126);
                frame.extend_from_slice(&(length as u16).to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend_from_slice(&(length as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        frame
    }

    #[test]
    fn messages_are_counted_by_their_start() {
        let mut stream = frame(TEXT, br#"{"ev":"message","room":"bench"}"#);
        stream.extend(frame(TEXT, br#"{"ev":"members"}"#));
        stream.extend(frame(PING, br#"{"ev":"message"}"#));
        stream.extend(frame(TEXT, b""));
        stream.extend(frame(TEXT, br#"{"ev":"mess"#));
        stream.extend(frame(CONTINUED, br#"age"}"#));
        stream.extend(frame(BINARY, br#"{"ev":"message"#));
        let mut long = br#"{"ev":"message","text":""#.to_vec();
        long.resize(300, b'^');
        stream.extend(frame(TEXT, &long));
        let by_start = Messages::starting_with(br#"{"ev":"message""#);
        assert_counts(&Counter::Messages(by_start), &stream, 2);
        let any = Messages::starting_with(b"");
        assert_counts(&Counter::Messages(any), &stream, 6);
    }

    #[test]
    fn marks_count_in_payloads_alone() {
        // 94 is the mark, and here a length.
        let mut stream = frame(BINARY, &[b'x'; 94]);
        stream.extend(frame(
            BINARY,
            b"MSG bench 1 4\r\nabc^\r\nMSG bench 1 4\r\nabc",
        ));
        stream.extend(frame(PING, b"^"));
        stream.extend(frame(CONTINUED, b"^\r\n"));
        stream.extend(frame(BINARY, &[b'^'; 300]));
        assert_counts(&Counter::Messages(Messages::holding_marks()), &stream, 302);
    }

    #[test]
    fn a_very_long_frame_is_passed_by() {
        let mut stream = frame(BINARY, &vec![b'^'; 70_000]);
        stream.extend(frame(TEXT, b"and one more"));
        let mut messages = Messages::starting_with(b"");
        let counted: u64 = stream.chunks(1000).map(|read| messages.count(read)).sum();
        assert_eq!(counted, 2);
    }
}

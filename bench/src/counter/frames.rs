//! u32-framed MessagePack, told apart by the event that heads each map.

/// Length prefix, then `map header, "ev", the event's name`, as far as a frame is ever looked at:
///
/// ```text
/// 00 00 00 7a | 86 | a2 65 76 | a7 6d 65 73 73 61 67 65 | …
/// length        map  "ev"       "message"
/// ```
const LENGTH_BYTES: usize = 4;
const NAME_AT: usize = LENGTH_BYTES + 4;
const HEAD_BYTES: usize = NAME_AT + 8;

/// Counts u32-framed MessagePack maps by the event they carry, at each frame's head.
#[derive(Clone)]
pub(crate) struct Frames {
    /// The event's name as its first eight encoded bytes, and which of them there are.
    name: u64,
    name_mask: u64,
    /// Bytes of the current frame still to pass by.
    skip: usize,
    /// The start of a head that the last read cut in two.
    head: [u8; HEAD_BYTES],
    head_bytes: usize,
}

impl Frames {
    /// Counts events of this name, of seven characters at most.
    pub(crate) fn of_event(name: &str) -> Self {
        assert!(name.len() < 8, "a head holds seven characters of a name");
        let mut encoded = [0; 8];
        let mut mask = [0; 8];
        encoded[0] = 0xa0 | name.len() as u8;
        encoded[1..=name.len()].copy_from_slice(name.as_bytes());
        mask[..=name.len()].fill(0xff);
        Self {
            name: u64::from_be_bytes(encoded),
            name_mask: u64::from_be_bytes(mask),
            skip: 0,
            head: [0; HEAD_BYTES],
            head_bytes: 0,
        }
    }

    pub(super) fn count(&mut self, bytes: &[u8]) -> u64 {
        let mut count = 0;
        let mut at = 0;
        loop {
            let passed = self.skip.min(bytes.len() - at);
            at += passed;
            self.skip -= passed;
            if self.head_bytes == 0 {
                while let Some(head) = bytes.get(at..at + HEAD_BYTES) {
                    let (frame_bytes, wanted) = self.inspect(head);
                    count += u64::from(wanted);
                    at += frame_bytes;
                }
                if at > bytes.len() {
                    self.skip = at - bytes.len();
                    return count;
                }
            }
            if at == bytes.len() {
                return count;
            }
            // A head cut by the end of a read, or a frame shorter than a head.
            self.head[self.head_bytes] = bytes[at];
            self.head_bytes += 1;
            at += 1;
            if self.head_bytes < LENGTH_BYTES {
                continue;
            }
            let (frame_bytes, wanted) = self.inspect(&self.head);
            if self.head_bytes == frame_bytes.min(HEAD_BYTES) {
                count += u64::from(wanted && frame_bytes >= HEAD_BYTES);
                self.skip = frame_bytes - self.head_bytes;
                self.head_bytes = 0;
            }
        }
    }

    /// A frame's whole size, and whether it is of the wanted event.
    fn inspect(&self, head: &[u8]) -> (usize, bool) {
        let length = u32::from_be_bytes(head[..LENGTH_BYTES].try_into().expect("four bytes"));
        let name = u64::from_be_bytes(head[NAME_AT..HEAD_BYTES].try_into().expect("eight bytes"));
        let frame_bytes = LENGTH_BYTES + length as usize;
        let wanted = name & self.name_mask == self.name && frame_bytes >= HEAD_BYTES;
        (frame_bytes, wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::Counter;
    use crate::counter::tests::assert_counts;

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut frame = (body.len() as u32).to_be_bytes().to_vec();
        frame.extend_from_slice(body);
        frame
    }

    fn event(name: &str, rest: &[u8]) -> Vec<u8> {
        let mut body = vec![0x86, 0xa2, b'e', b'v', 0xa0 | name.len() as u8];
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(rest);
        frame(&body)
    }

    #[test]
    fn frames_are_counted_by_their_event() {
        let mut stream = Vec::new();
        stream.extend(event("message", b" and the rest of it"));
        stream.extend(event("members", b" is as long a name"));
        stream.extend(event("message", b""));
        stream.extend(event("ack", b""));
        stream.extend(frame(b"\x80"));
        stream.extend(frame(b""));
        stream.extend(event("presence", &[0; 40]));
        stream.extend(event("message", &[0xa7; 300]));
        assert_counts(&Counter::Frames(Frames::of_event("message")), &stream, 3);
        assert_counts(&Counter::Frames(Frames::of_event("welcome")), &stream, 0);
    }

    #[test]
    fn a_short_event_is_told_from_a_longer_one() {
        let mut stream = event("ack", b"\xa2id\x07 and more");
        stream.extend(event("acked", b"\xa2id\x07 and more"));
        assert_counts(&Counter::Frames(Frames::of_event("ack")), &stream, 1);
    }
}

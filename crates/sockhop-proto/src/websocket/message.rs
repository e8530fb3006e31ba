//! The next message, ping or close at the front of a client's bytes. A message in fragments is put
//! together where it lies; a control frame that came between them is brought to the front.

use crate::close::CloseReason;
use crate::refusal::{Code, Refusal};

use super::close;
use super::head::{Head, Opcode};

/// Most fragments of one message. Each is looked at again whenever more comes, so they cannot be
/// without bound; and nobody needs so many for a message of the size allowed.
const FRAGMENTS_MAX: usize = 4096;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Came<'a> {
    Text(&'a [u8]),
    Binary(&'a [u8]),
    Ping(&'a [u8]),
    Pong,
    Close,
}

/// What a client may not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("a frame has reserved bits set: no extension was agreed on")]
    ReservedBits,
    #[error("there is no opcode {0}")]
    Opcode(u8),
    #[error("a client's frames have to be masked")]
    Unmasked,
    #[error("a ping, pong or close is one frame of at most 125 bytes")]
    Control,
    #[error("a length is written in more bytes than it needs")]
    Length,
    #[error("a close has no code, or one that is never sent")]
    CloseCode,
    #[error("the reason of a close is not UTF-8")]
    CloseReason,
    #[error("a continuation came, and nothing to continue")]
    NothingToContinue,
    #[error("a new message began before the last fragment of the one before")]
    Unfinished,
    #[error("a message came in more than {FRAGMENTS_MAX} fragments")]
    Fragments,
    #[error("a message may have at most {0} bytes here")]
    TooLarge(usize),
    #[error("a text message is not UTF-8")]
    NotUtf8,
}

impl Fault {
    /// What it is to the client, and to the log.
    pub(super) fn refusal(self) -> (Refusal, CloseReason) {
        let (code, reason) = match self {
            Self::TooLarge(_) | Self::Fragments => (Code::TooLarge, CloseReason::TooLarge),
            Self::NotUtf8 | Self::CloseReason => (Code::BadUtf8, CloseReason::BadUtf8),
            _ => (Code::BadMessage, CloseReason::BadInput),
        };
        (Refusal::new(code, self.to_string()), reason)
    }
}

/// Takes what is first in `input`, with the bytes it used; none while that is incomplete. `bytes_max`
/// bounds a message, by the opcode it began with.
pub(super) fn next(
    input: &mut [u8],
    bytes_max: impl Fn(Opcode) -> usize,
) -> Result<Option<(Came<'_>, usize)>, Fault> {
    let Some(found) = find(input, bytes_max)? else {
        return Ok(None);
    };
    match found {
        Found::Message { opcode, end } => {
            let begin = join(&mut input[..end]);
            let payload = &input[begin..end];
            let came = match opcode {
                Opcode::Text => Came::Text(payload),
                _ => Came::Binary(payload),
            };
            Ok(Some((came, end)))
        }
        Found::Control { at, head } => {
            let length = head.end();
            let run = if at == 0 {
                length
            } else {
                control_run(&input[at..])
            };
            input[..at + run].rotate_right(run);
            let payload = &mut input[head.payload..length];
            unmask(payload, head.mask);
            let came = match head.opcode {
                Opcode::Ping => Came::Ping(payload),
                Opcode::Close => {
                    close::check(payload)?;
                    Came::Close
                }
                _ => Came::Pong,
            };
            Ok(Some((came, length)))
        }
    }
}

enum Found {
    /// All fragments of a message, up to `end`.
    Message { opcode: Opcode, end: usize },
    /// A control frame, behind whole fragments of a message that is not.
    Control { at: usize, head: Head },
}

fn find(input: &[u8], bytes_max: impl Fn(Opcode) -> usize) -> Result<Option<Found>, Fault> {
    let (mut at, mut bytes) = (0, 0_usize);
    let mut begun = None;
    for _ in 0..=FRAGMENTS_MAX {
        let Some(head) = Head::parse(&input[at..])? else {
            return Ok(None);
        };
        let whole = input.len() - at >= head.end();
        if head.opcode.is_control() {
            return Ok(whole.then_some(Found::Control { at, head }));
        }
        let opcode = match (head.opcode, begun) {
            (Opcode::Continuation, None) => return Err(Fault::NothingToContinue),
            (Opcode::Continuation, Some(begun)) => begun,
            (_, Some(_)) => return Err(Fault::Unfinished),
            (opcode, None) => opcode,
        };
        begun = Some(opcode);
        bytes = bytes.saturating_add(head.length);
        let max = bytes_max(opcode);
        if bytes > max {
            return Err(Fault::TooLarge(max));
        }
        if !whole {
            return Ok(None);
        }
        at += head.end();
        if head.fin {
            return Ok(Some(Found::Message { opcode, end: at }));
        }
    }
    Err(Fault::Fragments)
}

/// How many bytes of whole control frames are at the front. All of a run are brought to the front at
/// once: one by one, each would move everything before it again.
fn control_run(input: &[u8]) -> usize {
    let mut end = 0;
    while let Ok(Some(head)) = Head::parse(&input[end..])
        && head.opcode.is_control()
        && head.end() <= input.len() - end
    {
        end += head.end();
    }
    end
}

/// Unmasks the payloads of the frames `input` is made of and moves them together at its end. Says
/// where they begin.
fn join(input: &mut [u8]) -> usize {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Ok(Some(head)) = Head::parse(&input[at..]) {
        let (begin, end) = (at + head.payload, at + head.end());
        unmask(&mut input[begin..end], head.mask);
        at = end;
        if at == input.len() && frames.is_empty() {
            return begin;
        }
        frames.push(begin..end);
    }
    let mut begin = input.len();
    for payload in frames.into_iter().rev() {
        begin -= payload.len();
        input.copy_within(payload, begin);
    }
    begin
}

/// 5.3: eight bytes at a time, as the mask repeats after four.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let eight = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ eight).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

//! Messages out of a stream, whole, however its bytes arrive.

use bytes::{Buf, Bytes, BytesMut};

use super::head::Head;
use super::{Framing, FramingError};

/// Takes whole messages off the front of what has arrived.
///
/// It is given the same buffer again and again, with more at its end each time. It allocates
/// nothing: a message is a part of that buffer. After an error nothing more can be made of the
/// stream: the input stays as it is, and every further call fails the same way.
#[derive(Debug, Clone)]
pub struct Decoder {
    framing: Framing,
    message_bytes_max: usize,
    /// How much of the input is known to hold no line end.
    seen: usize,
}

/// What is left over of the next frame when all whole ones are out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    /// How much of it is here, its length included.
    pub bytes: usize,
    /// How much is to come. Unknown for a line, and while the length itself is cut.
    pub missing: Option<usize>,
}

impl Decoder {
    /// For a stream of `framing` whose messages have up to `message_bytes_max` bytes.
    #[must_use]
    pub fn new(framing: Framing, message_bytes_max: usize) -> Self {
        Self {
            framing,
            message_bytes_max,
            seen: 0,
        }
    }

    /// How the stream is framed.
    #[must_use]
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Takes the next whole message off the front of `input`; none while it is incomplete. Without
    /// framing: all of it, if there is any.
    ///
    /// # Errors
    /// The next frame is too large, or no frame.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, FramingError> {
        match self.framing {
            Framing::None if input.is_empty() => Ok(None),
            Framing::None => Ok(Some(input.split().freeze())),
            Framing::Line => self.line(input),
            _ => self.counted(input),
        }
    }

    /// What is left in `input` of the next frame, once [`decode`](Self::decode) has found no whole
    /// one; none if nothing is.
    #[must_use]
    pub fn pending(&self, input: &BytesMut) -> Option<Pending> {
        if input.is_empty() || self.framing.is_none() {
            return None;
        }
        let head = Head::read(self.framing, self.message_bytes_max, input);
        let missing = head
            .ok()
            .flatten()
            .map(|head| head.frame_bytes().saturating_sub(input.len()));
        Some(Pending {
            bytes: input.len(),
            missing,
        })
    }

    /// Takes what is left at the end of the stream: whole messages first, then a last line that has
    /// no end. Call it until it gives none.
    ///
    /// # Errors
    /// The stream ended inside a frame, or as [`decode`](Self::decode).
    pub fn finish(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, FramingError> {
        if let Some(message) = self.decode(input)? {
            return Ok(Some(message));
        }
        let Some(Pending { bytes, missing }) = self.pending(input) else {
            return Ok(None);
        };
        if self.framing != Framing::Line {
            return Err(FramingError::Cut { bytes, missing });
        }
        self.check_line(bytes)?;
        self.seen = 0;
        Ok(Some(input.split().freeze()))
    }

    fn counted(&self, input: &mut BytesMut) -> Result<Option<Bytes>, FramingError> {
        let Some(head) = Head::read(self.framing, self.message_bytes_max, input)? else {
            return Ok(None);
        };
        if input.len() < head.frame_bytes() {
            return Ok(None);
        }
        input.advance(head.bytes);
        Ok(Some(input.split_to(head.message_bytes).freeze()))
    }

    fn line(&mut self, input: &mut BytesMut) -> Result<Option<Bytes>, FramingError> {
        let seen = self.seen.min(input.len());
        let Some(end) = memchr::memchr(b'\n', &input[seen..]).map(|at| seen + at) else {
            self.seen = input.len();
            // One byte more may be the CR of a line that just fits.
            self.check_line(input.len().saturating_sub(1))?;
            return Ok(None);
        };
        let message_bytes = match &input[..end] {
            [line @ .., b'\r'] => line.len(),
            line => line.len(),
        };
        self.check_line(message_bytes)?;
        self.seen = 0;
        let message = input.split_to(message_bytes).freeze();
        input.advance(end + 1 - message_bytes);
        Ok(Some(message))
    }

    fn check_line(&self, bytes: usize) -> Result<(), FramingError> {
        let bytes_max = self.message_bytes_max;
        if bytes > bytes_max {
            Err(FramingError::LineTooLong { bytes_max })
        } else {
            Ok(())
        }
    }
}

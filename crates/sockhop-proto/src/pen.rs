//! Writing a message whose length is known before its first byte: one reservation, then copies.

use bytes::BytesMut;

/// Fills the space a message was measured for.
pub(crate) struct Pen<'a> {
    left: &'a mut [u8],
}

impl<'a> Pen<'a> {
    /// Appends `length` bytes to `out`, all of which are to be written.
    pub(crate) fn new(out: &'a mut BytesMut, length: usize) -> Self {
        let start = out.len();
        out.resize(start + length, 0);
        Self {
            left: &mut out[start..],
        }
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        let (here, rest) = std::mem::take(&mut self.left).split_at_mut(bytes.len());
        here.copy_from_slice(bytes);
        self.left = rest;
    }

    /// Whether all of it has been written.
    pub(crate) fn is_done(&self) -> bool {
        self.left.is_empty()
    }
}

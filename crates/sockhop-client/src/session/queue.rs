//! What a subscription has heard and nobody has read yet. Bounded: a full queue stops the client's
//! reading, and by that the hub, which keeps the rest.

use std::collections::VecDeque;

use crate::heard::Heard;

/// Most entries; tests fill it quickly.
const ENTRIES_MAX: usize = if cfg!(test) { 8 } else { 1024 };
const BYTES_MAX: usize = 4 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    entries: VecDeque<Heard>,
    bytes: usize,
}

impl Queue {
    /// Takes it in, full or not: whoever pushes has asked before.
    pub(crate) fn push(&mut self, heard: Heard) {
        self.bytes += heard.bytes();
        self.entries.push_back(heard);
    }

    pub(crate) fn pop(&mut self) -> Option<Heard> {
        let heard = self.entries.pop_front()?;
        self.bytes -= heard.bytes();
        Some(heard)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES_MAX || self.bytes >= BYTES_MAX
    }

    /// Whether so much has been read that it is worth asking for more.
    pub(crate) fn is_half_empty(&self) -> bool {
        self.entries.len() <= ENTRIES_MAX / 2 && self.bytes <= BYTES_MAX / 2
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

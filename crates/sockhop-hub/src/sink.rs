//! Where one session's bytes are gathered on their way out.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use sockhop_proto::{Event, Protocol};

use crate::tally::Told;

/// Bytes for one connection, in order: slices of shared streams, and events encoded for it alone.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    protocol: &'static Protocol,
    out: &'a mut VecDeque<Bytes>,
    own: BytesMut,
    /// What it holds. Whoever adds to what is shared says how much that is.
    pub(crate) told: &'a mut Told,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        protocol: &'static Protocol,
        out: &'a mut VecDeque<Bytes>,
        told: &'a mut Told,
    ) -> Self {
        Self {
            protocol,
            out,
            own: BytesMut::new(),
            told,
        }
    }

    pub(crate) fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    /// Encodes an event for this session alone.
    pub(crate) fn event(&mut self, event: &Event) {
        (self.protocol.encode)(event, &mut self.own);
    }

    /// Where slices of shared bytes go.
    pub(crate) fn shared(&mut self) -> &mut VecDeque<Bytes> {
        self.flush();
        self.out
    }

    fn flush(&mut self) {
        if !self.own.is_empty() {
            self.told.bytes += self.own.len() as u64;
            self.out.push_back(self.own.split().freeze());
        }
    }
}

impl Drop for Sink<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

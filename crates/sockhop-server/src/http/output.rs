//! What a visit is sent, as the body of a response: the shared bytes of the log, as they lie.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use sockhop_proto::CloseReason;

use super::visit::Visit;
use super::wire::Endless;

/// See the module.
#[derive(Debug)]
pub(super) struct Output {
    visit: Visit,
    shape: Shape,
    /// Of a follower's: whoever says no more is gone.
    _endless: Option<Endless>,
}

/// What its bytes add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Lines or events, the last of which says why it is the last.
    Told,
    /// Bodies, which say nothing of themselves.
    Bare,
    /// A JSON array, of which nothing has been sent.
    Array,
    /// The same, in the middle.
    OpenArray,
    /// All of it has been sent.
    Whole,
}

/// The hub ended before the answer did, and no more bytes will say so.
#[derive(Debug, thiserror::Error)]
#[error("the answer was cut short: {}", .0.sentence())]
pub(super) struct CutShort(CloseReason);

impl Output {
    /// The rest of `visit`.
    pub(super) fn new(visit: Visit, shape: Shape, endless: Option<Endless>) -> Self {
        Self {
            visit,
            shape,
            _endless: endless,
        }
    }

    /// What is behind the last of the hub's bytes.
    fn end(&mut self) -> Option<Result<Frame<Bytes>, CutShort>> {
        let reason = self.visit.ended().unwrap_or(CloseReason::Closed);
        let shape = std::mem::replace(&mut self.shape, Shape::Whole);
        let last: &[u8] = match shape {
            Shape::Told | Shape::Whole => return None,
            _ if reason != CloseReason::Closed => return Some(Err(CutShort(reason))),
            Shape::Bare => return None,
            Shape::Array => b"[]\n",
            Shape::OpenArray => b"]\n",
        };
        Some(Ok(Frame::data(Bytes::from_static(last))))
    }
}

impl Body for Output {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        let Some(bytes) = ready!(self.visit.poll_next(cx)) else {
            return Poll::Ready(self.end());
        };
        if self.shape != Shape::Array {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        // Elements come with a comma before each; the first opens the array instead.
        self.shape = Shape::OpenArray;
        let mut opened = Vec::from(bytes);
        opened[0] = b'[';
        Poll::Ready(Some(Ok(Frame::data(opened.into()))))
    }
}

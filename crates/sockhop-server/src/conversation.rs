//! The reading and writing of one client: its bytes in, the log's bytes out. No buffer of its own
//! while idle: reads go through a buffer its thread lends, writes come straight from the rooms' logs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use sockhop_hub::Polled;
use sockhop_proto::detect::SILENCE_US;
use sockhop_proto::{CloseReason, Micros};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::shared::Shared;
use crate::socket::{Socket, reason};
use crate::talk::{Elsewhere, Talk};

/// How much is read at once.
const READ_BYTES: usize = 128 << 10;
/// How much of it what is left of earlier reads may take up.
const LEFTOVER_MAX: usize = READ_BYTES / 4;
/// How many slices go into one write.
const SLICES_MAX: usize = 64;
/// How long a connection that a browser opened to have one to spare may stay silent before it is
/// taken for a person's after all. Browsers give them up before.
const SPARE_MAX: Duration = Duration::from_secs(90);

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// Why the reading and writing stopped.
pub(crate) enum End {
    /// The session is over, or the connection.
    Closed(CloseReason),
    /// The first bytes are not for the hub.
    Elsewhere(Elsewhere),
}

/// See the module.
pub(crate) struct Conversation<'a> {
    socket: &'a mut Socket,
    talk: &'a mut Talk,
    shared: &'a Shared,
    began: Micros,
    /// Bytes to be written, and how the session stood when they were handed out.
    pending: VecDeque<Bytes>,
    polled: Polled,
    /// When silence, or half a message, has lasted too long. Only while there is either.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(socket: &'a mut Socket, talk: &'a mut Talk, shared: &'a Shared) -> Self {
        let patience = match talk.session() {
            None => Some(Duration::from_micros(SILENCE_US)),
            Some(_) => talk.is_midway().then_some(shared.half_message_max),
        };
        let deadline = patience.map(|patience| Box::pin(sleep(patience)));
        Self {
            socket,
            talk,
            shared,
            began: shared.clock.now(),
            pending: VecDeque::new(),
            polled: Polled::More,
            deadline,
        }
    }

    /// Reads and writes until the session ends, or the first bytes are not for the hub.
    pub(crate) async fn hold(&mut self) -> End {
        poll_fn(|cx| self.step(cx)).await
    }

    /// Goes as far as it can; whatever could let it go further will wake the task.
    fn step(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        self.poll_deadline(cx);
        match self.poll_write(cx) {
            Poll::Ready(reason) => return Poll::Ready(End::Closed(reason)),
            Poll::Pending if matches!(self.polled, Polled::Ended(_)) => return Poll::Pending,
            Poll::Pending => {}
        }
        match self.poll_read(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(end)) => Poll::Ready(end),
            Poll::Ready(Ok(())) => {
                self.set_deadline();
                // Its answers, and everybody else's turn, before its next read.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// Writes until there is nothing to write, or the socket takes no more. Ready once the session
    /// is over and its last byte written, or the connection lost.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let Some(session) = self.talk.session() else {
            return Poll::Pending;
        };
        loop {
            if self.pending.is_empty() {
                if let Polled::Ended(reason) = self.polled {
                    return Poll::Ready(reason);
                }
                let mut hub = self.shared.hub();
                self.polled = hub.poll_output(session, cx.waker(), &mut self.pending);
                drop(hub);
                if self.pending.is_empty() && self.polled == Polled::Parked {
                    // An idle connection holds nothing.
                    self.pending = VecDeque::new();
                    return Poll::Pending;
                }
            }
            match self.write_some(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(reason(&error)),
            }
        }
    }

    fn write_some(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let socket = Pin::new(&mut *self.socket);
        let written = match self.pending.as_slices() {
            ([], _) => return Poll::Ready(Ok(())),
            ([only], []) => socket.poll_write(cx, only),
            _ => {
                let mut slices = [IoSlice::new(&[]); SLICES_MAX];
                let count = self.pending.len().min(SLICES_MAX);
                for (slice, bytes) in slices.iter_mut().zip(&self.pending) {
                    *slice = IoSlice::new(bytes);
                }
                socket.poll_write_vectored(cx, &slices[..count])
            }
        };
        written.map(|written| {
            self.advance(written?);
            Ok(())
        })
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(front) = self.pending.front_mut() {
            if written < front.len() {
                front.advance(written);
                return;
            }
            written -= front.len();
            self.pending.pop_front();
        }
    }

    /// Reads once and takes in what came. Pending while the hub will not listen, or nothing comes.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), End>> {
        if !self.talk.poll_ready() || self.talk.is_at_end() {
            return Poll::Pending;
        }
        SCRATCH.with_borrow_mut(|scratch| {
            // What is left of earlier reads goes in front, so that messages across two reads are
            // whole in the buffer; unless it is so long that little would fit behind it.
            let left = self.talk.leftover().len();
            let behind = if left <= LEFTOVER_MAX { left } else { 0 };
            let mut buffer = ReadBuf::new(&mut scratch[behind..]);
            let read = Pin::new(&mut *self.socket).poll_read(cx, &mut buffer);
            let length = buffer.filled().len();
            self.talk.note_read(length);
            read.map(|read| match read {
                Err(error) => Err(End::Closed(reason(&error))),
                Ok(()) if length == 0 => self.end_of_input(),
                Ok(()) if behind == left => {
                    scratch[..left].copy_from_slice(self.talk.leftover());
                    self.talk
                        .take_in(&mut scratch[..left + length])
                        .map_err(End::Elsewhere)
                }
                Ok(()) => self
                    .talk
                    .take_in_more(&scratch[..length])
                    .map_err(End::Elsewhere),
            })
        })
    }

    fn end_of_input(&mut self) -> Result<(), End> {
        self.talk.end_of_input();
        match self.talk.session() {
            Some(_) => Ok(()),
            None => Err(End::Closed(CloseReason::Closed)),
        }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) {
        while let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            self.deadline = None;
            match self.talk.session() {
                None if self.is_spare() => {
                    self.deadline = Some(Box::pin(sleep(SPARE_MAX)));
                }
                None => self.talk.greet(),
                Some(_) => self.talk.give_up_waiting(),
            }
        }
    }

    /// Whether it is a silent connection that a browser opened to have one to spare. Nobody is there
    /// to be greeted.
    fn is_spare(&self) -> bool {
        let silent = self.shared.clock.now() - self.began < SPARE_MAX.as_micros() as Micros;
        silent
            && self
                .talk
                .address()
                .is_some_and(|address| self.shared.door.is_browsing(address, self.began))
    }

    /// After a read: silence is broken, and half a message may be left.
    fn set_deadline(&mut self) {
        let progressed = self.talk.take_progress();
        if self.talk.is_midway() {
            if progressed || self.deadline.is_none() {
                self.deadline = Some(Box::pin(sleep(self.shared.half_message_max)));
            }
        } else if self.talk.session().is_some() {
            self.deadline = None;
        }
    }
}

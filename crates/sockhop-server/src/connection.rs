//! One client: its bytes in, the log's bytes out. One task, and no buffer of its own while idle:
//! reads go through a buffer its thread lends, writes come straight from the rooms' logs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use sockhop_hub::Polled;
use sockhop_proto::detect::{Detected, SILENCE_US, detect};
use sockhop_proto::knock::Knock;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, Event, Protocol, Refusal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, sleep, timeout};

use crate::shared::Shared;
use crate::talk::Talk;

/// How much is read at once.
const READ_BYTES: usize = 128 << 10;
/// How much of it what is left of earlier reads may take up.
const LEFTOVER_MAX: usize = READ_BYTES / 4;
/// How many slices go into one write.
const SLICES_MAX: usize = 64;
/// How long a closed connection may take to read its last words.
const LINGER_MAX: Duration = Duration::from_secs(2);
/// The same when the hub shuts down.
const LINGER_AT_SHUTDOWN: Duration = Duration::from_millis(300);

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_BYTES].into_boxed_slice());
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its session's end; or the end of one that said too little to have any.
    Closed(CloseReason),
    /// It knocked in a protocol that is refused.
    Knock(&'static Knock),
}

/// Serves one client until it is gone. `protocol` is the listener's, where it has but one.
pub(crate) async fn serve<S>(
    mut socket: S,
    protocol: Option<&'static Protocol>,
    shared: Arc<Shared>,
) -> (Ending, Option<&'static Protocol>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = Connection::new(&mut socket, Talk::new(Arc::clone(&shared), protocol));
    let ending = poll_fn(|cx| connection.step(&shared, cx)).await;
    let talk = connection.talk;
    if let (Some(session), Ending::Closed(reason)) = (talk.session(), ending) {
        shared.hub().close(session, reason, shared.clock.now());
    }
    let protocol = talk.protocol();
    drop(talk);
    match ending {
        Ending::Knock(knock) => farewell(&mut socket, knock.refusal, LINGER_MAX).await,
        Ending::Closed(CloseReason::Reset | CloseReason::Silent) => {}
        // Everyone is told at once, and nobody is to be waited for long.
        Ending::Closed(CloseReason::Shutdown) => {
            farewell(&mut socket, &[], LINGER_AT_SHUTDOWN).await;
        }
        Ending::Closed(_) => farewell(&mut socket, &[], LINGER_MAX).await,
    }
    (ending, protocol)
}

/// Refuses a client that is one too many, in its own protocol.
pub(crate) async fn turn_away<S>(mut socket: S, refusal: Refusal)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut first = [0; 16];
    let read = timeout(Duration::from_micros(SILENCE_US), socket.read(&mut first)).await;
    let length = read.map_or(0, |read| read.unwrap_or(0));
    let event = Event::Error { id: None, refusal };
    let words = match detect(&first[..length]) {
        Detected::Knock(knock) => Bytes::from_static(knock.refusal),
        Detected::Protocol(protocol) => protocol.encoded(&event).freeze(),
        Detected::Undecided => TEXT.encoded(&event).freeze(),
    };
    farewell(&mut socket, &words, LINGER_MAX).await;
}

/// Says the last words and closes so that they arrive: a socket closed with bytes unread is reset,
/// and the reset overtakes what was written. So our side is closed first, and theirs awaited. A
/// client that is gone or will not read has nobody to be told.
async fn farewell<S>(socket: &mut S, words: &[u8], linger_max: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let close = async {
        socket.write_all(words).await?;
        socket.shutdown().await?;
        let mut unread = vec![0; READ_BYTES / 64];
        while socket.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    // On the heap, so that a connection does not hold room for its end all its life.
    let _ = Box::pin(timeout(linger_max, close)).await;
}

struct Connection<'a, S> {
    socket: &'a mut S,
    talk: Talk,
    /// Bytes to be written, and how the session stood when they were handed out.
    pending: VecDeque<Bytes>,
    polled: Polled,
    /// When silence, or half a message, has lasted too long. Only while there is either.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin> Connection<'a, S> {
    fn new(socket: &'a mut S, talk: Talk) -> Self {
        let unknown = talk.session().is_none();
        let deadline = unknown.then(|| Box::pin(sleep(Duration::from_micros(SILENCE_US))));
        Self {
            socket,
            talk,
            pending: VecDeque::new(),
            polled: Polled::More,
            deadline,
        }
    }

    /// Goes as far as it can; whatever could let it go further will wake the task.
    fn step(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Poll<Ending> {
        self.poll_deadline(cx);
        match self.poll_write(shared, cx) {
            Poll::Ready(reason) => return Poll::Ready(Ending::Closed(reason)),
            Poll::Pending if matches!(self.polled, Polled::Ended(_)) => return Poll::Pending,
            Poll::Pending => {}
        }
        match self.poll_read(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(ending)) => Poll::Ready(ending),
            Poll::Ready(Ok(())) => {
                self.set_deadline(shared);
                // Its answers, and everybody else's turn, before its next read.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }

    /// Writes until there is nothing to write, or the socket takes no more. Ready once the session
    /// is over and its last byte written, or the connection lost.
    fn poll_write(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let Some(session) = self.talk.session() else {
            return Poll::Pending;
        };
        loop {
            if self.pending.is_empty() {
                if let Polled::Ended(reason) = self.polled {
                    return Poll::Ready(reason);
                }
                let mut hub = shared.hub();
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
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
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
            read.map(|read| match read {
                Err(error) => Err(Ending::Closed(reason(&error))),
                Ok(()) if length == 0 => self.end_of_input(),
                Ok(()) if behind == left => {
                    scratch[..left].copy_from_slice(self.talk.leftover());
                    self.talk
                        .take_in(&scratch[..left + length])
                        .map_err(Ending::Knock)
                }
                Ok(()) => self
                    .talk
                    .take_in_more(&scratch[..length])
                    .map_err(Ending::Knock),
            })
        })
    }

    fn end_of_input(&mut self) -> Result<(), Ending> {
        self.talk.end_of_input();
        match self.talk.session() {
            Some(_) => Ok(()),
            None => Err(Ending::Closed(CloseReason::Closed)),
        }
    }

    fn poll_deadline(&mut self, cx: &mut Context<'_>) {
        let Some(deadline) = &mut self.deadline else {
            return;
        };
        if deadline.as_mut().poll(cx).is_ready() {
            self.deadline = None;
            match self.talk.session() {
                None => self.talk.greet(),
                Some(_) => self.talk.give_up_waiting(),
            }
        }
    }

    /// After a read: silence is broken, and half a message may be left.
    fn set_deadline(&mut self, shared: &Shared) {
        let progressed = self.talk.take_progress();
        if self.talk.is_midway() {
            if progressed || self.deadline.is_none() {
                self.deadline = Some(Box::pin(sleep(shared.half_message_max)));
            }
        } else if self.talk.session().is_some() {
            self.deadline = None;
        }
    }
}

/// What a failed read or write means.
fn reason(error: &io::Error) -> CloseReason {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable => CloseReason::Silent,
        io::ErrorKind::BrokenPipe => CloseReason::Closed,
        _ => CloseReason::Reset,
    }
}

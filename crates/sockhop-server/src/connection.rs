//! One client: its bytes in, the log's bytes out. One task, and no buffer of its own while idle:
//! reads go through a buffer its thread lends, writes come straight from the rooms' logs.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use sockhop_hub::Polled;
use sockhop_proto::detect::{Detected, SILENCE_US, detect};
use sockhop_proto::knock::Knock;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, Event, Micros, Refusal};
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::{Sleep, sleep, timeout};

use crate::http;
use crate::listen::Spoken;
use crate::shared::Shared;
use crate::socket::Socket;
use crate::talk::{Elsewhere, Talk};

/// How much is read at once.
const READ_BYTES: usize = 128 << 10;
/// How much of it what is left of earlier reads may take up.
const LEFTOVER_MAX: usize = READ_BYTES / 4;
/// How many slices go into one write.
const SLICES_MAX: usize = 64;
/// How long a closed connection may take to read its last words.
pub(crate) const LINGER_MAX: Duration = Duration::from_secs(2);
/// The same when the hub shuts down.
const LINGER_AT_SHUTDOWN: Duration = Duration::from_millis(300);
/// How long a connection that a browser opened to have one to spare may stay silent before it is
/// taken for a person's after all. Browsers give them up before.
const SPARE_MAX: Duration = Duration::from_secs(90);

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

/// Serves one client until it is gone. `spoken` is what its listener speaks. Says how it ended, and
/// the name of what was spoken.
pub(crate) async fn serve(
    socket: Socket,
    spoken: Spoken,
    peer: Option<SocketAddr>,
    shared: Arc<Shared>,
) -> (Ending, &'static str) {
    let talk = match spoken {
        Spoken::Any => Talk::unknown(Arc::clone(&shared), peer),
        Spoken::One(protocol) => Talk::spoken(Arc::clone(&shared), peer, protocol),
        // On the heap, here and below: most connections never need the room.
        Spoken::Http => return Box::pin(browse(socket, Vec::new(), peer, shared)).await,
    };
    match converse(socket, talk, &shared).await {
        Conversed::Over(ending, protocol) => (ending, protocol),
        Conversed::Http(socket, first) => Box::pin(browse(socket, first, peer, shared)).await,
    }
}

/// HTTP, and what a request may turn it into. `first` has been read already.
async fn browse(
    socket: Socket,
    first: Vec<u8>,
    peer: Option<SocketAddr>,
    shared: Arc<Shared>,
) -> (Ending, &'static str) {
    let (socket, mut first) = match http::serve(socket, first, peer, Arc::clone(&shared)).await {
        http::After::Closed(reason) => return (Ending::Closed(reason), "http"),
        http::After::WebSocket(socket, first) => (socket, first),
    };
    let talk = Talk::websocket(Arc::clone(&shared), peer, &mut first);
    match converse(socket, talk, &shared).await {
        Conversed::Over(ending, protocol) => (ending, protocol),
        Conversed::Http(..) => (Ending::Closed(CloseReason::Other), "websocket"),
    }
}

/// What became of a conversation.
enum Conversed {
    /// It is over.
    Over(Ending, &'static str),
    /// It is HTTP, of which so much has been read.
    Http(Socket, Vec<u8>),
}

/// Reads and writes until the session ends, or the first bytes are not for the hub.
async fn converse(mut socket: Socket, talk: Talk, shared: &Shared) -> Conversed {
    let mut connection = Connection::new(&mut socket, talk, shared);
    let end = poll_fn(|cx| connection.step(shared, cx)).await;
    let mut talk = connection.talk;
    let protocol = talk.protocol().map_or("none", |protocol| protocol.name);
    let reason = match end {
        End::Closed(reason) => reason,
        End::Elsewhere(Elsewhere::Http) => return Conversed::Http(socket, talk.into_leftover()),
        End::Elsewhere(Elsewhere::Knock(knock)) => {
            drop(talk);
            farewell(&mut socket, knock.refusal, LINGER_MAX).await;
            return Conversed::Over(Ending::Knock(knock), knock.name);
        }
    };
    talk.close(reason);
    drop(talk);
    match reason {
        CloseReason::Reset | CloseReason::Silent => {}
        // Everyone is told at once, and nobody is to be waited for long.
        CloseReason::Shutdown => farewell(&mut socket, &[], LINGER_AT_SHUTDOWN).await,
        _ => farewell(&mut socket, &[], LINGER_MAX).await,
    }
    Conversed::Over(Ending::Closed(reason), protocol)
}

/// Refuses a client that is one too many, in its own protocol.
pub(crate) async fn turn_away(mut socket: Socket, refusal: Refusal) {
    let mut first = [0; 16];
    let read = timeout(Duration::from_micros(SILENCE_US), socket.read(&mut first)).await;
    let length = read.map_or(0, |read| read.unwrap_or(0));
    let event = Event::Error {
        id: None,
        refusal: refusal.clone(),
    };
    let words = match detect(&first[..length]) {
        Detected::Knock(knock) => Bytes::from_static(knock.refusal),
        Detected::Http => http::refusal(&refusal),
        Detected::Protocol(protocol) => protocol.encoded(&event).freeze(),
        Detected::Undecided => TEXT.encoded(&event).freeze(),
    };
    farewell(&mut socket, &words, LINGER_MAX).await;
}

/// Says the last words and closes so that they arrive: a socket closed with bytes unread is reset,
/// and the reset overtakes what was written. So our side is closed first, and theirs awaited. A
/// client that is gone or will not read has nobody to be told.
pub(crate) async fn farewell(socket: &mut Socket, words: &[u8], linger_max: Duration) {
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

/// Why the reading and writing stopped.
enum End {
    Closed(CloseReason),
    Elsewhere(Elsewhere),
}

struct Connection<'a> {
    socket: &'a mut Socket,
    talk: Talk,
    began: Micros,
    /// Bytes to be written, and how the session stood when they were handed out.
    pending: VecDeque<Bytes>,
    polled: Polled,
    /// When silence, or half a message, has lasted too long. Only while there is either.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<'a> Connection<'a> {
    fn new(socket: &'a mut Socket, talk: Talk, shared: &Shared) -> Self {
        let unknown = talk.session().is_none();
        let deadline = unknown.then(|| Box::pin(sleep(Duration::from_micros(SILENCE_US))));
        Self {
            socket,
            talk,
            began: shared.clock.now(),
            pending: VecDeque::new(),
            polled: Polled::More,
            deadline,
        }
    }

    /// Goes as far as it can; whatever could let it go further will wake the task.
    fn step(&mut self, shared: &Shared, cx: &mut Context<'_>) -> Poll<End> {
        self.poll_deadline(shared, cx);
        match self.poll_write(shared, cx) {
            Poll::Ready(reason) => return Poll::Ready(End::Closed(reason)),
            Poll::Pending if matches!(self.polled, Polled::Ended(_)) => return Poll::Pending,
            Poll::Pending => {}
        }
        match self.poll_read(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(end)) => Poll::Ready(end),
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

    fn poll_deadline(&mut self, shared: &Shared, cx: &mut Context<'_>) {
        while let Some(deadline) = &mut self.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            self.deadline = None;
            match self.talk.session() {
                None if self.is_spare(shared) => {
                    self.deadline = Some(Box::pin(sleep(SPARE_MAX)));
                }
                None => self.talk.greet(),
                Some(_) => self.talk.give_up_waiting(),
            }
        }
    }

    /// Whether it is a silent connection that a browser opened to have one to spare. Nobody is there
    /// to be greeted.
    fn is_spare(&self, shared: &Shared) -> bool {
        let silent = shared.clock.now() - self.began < SPARE_MAX.as_micros() as Micros;
        silent
            && self
                .talk
                .address()
                .is_some_and(|address| shared.door.is_browsing(address, self.began))
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

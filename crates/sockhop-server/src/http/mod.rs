//! HTTP/1: a room is a URL, and everything else lives under `/-/`.
//!
//! A request is a short session with the hub, and its answer that session's output: the same shared
//! bytes of the log as in every other protocol, in a form of [`sockhop_proto::http`].
//!
//! * `wire`: the bytes below; `desk`: where requests are answered
//! * what a request says, pure: `route`, `query`, `headers`, `accept`, `encoding`, `who`, `host`,
//!   `origin`
//! * what is done: `publish`, `read`, `listing`, `assets`, `websocket`
//! * how: `visit` asks the hub, `output` streams what it says, `answer` puts it into HTTP's words,
//!   `manners` are the headers of every answer
//!
//! Nothing here parses HTTP: that is hyper's.

mod accept;
mod answer;
mod assets;
mod desk;
mod encoding;
pub(crate) mod glance;
mod headers;
mod host;
mod listing;
mod manners;
pub(crate) mod metrics;
mod origin;
mod output;
mod publish;
mod query;
mod read;
mod route;
mod visit;
mod websocket;
mod who;
mod wire;

use std::error::Error as _;
use std::future::{Future as _, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use sockhop_proto::{CloseReason, Code, Refusal};

use self::desk::Desk;
use self::wire::{Following, Wire};
use crate::connection::{LINGER_AT_SHUTDOWN, LINGER_MAX, farewell};
use crate::shared::Shared;
use crate::socket::{self, Socket};

pub use self::origin::{AllowOrigin, AllowOriginError};

/// Most headers of one request.
const HEADERS_MAX: usize = 100;
/// Most bytes of them together; also what is buffered of a body, either way.
const HEADER_BYTES_MAX: usize = 64 << 10;

/// Who may come from the web.
#[derive(Debug, Clone, Default)]
pub struct Web {
    /// Pages that may speak to the hub, beside its own.
    pub allow_origin: Vec<AllowOrigin>,
}

/// What became of an HTTP connection.
pub(crate) enum After {
    /// It is closed.
    Closed(CloseReason),
    /// It is a WebSocket now, of which so much has been read.
    WebSocket(Vec<u8>),
}

/// Serves requests until the connection closes, or becomes a WebSocket. `first` was read already.
pub(crate) async fn serve(socket: &mut Socket, first: &[u8], shared: Arc<Shared>) -> After {
    let (peer, following) = (socket.peer(), Following::default());
    let wire = TokioIo::new(Wire::new(first, &mut *socket, following.clone()));
    let stopping = shared.stopping.clone();
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .half_close(true)
        .header_read_timeout(shared.half_message_max)
        .max_headers(HEADERS_MAX)
        .max_header_size(HEADER_BYTES_MAX)
        .max_buf_size(HEADER_BYTES_MAX);
    let mut connection = builder.serve_connection(wire, Desk::new(shared, peer, following));
    let mut stopped = pin!(stopping.cancelled());
    let mut leaving = false;
    // Not awaited as a whole, so that the socket can be had back.
    let ended = poll_fn(|cx| {
        if !leaving && stopped.as_mut().poll(cx).is_ready() {
            leaving = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        connection.poll_without_shutdown(cx)
    })
    .await;
    let parts = connection.into_parts();
    let ahead = parts.io.into_inner().into_ahead();
    if parts.service.is_upgraded() && ended.is_ok() {
        let mut first = Vec::from(parts.read_buf);
        first.extend_from_slice(&ahead);
        return After::WebSocket(first);
    }
    let (reason, words) = match &ended {
        Ok(()) if leaving => (CloseReason::Shutdown, Bytes::new()),
        Ok(()) => (CloseReason::Closed, Bytes::new()),
        Err(error) => last_words(error, &parts.read_buf),
    };
    match reason {
        CloseReason::Reset | CloseReason::Silent => {}
        CloseReason::Shutdown => farewell(socket, &words, LINGER_AT_SHUTDOWN).await,
        _ => farewell(socket, &words, LINGER_MAX).await,
    }
    After::Closed(reason)
}

/// A refusal as all that is ever sent on a connection.
pub(crate) fn refusal(refusal: &Refusal) -> Bytes {
    answer::refused_at_the_door(refusal)
}

/// What the end of a connection means, and what is said at it to who has begun a request. What is
/// idle is closed without a word, as all servers do.
fn last_words(error: &hyper::Error, unread: &[u8]) -> (CloseReason, Bytes) {
    let reason = reason(error);
    let (code, words) = match reason {
        CloseReason::TimedOut if unread.is_empty() => return (CloseReason::Closed, Bytes::new()),
        CloseReason::TimedOut => (
            Code::TimedOut,
            "half a request came, and then nothing more for too long",
        ),
        _ if error.is_incomplete_message() && !unread.is_empty() => {
            (Code::BadMessage, "the request ends in the middle")
        }
        _ => return (reason, Bytes::new()),
    };
    let said = Refusal::new(code, words).hint("an empty line ends its headers");
    (reason, refusal(&said))
}

/// What an error means.
fn reason(error: &hyper::Error) -> CloseReason {
    if error.is_timeout() {
        return CloseReason::TimedOut;
    }
    if error.is_parse() {
        return CloseReason::BadInput;
    }
    if error.is_incomplete_message() || error.is_canceled() {
        return CloseReason::Closed;
    }
    let cause = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    match cause {
        // The wire's own: a follower that will not be quiet.
        Some(error) if error.kind() == io::ErrorKind::InvalidData => CloseReason::BadInput,
        Some(error) => socket::reason(error),
        None => CloseReason::Closed,
    }
}

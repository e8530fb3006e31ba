//! One client, from its first bytes to its last: who they are for, and how it ends.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sockhop_proto::detect::{Detected, SILENCE_US, detect};
use sockhop_proto::knock::Knock;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, Event, Refusal};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::conversation::{Conversation, End};
use crate::http;
use crate::listen::Spoken;
use crate::shared::Shared;
use crate::socket::Socket;
use crate::talk::{Elsewhere, Talk};

/// How long a closed connection may take to read its last words.
pub(crate) const LINGER_MAX: Duration = Duration::from_secs(2);
/// The same when the hub shuts down.
pub(crate) const LINGER_AT_SHUTDOWN: Duration = Duration::from_millis(300);
/// How much of what nobody will hear is read at once.
const UNREAD_BYTES: usize = 2 << 10;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its session's end; or the end of one that said too little to have any.
    Closed(CloseReason),
    /// It knocked in a protocol that is refused.
    Knock(&'static Knock),
}

/// Serves one client until it is gone. `spoken` is what its listener speaks. Says how it ended, and
/// the name of what was spoken last.
pub(crate) async fn serve(
    socket: &mut Socket,
    spoken: Spoken,
    shared: &Arc<Shared>,
) -> (Ending, &'static str) {
    let mut turn = match spoken {
        Spoken::Any => Turn::Talk(Talk::unknown(Arc::clone(shared), socket.peer())),
        Spoken::One(protocol) => {
            Turn::Talk(Talk::spoken(Arc::clone(shared), socket.peer(), protocol))
        }
        Spoken::Http => Turn::Http(Vec::new()),
    };
    loop {
        turn = match &mut turn {
            Turn::Talk(talk) => match converse(socket, talk, shared).await {
                Conversed::Over(ending, protocol) => return (ending, protocol),
                Conversed::Http(first) => Turn::Http(first),
            },
            Turn::Http(first) => {
                // On the heap: most connections never need the room.
                let served = Box::pin(http::serve(socket, first, Arc::clone(shared)));
                match served.await {
                    http::After::Closed(reason) => return (Ending::Closed(reason), "http"),
                    http::After::WebSocket(mut first) => Turn::Talk(Talk::websocket(
                        Arc::clone(shared),
                        socket.peer(),
                        &mut first,
                    )),
                }
            }
        };
    }
}

/// Who a connection's bytes are for.
enum Turn {
    /// The hub.
    Talk(Talk),
    /// HTTP, which may turn it into a WebSocket. So much has been read.
    Http(Vec<u8>),
}

/// What became of a conversation.
enum Conversed {
    /// It is over.
    Over(Ending, &'static str),
    /// It is HTTP, of which so much has been read.
    Http(Vec<u8>),
}

/// Reads and writes until the session ends, or the first bytes are not for the hub. The talk is lent,
/// as nearly all that an idle connection holds is this future, which would hold it several times.
async fn converse(socket: &mut Socket, talk: &mut Talk, shared: &Shared) -> Conversed {
    let end = Conversation::new(socket, talk, shared).hold().await;
    let protocol = talk.protocol().map_or("none", |protocol| protocol.name);
    let reason = match end {
        End::Closed(reason) => reason,
        End::Elsewhere(Elsewhere::Http) => return Conversed::Http(talk.take_leftover()),
        End::Elsewhere(Elsewhere::Knock(knock)) => {
            drop(talk.take_leftover());
            farewell(socket, knock.refusal, LINGER_MAX).await;
            return Conversed::Over(Ending::Knock(knock), knock.name);
        }
    };
    talk.close(reason);
    match reason {
        CloseReason::Reset | CloseReason::Silent => {}
        // Everyone is told at once, and nobody is to be waited for long.
        CloseReason::Shutdown => farewell(socket, &[], LINGER_AT_SHUTDOWN).await,
        _ => farewell(socket, &[], LINGER_MAX).await,
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
        let mut unread = vec![0; UNREAD_BYTES];
        while socket.read(&mut unread).await? > 0 {}
        io::Result::Ok(())
    };
    // On the heap, so that a connection does not hold room for its end all its life.
    let _ = Box::pin(timeout(linger_max, close)).await;
}

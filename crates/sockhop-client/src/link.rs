//! Gives a session its connections: dials, carries bytes both ways, and dials again.
//!
//! One task for each client, which is joined when the client is closed and ends by itself once its
//! session has.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use sockhop_net::Fault;
use sockhop_net::stream::{ReadStream, Stream, WriteStream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{sleep_until, timeout};
use tracing::debug;

use crate::dial::dial;
use crate::error::ConnectError;
use crate::session::{Now, Session};
use crate::shared::Shared;

/// How much is read at once.
const READ_BYTES: usize = 64 << 10;
/// How long a last word may take to be written.
const LAST_WORD_WITHIN: Duration = Duration::from_millis(100);

/// Runs until the session has ended.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        let due = shared.with(|session, now| {
            // Nothing is connected, so nothing can be given up but the whole session.
            let _ = session.handle_timeout(now);
            session.poll_dial(now)
        });
        if shared.ended().is_some() {
            return;
        }
        if !due {
            wait(&shared).await;
            continue;
        }
        // Cancel-safe: a dial that is dropped leaves nothing behind.
        let dialed = tokio::select! {
            dialed = dial(&shared.hub, shared.connect_within) => dialed,
            () = until_ended(&shared) => return,
        };
        let lost = match dialed {
            Ok(stream) => {
                debug!(hub = %shared.hub, "connected");
                shared.with(Session::handle_connected);
                carry(&shared, stream).await
            }
            Err(error) => error,
        };
        debug!(hub = %shared.hub, error = %lost, "not connected");
        shared.with(|session, now| session.handle_lost(lost, now));
    }
}

/// Waits until something is due, or the user has done something. Cancel-safe: a notice that comes
/// meanwhile is kept.
async fn wait(shared: &Shared) {
    let due = shared.with(|session, _| session.poll_timeout());
    tokio::select! {
        () = until(shared, due) => {}
        () = shared.work.notified() => {}
    }
}

async fn until(shared: &Shared, due: Option<Now>) {
    match due {
        Some(due) => sleep_until(shared.instant(due)).await,
        None => pending().await,
    }
}

async fn until_ended(shared: &Shared) {
    loop {
        let _ = shared.with(Session::handle_timeout);
        if shared.ended().is_some() {
            return;
        }
        wait(shared).await;
    }
}

/// Carries bytes until the connection is to be given up, and says why.
async fn carry(shared: &Shared, stream: Stream) -> ConnectError {
    let (mut reader, mut writer) = stream.into_split();
    let (mut input, mut output) = (BytesMut::new(), BytesMut::new());
    // A connection that takes no more may still have the reason to say.
    let mut writable = true;
    loop {
        let (outcome, wants_input, due) = shared.with(|session, now| {
            let outcome = session
                .handle_input(&mut input, now)
                .and_then(|()| session.handle_timeout(now));
            session.poll_transmit(now, &mut output);
            (
                outcome,
                session.poll_wants_input(now),
                session.poll_timeout(),
            )
        });
        if let Err(lost) = outcome {
            return lost;
        }
        if shared.ended().is_some() {
            last_word(&mut writer, &mut output).await;
            return shared.with(|session, _| session.hung_up(None));
        }
        // Every branch is cancel-safe: nothing is read or written but by the one that is chosen.
        tokio::select! {
            read = read(&mut reader, &mut input), if wants_input => {
                if let Err(broken) = read {
                    let hub = shared.hub.to_string();
                    let broken = broken.map(|error| Fault::carry(&hub, &error));
                    return shared.with(|session, _| session.hung_up(broken));
                }
            }
            written = writer.write_buf(&mut output), if writable && !output.is_empty() => {
                writable = written.is_ok();
            }
            () = until(shared, due) => {}
            () = shared.work.notified() => {}
        }
    }
}

/// Reads once. The end of the stream is an error without a cause.
async fn read(reader: &mut ReadStream, input: &mut BytesMut) -> Result<(), Option<io::Error>> {
    input.reserve(READ_BYTES);
    match reader.read_buf(input).await {
        Ok(0) => Err(None),
        Ok(_) => Ok(()),
        Err(error) => Err(Some(error)),
    }
}

/// Says what is left to say, `bye` at best. Nobody waits for an answer, nor long for the saying.
async fn last_word(writer: &mut WriteStream, output: &mut BytesMut) {
    let say = async {
        writer.write_all_buf(output).await?;
        writer.shutdown().await
    };
    let _ = timeout(LAST_WORD_WITHIN, say).await;
}

//! The bytes under HTTP: what was read before it was known to be HTTP, then the socket's.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::{Buf as _, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::socket::Socket;

/// See the module. While an answer is owed, the end of what a client says is kept from whoever
/// reads, who would take the client for gone: one that has said all it will may still listen.
#[derive(Debug)]
pub(super) struct Wire {
    first: Bytes,
    socket: Socket,
    owing: Owing,
}

/// Whether an answer is owed on a wire.
#[derive(Debug, Clone, Default)]
pub(super) struct Owing(Arc<AtomicBool>);

/// An answer that is owed until this is dropped.
#[derive(Debug)]
pub(super) struct Owed(Arc<AtomicBool>);

impl Owing {
    /// Owes an answer.
    pub(super) fn begin(&self) -> Owed {
        self.0.store(true, Ordering::Relaxed);
        Owed(Arc::clone(&self.0))
    }

    fn is_owing(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Wire {
    pub(super) fn new(first: Vec<u8>, socket: Socket, owing: Owing) -> Self {
        Self {
            first: first.into(),
            socket,
            owing,
        }
    }

    /// The socket, once all that was read first has been read again.
    pub(super) fn into_socket(self) -> Socket {
        self.socket
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.first.is_empty() {
            let length = self.first.len().min(buf.remaining());
            buf.put_slice(&self.first[..length]);
            self.first.advance(length);
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.socket).poll_read(cx, buf);
        let at_end = matches!(read, Poll::Ready(Ok(()))) && buf.filled().len() == before;
        // Nobody is woken for this: the one task reads again once it has answered.
        if at_end && self.owing.is_owing() {
            return Poll::Pending;
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

//! A TCP connection on its way to TLS: it remembers the first bytes it brought, and ends the
//! handshake at the first that cannot be TLS.
//!
//! Otherwise a person who types a word at a TLS port would be waited for until the record is long
//! enough, and nobody could say afterwards what was there in place of TLS.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::InvalidMessage;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;

/// Enough to tell a language by.
const FIRST_BYTES_MAX: usize = 64;
/// How a TLS connection may begin: with a handshake, or with an alert that calls it off.
const RECORD_TYPES: std::ops::RangeInclusive<u8> = 0x15..=0x16;

/// A fatal alert, `unexpected_message`, in a record of TLS 1.2 (RFC 8446, sections 5.1 and 6).
const UNEXPECTED_MESSAGE: [u8; 7] = [0x15, 3, 3, 0, 2, 2, 10];

/// See the module.
#[derive(Debug)]
pub struct Tap {
    stream: TcpStream,
    first: Vec<u8>,
}

impl Tap {
    pub(super) fn new(stream: TcpStream) -> Self {
        let first = Vec::new();
        Self { stream, first }
    }

    /// The first bytes it brought, as far as they have been read.
    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }

    /// Tells whoever does not speak TLS, in TLS, that it is spoken here: many a program knows it by
    /// that.
    pub(super) async fn refuse(&mut self) {
        if !self.is_tls() {
            // Whoever is gone already need not be told.
            let _ = self.stream.write_all(&UNEXPECTED_MESSAGE).await;
            let _ = self.stream.shutdown().await;
        }
    }

    fn is_tls(&self) -> bool {
        self.first
            .first()
            .is_some_and(|first| RECORD_TYPES.contains(first))
    }

    /// The connection itself.
    #[must_use]
    pub fn as_tcp(&self) -> &TcpStream {
        &self.stream
    }

    fn remember(&mut self, came: &[u8]) -> io::Result<()> {
        let is_beginning = self.first.is_empty();
        let room = FIRST_BYTES_MAX - self.first.len();
        self.first.extend_from_slice(&came[..came.len().min(room)]);
        match is_beginning && !self.first.is_empty() && !self.is_tls() {
            true => Err(no_tls()),
            false => Ok(()),
        }
    }
}

/// What rustls says once it has seen enough.
fn no_tls() -> io::Error {
    let error = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if this.first.len() < FIRST_BYTES_MAX => {
                Poll::Ready(this.remember(&buf.filled()[before..]))
            }
            polled => polled,
        }
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

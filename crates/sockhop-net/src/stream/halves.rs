//! The two halves of a stream.
//!
//! Dropping a half says nothing to the other side: only `shutdown` ends what this side sends, and
//! the socket closes when both halves are gone.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::tcp;
#[cfg(unix)]
use tokio::net::unix;
use tokio_rustls::TlsStream;

use super::Stream;
use crate::tls::Tap;

type Tls = Box<TlsStream<Tap>>;

/// The half of a stream that is read from.
#[derive(Debug)]
pub struct ReadStream(Reader);

#[derive(Debug)]
enum Reader {
    Tcp(tcp::OwnedReadHalf),
    #[cfg(unix)]
    Unix(unix::OwnedReadHalf),
    Tls(ReadHalf<Tls>),
}

/// The half of a stream that is written to. Over TLS, what was written is on its way only once it
/// is flushed.
#[derive(Debug)]
pub struct WriteStream(
    /// Empty only while it is dropped.
    Option<Writer>,
);

#[derive(Debug)]
enum Writer {
    Tcp(tcp::OwnedWriteHalf),
    #[cfg(unix)]
    Unix(unix::OwnedWriteHalf),
    Tls(WriteHalf<Tls>),
}

pub(super) fn split(stream: Stream) -> (ReadStream, WriteStream) {
    let (reader, writer) = match stream {
        Stream::Tcp(stream) => {
            let (read, write) = stream.into_split();
            (Reader::Tcp(read), Writer::Tcp(write))
        }
        #[cfg(unix)]
        Stream::Unix(stream) => {
            let (read, write) = stream.into_split();
            (Reader::Unix(read), Writer::Unix(write))
        }
        Stream::Tls(stream) => {
            let (read, write) = tokio::io::split(stream);
            (Reader::Tls(read), Writer::Tls(write))
        }
    };
    (ReadStream(reader), WriteStream(Some(writer)))
}

impl ReadStream {
    /// Waits until the connection is broken, while nobody reads from it. Over TLS that is never
    /// known. Cancel-safe.
    pub(crate) async fn broken(&self) -> io::Error {
        let (ready, error) = match &self.0 {
            Reader::Tcp(half) => {
                let ready = half.ready(Interest::ERROR).await;
                (ready, half.as_ref().take_error())
            }
            #[cfg(unix)]
            Reader::Unix(half) => {
                let ready = half.ready(Interest::ERROR).await;
                (ready, half.as_ref().take_error())
            }
            Reader::Tls(_) => std::future::pending().await,
        };
        match (ready, error) {
            (Err(error), _) | (_, Err(error) | Ok(Some(error))) => error,
            // Whoever wrote was told of it.
            (Ok(_), Ok(None)) => io::ErrorKind::ConnectionReset.into(),
        }
    }
}

impl WriteStream {
    /// Whether its end is a word of its own to the other side, and not just an end.
    pub(crate) fn says_goodbye(&self) -> bool {
        matches!(self.0, Some(Writer::Tls(_)))
    }
}

impl AsyncRead for ReadStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().0 {
            Reader::Tcp(half) => Pin::new(half).poll_read(cx, buf),
            #[cfg(unix)]
            Reader::Unix(half) => Pin::new(half).poll_read(cx, buf),
            Reader::Tls(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}

macro_rules! whichever {
    ($self:ident, $half:ident => $call:expr) => {
        match &mut $self.get_mut().0 {
            Some(Writer::Tcp($half)) => $call,
            #[cfg(unix)]
            Some(Writer::Unix($half)) => $call,
            Some(Writer::Tls($half)) => $call,
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    };
}

impl AsyncWrite for WriteStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        whichever!(self, half => Pin::new(half).poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        whichever!(self, half => Pin::new(half).poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.0 {
            Some(Writer::Tcp(half)) => half.is_write_vectored(),
            #[cfg(unix)]
            Some(Writer::Unix(half)) => half.is_write_vectored(),
            Some(Writer::Tls(half)) => half.is_write_vectored(),
            None => false,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        whichever!(self, half => Pin::new(half).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        whichever!(self, half => Pin::new(half).poll_shutdown(cx))
    }
}

impl Drop for WriteStream {
    fn drop(&mut self) {
        // These halves would shut down by themselves.
        match self.0.take() {
            Some(Writer::Tcp(half)) => half.forget(),
            #[cfg(unix)]
            Some(Writer::Unix(half)) => half.forget(),
            Some(Writer::Tls(_)) | None => {}
        }
    }
}

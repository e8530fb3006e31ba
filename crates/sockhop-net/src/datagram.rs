//! A conversation in datagrams with one address: dialled, over a socket of its own, or accepted, over
//! the listening socket that all the others come from as well.
//!
//! It has no end of its own, and what is sent may be lost without anybody knowing. It does not wait
//! for room: the inbox of one that is not read is bounded, and what comes to a full one is dropped.

mod sorter;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::UdpSocket;

use sorter::Inbox;
pub(crate) use sorter::{Sorted, sort};

pub use sorter::DatagramLimits;

/// More than any datagram holds.
const DATAGRAM_BYTES_MAX: usize = 1 << 16;

/// See the module. It ends when it is dropped.
#[derive(Debug)]
pub struct Datagrams {
    source: Source,
    sender: DatagramSender,
    peer: SocketAddr,
}

/// The half of a conversation that sends. It may outlive the other: it owns nothing but its share of
/// the socket.
#[derive(Debug, Clone)]
pub struct DatagramSender {
    socket: Arc<UdpSocket>,
    /// Nobody, if the socket is connected.
    to: Option<SocketAddr>,
}

#[derive(Debug)]
enum Source {
    Socket(Arc<UdpSocket>, Box<[u8]>),
    Inbox(Inbox),
}

impl Datagrams {
    /// The conversation of a socket that is connected to `peer`.
    pub(crate) fn connected(socket: UdpSocket, peer: SocketAddr) -> Self {
        let socket = Arc::new(socket);
        let buffer = vec![0; DATAGRAM_BYTES_MAX].into_boxed_slice();
        Self {
            source: Source::Socket(Arc::clone(&socket), buffer),
            sender: DatagramSender { socket, to: None },
            peer,
        }
    }

    /// The conversation with `peer`, whose datagrams come to `inbox`, over a socket that others use
    /// as well.
    fn accepted(socket: Arc<UdpSocket>, peer: SocketAddr, inbox: Inbox) -> Self {
        let to = Some(peer);
        Self {
            source: Source::Inbox(inbox),
            sender: DatagramSender { socket, to },
            peer,
        }
    }

    /// The other side's address.
    #[must_use]
    pub fn peer_address(&self) -> SocketAddr {
        self.peer
    }

    /// This side's address.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.sender.socket.local_addr().ok()
    }

    /// The next datagram. Nothing is lost if this is dropped before it is done.
    ///
    /// # Errors
    /// What the system says. `ConnectionRefused` is the answer to something sent earlier: the
    /// machine is there, and nothing listens on that port. The conversation goes on all the same.
    pub async fn receive(&mut self) -> io::Result<Bytes> {
        match &mut self.source {
            Source::Socket(socket, buffer) => {
                let len = socket.recv(buffer).await?;
                Ok(Bytes::copy_from_slice(&buffer[..len]))
            }
            Source::Inbox(inbox) => inbox.receive().await,
        }
    }

    /// Sends one datagram.
    ///
    /// # Errors
    /// As of [`DatagramSender::send`].
    pub async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        self.sender.send(datagram).await
    }

    /// Another hand that sends in this conversation.
    #[must_use]
    pub fn sender(&self) -> DatagramSender {
        self.sender.clone()
    }
}

impl DatagramSender {
    /// Sends one datagram: all of it, or nothing.
    ///
    /// # Errors
    /// What the system says: too large for a datagram (65,507 bytes over IPv4 at most), or, as in
    /// [`Datagrams::receive`], what became of an earlier one; then this one was not sent.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<()> {
        match self.to {
            None => self.socket.send(datagram).await?,
            Some(to) => self.socket.send_to(datagram, to).await?,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests;

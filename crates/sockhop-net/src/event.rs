//! What happens on a socket, told as it happens.
//!
//! Whoever carries bytes tells a [`Watch`]; a screen turns what it is told into words. Nothing here
//! decides anything: a link behaves the same whether it is watched or not.

use std::net::SocketAddr;
use std::process::ExitStatus;
use std::task::{Context, Poll};
use std::time::Duration;

use sockhop_proto::framing::Pending;

use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::leave::Leave;
use crate::peer::Peer;

/// Is told what happens.
pub trait Watch: Send + Sync {
    /// `event` has just happened; to one connection, if `peer` is given.
    ///
    /// Called from within the task that carries the bytes: it must not block.
    fn see(&self, peer: Option<&Peer>, event: &Event<'_>);

    /// Whether more may happen. Whoever reads from a network waits for it before reading more, so
    /// that a screen that cannot keep up holds back the senders rather than filling the memory.
    fn poll_ready(&self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Sees nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn see(&self, _peer: Option<&Peer>, _event: &Event<'_>) {}
}

/// What has happened. Each is one system call, or what it led to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    // Getting a socket.
    /// A name was looked up.
    Resolved {
        /// The name.
        host: &'a str,
        /// The addresses it has, in the order they are tried.
        addresses: &'a [SocketAddr],
    },
    /// An address became this socket's own: `bind`.
    Bound {
        /// With the port it really got.
        endpoint: &'a Endpoint,
    },
    /// Whoever comes is served from now on. Connections are queued for `accept`: `listen`.
    Listening {
        /// With the port it really got.
        endpoint: &'a Endpoint,
        /// How many connections the system holds until they are accepted; 0 for datagrams, which
        /// have none, and for which there is no call.
        backlog: u32,
        /// SHA-256 of the certificate that is shown, in hex, if one is.
        fingerprint: Option<&'a str>,
    },
    /// `connect` begins.
    Connecting {
        /// To where.
        endpoint: &'a Endpoint,
        /// To which of its addresses, where it has any.
        address: Option<SocketAddr>,
    },
    /// `connect` has succeeded, and whatever the endpoint needs on top (TLS, WebSocket) as well.
    Connected {
        /// This side's address, where it has one.
        local: Option<SocketAddr>,
    },
    /// A client's connection was taken: `accept`. For datagrams: the first one from its address.
    Accepted {
        /// This side's address, where it has one.
        local: Option<SocketAddr>,
    },
    /// Both sides have agreed on keys: the TLS handshake is done.
    Secured {
        /// `TLS 1.3`.
        version: &'a str,
        /// SHA-256 of the other side's certificate in hex, where it showed one.
        fingerprint: Option<&'a str>,
        /// Whether that certificate was checked and found good.
        verified: bool,
    },
    /// The server has agreed to speak WebSocket.
    Upgraded,
    /// It did not come to a connection.
    Failed {
        /// Why.
        fault: &'a Fault,
        /// How long until the next attempt, if there is one.
        again_in: Option<Duration>,
    },

    // Carrying bytes.
    /// `read` (or `recvfrom`) has given bytes.
    Read {
        /// All it gave, and at least one, unless it was an empty message.
        bytes: &'a [u8],
    },
    /// `write` (or `sendto`) has taken bytes.
    Wrote {
        /// All it took.
        bytes: &'a [u8],
    },
    /// A whole message has come out of what was read. Without framing: each read, or datagram.
    Received {
        /// Its number on this connection, from 1.
        n: u64,
        /// The message, without its framing.
        message: &'a [u8],
    },
    /// All whole messages are out, and part of the next is left.
    Unfinished {
        /// How much of it.
        pending: Pending,
    },
    /// A message was put into frames to be written. Always before its [`Event::Wrote`].
    Sent {
        /// Its number on this connection, from 1.
        n: u64,
        /// The message, without its framing.
        message: &'a [u8],
    },
    /// `read` has given 0 bytes: the other side has ended its half. It may still be reading.
    PeerEnded,
    /// `shutdown`: this side has ended its half. The other may still be sending.
    WeEnded,

    // Parting.
    /// The connection is gone.
    Left {
        /// Why.
        reason: &'a Leave,
        /// Bytes read in all.
        bytes_in: u64,
        /// Bytes written in all.
        bytes_out: u64,
    },
    /// A client was accepted and closed at once: as many as may be are here.
    TurnedAway {
        /// How many may be.
        clients_max: usize,
    },
    /// The program that served a client has ended.
    Exited {
        /// How.
        status: ExitStatus,
    },
}

impl Event<'_> {
    /// Whether it is about bytes being carried, of which there is no end, rather than about who
    /// comes and goes.
    #[must_use]
    pub fn is_carrying(&self) -> bool {
        matches!(
            self,
            Self::Read { .. }
                | Self::Wrote { .. }
                | Self::Received { .. }
                | Self::Unfinished { .. }
                | Self::Sent { .. }
        )
    }
}

//! How far it came: the stages of a connection, in their order.

use std::fmt;

/// How far it came before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// From a name to an address.
    Name,
    /// Making an address of this machine one's own.
    Bind,
    /// The way to the other machine.
    Route,
    /// The connection itself.
    Connect(Carrier),
    /// Agreeing on keys, and on who is who.
    Tls,
    /// Speaking the same language.
    Protocol,
    /// Carrying what is said.
    Transfer,
}

/// What a connection is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Carrier {
    /// A stream; also below TLS and WebSocket.
    Tcp,
    /// Datagrams.
    Udp,
    /// A stream within this machine.
    Unix,
}

impl Stage {
    /// A stable word for programs: `name`, `bind`, `route`, `tcp`, `udp`, `unix`, `tls`,
    /// `protocol` or `transfer`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Bind => "bind",
            Self::Route => "route",
            Self::Connect(Carrier::Tcp) => "tcp",
            Self::Connect(Carrier::Udp) => "udp",
            Self::Connect(Carrier::Unix) => "unix",
            Self::Tls => "tls",
            Self::Protocol => "protocol",
            Self::Transfer => "transfer",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

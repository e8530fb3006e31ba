//! Who is at the other end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// Who is at the other end, as people are shown it: `127.0.0.1:50412`, or, of the clients of a Unix
/// socket, who have no address, `unix#1`. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Peer(Arc<str>);

impl Peer {
    /// Whoever goes by `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// The `n`th client of a Unix socket, from 1.
    #[must_use]
    pub fn unix(n: u64) -> Self {
        Self(format!("unix#{n}").into())
    }

    /// What it is shown as.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `word` means this one: all of its name, or what follows the last `:` or `#`.
    #[must_use]
    pub fn is_meant_by(&self, word: &str) -> bool {
        let short = self.0.rsplit([':', '#']).next();
        *word == *self.0 || short == Some(word)
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self(address.to_string().into())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_or_a_number_is_enough() {
        let peer = Peer::from(SocketAddr::from(([127, 0, 0, 1], 50412)));
        assert!(peer.is_meant_by("50412") && peer.is_meant_by("127.0.0.1:50412"));
        assert!(!peer.is_meant_by("0412"));
        assert!(Peer::unix(3).is_meant_by("3"));
    }
}

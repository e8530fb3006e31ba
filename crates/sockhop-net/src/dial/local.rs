//! Where a connection comes from, when that is not left to the system.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// An address of this machine, a port, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Local {
    /// The address; any, if there is none.
    pub ip: Option<IpAddr>,
    /// The port; 0 for any.
    pub port: u16,
}

/// It is none of those.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no address of this machine: write an IP address, a port, or both, such as 192.168.1.20, 5001, 192.168.1.20:5001 or [::1]:5001"
)]
pub struct LocalError(String);

impl Local {
    /// The address to come from on the way to `remote`. An address of the other family leads nowhere,
    /// as whoever binds it to a socket is told.
    #[must_use]
    pub fn towards(self, remote: SocketAddr) -> SocketAddr {
        let any: IpAddr = match remote {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let mut local = SocketAddr::new(self.ip.unwrap_or(any), self.port);
        // An address that is good on one link only is on the link that leads there.
        if let (SocketAddr::V6(local), SocketAddr::V6(remote)) = (&mut local, remote)
            && local.ip().is_unicast_link_local()
        {
            local.set_scope_id(remote.scope_id());
        }
        local
    }
}

impl FromStr for Local {
    type Err = LocalError;

    fn from_str(text: &str) -> Result<Self, LocalError> {
        let text = text.trim();
        if let Ok(port) = text.parse() {
            return Ok(Self { ip: None, port });
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(address.into());
        }
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Ok(ip.into()),
            Err(_) => Err(LocalError(text.to_owned())),
        }
    }
}

impl From<IpAddr> for Local {
    fn from(ip: IpAddr) -> Self {
        let ip = Some(ip);
        Self { ip, port: 0 }
    }
}

impl From<SocketAddr> for Local {
    fn from(address: SocketAddr) -> Self {
        Self {
            ip: Some(address.ip()),
            port: address.port(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_left_open() {
        for (local, remote, from) in [
            ("127.0.0.2", "127.0.0.1:1", "127.0.0.2:0"),
            ("127.0.0.2:5001", "127.0.0.1:1", "127.0.0.2:5001"),
            ("5001", "127.0.0.1:1", "0.0.0.0:5001"),
            ("5001", "[::1]:1", "[::]:5001"),
            ("::1", "[::1]:1", "[::1]:0"),
            ("[::1]", "[::1]:1", "[::1]:0"),
            ("[::1]:5001", "[::1]:1", "[::1]:5001"),
            ("fe80::2", "[fe80::1%3]:1", "[fe80::2%3]:0"),
        ] {
            let local: Local = local.parse().unwrap();
            assert_eq!(local.towards(remote.parse().unwrap()).to_string(), from);
        }
    }

    #[test]
    fn names_are_none() {
        for text in ["", "localhost", "99999", "127.0.0.1:", "eth0"] {
            assert!(text.parse::<Local>().is_err(), "{text:?}");
        }
    }
}

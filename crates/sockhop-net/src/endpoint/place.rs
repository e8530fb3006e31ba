//! A machine and a port on it. One parser for endpoints, hubs and whatever else is reached so.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::error::EndpointError;

/// A machine, by name or address, and a port there. Shown as `gs.local:5000` or `[::1]:5000`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// A name or an IP address, without brackets. An IPv6 address may have a zone: `fe80::1%wlan0`.
    pub host: String,
    /// The port; 0 stands for whichever is free.
    pub port: u16,
}

impl Place {
    /// Reads `PORT` (on 127.0.0.1), `HOST:PORT` or `[V6]:PORT`; and, where a port goes without
    /// saying, `HOST`, `V6` or `[V6]`.
    ///
    /// # Errors
    /// What is wrong with it, and how it is written.
    pub fn parse(text: &str, default_port: Option<u16>) -> Result<Self, EndpointError> {
        if is_number(text) {
            return Ok(Self::local(parse_port(text)?));
        }
        let (host, port) = split(text, default_port.is_some())?;
        if matches!(host, "" | "*") {
            return Err(match port {
                Some(port) if !port.is_empty() => EndpointError::Anywhere {
                    text: text.to_owned(),
                    port: parse_port(port)?,
                },
                _ => EndpointError::Host(text.to_owned()),
            });
        }
        if host.contains(|c: char| "/\\@[],".contains(c) || c.is_whitespace() || c.is_control()) {
            return Err(EndpointError::Host(text.to_owned()));
        }
        let port = match (port, default_port) {
            (Some(""), _) | (None, None) => Err(EndpointError::NoPort(host.to_owned())),
            (Some(port), _) => parse_port(port),
            (None, Some(port)) => Ok(port),
        }?;
        let host = host.to_owned();
        Ok(Self { host, port })
    }

    /// A port of this machine, for this machine alone.
    #[must_use]
    pub fn local(port: u16) -> Self {
        Self::from(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Its address, where it is given as one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        let host = self.host.split_once('%').map_or(&*self.host, |(ip, _)| ip);
        host.parse().ok()
    }

    /// Whether it can only be on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        match self.ip() {
            Some(ip) => ip.to_canonical().is_loopback(),
            None => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }
}

/// The host, and what stands where a port stands.
fn split(text: &str, bare_v6: bool) -> Result<(&str, Option<&str>), EndpointError> {
    let nobody = || EndpointError::Host(text.to_owned());
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(nobody)?;
        if !is_v6(host) {
            return Err(nobody());
        }
        return match port {
            "" => Ok((host, None)),
            port => Ok((host, Some(port.strip_prefix(':').ok_or_else(nobody)?))),
        };
    }
    if is_v6(text) {
        // Its last group may have been meant as a port.
        return if bare_v6 {
            Ok((text, None))
        } else {
            Err(EndpointError::Brackets(text.to_owned()))
        };
    }
    Ok(match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    })
}

/// Whether it is an IPv6 address, perhaps with the zone that a link-local one needs.
fn is_v6(text: &str) -> bool {
    let (ip, zone) = text.split_once('%').unwrap_or((text, "-"));
    ip.parse::<Ipv6Addr>().is_ok() && !zone.is_empty()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn parse_port(text: &str) -> Result<u16, EndpointError> {
    let port = text.parse().ok().filter(|_| is_number(text));
    port.ok_or_else(|| EndpointError::Port(text.to_owned()))
}

impl From<SocketAddr> for Place {
    fn from(address: SocketAddr) -> Self {
        let host = match address {
            // Without its zone, a link-local address leads nowhere.
            SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                format!("{}%{}", v6.ip(), v6.scope_id())
            }
            _ => address.ip().to_string(),
        };
        let port = address.port();
        Self { host, port }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_port_goes_without_saying_it_may_be_left_out() {
        let read = |text| Place::parse(text, Some(1337)).map(|place| place.to_string());
        assert_eq!(read("gs"), Ok("gs:1337".into()));
        assert_eq!(read("fe80::1%eth0"), Ok("[fe80::1%eth0]:1337".into()));
        assert_eq!(read("[::1]"), Ok("[::1]:1337".into()));
        assert_eq!(read("9"), Ok("127.0.0.1:9".into()));
        assert_eq!(read("gs:"), Err(EndpointError::NoPort("gs".into())));
    }

    #[test]
    fn a_link_local_address_keeps_its_zone() {
        let address: SocketAddr = "[fe80::1%3]:5000".parse().unwrap();
        let place = Place::from(address);
        assert_eq!(place.to_string(), "[fe80::1%3]:5000");
        assert_eq!(Place::parse("[fe80::1%3]:5000", None), Ok(place));
    }

    #[test]
    fn a_sign_makes_no_port() {
        assert_eq!(
            Place::parse("gs:+80", None),
            Err(EndpointError::Port("+80".into()))
        );
    }
}

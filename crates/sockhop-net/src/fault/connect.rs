//! Faults of connecting: the name, the way, and the other machine's answer.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::cause::Cause;
use super::holder::Holder;
use super::neighbour::Neighbour;
use super::stage::{Carrier, Stage};
use super::{Fault, With, bind};
use crate::endpoint::{Endpoint, Place};

impl Fault {
    /// The name of `endpoint` has no address.
    #[must_use]
    pub fn unknown_name(endpoint: &Endpoint) -> Self {
        Self::of(endpoint, Stage::Name, Cause::UnknownName)
    }

    /// Nobody said within `waited` which address the name of `endpoint` has.
    #[must_use]
    pub fn no_name_server(endpoint: &Endpoint, waited: Duration) -> Self {
        Self::of(endpoint, Stage::Name, Cause::NoNameServer { waited })
    }

    /// `endpoint` has port 0, and was to be connected to.
    #[must_use]
    pub fn port_zero(endpoint: &Endpoint) -> Self {
        Self::of(endpoint, Stage::connecting(endpoint), Cause::PortZero)
    }

    /// `connect` has failed with `error`, `took` after it began.
    #[must_use]
    pub fn connect(endpoint: &Endpoint, error: &io::Error, took: Duration) -> Self {
        let cause = match endpoint {
            Endpoint::Unix(path) => unix(path, error),
            _ => network(endpoint, error, took),
        };
        let stage = match cause {
            Cause::NoRoute
            | Cause::ClosedRoute
            | Cause::Unreachable { .. }
            | Cause::NoZone
            | Cause::NoFamily => Stage::Route,
            _ => Stage::connecting(endpoint),
        };
        Self::of(endpoint, stage, cause)
    }

    /// `connect` had no outcome within `waited`.
    #[must_use]
    pub fn connect_timed_out(endpoint: &Endpoint, waited: Duration) -> Self {
        let neighbour = ip_of(endpoint).and_then(Neighbour::look_up);
        let cause = Cause::TimedOut { waited, neighbour };
        Self::of(endpoint, Stage::connecting(endpoint), cause)
    }

    /// `connect` was given up after `waited`, before it had an outcome. Unlike the others this looks
    /// nowhere, and so is for those who may not.
    #[must_use]
    pub fn connect_given_up(endpoint: &Endpoint, waited: Duration) -> Self {
        let cause = Cause::TimedOut {
            waited,
            neighbour: None,
        };
        Self::of(endpoint, Stage::connecting(endpoint), cause)
    }

    /// The same, of a name, at this one of its addresses.
    #[must_use]
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.0.address = Some(address);
        if let Cause::InUse { holder } = &mut self.0.cause
            && let With::Endpoint(endpoint) = &self.0.with
        {
            *holder = Holder::of(&endpoint.with_address(address));
        }
        if let Cause::TimedOut { neighbour, .. } | Cause::Unreachable { neighbour, .. } =
            &mut self.0.cause
            && neighbour.is_none()
        {
            *neighbour = Neighbour::look_up(address.ip());
        }
        self
    }
}

impl Stage {
    /// Making a connection to `endpoint`.
    fn connecting(endpoint: &Endpoint) -> Self {
        Self::Connect(match endpoint {
            Endpoint::Udp(_) => Carrier::Udp,
            Endpoint::Unix(_) => Carrier::Unix,
            _ => Carrier::Tcp,
        })
    }
}

fn ip_of(endpoint: &Endpoint) -> Option<IpAddr> {
    endpoint.place().and_then(Place::ip)
}

fn network(endpoint: &Endpoint, error: &io::Error, took: Duration) -> Cause {
    let neighbour = || ip_of(endpoint).and_then(Neighbour::look_up);
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::TimedOut => Cause::TimedOut {
            waited: took,
            neighbour: neighbour(),
        },
        io::ErrorKind::HostUnreachable => Cause::Unreachable {
            took,
            neighbour: neighbour(),
        },
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => Cause::NoRoute,
        io::ErrorKind::InvalidInput if is_link_local(endpoint) => Cause::NoZone,
        io::ErrorKind::InvalidInput => Cause::ClosedRoute,
        io::ErrorKind::PermissionDenied => Cause::NotPermitted,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Cause::Reset,
        _ => Cause::system(error),
    }
}

fn is_link_local(endpoint: &Endpoint) -> bool {
    matches!(ip_of(endpoint), Some(IpAddr::V6(ip)) if ip.is_unicast_link_local())
}

fn unix(path: &Path, error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Cause::NoSocket,
        // Also what is said of a file that never was a socket.
        io::ErrorKind::ConnectionRefused if bind::is_other_file(path) => Cause::NotASocket,
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::PermissionDenied => Cause::NotPermitted,
        io::ErrorKind::WouldBlock => Cause::Busy,
        io::ErrorKind::InvalidInput => bind::path_too_long(),
        io::ErrorKind::Unsupported => Cause::NoFamily,
        _ => Cause::system(error),
    }
}

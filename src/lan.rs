//! What listens on every address of this machine, by the addresses people can type.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Where this machine reaches what listens at `address`.
pub(crate) fn from_here(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// Where other machines reach it, if it is on every address and this machine on a network.
pub(crate) fn from_elsewhere(address: SocketAddr) -> Option<SocketAddr> {
    let ip = address.ip().is_unspecified().then(own).flatten()?;
    Some(SocketAddr::new(ip, address.port()))
}

/// This machine's address on its network.
fn own() -> Option<IpAddr> {
    let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Connecting a datagram socket sends nothing; it makes the system choose the address it would
    // send from. 192.0.2.1 is for documentation (RFC 5737), and so beyond every local network.
    probe.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = probe.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

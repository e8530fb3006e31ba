//! What listens on every address of this machine, by the addresses people can type.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use sockhop_net::fault::ours;

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
pub(crate) fn from_elsewhere(address: SocketAddr) -> Vec<SocketAddr> {
    if !address.ip().is_unspecified() {
        return Vec::new();
    }
    let ips = match routed() {
        Some(ip) => vec![ip],
        // A network may have no gateway, as in the field; then any of its networks may be the one.
        None => reachable(ours::addresses(), address.is_ipv6()),
    };
    let port = address.port();
    ips.into_iter().map(|ip| (ip, port).into()).collect()
}

/// Those of `own` that mean this machine to others, first those that somebody gave it.
fn reachable(mut own: Vec<IpAddr>, by_v6: bool) -> Vec<IpAddr> {
    own.retain(|ip| !ip.is_loopback() && (by_v6 || ip.is_ipv4()));
    own.sort_by_key(|ip| matches!(ip, IpAddr::V4(v4) if v4.is_link_local()));
    own
}

/// This machine's address on the network that leads to all others.
fn routed() -> Option<IpAddr> {
    let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Connecting a datagram socket sends nothing; it makes the system choose the address it would
    // send from. 192.0.2.1 is for documentation (RFC 5737), and so beyond every local network.
    probe.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = probe.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_gateway_every_network_may_be_the_one() {
        let reachable = |own: &[&str], by_v6| -> Vec<String> {
            let own = own.iter().map(|ip| ip.parse().unwrap()).collect();
            let found = reachable(own, by_v6);
            found.iter().map(ToString::to_string).collect()
        };
        let own = ["127.0.0.1", "169.254.7.7", "10.1.2.3", "::1", "fd00::7"];
        assert_eq!(reachable(&own, false), ["10.1.2.3", "169.254.7.7"]);
        assert_eq!(
            reachable(&own, true),
            ["10.1.2.3", "fd00::7", "169.254.7.7"]
        );
        assert!(reachable(&["127.0.0.1", "::1"], true).is_empty());
    }

    #[test]
    fn only_what_is_on_every_address_is_elsewhere_by_another() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        for own in ["127.0.0.1:5", "192.0.2.7:5", "[::1]:5"] {
            assert_eq!(from_elsewhere(address(own)), []);
        }
        let there = from_elsewhere(address("0.0.0.0:5"));
        assert!(
            there
                .iter()
                .all(|there| there.is_ipv4() && there.port() == 5),
            "{there:?}"
        );
    }
}

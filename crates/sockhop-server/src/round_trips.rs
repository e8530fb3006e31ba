//! How far away clients are. The kernel measures the round trip of every TCP connection, and is asked
//! for all of them at once, when somebody wants to know; so nothing is measured for nobody.
//!
//! Linux alone: `NETLINK_SOCK_DIAG` (sock_diag(7)).

use std::collections::HashMap;
use std::net::SocketAddr;

/// The smoothed round trip to each peer connected to one of `ports`, in microseconds. Empty where the
/// system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn measured(ports: &[u16]) -> HashMap<SocketAddr, u32> {
    linux::measured(ports).unwrap_or_default()
}

/// This system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn measured(_ports: &[u16]) -> HashMap<SocketAddr, u32> {
    HashMap::new()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::HashMap;
    use std::io;
    use std::net::SocketAddr;

    use netlink_packet_core::{
        NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
    };
    use netlink_packet_sock_diag::SockDiagMessage;
    use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP};
    use netlink_packet_sock_diag::inet::nlas::Nla;
    use netlink_packet_sock_diag::inet::{
        ExtensionFlags, InetRequest, InetResponse, SocketId, StateFlags,
    };
    use netlink_sys::Socket;
    use netlink_sys::protocols::NETLINK_SOCK_DIAG;

    /// What the kernel gives at once is at most 32 KiB.
    const ANSWER_BYTES_MAX: usize = 1 << 16;

    pub(super) fn measured(ports: &[u16]) -> io::Result<HashMap<SocketAddr, u32>> {
        let mut socket = Socket::new(NETLINK_SOCK_DIAG)?;
        socket.bind_auto()?;
        socket.connect(&netlink_sys::SocketAddr::new(0, 0))?;
        let mut found = HashMap::new();
        for &port in ports {
            for family in [AF_INET, AF_INET6] {
                ask(&socket, port, family)?;
                read(&socket, &mut found)?;
            }
        }
        Ok(found)
    }

    fn ask(socket: &Socket, port: u16, family: u8) -> io::Result<()> {
        let anyone = match family {
            AF_INET => SocketId::new_v4(),
            _ => SocketId::new_v6(),
        };
        let request = InetRequest {
            family,
            protocol: IPPROTO_TCP,
            extensions: ExtensionFlags::INFO,
            states: StateFlags::ESTABLISHED,
            socket_id: SocketId {
                source_port: port,
                ..anyone
            },
        };
        let mut header = NetlinkHeader::default();
        header.flags = NLM_F_REQUEST | NLM_F_DUMP;
        let mut message = NetlinkMessage::new(header, SockDiagMessage::InetRequest(request).into());
        message.finalize();
        let mut bytes = vec![0; message.buffer_len()];
        message.serialize(&mut bytes);
        socket.send(&bytes, 0).map(drop)
    }

    /// Reads until the kernel has said all.
    fn read(socket: &Socket, found: &mut HashMap<SocketAddr, u32>) -> io::Result<()> {
        let mut buffer = vec![0; ANSWER_BYTES_MAX];
        loop {
            let length = socket.recv(&mut &mut buffer[..], 0)?;
            let mut rest = &buffer[..length];
            while !rest.is_empty() {
                let message = NetlinkMessage::<SockDiagMessage>::deserialize(rest)
                    .map_err(|_| io::ErrorKind::InvalidData)?;
                match message.payload {
                    NetlinkPayload::InnerMessage(SockDiagMessage::InetResponse(response)) => {
                        found.extend(round_trip(&response));
                    }
                    NetlinkPayload::Noop => {}
                    _ => return Ok(()),
                }
                let taken = (message.header.length as usize).next_multiple_of(4);
                rest = rest.get(taken.max(1)..).unwrap_or_default();
            }
        }
    }

    fn round_trip(response: &InetResponse) -> Option<(SocketAddr, u32)> {
        let id = &response.header.socket_id;
        let peer = SocketAddr::new(id.destination_address, id.destination_port);
        response.nlas.iter().find_map(|nla| match nla {
            Nla::TcpInfo(info) => Some((peer, info.rtt)),
            _ => None,
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_kernel_knows_how_far_away_a_client_is() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue; // A machine without IPv6.
            };
            let here = listener.local_addr().unwrap();
            let client = TcpStream::connect(here).unwrap();
            let (_served, peer) = listener.accept().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            let found = measured(&[here.port()]);
            assert_eq!(found.keys().collect::<Vec<_>>(), [&peer]);
            assert!(found[&peer] < 10_000_000, "{found:?}");
        }
    }
}

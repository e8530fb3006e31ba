//! A socket connected to one address.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tokio::net::{TcpSocket, TcpStream, UdpSocket};
use tokio::time::timeout;

use super::Local;
use crate::endpoint::Endpoint;
use crate::event::{Event, Watch};
use crate::fault::Fault;

/// A socket connected to one address.
#[derive(Debug)]
pub(super) enum Reached {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

/// Connects to `address`, one of those of `endpoint`; from `local`, if that is not left open.
pub(super) async fn reach(
    endpoint: &Endpoint,
    address: SocketAddr,
    local: Option<Local>,
    within: Duration,
    watch: &dyn Watch,
) -> Result<Reached, Fault> {
    let began = Instant::now();
    let failed = |error: io::Error| Fault::connect(endpoint, &error, began.elapsed()).at(address);
    let is_udp = matches!(endpoint, Endpoint::Udp(_));
    let socket = open(address, is_udp).map_err(failed)?;
    if let Some(local) = local {
        bind(&socket, local, address, is_udp, watch)?;
    }
    watch.see(
        None,
        &Event::Connecting {
            endpoint,
            address: Some(address),
        },
    );
    if is_udp {
        let socket = connect_udp(socket, address).map_err(failed)?;
        return Ok(Reached::Udp(socket));
    }
    let connecting = TcpSocket::from_std_stream(socket.into()).connect(address);
    match timeout(within, connecting).await {
        Ok(connected) => connected.map(Reached::Tcp).map_err(failed),
        Err(_) => Err(Fault::connect_timed_out(endpoint, within).at(address)),
    }
}

fn open(address: SocketAddr, is_udp: bool) -> io::Result<Socket> {
    let kind = if is_udp { Type::DGRAM } else { Type::STREAM };
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    socket.set_nonblocking(true)?;
    if is_udp {
        // Who writes the address that reaches everybody means everybody.
        let _ = socket.set_broadcast(true);
    }
    Ok(socket)
}

fn bind(
    socket: &Socket,
    local: Local,
    remote: SocketAddr,
    is_udp: bool,
    watch: &dyn Watch,
) -> Result<(), Fault> {
    let at = |address: SocketAddr| match is_udp {
        true => Endpoint::Udp(address.into()),
        false => Endpoint::Tcp(address.into()),
    };
    // The port of a connection that was just closed can be had again.
    #[cfg(unix)]
    if !is_udp {
        let _ = socket.set_reuse_address(true);
    }
    let address = local.towards(remote);
    socket
        .bind(&address.into())
        .map_err(|error| Fault::bind(&at(address), &error))?;
    let bound = socket.local_addr().ok().and_then(|bound| bound.as_socket());
    let endpoint = &at(bound.unwrap_or(address));
    watch.see(None, &Event::Bound { endpoint });
    Ok(())
}

/// No datagram is sent: the system only notes where they go, and whether there is a way.
fn connect_udp(socket: Socket, address: SocketAddr) -> io::Result<UdpSocket> {
    socket.connect(&address.into())?;
    UdpSocket::from_std(socket.into())
}

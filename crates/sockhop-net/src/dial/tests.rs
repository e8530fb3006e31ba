//! Dialling, and what may come of it.

use std::net::TcpListener;

use socket2::{Domain, Socket, Type};

use super::*;
use crate::event::Unwatched;
use crate::fault::{Cause, Stage};
use crate::transport::tests::{listen, runtime};

fn to(endpoint: &str) -> Dial {
    Dial::new(endpoint.parse().expect("tests write endpoints"))
}

fn met(dial: &Dial) -> Fault {
    let dialed = runtime().block_on(dial.connect(&Unwatched));
    dialed.expect_err("it cannot be connected to")
}

/// An address that is taken, so that nobody can begin to listen on it.
fn closed() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("there is room");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any.into()).expect("loopback has room");
    let address = socket.local_addr().ok().and_then(|bound| bound.as_socket());
    (socket, address.expect("it is bound"))
}

/// A port that was free just now.
fn free_port() -> u16 {
    closed().1.port()
}

fn open() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has room");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

#[test]
fn what_cannot_be_reached_is_told_apart() {
    let (_taken, closed) = closed();
    for scheme in ["tcp", "tls", "ws", "wss"] {
        assert_eq!(met(&to(&format!("{scheme}://{closed}"))).code(), "refused");
    }
    for scheme in ["tcp", "udp", "tls", "ws"] {
        let fault = met(&to(&format!("{scheme}://127.0.0.1:0")));
        assert_eq!(*fault.cause(), Cause::PortZero);
    }
    // Without a network there is nobody to say that nobody has the name.
    let unknown = met(&to("no-such-machine.invalid:1"));
    assert!(matches!(unknown.code(), "unknown_name" | "no_name_server"));
    assert_eq!(unknown.stage(), Stage::Name);
}

#[test]
fn addresses_are_tried_until_one_answers() {
    let (_listener, answering) = open();
    runtime().block_on(async {
        let (_taken, closed) = closed();
        let dial = to("localhost:1");
        let reached = dial.reach_one(&[closed, answering], &Unwatched).await;
        assert_eq!(reached.unwrap().1, answering);
    });
}

#[test]
fn of_many_failures_the_most_telling_is_told() {
    runtime().block_on(async {
        let (_taken, closed) = closed();
        // Where one of IPv4 cannot go.
        let nowhere: SocketAddr = "[::1]:1".parse().unwrap();
        let local: Local = "127.0.0.1".parse().unwrap();
        let dial = to("localhost:1").bind(local);
        for addresses in [[nowhere, closed], [closed, nowhere]] {
            let fault = dial.reach_one(&addresses, &Unwatched).await.unwrap_err();
            assert_eq!(fault.code(), "refused", "{fault}");
            assert!(fault.to_string().contains("127.0.0.1"), "{fault}");
        }
    });
}

#[test]
fn a_connection_comes_from_where_it_was_told_to() {
    let (listener, there) = open();
    let from = |local: &str| {
        let local: Local = local.parse().unwrap();
        let dial = to(&there.to_string()).bind(local);
        let dialed = runtime().block_on(dial.connect(&Unwatched));
        let local = dialed.map(|dialed| dialed.local);
        (local, listener.accept().unwrap().1)
    };
    let (local, seen) = from("127.0.0.1");
    assert_eq!(local.unwrap(), Some(seen));
    let port = free_port();
    for local in [port.to_string(), format!("127.0.0.1:{port}")] {
        let (local, seen) = from(&local);
        assert_eq!(seen.port(), port);
        assert_eq!(local.unwrap(), Some(seen));
    }
}

#[test]
fn where_a_connection_cannot_come_from_is_told() {
    let (_listener, there) = open();
    let from = |local: &str| met(&to(&there.to_string()).bind(local.parse::<Local>().unwrap()));
    assert_eq!(from("192.0.2.1").code(), "not_ours");
    let other_family = from("::1");
    assert_eq!(other_family.stage(), Stage::Bind);
    assert_eq!(other_family.code(), "no_family", "{other_family}");
    // Its port is taken by who listens.
    assert_eq!(from(&there.to_string()).code(), "in_use");
}

#[test]
fn a_udp_conversation_comes_from_where_it_was_told_to() {
    runtime().block_on(async {
        let mut listener = listen("udp://127.0.0.1:0").await;
        let port = free_port();
        let dial = to(&listener.endpoint().to_string()).bind(Local { ip: None, port });
        let dialed = dial.connect(&Unwatched).await.unwrap();
        let Transport::Datagrams(datagrams) = dialed.transport else {
            panic!("UDP has datagrams");
        };
        datagrams.send(b"hello").await.unwrap();
        let incoming = listener.accept().await.unwrap();
        assert!(incoming.peer.is_meant_by(&port.to_string()));
    });
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let (_listener, there) = open();
    runtime().block_on(async {
        for (scheme, stage) in [("tls", Stage::Tls), ("ws", Stage::Protocol)] {
            let stream = TcpStream::connect(there).await.unwrap();
            let dial = to(&format!("{scheme}://{there}")).within(Duration::ZERO);
            let place = dial.endpoint.place().unwrap();
            let dressed = dial.dress(stream, place, &Unwatched).await;
            let fault = dressed.unwrap_err();
            assert_eq!((fault.stage(), fault.code()), (stage, "timed_out"));
        }
    });
}

#[cfg(unix)]
mod unix {
    use super::*;

    #[test]
    fn a_socket_that_is_none_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sock");
        let dial = to(&format!("unix:{}", path.display()));
        assert_eq!(met(&dial).code(), "no_socket");
        std::fs::write(&path, "a file").unwrap();
        assert_eq!(met(&dial).code(), "not_a_socket");
        std::fs::remove_file(&path).unwrap();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert_eq!(met(&dial).code(), "refused");
    }

    #[test]
    fn a_server_that_is_busy_for_now_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sock");
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None);
        let socket = socket.unwrap();
        socket
            .bind(&socket2::SockAddr::unix(&path).unwrap())
            .unwrap();
        socket.listen(0).unwrap();
        let _first = std::os::unix::net::UnixStream::connect(&path).unwrap();
        let dial = to(&format!("unix:{}", path.display())).within(Duration::ZERO);
        assert_eq!(met(&dial).code(), "busy");
        let dial = dial.within(Duration::from_secs(60));
        let accepting = std::thread::spawn(move || (socket.accept(), socket.accept()));
        runtime().block_on(dial.connect(&Unwatched)).unwrap();
        let (first, second) = accepting.join().unwrap();
        first.unwrap();
        second.unwrap();
    }
}

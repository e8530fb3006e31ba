//! Conversations over one socket and over their own.

use std::net::SocketAddr;

use super::*;
use crate::endpoint::Endpoint;
use crate::event::Unwatched;
use crate::fault::Fault;
use crate::listener::{ListenOptions, Listener};
use crate::transport::Transport;
use crate::transport::tests::{accept, dial, listen, runtime};

fn datagrams(transport: Transport) -> Datagrams {
    match transport {
        Transport::Datagrams(datagrams) => datagrams,
        other => panic!("{other:?} has no datagrams"),
    }
}

async fn dialed(listener: &Listener) -> Datagrams {
    let dialed = dial(listener).connect(&Unwatched).await;
    datagrams(dialed.expect("there is a way to loopback").transport)
}

async fn accepted(listener: &mut Listener) -> Datagrams {
    datagrams(accept(listener).await.expect("it is ready at once"))
}

async fn listen_with(limits: DatagramLimits) -> Listener {
    let endpoint: Endpoint = "udp://127.0.0.1:0".parse().expect("it is one");
    let options = ListenOptions {
        datagrams: limits,
        ..ListenOptions::default()
    };
    Listener::bind(&endpoint, &options, &Unwatched)
        .await
        .expect("loopback has room")
}

#[test]
fn two_sources_are_two_conversations() {
    runtime().block_on(async {
        let mut listener = listen("udp://127.0.0.1:0").await;
        let (mut ann, mut ben) = (dialed(&listener).await, dialed(&listener).await);
        ann.send(b"ann 1").await.unwrap();
        let mut to_ann = accepted(&mut listener).await;
        ben.send(b"ben 1").await.unwrap();
        let mut to_ben = accepted(&mut listener).await;
        ann.send(b"ann 2").await.unwrap();
        ben.send(b"").await.unwrap();
        assert_eq!(to_ben.receive().await.unwrap(), "ben 1");
        assert_eq!(to_ben.receive().await.unwrap(), "");
        assert_eq!(to_ann.receive().await.unwrap(), "ann 1");
        assert_eq!(to_ann.receive().await.unwrap(), "ann 2");
        to_ben.send(b"for ben").await.unwrap();
        to_ann.sender().send(b"for ann").await.unwrap();
        assert_eq!(ann.receive().await.unwrap(), "for ann");
        assert_eq!(ben.receive().await.unwrap(), "for ben");
        assert_eq!(to_ann.peer_address(), ann.local_address().unwrap());
        assert_eq!(ann.peer_address(), to_ann.local_address().unwrap());
    });
}

#[test]
fn ipv6_has_conversations_too() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        return;
    }
    runtime().block_on(async {
        let mut listener = listen("udp://[::1]:0").await;
        let one = dialed(&listener).await;
        one.send(b"hello").await.unwrap();
        let mut other = accepted(&mut listener).await;
        assert_eq!(other.receive().await.unwrap(), "hello");
    });
}

#[test]
fn what_comes_to_a_full_inbox_is_dropped() {
    runtime().block_on(async {
        let mut listener = listen_with(DatagramLimits {
            waiting_max: 2,
            ..DatagramLimits::default()
        })
        .await;
        let ann = dialed(&listener).await;
        for n in ["1", "2", "3"] {
            ann.send(n.as_bytes()).await.unwrap();
        }
        let mut to_ann = accepted(&mut listener).await;
        // Whoever is heard after them shows that they are sorted.
        let ben = dialed(&listener).await;
        ben.send(b"hello").await.unwrap();
        accepted(&mut listener).await;
        assert_eq!(to_ann.receive().await.unwrap(), "1");
        assert_eq!(to_ann.receive().await.unwrap(), "2");
        ann.send(b"4").await.unwrap();
        assert_eq!(to_ann.receive().await.unwrap(), "4");
    });
}

#[test]
fn all_inboxes_together_hold_so_many_bytes() {
    runtime().block_on(async {
        let mut listener = listen_with(DatagramLimits {
            waiting_bytes_max: 2000,
            ..DatagramLimits::default()
        })
        .await;
        let (ann, ben) = (dialed(&listener).await, dialed(&listener).await);
        ann.send(&[1; 1500]).await.unwrap();
        let mut to_ann = accepted(&mut listener).await;
        ann.send(&[2; 1500]).await.unwrap();
        ben.send(b"3").await.unwrap();
        accepted(&mut listener).await;
        assert_eq!(to_ann.receive().await.unwrap()[0], 1);
        ann.send(&[4; 1500]).await.unwrap();
        assert_eq!(to_ann.receive().await.unwrap()[0], 4);
    });
}

#[test]
fn a_conversation_that_is_over_makes_room_for_another() {
    runtime().block_on(async {
        let mut listener = listen_with(DatagramLimits {
            conversations_max: 1,
            ..DatagramLimits::default()
        })
        .await;
        let (ann, ben) = (dialed(&listener).await, dialed(&listener).await);
        ann.send(b"1").await.unwrap();
        let mut to_ann = accepted(&mut listener).await;
        assert_eq!(to_ann.receive().await.unwrap(), "1");
        ben.send(b"one too many").await.unwrap();
        ann.send(b"2").await.unwrap();
        assert_eq!(to_ann.receive().await.unwrap(), "2");
        drop(to_ann);
        ben.send(b"now").await.unwrap();
        let mut to_ben = accepted(&mut listener).await;
        assert_eq!(to_ben.receive().await.unwrap(), "now");
        drop(to_ben);
        // Who was here before may come again.
        ann.send(b"again").await.unwrap();
        let mut to_ann = accepted(&mut listener).await;
        assert_eq!(to_ann.receive().await.unwrap(), "again");
    });
}

#[test]
fn conversations_survive_their_listener_and_then_free_the_port() {
    runtime().block_on(async {
        let mut listener = listen("udp://127.0.0.1:0").await;
        let mut one = dialed(&listener).await;
        one.send(b"1").await.unwrap();
        let mut other = accepted(&mut listener).await;
        let address = one.peer_address();
        drop(listener);
        let late = dial_to(address).await;
        late.send(b"nobody takes new ones").await.unwrap();
        one.send(b"2").await.unwrap();
        assert_eq!(other.receive().await.unwrap(), "1");
        assert_eq!(other.receive().await.unwrap(), "2");
        other.send(b"3").await.unwrap();
        assert_eq!(one.receive().await.unwrap(), "3");
        drop(other);
        while std::net::UdpSocket::bind(address).is_err() {
            tokio::task::yield_now().await;
        }
    });
}

async fn dial_to(address: SocketAddr) -> Datagrams {
    let endpoint: Endpoint = format!("udp://{address}").parse().expect("it is one");
    let dialed = crate::dial::Dial::new(endpoint).connect(&Unwatched).await;
    datagrams(dialed.expect("there is a way to loopback").transport)
}

#[test]
fn a_port_nobody_listens_on_is_heard_of() {
    let free = std::net::UdpSocket::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .unwrap();
    runtime().block_on(async {
        let mut nobody = dial_to(free).await;
        nobody.send(b"anybody there?").await.unwrap();
        let error = nobody.receive().await.unwrap_err();
        let fault = Fault::carry(&free.to_string(), &error);
        assert_eq!(fault.code(), "refused");
    });
}

#[test]
fn the_largest_datagram_is_carried_and_a_larger_one_is_an_error() {
    runtime().block_on(async {
        let mut listener = listen("udp://127.0.0.1:0").await;
        let one = dialed(&listener).await;
        one.send(&[7; 65_507]).await.unwrap();
        let mut other = accepted(&mut listener).await;
        assert_eq!(other.receive().await.unwrap().len(), 65_507);
        let error = one.send(&[7; 65_508]).await.unwrap_err();
        assert_eq!(Fault::carry("it", &error).code(), "too_large");
    });
}

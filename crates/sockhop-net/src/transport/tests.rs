//! Every transport, from both sides.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::dial::{Dial, Dialed};
use crate::endpoint::Endpoint;
use crate::event::{Event, Unwatched, Watch};
use crate::fault::Fault;
use crate::listener::{ListenOptions, Listener};
use crate::peer::Peer;
use crate::tls::TlsTrust;

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime takes no more than a few files")
}

pub(crate) async fn listen(endpoint: &str) -> Listener {
    let endpoint: Endpoint = endpoint.parse().expect("tests write endpoints");
    Listener::bind(&endpoint, &ListenOptions::default(), &Unwatched)
        .await
        .expect("loopback has room")
}

pub(crate) async fn accept(listener: &mut Listener) -> Result<Transport, Fault> {
    listener.accept().await?.open(&Unwatched).await
}

pub(crate) fn dial(listener: &Listener) -> Dial {
    Dial::new(listener.endpoint().clone()).tls(TlsTrust::Anything)
}

/// A client's side and the server's.
pub(crate) async fn pair(endpoint: &str) -> (Transport, Transport) {
    let mut listener = listen(endpoint).await;
    let dial = dial(&listener);
    let (dialed, accepted) = tokio::join!(dial.connect(&Unwatched), accept(&mut listener));
    let dialed = dialed.expect("it listens");
    (dialed.transport, accepted.expect("it speaks the same"))
}

fn stream(transport: Transport) -> Stream {
    match transport {
        Transport::Stream(stream) => stream,
        other => panic!("{other:?} is no stream"),
    }
}

pub(crate) async fn streams(endpoint: &str) -> (Stream, Stream) {
    let (client, server) = pair(endpoint).await;
    (stream(client), stream(server))
}

/// One of each kind of stream there is.
fn endpoints(folder: &tempfile::TempDir) -> Vec<String> {
    let mut endpoints = vec!["127.0.0.1:0".to_owned(), "tls://127.0.0.1:0".to_owned()];
    if std::net::TcpListener::bind("[::1]:0").is_ok() {
        endpoints.extend(["[::1]:0".to_owned(), "tls://[::1]:0".to_owned()]);
    }
    if cfg!(unix) {
        endpoints.push(format!("unix:{}", folder.path().join("s").display()));
    }
    endpoints
}

/// Writes down what it is told, one word and what tells it apart from another.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<Vec<String>>);

impl Told {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Watch for Told {
    fn see(&self, peer: Option<&Peer>, event: &Event<'_>) {
        let told = match event {
            Event::Resolved { host, .. } => format!("resolved {host}"),
            Event::Bound { endpoint } => format!("bound {endpoint}"),
            Event::Listening {
                endpoint, backlog, ..
            } => format!("listening {endpoint} {backlog}"),
            Event::Connecting { endpoint, .. } => format!("connecting {endpoint}"),
            Event::Connected { local } => format!("connected {local:?}"),
            Event::Secured {
                version,
                fingerprint,
                verified,
            } => format!("secured {version} {fingerprint:?} {verified}"),
            Event::Upgraded => "upgraded".to_owned(),
            other => format!("{other:?}"),
        };
        let told = match peer {
            Some(peer) => format!("{peer}: {told}"),
            None => told,
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(told);
    }
}

/// Bytes that are not the same anywhere.
fn many(len: usize) -> Arc<[u8]> {
    let mut state = 1_u64;
    (0..len)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .collect()
}

#[test]
fn every_stream_ends_one_half_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        for endpoint in endpoints(&folder) {
            let (mut client, mut server) = streams(&endpoint).await;
            for (one, other) in [(0, 1), (1, 0)] {
                let both = [&mut client, &mut server];
                let mut read = Vec::new();
                both[one].write_all(b"said").await.unwrap();
                both[one].shutdown().await.unwrap();
                both[other].read_to_end(&mut read).await.unwrap();
                assert_eq!(read, b"said", "{endpoint}");
            }
        }
    });
}

#[test]
fn every_stream_carries_megabytes_both_ways_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let all = many(10 << 20);
    runtime().block_on(async {
        for endpoint in endpoints(&folder) {
            let (client, server) = streams(&endpoint).await;
            let (mut client_reads, mut client_writes) = client.into_split();
            let (mut server_reads, mut server_writes) = server.into_split();
            let echo = async move {
                tokio::io::copy(&mut server_reads, &mut server_writes)
                    .await
                    .unwrap();
                server_writes.shutdown().await.unwrap();
            };
            let write = async {
                client_writes.write_all(&all).await.unwrap();
                client_writes.shutdown().await.unwrap();
            };
            let read = async {
                let mut read = Vec::new();
                client_reads.read_to_end(&mut read).await.unwrap();
                read
            };
            let ((), (), read) = tokio::join!(echo, write, read);
            assert!(read == *all, "{endpoint}: {} bytes", read.len());
        }
    });
}

#[test]
fn a_half_that_is_dropped_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        for endpoint in endpoints(&folder) {
            let (client, mut server) = streams(&endpoint).await;
            let (mut reads, writes) = client.into_split();
            drop(writes);
            server.write_all(b"still there?").await.unwrap();
            server.flush().await.unwrap();
            let mut read = [0; 12];
            reads.read_exact(&mut read).await.unwrap();
            if let Some(tcp) = server.as_tcp() {
                let socket = socket2::SockRef::from(tcp);
                let met = socket.peek(&mut [std::mem::MaybeUninit::uninit(); 1]);
                let met = met.expect_err("nothing was said, and no end");
                assert_eq!(met.kind(), std::io::ErrorKind::WouldBlock, "{endpoint}");
            }
        }
    });
}

#[test]
fn parts_are_gathered_into_one_write() {
    runtime().block_on(async {
        let (client, server) = streams("127.0.0.1:0").await;
        let (_, mut writes) = client.into_split();
        assert!(writes.is_write_vectored() && server.is_write_vectored());
        let parts = [b"one ", b"two "].map(|part| std::io::IoSlice::new(part));
        assert_eq!(writes.write_vectored(&parts).await.unwrap(), 8);
    });
}

#[test]
fn a_server_reached_by_name_is_told_step_by_step() {
    runtime().block_on(async {
        let (here, there) = (Told::default(), Told::default());
        let endpoint: Endpoint = "tls://localhost:0".parse().unwrap();
        let mut listener = Listener::bind(&endpoint, &ListenOptions::default(), &there)
            .await
            .unwrap();
        let place = listener.endpoint().place().unwrap();
        let named: Endpoint = format!("tls://localhost:{}", place.port).parse().unwrap();
        let fingerprint = listener.fingerprint().unwrap();
        let dial = Dial::new(named.clone())
            .bind("127.0.0.1".parse::<std::net::IpAddr>().unwrap())
            .tls(TlsTrust::Fingerprint(fingerprint));
        let bound = listener.endpoint().clone();
        let (dialed, accepted) = tokio::join!(dial.connect(&here), async {
            let incoming = listener.accept().await.unwrap();
            let (peer, local) = (incoming.peer.clone(), incoming.local);
            incoming.open(&there).await.unwrap();
            (peer, local)
        });
        let Dialed { peer, local, .. } = dialed.unwrap();
        let local = local.unwrap();
        assert_eq!(accepted.0, Peer::from(local));
        assert_eq!(accepted.1.map(Peer::from), Some(peer));

        let told = here.all();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        // A machine may know itself by two addresses, of which one is not listened on.
        assert_eq!(told[0], "resolved localhost");
        assert_eq!(
            told[told.len() - 4..],
            [
                format!("bound tcp://{local}"),
                format!("connecting {named}"),
                format!("secured TLS 1.3 Some(\"{fingerprint}\") true"),
                format!("connected Some({local})"),
            ]
        );
        assert_eq!(
            there.all(),
            [
                "resolved localhost".to_owned(),
                format!("bound {bound}"),
                format!("listening {bound} 1024"),
                format!("{local}: secured TLS 1.3 None false"),
            ]
        );
    });
}

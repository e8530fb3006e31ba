//! Listening, and what clients may do to a listener.

use std::io::{Read, Write};
use std::net::TcpStream;

use tokio::io::AsyncReadExt;

use super::*;
use crate::event::Unwatched;
use crate::fault::{Cause, Stage};
use crate::peer::Peer;
use crate::transport::Transport;
use crate::transport::tests::{Told, accept, dial, listen, runtime};

fn address(listener: &Listener) -> (String, u16) {
    let place = listener.endpoint().place().expect("it has one");
    (place.host.clone(), place.port)
}

async fn refusal(endpoint: &str) -> Fault {
    let endpoint: Endpoint = endpoint.parse().expect("tests write endpoints");
    Listener::bind(&endpoint, &ListenOptions::default(), &Unwatched)
        .await
        .expect_err("it cannot be listened on")
}

#[test]
fn a_client_that_never_shakes_hands_holds_nobody_up() {
    runtime().block_on(async {
        let mut listener = listen("tls://127.0.0.1:0").await;
        let silent = TcpStream::connect(address(&listener)).unwrap();
        let stuck = listener.accept().await.unwrap();
        let stuck = tokio::spawn(async move { stuck.open(&Unwatched).await });
        let dial = dial(&listener);
        let (dialed, accepted) = tokio::join!(dial.connect(&Unwatched), accept(&mut listener));
        dialed.unwrap();
        accepted.unwrap();
        assert!(!stuck.is_finished());
        drop(silent);
        let fault = stuck.await.unwrap().unwrap_err();
        assert_eq!(
            (fault.stage(), fault.code()),
            (Stage::Tls, "closed_before_answer")
        );
    });
}

#[test]
fn a_client_that_never_shakes_hands_is_given_up() {
    runtime().block_on(async {
        let mut listener = listen("tls://127.0.0.1:0").await;
        let _silent = TcpStream::connect(address(&listener)).unwrap();
        let incoming = listener.accept().await.unwrap();
        let opened = incoming.open_within(Duration::ZERO, &Unwatched).await;
        let fault = opened.unwrap_err();
        assert_eq!((fault.stage(), fault.code()), (Stage::Tls, "timed_out"));
    });
}

#[test]
fn a_client_without_tls_is_known_by_its_first_word() {
    runtime().block_on(async {
        for said in ["GET / HTTP/1.1\r\n\r\n", "h"] {
            let mut listener = listen("tls://127.0.0.1:0").await;
            let mut client = TcpStream::connect(address(&listener)).unwrap();
            client.write_all(said.as_bytes()).unwrap();
            let fault = accept(&mut listener).await.unwrap_err();
            assert_eq!(fault.code(), "no_tls", "{fault}");
            let local = client.local_addr().unwrap().to_string();
            assert!(fault.to_string().contains(&local), "{fault}");
        }
    });
}

#[test]
fn a_client_that_is_gone_again_ends_nothing() {
    runtime().block_on(async {
        let mut listener = listen("127.0.0.1:0").await;
        let gone = TcpStream::connect(address(&listener)).unwrap();
        // It breaks off rather than ends.
        socket2::SockRef::from(&gone)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        drop(gone);
        let mut here = TcpStream::connect(address(&listener)).unwrap();
        here.write_all(b"here").unwrap();
        let mut read = [0; 4];
        loop {
            let Transport::Stream(mut stream) = accept(&mut listener).await.unwrap() else {
                panic!("TCP is a stream");
            };
            // Some systems give the one that is gone, some pass over it.
            if stream.read_exact(&mut read).await.is_ok() {
                break;
            }
        }
        assert_eq!(&read, b"here");
    });
}

#[test]
fn accepting_may_be_given_up_and_taken_up() {
    runtime().block_on(async {
        for endpoint in ["127.0.0.1:0", "tls://127.0.0.1:0", "udp://127.0.0.1:0"] {
            let mut listener = listen(endpoint).await;
            tokio::select! {
                biased;
                _ = listener.accept() => panic!("nobody has come"),
                () = tokio::task::yield_now() => {}
            }
            if let Endpoint::Udp(_) = listener.endpoint() {
                let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
                socket.send_to(b"hello", address(&listener)).unwrap();
            } else {
                TcpStream::connect(address(&listener)).unwrap();
            }
            listener.accept().await.unwrap();
        }
    });
}

#[test]
fn every_address_of_both_families_takes_both() {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return;
    }
    runtime().block_on(async {
        let mut listener = listen("[::]:0").await;
        let (_, port) = address(&listener);
        let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let incoming = listener.accept().await.unwrap();
        // As IPv4, which it is.
        assert_eq!(incoming.peer, Peer::from(client.local_addr().unwrap()));
        drop(incoming);
        let mut end = Vec::new();
        client.read_to_end(&mut end).unwrap();
        TcpStream::connect(("::1", port)).unwrap();
        let incoming = listener.accept().await.unwrap();
        assert!(incoming.peer.as_str().starts_with("[::1]:"));
    });
}

#[test]
fn where_nobody_can_listen_is_said() {
    runtime().block_on(async {
        assert_eq!(
            *refusal("ws://127.0.0.1:0").await.cause(),
            Cause::CannotListen
        );
        assert_eq!(refusal("192.0.2.1:0").await.code(), "not_ours");
        assert_eq!(refusal("udp://192.0.2.1:0").await.code(), "not_ours");
        let taken = listen("127.0.0.1:0").await;
        assert_eq!(
            refusal(&taken.endpoint().to_string()).await.code(),
            "in_use"
        );
        let unknown = refusal("no-such-machine.invalid:0").await;
        assert!(matches!(unknown.code(), "unknown_name" | "no_name_server"));
    });
}

#[cfg(unix)]
mod unix {
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::PathBuf;

    use super::*;

    fn path(folder: &tempfile::TempDir) -> (PathBuf, String) {
        let path = folder.path().join("sock");
        let endpoint = format!("unix:{}", path.display());
        (path, endpoint)
    }

    #[test]
    fn clients_have_numbers_and_the_file_goes_with_the_listener() {
        let folder = tempfile::tempdir().unwrap();
        let (path, endpoint) = path(&folder);
        runtime().block_on(async {
            let mut listener = listen(&endpoint).await;
            for n in 1..3 {
                let _client = UnixStream::connect(&path).unwrap();
                assert_eq!(listener.accept().await.unwrap().peer, Peer::unix(n));
            }
            assert_eq!(refusal(&endpoint).await.code(), "in_use");
        });
        assert!(!path.exists());
    }

    #[test]
    fn what_a_killed_server_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let (path, endpoint) = path(&folder);
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        runtime().block_on(async {
            let mut listener = listen(&endpoint).await;
            let _client = UnixStream::connect(&path).unwrap();
            listener.accept().await.unwrap();
        });
    }

    #[test]
    fn a_file_that_is_no_socket_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, endpoint) = path(&folder);
        std::fs::write(&path, "precious").unwrap();
        let fault = runtime().block_on(refusal(&endpoint));
        assert_eq!(fault.code(), "file_in_the_way");
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn the_file_of_a_successor_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, endpoint) = path(&folder);
        runtime().block_on(async {
            let first = listen(&endpoint).await;
            std::fs::rename(&path, path.with_extension("old")).unwrap();
            let _second = listen(&endpoint).await;
            drop(first);
            assert!(path.exists());
        });
    }

    #[test]
    fn a_server_that_has_no_room_yet_is_not_dead() {
        let folder = tempfile::tempdir().unwrap();
        let (path, endpoint) = path(&folder);
        let socket = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None);
        let socket = socket.unwrap();
        let address = socket2::SockAddr::unix(&path).unwrap();
        socket.bind(&address).unwrap();
        socket.listen(0).unwrap();
        let _first = UnixStream::connect(&path).unwrap();
        let fault = runtime().block_on(refusal(&endpoint));
        assert_eq!(fault.code(), "in_use");
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let fault = runtime().block_on(refusal("unix:/nowhere/at/all"));
        assert_eq!(fault.code(), "no_folder");
    }
}

#[test]
fn the_steps_of_listening_are_told() {
    runtime().block_on(async {
        let told = Told::default();
        let endpoint: Endpoint = "udp://127.0.0.1:0".parse().unwrap();
        let listener = Listener::bind(&endpoint, &ListenOptions::default(), &told)
            .await
            .unwrap();
        let endpoint = listener.endpoint();
        assert_ne!(address(&listener).1, 0);
        assert_eq!(
            told.all(),
            [
                format!("bound {endpoint}"),
                format!("listening {endpoint} 0")
            ]
        );
    });
}

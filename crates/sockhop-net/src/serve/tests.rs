//! Clients that behave, and clients that do not, against each answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Answer, Crowd, Server, Terms};
use crate::fault::Fault;
use crate::leave::Leave;
use crate::listener::{ListenOptions, Listener};
use crate::testing::{Diary, runtime};

/// A server on a free port, in the runtime of the test.
struct Running {
    address: SocketAddr,
    crowd: Arc<Crowd>,
    diary: Diary,
    stop: CancellationToken,
    task: JoinHandle<Result<Option<Leave>, Fault>>,
}

impl Running {
    async fn start(terms: Terms) -> Self {
        let diary = Diary::default();
        let endpoint = "127.0.0.1:0".parse().expect("an endpoint");
        let options = ListenOptions::default();
        let listener = Listener::bind(&endpoint, &options, &diary)
            .await
            .expect("a free port");
        let place = listener.endpoint().place().expect("it is TCP").to_string();
        let server = Server::new(listener, terms, Arc::new(diary.clone()));
        let stop = CancellationToken::new();
        let crowd = server.crowd();
        let stopped = stop.clone();
        Self {
            address: place.parse().expect("an address"),
            crowd,
            diary,
            stop,
            task: tokio::spawn(async move { server.run(&stopped).await }),
        }
    }

    async fn client(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// A client that the crowd already knows of.
    async fn member(&self) -> TcpStream {
        let here = self.crowd.peers().len();
        let client = self.client().await;
        while self.crowd.peers().len() == here {
            tokio::task::yield_now().await;
        }
        client
    }

    async fn end(self) -> (Option<Leave>, Diary) {
        self.stop.cancel();
        (
            self.task.await.expect("no panic").expect("it listened"),
            self.diary,
        )
    }
}

async fn expect(client: &mut TcpStream, wanted: &[u8]) {
    let mut got = vec![0; wanted.len()];
    client.read_exact(&mut got).await.expect("an answer");
    assert_eq!(got, wanted);
}

async fn rest(client: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.expect("an end");
    rest
}

#[test]
fn an_echo_is_exact_and_outlives_the_end_of_what_it_answers() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Echo)).await;
        let bytes: Vec<u8> = (0..5_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let (mut read, mut write) = server.client().await.into_split();
        let sent = bytes.clone();
        let writing = tokio::spawn(async move {
            write.write_all(&sent).await.unwrap();
            // Dropping it ends this half.
        });
        let mut back = Vec::new();
        read.read_to_end(&mut back).await.unwrap();
        writing.await.unwrap();
        assert!(back == bytes, "{} of {}", back.len(), bytes.len());
        let (_, diary) = server.end().await;
        let seen = diary.take();
        assert_eq!(seen.last().unwrap(), "left closed");
    });
}

#[test]
fn capitals_replies_and_greetings() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Upper)).await;
        let mut client = server.client().await;
        client.write_all("grüße 🎮\n".as_bytes()).await.unwrap();
        expect(&mut client, "GRÜSSE 🎮\n".as_bytes()).await;
        client.write_all(b"and again").await.unwrap();
        expect(&mut client, b"AND AGAIN").await;

        let mut terms = Terms::new(Answer::Reply(Bytes::from("Got it!\n")));
        terms.greeting = Some(Bytes::from("Welcome\n"));
        let server = Running::start(terms).await;
        let mut client = server.client().await;
        expect(&mut client, b"Welcome\n").await;
        client.write_all(b"x").await.unwrap();
        expect(&mut client, b"Got it!\n").await;
        client.shutdown().await.unwrap();
        assert_eq!(rest(&mut client).await, b"");
    });
}

#[test]
fn framed_messages_are_answered_one_by_one_whatever_the_writes_were() {
    runtime().block_on(async {
        let mut terms = Terms::new(Answer::Reply(Bytes::from("ok")));
        terms.framing = "u16".parse().unwrap();
        let server = Running::start(terms).await;
        let mut client = server.client().await;
        for byte in b"\0\x03one\0\x05three\0\0" {
            client.write_all(&[*byte]).await.unwrap();
        }
        expect(&mut client, b"\0\x02ok\0\x02ok\0\x02ok").await;
    });
}

#[test]
fn a_relay_tells_the_others_and_not_the_one_who_said_it() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Relay)).await;
        let (mut a, mut b, mut c) = (
            server.member().await,
            server.member().await,
            server.member().await,
        );
        a.write_all(b"from a").await.unwrap();
        expect(&mut b, b"from a").await;
        expect(&mut c, b"from a").await;
        b.write_all(b"from b").await.unwrap();
        expect(&mut a, b"from b").await;
        expect(&mut c, b"from b").await;
        let (_, diary) = server.end().await;
        let stopped = |line: &&String| *line == "left stopped";
        assert_eq!(diary.take().iter().filter(stopped).count(), 3);
    });
}

#[test]
fn who_stops_reading_is_shown_out_and_holds_nobody_up() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Relay)).await;
        let _stalled = server.member().await;
        let mut reader = server.member().await;
        let mut sender = server.member().await;
        let piece = vec![b'x'; 1 << 20];
        // More than the kernel and the outbox hold together.
        let pieces = 64;
        for _ in 0..pieces {
            let send = async { sender.write_all(&piece).await.unwrap() };
            let read = async {
                let mut got = vec![0; piece.len()];
                reader.read_exact(&mut got).await.unwrap();
                assert!(got == piece);
            };
            tokio::join!(send, read);
        }
        assert_eq!(server.crowd.peers().len(), 2);
        let (_, diary) = server.end().await;
        assert!(diary.take().contains(&"left stopped_reading".to_owned()));
    });
}

#[test]
fn a_bulk_copy_waits_for_a_reader_that_is_merely_slower() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Relay)).await;
        let mut reader = server.member().await;
        let mut sender = server.member().await;
        let bytes = 64 << 20;
        let writing = tokio::spawn(async move {
            let piece = vec![b'x'; 1 << 20];
            for _ in 0..bytes / piece.len() {
                sender.write_all(&piece).await.unwrap();
            }
            sender
        });
        let mut got = 0;
        let mut small = vec![0; 4096];
        while got < bytes {
            got += reader.read(&mut small).await.unwrap();
            tokio::task::yield_now().await;
        }
        let sender = writing.await.unwrap();
        assert_eq!(server.crowd.peers().len(), 2);
        drop(sender);
    });
}

#[test]
fn what_is_said_by_hand_reaches_all_or_one_and_can_end() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Hand)).await;
        let mut a = server.member().await;
        let mut b = server.member().await;
        server.crowd.tell(b"to all", None).await.unwrap();
        let peer_b = b.local_addr().unwrap().into();
        assert!(server.crowd.tell_one(&peer_b, b"!").unwrap());
        expect(&mut a, b"to all").await;
        expect(&mut b, b"to all!").await;
        server.crowd.end();
        assert_eq!(rest(&mut a).await, b"");
        // It has ended its half, and still listens.
        a.write_all(b"still here").await.unwrap();
        a.shutdown().await.unwrap();
        while server.crowd.peers().len() == 2 {
            tokio::task::yield_now().await;
        }
        assert!(
            server
                .diary
                .take()
                .contains(&"received 1: still here".to_owned())
        );
    });
}

#[cfg(unix)]
#[test]
fn a_program_serves_each_client_and_its_end_is_told() {
    runtime().block_on(async {
        let server = Running::start(Terms::new(Answer::Exec("tr a-z A-Z; exit 3".into()))).await;
        let mut client = server.client().await;
        client.write_all(b"hello").await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(rest(&mut client).await, b"HELLO");
        let mut seen = Vec::new();
        while !seen.contains(&"left program_ended".to_owned()) {
            seen.extend(server.diary.take());
            tokio::task::yield_now().await;
        }
        assert!(seen.contains(&"exited Some(3)".to_owned()), "{seen:?}");
    });
}

#[cfg(unix)]
#[test]
fn a_program_serves_framed_messages_as_lines() {
    runtime().block_on(async {
        let command = "while read -r line; do echo \"<$line>\"; done";
        let mut terms = Terms::new(Answer::Exec(command.into()));
        terms.framing = "u8".parse().unwrap();
        let server = Running::start(terms).await;
        let mut client = server.client().await;
        client.write_all(b"\x03one\x03two").await.unwrap();
        expect(&mut client, b"\x05<one>\x05<two>").await;
    });
}

#[test]
fn one_client_is_enough_if_one_is_asked_for() {
    runtime().block_on(async {
        let mut terms = Terms::new(Answer::Echo);
        terms.once = true;
        let server = Running::start(terms).await;
        let mut client = server.client().await;
        client.write_all(b"x").await.unwrap();
        expect(&mut client, b"x").await;
        assert!(TcpStream::connect(server.address).await.is_err());
        client.shutdown().await.unwrap();
        let leave = server.task.await.unwrap().unwrap().unwrap();
        assert!(matches!(leave, Leave::Closed), "{leave}");
    });
}

#[test]
fn further_clients_are_turned_away() {
    runtime().block_on(async {
        let mut terms = Terms::new(Answer::Echo);
        terms.clients_max = 1;
        let server = Running::start(terms).await;
        let mut first = server.client().await;
        first.write_all(b"x").await.unwrap();
        expect(&mut first, b"x").await;
        let mut second = server.client().await;
        assert_eq!(second.read(&mut [0; 1]).await.unwrap_or(0), 0);
        first.write_all(b"y").await.unwrap();
        expect(&mut first, b"y").await;
        assert!(
            server
                .diary
                .take()
                .contains(&"turned away from 1".to_owned())
        );
    });
}

#[test]
fn silence_has_an_end() {
    runtime().block_on(async {
        let mut terms = Terms::new(Answer::Echo);
        terms.silence_max = Some(Duration::from_millis(50));
        terms.once = true;
        let server = Running::start(terms).await;
        let mut client = server.client().await;
        assert_eq!(rest(&mut client).await, b"");
        let leave = server.task.await.unwrap().unwrap().unwrap();
        assert!(matches!(leave, Leave::Silent { .. }), "{leave}");
    });
}

#[test]
fn an_impossible_frame_ends_that_client_alone() {
    runtime().block_on(async {
        let mut terms = Terms::new(Answer::Echo);
        terms.framing = "u32".parse().unwrap();
        let server = Running::start(terms).await;
        let mut good = server.client().await;
        let mut bad = server.client().await;
        bad.write_all(b"\0\0\0\x02ok\xff\xff\xff\xff")
            .await
            .unwrap();
        assert_eq!(rest(&mut bad).await, b"\0\0\0\x02ok");
        good.write_all(b"\0\0\0\x01x").await.unwrap();
        expect(&mut good, b"\0\0\0\x01x").await;
    });
}

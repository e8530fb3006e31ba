//! The client against a server of tungstenite's, and against servers that are none.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;
use crate::dial::Dial;
use crate::event::Unwatched;
use crate::fault::Cause;
use crate::listener::Listener;
use crate::tls::TlsTrust;
use crate::transport::Transport;
use crate::transport::tests::{Told, accept, listen, runtime};

/// What to dial to reach what listens at `listener` with `scheme`.
fn asking(scheme: &str, listener: &Listener) -> Dial {
    let place = listener.endpoint().place().expect("it has one");
    let endpoint = format!("{scheme}://{place}/room").parse();
    Dial::new(endpoint.expect("it is one")).tls(TlsTrust::Anything)
}

async fn accept_stream(listener: &mut Listener) -> Stream {
    match accept(listener).await {
        Ok(Transport::Stream(stream)) => stream,
        other => panic!("{other:?} is no stream"),
    }
}

async fn read_request(stream: &mut Stream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let read = stream.read_buf(&mut request).await;
        assert_ne!(read.expect("it asks"), 0);
    }
    String::from_utf8(request).expect("HTTP is text")
}

type Sockets = (WebSocketStream<Stream>, WebSocketStream<Stream>);

async fn pair(scheme: &str, below: &str, bytes_max: usize) -> Sockets {
    let mut listener = listen(below).await;
    let dial = asking(scheme, &listener).message_bytes_max(bytes_max);
    let (dialed, accepted) = tokio::join!(dial.connect(&Unwatched), async {
        accept_async(accept_stream(&mut listener).await).await
    });
    match dialed.map(|dialed| dialed.transport) {
        Ok(Transport::WebSocket(client)) => (*client, accepted.expect("both sides speak it")),
        other => panic!("{other:?} is no WebSocket"),
    }
}

fn part(text: &'static str, opcode: Data, is_last: bool) -> Message {
    Message::Frame(Frame::message(text, OpCode::Data(opcode), is_last))
}

#[test]
fn messages_go_both_ways_plain_and_over_tls() {
    runtime().block_on(async {
        for (scheme, below) in [("ws", "127.0.0.1:0"), ("wss", "tls://127.0.0.1:0")] {
            let (mut client, mut server) = pair(scheme, below, 1 << 20).await;
            client.send(Message::text("héllo")).await.unwrap();
            assert_eq!(
                server.next().await.unwrap().unwrap(),
                Message::text("héllo")
            );
            let bytes = Message::binary(vec![0, 255, 10]);
            server.send(bytes.clone()).await.unwrap();
            assert_eq!(client.next().await.unwrap().unwrap(), bytes);
            let (closed, _) = tokio::join!(client.close(None), server.next());
            closed.unwrap();
        }
    });
}

#[test]
fn a_message_in_pieces_arrives_whole() {
    runtime().block_on(async {
        let (mut client, mut server) = pair("ws", "127.0.0.1:0", 1 << 20).await;
        for piece in [
            part("No Button ", Data::Text, false),
            part("is ", Data::Continue, false),
            // Somebody may ask in between whether the other is still there.
            Message::Ping("?".into()),
            part("Pressed", Data::Continue, true),
        ] {
            server.send(piece).await.unwrap();
        }
        let mut received = Vec::new();
        while received.last().is_none_or(Message::is_ping) {
            received.push(client.next().await.unwrap().unwrap());
        }
        assert_eq!(
            received.last(),
            Some(&Message::text("No Button is Pressed"))
        );
    });
}

#[test]
fn a_message_of_megabytes_is_exact_and_a_larger_one_is_refused() {
    runtime().block_on(async {
        let (mut client, mut server) = pair("ws", "127.0.0.1:0", 10 << 20).await;
        let large: Vec<u8> = (0..10_u32 << 20).map(|n| (n % 251) as u8).collect();
        let sent = Message::binary(large.clone());
        let (sent, received) = tokio::join!(server.send(sent), client.next());
        sent.unwrap();
        assert!(received.unwrap().unwrap().into_data() == large);
        let larger = Message::binary(vec![0; (10 << 20) + 1]);
        let (_, received) = tokio::join!(server.send(larger), async {
            let received = client.next().await;
            drop(client);
            received
        });
        let error = received.unwrap().unwrap_err();
        assert_eq!(Fault::websocket_broke("it", &error).code(), "bad_frame");
    });
}

#[test]
fn the_request_names_the_place_and_the_path() {
    runtime().block_on(async {
        let mut listener = listen("127.0.0.1:0").await;
        let place = listener.endpoint().place().unwrap().to_string();
        let dial = asking("ws", &listener);
        let (_, request) = tokio::join!(dial.connect(&Unwatched), async {
            read_request(&mut accept_stream(&mut listener).await).await
        });
        assert!(request.starts_with("GET /room HTTP/1.1\r\n"), "{request}");
        let host = format!("host: {place}\r\n");
        assert!(request.to_lowercase().contains(&host), "{request}");
    });
}

/// What a server comes to that answers so.
fn met(answer: &str) -> Cause {
    runtime().block_on(async {
        let mut listener = listen("127.0.0.1:0").await;
        let dial = asking("ws", &listener);
        let (dialed, ()) = tokio::join!(dial.connect(&Unwatched), async {
            let mut stream = accept_stream(&mut listener).await;
            read_request(&mut stream).await;
            let answered = stream.write_all(answer.as_bytes()).await;
            answered.expect("it listens");
        });
        dialed
            .expect_err("it does not speak WebSocket")
            .cause()
            .clone()
    })
}

#[test]
fn servers_that_do_not_speak_it_are_told_apart() {
    let status = 404;
    assert_eq!(
        met("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        Cause::WebSocketRefused { status }
    );
    let status = 200;
    assert_eq!(
        met("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        Cause::WebSocketRefused { status }
    );
    assert_eq!(met("220 mail.example ready\r\n\r\n"), Cause::NotHttp);
    assert_eq!(met(""), Cause::ClosedBeforeAnswer);
}

#[test]
fn the_steps_are_told_in_their_order() {
    runtime().block_on(async {
        let told = Told::default();
        let mut listener = listen("tls://127.0.0.1:0").await;
        let dial = asking("wss", &listener);
        let (dialed, _) = tokio::join!(dial.connect(&told), async {
            accept_async(accept_stream(&mut listener).await).await
        });
        dialed.unwrap();
        let told = told.all();
        let first_words: Vec<_> = told
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(
            first_words,
            ["connecting", "secured", "upgraded", "connected"]
        );
    });
}

#[test]
fn servers_are_asked_as_they_know_themselves() {
    for (text, asked) in [
        ("ws://gs", "ws://gs/"),
        ("ws://gs:443/x", "ws://gs:443/x"),
        ("wss://gs/x?y=1", "wss://gs/x?y=1"),
        ("ws://[fe80::1%wlan0]:8080", "ws://[fe80::1]:8080/"),
        ("ws://[::1]", "ws://[::1]/"),
    ] {
        let endpoint: Endpoint = text.parse().unwrap();
        let Endpoint::WebSocket { path, .. } = &endpoint else {
            panic!("{endpoint} is one");
        };
        assert_eq!(url(&endpoint, path), asked);
    }
}

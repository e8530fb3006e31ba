//! `sockhop connect` as a WebSocket client, of a server we did not write.
#![cfg(unix)]

mod common;

use common::Hub;
use common::toolkit::{Folder, Program, Server, assert_same, connect, python, run};

/// Where it answers in capitals.
fn upper(server: &Server) -> String {
    format!("{}/upper", server.endpoint())
}

#[test]
fn messages_go_there_and_back_whole() {
    let server = Server::start(&mut python("websocket.py", &[]));
    let mut client = Program::start(&mut connect(&upper(&server), &[]));
    client.hear_error("connected to ws://");
    server.hear("pong there?");
    client.say("größer 🎮");
    server.hear("text 13");
    assert_eq!(client.hear_next(), "GRÖSSER 🎮");
    client.close_input();
    assert_eq!(client.wait(), Some(0));
    server.hear("left");

    // As they come out of a pipe at once, and the last one without its newline.
    let long = "a long message ".repeat(10_000);
    let done = run(
        &mut connect(&upper(&server), &[]),
        format!("one\r\n\n{long}"),
    );
    assert_eq!(done.code, Some(0), "{}", done.error);
    let lines = format!("ONE\n\n{}\n", long.to_uppercase());
    assert_same(&done.output, lines.as_bytes());
    server.hear("text 3");
}

#[test]
fn raw_is_the_bytes_and_nothing_else() {
    let server = Server::start(&mut python("websocket.py", &[]));
    let done = run(&mut connect(&upper(&server), &["--raw"]), "one\ntwo");
    assert_eq!(
        (done.text().as_str(), done.code),
        ("ONE\nTWO", Some(0)),
        "{}",
        done.error
    );
    server.hear("text 7");
}

#[test]
fn a_program_at_the_hub_reads_a_line_an_event() {
    let hub = Hub::start(&["--no-history"]);
    let mut client = Program::start(&mut connect(&format!("ws://{}/-/ws", hub.tcp()), &[]));
    client.say(r#"{"op":"hello","nick":"ann","echo":true}"#);
    client.say(r#"{"op":"subscribe","room":"lobby"}"#);
    client.say(r#"{"op":"publish","room":"lobby","text":"hello"}"#);
    for part in ["welcome", "subscribed", "message"] {
        let line = client.hear_next();
        assert!(
            line.starts_with(&format!(r#"{{"ev":"{part}""#)) && line.ends_with('}'),
            "{line}"
        );
    }
}

#[test]
fn over_tls_as_well() {
    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let server = Server::start(&mut python("websocket.py", &[&certificate, &key]));
    let done = run(
        &mut connect(&upper(&server), &["--ca", &certificate]),
        "hello",
    );
    assert_eq!(
        (done.text().as_str(), done.code),
        ("HELLO\n", Some(0)),
        "{}",
        done.error
    );
    run(&mut connect(&upper(&server), &[]), "hello").failed_with(&["cannot be trusted"]);
}

#[test]
fn the_server_s_goodbye_and_its_refusal() {
    let server = Server::start(&mut python("websocket.py", &[]));
    let mut client = Program::start(&mut connect(&upper(&server), &["--trace"]));
    client.hear_error("upgraded    to WebSocket");
    client.say("hello");
    client.hear_error("read 5 B    HELLO");
    client.say("goodbye");
    client.hear_error("the other side has ended its half");
    client.close_input();
    assert_eq!(client.wait(), Some(0));
    run(&mut connect(server.endpoint(), &[]), "").failed_with(&[
        "did not agree to WebSocket: it has nothing at that path (status 404)",
        "many servers have it at /ws",
    ]);
}

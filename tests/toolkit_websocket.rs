//! `sockhop connect` as a WebSocket client, of a server we did not write.
#![cfg(unix)]

mod common;

use common::toolkit::{Folder, Program, Server, assert_same, connect, python, run};

/// Where it answers in capitals.
fn upper(server: &Server) -> String {
    format!("{}/upper", server.endpoint())
}

#[test]
fn messages_go_there_and_back_whole() {
    let server = Server::start(&mut python("websocket.py", &[]));
    let mut client = Program::start(&mut connect(&upper(&server), &["--frame", "line"]));
    client.hear_error("connected to ws://");
    server.hear("pong there?");
    client.say("größer 🎮");
    client.hear("GRÖSSER 🎮");
    client.close_input();
    assert_eq!(client.wait(), Some(0));
    server.hear("left");

    let long = "a long message ".repeat(10_000);
    let done = run(&mut connect(&upper(&server), &[]), &long);
    assert_eq!(done.code, Some(0), "{}", done.error);
    assert_same(&done.output, long.to_uppercase().as_bytes());
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
        ("HELLO", Some(0)),
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
    client.send(b"hello");
    client.hear_error("read 5 B    HELLO");
    client.send(b"goodbye");
    client.hear_error("the other side has ended its half");
    client.close_input();
    assert_eq!(client.wait(), Some(0));
    run(&mut connect(server.endpoint(), &[]), "").failed_with(&[
        "did not agree to WebSocket: it has nothing at that path (status 404)",
        "many servers have it at /ws",
    ]);
}

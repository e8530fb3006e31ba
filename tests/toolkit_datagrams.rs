//! UDP, both sides: a datagram is a message, arrives whole or not at all, and has no end.
#![cfg(unix)]

mod common;

use common::datagram;
use common::toolkit::{Program, Server, listen, noise, program, python, run};

#[test]
fn datagrams_are_answered_one_for_one() {
    for host in ["127.0.0.1", "::1"] {
        let place = if host == "::1" {
            "udp://[::1]:0"
        } else {
            "udp://127.0.0.1:0"
        };
        let server = Server::start(&mut listen(place, &["--upper"]));
        let mut client = Program::start(&mut python("datagrams.py", &[&server.port(), host]));
        for said in ["a ping", "grüße", "the third"] {
            client.say(said);
            assert_eq!(client.hear_next(), said.to_uppercase());
            server.hear(&format!(": {said}"));
        }
    }
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--reply", "got it"]));
    let mut nc = Program::start(&mut program(
        "nc.openbsd",
        &["-u", "127.0.0.1", "PORT"],
        &server,
    ));
    let mut socat = Program::start(&mut program("socat", &["-", "UDP:127.0.0.1:PORT"], &server));
    for client in [&mut nc, &mut socat] {
        client.say("21.5");
        server.hear(": 21.5");
        // A reply to a datagram is a datagram: it has no newline, so the next one ends the line.
        client.say("22");
        server.hear(": 22");
    }
    datagram(server.address(), b"from nobody in particular");
    server.hear(": from nobody in particular");
}

#[test]
fn datagrams_are_sent_and_their_answers_shown() {
    for host in ["127.0.0.1", "::1"] {
        let server = Server::start(&mut python("datagrams.py", &["listen", host]));
        // What is written to a pipe at once is one datagram.
        let mut client = Program::start(&mut server.connect(&[]));
        client.hear_error("ready to send to udp://");
        client.say("first");
        server.hear("got 6 bytes: first");
        client.hear("FIRST");
        client.say("second");
        client.hear("SECOND");
        client.close_input();
        assert_eq!(client.wait(), Some(0));
    }
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--upper"]));
    let done = run(&mut server.connect(&[]), "21.5");
    assert_eq!((done.text().as_str(), done.code), ("21.5", Some(0)));
    let done = run(&mut server.connect(&[]), "größe");
    assert_eq!(done.text(), "GRÖSSE");
}

#[test]
fn an_empty_datagram_is_no_goodbye() {
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--reply", "got it"]));
    let mut client = Program::start(&mut python("datagrams.py", &[&server.port()]));
    for said in ["before", "", "after"] {
        client.say(said);
        assert_eq!(client.hear_next(), "got it");
    }
    let name = server.accepts();
    server.hear(&format!("{name}: before"));
    server.hear(&format!("{name}: after"));
}

#[test]
fn who_sends_datagrams_is_relayed_to_all_others() {
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--relay"]));
    let mut clients = [0, 1, 2].map(|number| {
        let tool = ["-", "UDP:127.0.0.1:PORT"];
        let mut client = Program::start(&mut program("socat", &tool, &server));
        client.say(&format!("here is {number}"));
        server.hear(&format!(": here is {number}"));
        client
    });
    clients[0].say("to the others");
    for other in &clients[1..] {
        other.hear("to the others");
    }
}

#[test]
fn more_than_a_datagram_holds_is_not_sent() {
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--echo"]));
    let largest = noise(65_507);
    let done = run(&mut server.connect(&[]), &largest);
    assert_eq!(done.output.len(), 65_507, "{}", done.error);
    let lines = format!("{}\n", "x".repeat(65_507));
    run(&mut server.connect(&["--frame", "line"]), lines)
        .failed_with(&["more than one datagram can hold", "at most 65507 bytes"]);
}

#[test]
fn a_client_that_is_shown_out_by_silence_is_a_client_again() {
    let server = Server::start(&mut listen(
        "udp://127.0.0.1:0",
        &["--echo", "--timeout", "300ms"],
    ));
    let mut client = Program::start(&mut python("datagrams.py", &[&server.port()]));
    for said in ["first", "second"] {
        client.say(said);
        assert_eq!(client.hear_next(), said);
        let name = server.accepts();
        server.hear(&format!("left {name}: silent for 300ms"));
    }
}

#[test]
fn who_sends_datagrams_ends_it_alone() {
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--echo"]));
    let done = run(&mut server.connect(&[]), "x");
    assert_eq!((done.text().as_str(), done.code), ("x", Some(0)));
    let left = done.error.lines().last().expect("it left");
    assert!(
        left.ends_with("closed from here (1 byte in, 1 out)"),
        "{left}"
    );
}

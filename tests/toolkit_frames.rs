//! Messages, whole whatever the reads were; and lengths that cannot be.
#![cfg(unix)]

mod common;

use std::net::Shutdown;

use common::Wire;
use common::toolkit::{Program, Server, listen, program, python, run};

const FRAMINGS: [&str; 8] = [
    "line", "u8", "u16", "u32", "u16le", "u32le", "varint", "fixed:24",
];

/// What a fixed size fills up with is no part of what was said.
fn said(line: &str) -> &str {
    line.trim_end()
}

#[test]
fn every_framing_is_what_python_makes_of_it() {
    let long = "x".repeat(200);
    for framing in FRAMINGS {
        let mut messages = vec!["hello", "größer 🎮", "two\tparts", "y"];
        if !framing.starts_with("fixed") {
            messages.push(&long);
        }
        let server = Server::listen(&["--upper", "--frame", framing]);
        let mut client = Program::start(&mut python("frames.py", &[framing, &server.port()]));
        let name = server.accepts();
        for message in &messages {
            client.say(message);
            assert_eq!(
                said(&client.hear_next()),
                message.to_uppercase(),
                "{framing}"
            );
            let heard = server.hear(&format!("{name}: "));
            assert_eq!(said(&heard), format!("{name}: {message}"), "{framing}");
        }
        client.close_input();
        client.hear("end");
        server.hear(&format!("left {name}: closed by the other side"));

        let mut server = Server::start(&mut python("frames.py", &[framing, "listen"]));
        let mut client = Program::start(&mut server.connect(&["--frame", framing]));
        for message in &messages {
            client.say(message);
            assert_eq!(said(&server.program.hear_next()), *message, "{framing}");
            server.program.say(message);
            assert_eq!(said(&client.hear_next()), *message, "{framing}");
        }
        client.close_input();
        server.hear("end");
        server.program.close_input();
        assert_eq!(client.wait(), Some(0), "{framing}");
    }
}

/// A joystick says the same 20 bytes over and over, and the other side reads 28 at a time.
#[test]
fn messages_of_20_bytes_are_whole_though_read_28_at_a_time() {
    const MESSAGES: [&str; 7] = [
        "No Button is Pressed",
        "Button A  is Pressed",
        "Button B  is Pressed",
        "No Button is Pressed",
        "Button X  is Pressed",
        "Button Y  is Pressed",
        "No Button is Pressed",
    ];
    let stream = MESSAGES.concat();
    let server = Server::listen(&["--frame", "fixed:20", "--trace"]);
    let mut wire = Wire::connect(server.address());
    let mut shown = Vec::new();
    for piece in stream.as_bytes().chunks(28) {
        wire.send(piece);
        // Only once it has been read does the next come, so that each read is of 28 bytes.
        let read = server.hear(&format!("read {} B", piece.len()));
        let piece = std::str::from_utf8(piece).unwrap();
        assert!(read.ends_with(&format!("  {piece}")), "{read}");
    }
    wire.stream.shutdown(Shutdown::Write).expect("it is open");
    let mut line = server.program.hear_next();
    while !line.contains("left ") {
        shown.push(line);
        line = server.program.hear_next();
    }
    // The last read ended with the last message.
    assert!(
        shown.iter().all(|line| !line.contains("pending")),
        "{shown:?}"
    );

    // And what they are to those who count on reads: the same client, and Python's recv(28).
    let server = Server::listen(&["--frame", "fixed:20"]);
    let done = run(
        &mut program("socat", &["-u", "-b28", "-", "TCP:127.0.0.1:PORT"], &server),
        &stream,
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    let name = server.accepts();
    for message in MESSAGES {
        assert_eq!(server.program.hear_next(), format!("{name}: {message}"));
    }
}

#[test]
fn buttons_behind_one_character_of_length() {
    let server = Server::listen(&["--frame", "u8"]);
    let mut pads = [0, 1].map(|_| {
        let pad = Program::start(&mut python("buttons.py", &[&server.port()]));
        let name = server.accepts();
        (pad, name)
    });
    for message in [
        "No Button is Pressed",
        "Button A",
        "Taste für Größe",
        "Left trigger at 0.53",
        "No Button is Pressed",
    ] {
        for (pad, name) in &mut pads {
            pad.say("");
            assert_eq!(server.program.hear_next(), format!("{name}: {message}"));
        }
    }
}

#[test]
fn a_length_that_cannot_be_is_named_and_others_go_on() {
    let http = "GET / HTTP/1.1\r\nHost: here\r\n\r\n";
    let cases = [
        (
            "u32",
            &[][..],
            http,
            "1195725856 is how HTTP reads as a length",
        ),
        (
            "u32",
            &[],
            "hello, anyone?",
            "is how the text \"hell\" reads as a length",
        ),
        (
            "u32",
            &[],
            "\u{4}\0\0\0ping",
            "with its bytes in the other order it says 4",
        ),
        ("u16", &["--max-frame", "100"], "\u{1}\u{2}x", "258"),
        ("varint", &["--max-frame", "100"], "\u{7f}x", "127"),
        (
            "line",
            &["--max-frame", "10"],
            "much too long a line\n",
            "10",
        ),
    ];
    let answers = [&[][..], &["--relay"], &["--upper"]].into_iter().cycle();
    for ((framing, flags, sent, words), answer) in cases.into_iter().zip(answers) {
        let flags = [&["--frame", framing], flags, answer].concat();
        let server = Server::listen(&flags);
        let script = python("frames.py", &[framing, &server.port()]);
        let mut witness = Program::start(&mut { script });
        server.accepts();
        let mut wire = Wire::connect(server.address());
        let name = server.accepts();
        wire.send(sent);
        let left = server.hear(&format!("left {name}: "));
        assert!(left.contains(words), "{flags:?}: {left}");
        assert!(!left.contains("closed by the other side"), "{left}");
        // What to try is beneath.
        assert!(server.program.hear_next().starts_with("  "), "{flags:?}");
        wire.rest();
        witness.say("well");
        server.hear(": well");
    }
}

#[test]
fn a_client_hears_of_a_length_that_cannot_be_and_fails() {
    let server = Server::start_raw(&mut listen("0", &["--greet", "HTTP/1.1 200 OK", "--raw"]));
    run(&mut server.connect(&["--frame", "u32"]), "")
        .failed_with(&["is how HTTP reads as a length", "is it the right port?"]);
    let server = Server::start_raw(&mut listen("0", &["--greet", "hello", "--raw"]));
    run(&mut server.connect(&["--frame", "u16"]), "")
        .failed_with(&["26721 are missing", "the same --frame"]);
}

#[test]
fn a_message_cut_by_the_end_is_no_message() {
    for flags in [&[][..], &["--upper"], &["--relay"]] {
        let flags = [&["--frame", "u8", "--once"], flags].concat();
        let mut server = Server::listen(&flags);
        let done = run(
            &mut program("nc.openbsd", &["-N", "127.0.0.1", "PORT"], &server),
            "\u{4}full\u{5}cut",
        );
        assert_eq!(done.code, Some(0), "{done:?}");
        let name = server.accepts();
        server.hear(&format!("{name}: full"));
        let left = server.hear(&format!("left {name}: "));
        assert!(
            left.contains("ended inside a frame: 4 bytes of it came, 2 are missing"),
            "{flags:?}: {left}"
        );
        assert_eq!(server.program.wait(), Some(1), "{flags:?}");
    }
}

#[test]
fn what_fits_no_frame_is_not_sent() {
    let server = Server::listen(&["--frame", "u8"]);
    let long = "x".repeat(256);
    run(&mut server.connect(&["--frame", "u8"]), format!("{long}\n"))
        .failed_with(&["256", "--frame u32"]);
    let done = run(
        &mut server.connect(&["--frame", "u8"]),
        format!("{}\n", &long[1..]),
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    server.hear(&format!(": {}", &long[1..]));
}

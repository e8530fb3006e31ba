//! What went wrong, in words: which stage, what it means, what to try. Never a bare `os error`.
#![cfg(unix)]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use common::toolkit::{Folder, NOBODY, Program, Server, connect, listen, program, python, run};

/// A server for one connection, which reads something and answers with `answer`.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let read = client.read(&mut [0; 4096]).expect("it says something");
        assert_ne!(read, 0);
        client.write_all(answer.as_bytes()).expect("it listens");
    });
    address
}

/// `python3 -m http.server`, and its address.
fn http_server() -> (Program, String) {
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new("python3");
    command.args([
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "-d",
        folder,
    ]);
    let server = Program::start(&mut command);
    let line = server.hear("Serving HTTP");
    let url = line.split("http://").nth(1).expect("its address");
    let address = url.split('/').next().expect("its address").to_owned();
    (server, address)
}

#[test]
fn nobody_listens() {
    run(&mut connect(NOBODY, &[]), "").failed_with(&[
        "sockhop: tcp://127.0.0.1:1 refused the connection: the machine is there, but nothing listens",
        "Start the server first (`--wait` waits for it)",
        "`ss -ltn` lists",
    ]);
    for scheme in ["tls", "ws", "wss"] {
        run(
            &mut connect(&format!("{scheme}://{NOBODY}"), &["--insecure"]),
            "",
        )
        .failed_with(&["refused the TCP connection"]);
    }
    run(&mut connect(&format!("udp://{NOBODY}"), &[]), "anyone?").failed_with(&[
        "refused the datagram: the machine is there, but nothing listens on that UDP port",
    ]);
    run(&mut connect("127.0.0.1:0", &[]), "").failed_with(&["port 0 means any free one"]);
}

#[test]
fn names_that_nobody_has() {
    let done = run(&mut connect("no-such-machine.invalid:5000", &[]), "");
    // Without a network there is nobody to ask.
    let words = [
        "no machine is known by the name",
        "nobody answered who could say which machine",
    ];
    assert!(
        words.iter().any(|words| done.error.contains(words)),
        "{}",
        done.error
    );
    done.failed_with(&["no-such-machine.invalid", "such as 192.168.1.20"]);
}

#[test]
fn an_address_in_use_tells_by_whom() {
    let theirs = Server::start(&mut python("server.py", &["blocking", "echo"]));
    let pid = theirs.program.pid();
    run(&mut listen(&theirs.port(), &["--echo"]), "").failed_with(&[
        &format!("cannot bind {}: python", theirs.endpoint()),
        &format!("(process {pid}) has it already"),
        &format!("Stop it (`kill {pid}`), or choose another port"),
    ]);
    let udp = Server::start(&mut listen("udp://127.0.0.1:0", &["--echo"]));
    let pid = udp.program.pid();
    run(&mut listen(udp.endpoint(), &[]), "")
        .failed_with(&[&format!("sockhop (process {pid}) has it already")]);

    let folder = Folder::new();
    let path = folder.name("s.sock");
    let socket = format!("unix:{path}");
    let _unix = Server::start(&mut python("server.py", &["blocking", "echo", &socket]));
    run(&mut listen(&socket, &[]), "").failed_with(&["python", "has it already"]);
}

#[test]
fn a_dead_servers_socket_file_is_taken_over_and_others_are_not() {
    let folder = Folder::new();
    let (path, file) = (folder.name("s.sock"), folder.name("file"));
    let socket = format!("unix:{path}");
    run(&mut connect(&socket, &[]), "").failed_with(&[
        "is not there: nothing has made that socket",
        &format!("`sockhop listen {socket}`"),
    ]);
    let mut dead = Server::start(&mut python("server.py", &["blocking", "echo", &socket]));
    dead.program.kill();
    run(&mut connect(&socket, &[]), "")
        .failed_with(&["the socket is there, but nothing listens on it any more"]);
    let server = Server::start(&mut listen(&socket, &["--upper"]));
    assert_eq!(run(&mut server.connect(&[]), "x").text(), "X");

    std::fs::write(&file, "precious").unwrap();
    let not_one = format!("unix:{file}");
    run(&mut connect(&not_one, &[]), "").failed_with(&["is a file, but not a socket"]);
    run(&mut listen(&not_one, &[]), "").failed_with(&["it is not a socket"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn what_cannot_be_listened_on() {
    run(&mut listen("192.0.2.77:0", &[]), "").failed_with(&[
        "192.0.2.77 is not an address of this machine",
        "127.0.0.1",
        "0.0.0.0 stands for all",
    ]);
    run(&mut listen("ws://127.0.0.1:0", &[]), "")
        .failed_with(&["speaks WebSocket as a client only"]);
    let folder = Folder::new();
    let missing = folder.name("none/s.sock");
    run(&mut listen(&format!("unix:{missing}"), &[]), "")
        .failed_with(&["there is no folder", "mkdir -p"]);
    let long = folder.name(&"long".repeat(40));
    run(&mut listen(&format!("unix:{long}"), &[]), "").failed_with(&["at most 107 bytes"]);

    let (certificate, key) = folder.certificate();
    let others = Folder::new();
    let (_, other_key) = others.certificate();
    for (certificate, key, words) in [
        ("/nowhere.pem", &*key, "/nowhere.pem is not there"),
        (&certificate, &certificate, "holds no private key"),
        (&key, &key, "holds no certificate"),
        (
            &certificate,
            &other_key,
            "does not belong to the certificate",
        ),
    ] {
        let flags = ["--cert", certificate, "--key", key];
        run(&mut listen("tls://127.0.0.1:0", &flags), "").failed_with(&[words]);
    }
}

#[test]
fn servers_that_leave_or_say_nothing() {
    for (how, words) in [
        ("mute", "closed the connection before it answered anything"),
        ("reset", "reset the connection: it was broken off there"),
    ] {
        let mut server = Server::start(&mut python("rude.py", &[how, "listen"]));
        let mut client = Program::start(&mut server.connect(&[]));
        server.hear("connected");
        client.hear_error("connected to ");
        server.program.say("now");
        server.hear("closed");
        // Until the client has heard of it, its own half is open.
        let mut said = vec![client.hear_error("sockhop: ")];
        client.close_input();
        said.extend(client.rest_of_errors());
        let is_said = said.iter().any(|line| line.contains(words));
        assert!(is_said, "{how}: {said:#?}");
        assert_eq!(client.wait(), Some(1), "{how}");
    }
    let full = Server::start(&mut python("rude.py", &["full", "listen"]));
    run(&mut full.connect(&["--timeout", "300ms"]), "")
        .failed_with(&["did not answer within 300 ms", "firewall"]);
    let mute = Server::start(&mut python("rude.py", &["mute", "listen"]));
    let endpoint = format!("tls://{}", mute.address());
    run(&mut connect(&endpoint, &["--timeout", "300ms"]), "").failed_with(&[
        "did not finish the TLS handshake within 300 ms",
        "Perhaps it does not speak TLS at all",
    ]);
}

#[test]
fn servers_that_speak_another_language() {
    let (_server, address) = http_server();
    let done = run(
        &mut connect(&address, &[]),
        "hello: anyone HTTP/1.1\r\n\r\n",
    );
    assert!(done.text().starts_with("HTTP/1.0 501"), "{done:?}");
    assert!(done.error.contains("it sounds like HTTP"), "{}", done.error);
    // Who asks in HTTP is told nothing about it.
    let done = run(&mut connect(&address, &[]), "GET / HTTP/1.0\r\n\r\n");
    assert!(done.text().starts_with("HTTP/1.0 200"), "{done:?}");
    assert!(!done.error.contains("sounds like"), "{}", done.error);

    run(&mut connect(&format!("ws://{address}/nothing"), &[]), "").failed_with(&[
        "answered in HTTP, but of a kind that knows no WebSocket",
        &format!("`curl -i http://{address}/nothing` shows its answer"),
    ]);
    let address = answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    run(&mut connect(&format!("ws://{address}/nothing"), &[]), "").failed_with(&[
        "answered in HTTP, but did not agree to WebSocket: it has nothing at that path (status 404)",
        "many servers have it at /ws",
    ]);
    let address = answering("220 mail.example.org ESMTP\r\n");
    run(&mut connect(&format!("ws://{address}/"), &[]), "").failed_with(&["is not even HTTP"]);
}

#[test]
fn tls_on_one_side_only() {
    let address = answering("HTTP/1.1 400 Bad Request\r\n\r\n");
    run(&mut connect(&format!("tls://{address}"), &[]), "").failed_with(&[
        "does not speak TLS: it answered in plain HTTP",
        &format!("Without TLS it is tcp://{address}"),
    ]);
    let plain = Server::start(&mut python("server.py", &["threaded", "upper"]));
    run(&mut connect(&format!("tls://{}", plain.address()), &[]), "")
        .failed_with(&["does not speak TLS", &format!("tcp://{}", plain.address())]);

    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let tls = format!("tls:{certificate}:{key}");
    let theirs = Server::start(&mut python("server.py", &["threaded", "echo", &tls]));
    let mut client = Program::start(&mut connect(&theirs.address().to_string(), &[]));
    client.say("hello");
    // OpenSSL leaves without a word, and, where it has not read all, with a reset.
    let words = client.hear_error("sockhop: ");
    assert!(
        words.contains("It may expect another protocol, TLS"),
        "{words}"
    );
    assert_eq!(client.wait(), Some(1));
    theirs.hear("SSLError");

    let mut server = Server::start(&mut listen("tls://127.0.0.1:0", &["--echo"]));
    run(&mut connect(&server.address().to_string(), &[]), "hello\n").failed_with(&[
        "speaks TLS, and this side does not",
        "Use tls:// instead of tcp://",
    ]);
    server.hear("does not speak TLS: it began with something else");
    let _ = run(
        &mut program("nc.openbsd", &["-N", "127.0.0.1", "PORT"], &server),
        "GET / HTTP/1.1\r\n\r\n",
    );
    server.hear("does not speak TLS: it began with plain HTTP");
    server.program.hear_next();
    assert_eq!(server.program.interrupt(), Some(0));
}

#[test]
fn certificates_that_nobody_vouches_for() {
    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let tls = format!("tls:{certificate}:{key}");
    let server = Server::start(&mut python("server.py", &["threaded", "upper", &tls]));
    let done = run(&mut server.connect(&[]), "x\n");
    done.failed_with(&[
        "cannot be trusted: its certificate was made by itself",
        "`--ca FILE`",
    ]);
    // The advice can be followed to the letter.
    let fingerprint = done
        .error
        .split("--fingerprint ")
        .nth(1)
        .expect("it is advised");
    let fingerprint = fingerprint.split('`').next().expect("it has an end");
    let trusting = run(&mut server.connect(&["--fingerprint", fingerprint]), "x\n");
    assert_eq!((trusting.text().as_str(), trusting.code), ("X\n", Some(0)));
    let other = "0".repeat(64);
    run(&mut server.connect(&["--fingerprint", &other]), "x\n")
        .failed_with(&["is not the one it should be", fingerprint]);

    let identity = ["--upper", "--cert", &certificate, "--key", &key];
    let ours = Server::start(&mut listen("tls://0.0.0.0:0", &identity));
    let elsewhere = format!("tls://127.0.0.2:{}", ours.port());
    run(&mut connect(&elsewhere, &["--ca", &certificate]), "x\n")
        .failed_with(&["its certificate is not for 127.0.0.2 but for", "localhost"]);
    let here = format!("tls://localhost:{}", ours.port());
    assert_eq!(
        run(&mut connect(&here, &["--ca", &certificate]), "x\n").text(),
        "X\n"
    );

    // A client that does not trust us leaves; the server says why it may have.
    let script = "import socket, ssl, sys
connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
ssl.create_default_context().wrap_socket(connection, server_hostname='localhost')";
    let distrusting = run(
        Command::new("python3").args(["-c", script, &ours.port()]),
        "",
    );
    assert_eq!(distrusting.code, Some(1));
    assert!(
        ours.hear("called the TLS handshake off")
            .contains("does not trust the certificate")
    );
}

#[test]
fn failures_are_events_too() {
    let done = run(&mut connect(NOBODY, &["--json"]), "");
    assert_eq!(done.code, Some(1));
    assert!(
        done.error.contains("refused the connection"),
        "{}",
        done.error
    );
    let mut client = Program::start(&mut connect(NOBODY, &["--json", "--wait"]));
    let line = client.hear("\"ev\":\"failed\"");
    for field in [
        "\"stage\":\"tcp\"",
        "\"code\":\"refused\"",
        "\"hint\":\"",
        "\"again_in_ms\":",
    ] {
        assert!(line.contains(field), "no {field} in {line}");
    }
    assert_eq!(client.interrupt(), Some(0));
}

//! `sockhop connect`, and servers we did not write: what is sent, and what comes back.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::sockhop;
use common::toolkit::{
    Folder, Program, Server, assert_same, connect, free_port, listen, noise, program, python, run,
};

/// `sockhop connect`, once it is connected to `server`.
fn connected(server: &Server, flags: &[&str]) -> Program {
    let client = Program::start(&mut server.connect(flags));
    client.hear_error("connected to ");
    client
}

#[test]
fn servers_of_every_style_are_talked_with() {
    let folder = Folder::new();
    let unix = format!("unix:{}", folder.name("s.sock"));
    let (certificate, key) = folder.certificate();
    let tls = format!("tls:{certificate}:{key}");
    for (style, kind, flags) in [
        ("blocking", "tcp", &[][..]),
        ("threaded", "tcp", &[]),
        ("selectors", "tcp", &[]),
        ("selectors", "tcp6", &[]),
        ("threaded", &unix, &[]),
        ("blocking", &tls, &["--ca", &certificate]),
        ("threaded", &tls, &["--insecure"]),
    ] {
        let server = Server::start(&mut python("server.py", &[style, "upper", kind]));
        let mut client = connected(&server, flags);
        for said in ["hello", "größer 🎮"] {
            client.say(said);
            assert_eq!(
                client.hear_next(),
                said.to_ascii_uppercase(),
                "{style} {kind}"
            );
        }
        client.close_input();
        assert_eq!(client.wait(), Some(0), "{style} {kind}");
        assert_eq!(client.rest(), [""; 0]);
        server.hear("left");
    }
}

#[test]
fn a_tls_server_that_leaves_without_a_goodbye_is_reported() {
    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let tls = format!("tls:{certificate}:{key}");
    let server = Server::start(&mut python("server.py", &["threaded", "rude", &tls]));
    let done = run(&mut server.connect(&["--insecure"]), "hello\n");
    assert_eq!((done.text().as_str(), done.code), ("hello\n", Some(0)));
    let words = "without a goodbye: what it sent last may be missing";
    assert!(done.error.contains(words), "{}", done.error);
}

#[test]
fn a_relay_by_somebody_else_is_joined() {
    let server = Server::start(&mut python("server.py", &["selectors", "relay"]));
    let mut ann = connected(&server, &[]);
    let mut bob = connected(&server, &[]);
    let mut nc = Program::start(&mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server));
    for _ in 0..3 {
        server.hear("connected");
    }
    ann.say("from ann");
    for other in [&bob, &nc] {
        assert_eq!(other.hear_next(), "from ann");
    }
    for (other, words) in [(&mut nc, "from nc"), (&mut bob, "from bob")] {
        other.say(words);
        assert_eq!(ann.hear_next(), words);
    }
}

#[test]
fn millions_of_bytes_come_back_exact() {
    let sent = noise(5_000_000);
    let ours = Server::start_raw(&mut listen("0", &["--echo", "--raw"]));
    let theirs = Server::start(&mut python("server.py", &["threaded", "echo"]));
    let folder = Folder::new();
    let path = format!("unix:{}", folder.name("s.sock"));
    let unix = Server::start_raw(&mut listen(&path, &["--echo", "--raw"]));
    let tls = Server::start_raw(&mut listen("tls://127.0.0.1:0", &["--echo", "--raw"]));
    for (server, flags) in [
        (&ours, &[][..]),
        (&theirs, &[]),
        (&unix, &[]),
        (&tls, &["--insecure"]),
    ] {
        let done = run(&mut server.connect(flags), &sent);
        assert_eq!(done.code, Some(0), "{}: {}", server.endpoint(), done.error);
        assert_same(&done.output, &sent);
        let carried = "5,000,000 bytes in, 5,000,000 out";
        assert!(done.error.contains(carried), "{}", done.error);
    }
}

#[test]
fn each_side_ends_its_half_when_it_is_done() {
    // Ours first: the server answers only at the end of what it is sent.
    let folder = Folder::new();
    let sorted = "exec socat -d -d TCP-LISTEN:0,bind=127.0.0.1 EXEC:sort 2>&1";
    let mut server = Program::start(Command::new("sh").args(["-c", sorted]));
    let line = server.hear("listening on ");
    let port = line.rsplit(':').next().expect("a port");
    let done = run(&mut connect(port, &[]), "b\nc\na\n");
    assert_eq!((done.text().as_str(), done.code), ("a\nb\nc\n", Some(0)));
    server.wait();

    // Theirs first: it has said all, and still takes what we send.
    std::fs::write(folder.path("greeting"), "said all\n").unwrap();
    let script = "exec nc.openbsd -N -l 127.0.0.1 \"$1\" < \"$2\"";
    let port = free_port();
    let mut server = Program::start(Command::new("sh").args([
        "-c",
        script,
        "sh",
        &port,
        &folder.name("greeting"),
    ]));
    let mut client = Program::start(&mut connect(&port, &["--wait"]));
    client.hear("said all");
    client.hear_error("ended its half");
    client.say("but it listens");
    assert_eq!(server.hear_next(), "but it listens");
    client.close_input();
    assert_eq!((client.wait(), server.wait()), (Some(0), Some(0)));
}

#[test]
fn tools_that_listen_are_talked_with() {
    for (tool, arguments) in [
        ("nc.openbsd", &["-l", "127.0.0.1", "PORT"][..]),
        ("ncat", &["-l", "127.0.0.1", "PORT"]),
        ("socat", &["-", "TCP-LISTEN:PORT,bind=127.0.0.1"]),
    ] {
        let port = free_port();
        let arguments = arguments.iter().map(|a| a.replace("PORT", &port));
        let mut server = Program::start(Command::new(tool).args(arguments));
        let mut client = Program::start(&mut connect(&port, &["--wait"]));
        client.hear_error("connected to ");
        server.say("hello, client");
        assert_eq!(client.hear_next(), "hello, client");
        client.say("hello, server");
        assert_eq!(server.hear_next(), "hello, server");
        // Whichever of them ends when its input does, the other side has had all by then.
        server.close_input();
        client.close_input();
        assert_eq!(client.wait(), Some(0), "{tool}");
    }
}

#[test]
fn who_waits_is_there_as_soon_as_the_server_is() {
    let port = free_port();
    let mut client = Program::start(&mut connect(&port, &["--wait"]));
    client.hear_error("refused the connection");
    let server = Server::start(&mut listen(&port, &["--upper"]));
    client.hear_error("connected to ");
    client.say("at last");
    assert_eq!(client.hear_next(), "AT LAST");
    // It waits for the first connection only.
    drop(server);
    client.close_input();
    assert_eq!(client.wait(), Some(0));
}

#[test]
fn who_retries_is_back_after_a_restart() {
    let mut server = Server::listen(&["--upper"]);
    let port = server.port();
    let mut client = connected(&server, &["--retry"]);
    client.say("one");
    client.hear("ONE");
    for (round, flags) in ["--upper", "--echo"].iter().enumerate() {
        match round {
            0 => server.program.kill(),
            _ => assert_eq!(server.program.interrupt(), Some(0)),
        }
        client.hear_error("next attempt in");
        server = Server::start(&mut listen(&port, &[flags]));
        client.hear_error("connected to ");
        client.say("Again");
        let answer = client.hear_next();
        assert_eq!(answer, if round == 0 { "AGAIN" } else { "Again" });
    }
    client.close_input();
    assert_eq!(client.wait(), Some(0));
}

#[test]
fn silence_that_lasts_too_long_is_a_failure() {
    let server = Server::listen(&[]);
    let mut client = connected(&server, &["--timeout", "300ms"]);
    client.hear_error("has been silent for 300ms");
    assert_eq!(client.wait(), Some(1));
}

#[test]
fn it_comes_from_the_address_and_port_asked_for() {
    let server = Server::listen(&["--echo"]);
    let port = free_port();
    let done = run(
        &mut server.connect(&["--bind", &format!("127.0.0.1:{port}")]),
        "x\n",
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(server.accepts(), format!("127.0.0.1:{port}"));
    let done = run(&mut server.connect(&["--bind", "127.0.0.3"]), "x\n");
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(server.accepts().starts_with("127.0.0.3:"));
    let udp = Server::start(&mut listen("udp://127.0.0.1:0", &["--echo"]));
    let done = run(&mut udp.connect(&["--bind", "127.0.0.4"]), "x");
    assert_eq!((done.text().as_str(), done.code), ("x", Some(0)));
    assert!(udp.accepts().starts_with("127.0.0.4:"));
}

#[test]
fn quiet_is_quiet_and_the_bytes_alone_are_output() {
    let server = Server::listen(&["--upper", "--greet", "hi"]);
    let done = run(&mut server.connect(&["--quiet"]), "x\n");
    assert_eq!((done.text().as_str(), done.error.as_str()), ("hi\nX\n", ""));
    let done = run(&mut server.connect(&[]), "x\n");
    assert_eq!(done.text(), "hi\nX\n");
    assert!(
        done.error.starts_with("connected to tcp://127.0.0.1:"),
        "{}",
        done.error
    );
}

#[test]
fn whoever_reads_the_output_may_leave() {
    let server = Server::listen(&["--exec", "yes"]);
    let script = "\"$0\" connect \"$1\" | head -n 3";
    let mut head = Command::new("sh");
    head.args(["-c", script])
        .arg(sockhop().get_program())
        .arg(server.endpoint());
    let done = run(&mut head, "");
    assert_eq!((done.text().as_str(), done.code), ("y\ny\ny\n", Some(0)));
    server.hear("left ");
}

#[test]
fn usage_that_is_wrong_exits_with_2() {
    for arguments in [
        &["connect"][..],
        &["connect", "127.0.0.1"],
        &["connect", "127.0.0.1:99999"],
        &["connect", "http://127.0.0.1:80"],
        &["connect", "5000", "--frame", "u64"],
        &["connect", "5000", "--timeout", "soon"],
        &["listen", "5000", "--echo", "--upper"],
        &["listen", "5000", "--cert", "cert.pem"],
        &["listen", "5000", "--max-frame", "much"],
    ] {
        let done = run(sockhop().args(arguments), "");
        assert_eq!(done.code, Some(2), "{arguments:?}: {done:?}");
        assert!(done.error.starts_with("error: "), "{}", done.error);
    }
    // As nc takes them.
    for (arguments, words) in [
        (["connect", "127.0.0.1", "5000"], "write 127.0.0.1:5000"),
        (["listen", "0.0.0.0", "5000"], "write 0.0.0.0:5000"),
        (["connect", "gs:5000", "6000"], "one word here"),
    ] {
        let done = run(sockhop().args(arguments), "");
        assert_eq!(done.code, Some(2), "{arguments:?}: {done:?}");
        assert!(done.error.contains(words), "{}", done.error);
    }
}

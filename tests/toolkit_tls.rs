//! TLS on both sides, with OpenSSL's and ncat's at the other.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::toolkit::{
    Folder, Program, Server, assert_same, connect, free_port, listen, noise, program, python, run,
};

#[test]
fn servers_of_openssl_and_ncat_are_talked_with() {
    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let port = free_port();
    let place = format!("127.0.0.1:{port}");
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-rev", "-accept", &place]);
    let _server = Program::start(command.args(["-cert", &certificate, "-key", &key]));
    let flags = ["--ca", &certificate, "--wait"];
    let mut client = Program::start(&mut connect(&format!("tls://{place}"), &flags));
    client.hear_error("connected to tls://");
    for (said, reversed) in [("hello", "olleh"), ("was it a car", "rac a ti saw")] {
        client.say(said);
        assert_eq!(client.hear_next(), reversed);
    }

    let port = free_port();
    let mut server = Program::start(Command::new("ncat").args(["--ssl", "-l", "127.0.0.1", &port]));
    let flags = ["--insecure", "--wait"];
    let endpoint = format!("tls://127.0.0.1:{port}");
    let mut client = Program::start(&mut connect(&endpoint, &flags));
    client.hear_error("connected to tls://");
    client.say("from us");
    assert_eq!(server.hear_next(), "from us");
    server.say("from ncat");
    assert_eq!(client.hear_next(), "from ncat");
}

#[test]
fn bytes_are_exact_for_clients_of_others() {
    let server = Server::start_raw(&mut listen("tls://127.0.0.1:0", &["--echo", "--raw"]));
    let sent = noise(2_000_000);
    for (tool, arguments) in [
        ("ncat", &["--ssl", "127.0.0.1", "PORT"][..]),
        ("socat", &["-t30", "-", "OPENSSL:127.0.0.1:PORT,verify=0"]),
    ] {
        let done = run(&mut program(tool, arguments, &server), &sent);
        assert_same(&done.output, &sent);
    }
}

#[test]
fn the_fingerprint_shown_is_the_one_others_compute() {
    let mut server = Program::start(&mut listen("tls://127.0.0.1:0", &["--upper"]));
    let line = server.hear("listening on tls://");
    let place = line.rsplit("//").next().expect("a place");
    let line = server.hear("its certificate has the fingerprint ");
    let shown = line.rsplit(' ').next().expect("a fingerprint");
    let script =
        "openssl s_client -connect \"$1\" < /dev/null | openssl x509 -noout -fingerprint -sha256";
    let computed = run(Command::new("sh").args(["-c", script, "sh", place]), "");
    let text = computed.text().trim().replace(':', "").to_lowercase();
    assert_eq!(text.rsplit('=').next(), Some(shown), "{computed:?}");
    let endpoint = format!("tls://{place}");
    let done = run(&mut connect(&endpoint, &["--fingerprint", shown]), "x");
    assert_eq!((done.text().as_str(), done.code), ("X", Some(0)));
    assert_eq!(server.interrupt(), Some(0));
}

#[test]
fn what_was_agreed_on_is_an_event_on_both_sides() {
    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let identity = ["--json", "--cert", &certificate, "--key", &key, "--once"];
    let mut server = Server::start(&mut listen("tls://localhost:0", &identity));
    let endpoint = format!("tls://localhost:{}", server.port());
    let flags = ["--json", "--trace", "--ca", &certificate];
    let done = run(&mut connect(&endpoint, &flags), "x");
    assert_eq!(
        (done.code, server.program.wait()),
        (Some(0), Some(0)),
        "{done:?}"
    );
    let events = |lines: Vec<String>| -> Vec<serde_json::Value> {
        let json = |line: &String| serde_json::from_str(line).expect("each line is JSON");
        lines.iter().map(json).collect()
    };
    let theirs = events(done.text().lines().map(str::to_owned).collect());
    let find = |events: &[serde_json::Value], name: &str| {
        let event = events.iter().find(|event| event["ev"] == name);
        event
            .unwrap_or_else(|| panic!("no {name} in {events:?}"))
            .clone()
    };
    let resolved = find(&theirs, "resolved");
    assert_eq!(resolved["host"], "localhost");
    assert!(resolved["addresses"].is_array(), "{resolved}");
    let secured = find(&theirs, "secured");
    assert_eq!(secured["version"], "TLS 1.3");
    assert_eq!(secured["verified"], true);
    assert_eq!(secured["fingerprint"].as_str().map(str::len), Some(64));
    let connected = find(&theirs, "connected");
    assert_eq!(connected["endpoint"], *endpoint);
    let ours = events(server.program.rest());
    assert_eq!(find(&ours, "secured")["version"], "TLS 1.3");
    assert_eq!(find(&ours, "accepted")["peer"], connected["local"]);
}

#[test]
fn a_client_that_never_finishes_its_handshake_keeps_nobody_waiting() {
    let server = Server::start(&mut listen("tls://127.0.0.1:0", &["--upper"]));
    let mut silent = Program::start(&mut python("rude.py", &["mute", &server.port()]));
    silent.hear("connected");
    server.accepts();
    let done = run(&mut server.connect(&["--insecure"]), "x");
    assert_eq!(done.text(), "X", "{}", done.error);
    silent.say("now");
    server.hear("during the TLS handshake");
}

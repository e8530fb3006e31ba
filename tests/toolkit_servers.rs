//! `sockhop listen`, and clients we did not write: who is answered what.
#![cfg(unix)]

mod common;

use std::net::UdpSocket;
use std::process::Command;

use common::sockhop;
use common::toolkit::{
    Folder, Program, Server, assert_same, connect, listen, noise, program, python, run,
};

/// Clients a course may use, and what they are called with.
const TOOLS: [(&str, &[&str]); 5] = [
    ("nc.openbsd", &["-N", "127.0.0.1", "PORT"]),
    ("ncat", &["127.0.0.1", "PORT"]),
    ("socat", &["-t30", "-", "TCP:127.0.0.1:PORT"]),
    ("plink", &["-raw", "-P", "PORT", "127.0.0.1"]),
    ("telnet", &["127.0.0.1", "PORT"]),
];

/// A client that has been accepted.
struct Client {
    /// What kind it is.
    kind: String,
    /// Its name at the server.
    name: String,
    program: Program,
}

impl Client {
    fn new(kind: &str, command: &mut Command, server: &Server) -> Self {
        Self {
            kind: kind.to_owned(),
            program: Program::start(command),
            name: server.accepts(),
        }
    }
}

/// One of each, those that a course writes in Python included.
fn clients(server: &Server) -> Vec<Client> {
    let tools = TOOLS
        .map(|(tool, arguments)| Client::new(tool, &mut program(tool, arguments, server), server));
    let styles = ["blocking", "threaded", "selectors"].map(|style| {
        let script = &mut python("client.py", &[style, &server.port()]);
        Client::new(style, script, server)
    });
    tools.into_iter().chain(styles).collect()
}

#[test]
fn every_client_is_greeted_and_answered_in_capitals_until_it_leaves() {
    let server = Server::listen(&["--upper", "--greet", "Welcome! Grüße."]);
    let mut clients = clients(&server);
    for client in &mut clients {
        // The blocking one looks only after it has said something.
        client.program.say("anyone?");
        client.program.hear("Welcome! Grüße.");
        server.hear(&format!("{}: anyone?", client.name));
    }
    for Client {
        kind,
        name,
        program,
    } in &mut clients
    {
        program.say(&format!("hello from {kind}: größer 🎮"));
        // The blocking one took the greeting for its first answer.
        program.say("and?");
        let capitals = kind.to_uppercase();
        program.hear(&format!("HELLO FROM {capitals}: GRÖSSER 🎮"));
        server.hear(&format!("{name}: hello from {kind}: größer 🎮"));
    }
    for Client {
        kind,
        name,
        program,
    } in &mut clients
    {
        program.close_input();
        let left = server.hear(&format!("left {name}: "));
        // The blocking one has not read its last answer, which its system counts as a reset.
        let why = left.contains("closed by the other side") || kind == "blocking";
        assert!(why, "{kind}: {left}");
    }
}

#[test]
fn echo_is_exact_for_bytes_of_every_kind() {
    let server = Server::start_raw(&mut listen("0", &["--echo", "--raw"]));
    let sent = noise(3_000_000);
    for (name, arguments) in [
        ("nc.openbsd", &["-N", "127.0.0.1", "PORT"][..]),
        ("ncat", &["127.0.0.1", "PORT"]),
        ("socat", &["-t30", "-", "TCP:127.0.0.1:PORT"]),
    ] {
        let done = run(&mut program(name, arguments, &server), &sent);
        assert_eq!(done.code, Some(0), "{name}: {}", done.error);
        assert_same(&done.output, &sent);
    }
}

#[test]
fn a_reply_answers_every_message() {
    let server = Server::listen(&["--reply", "Got it!"]);
    let mut client = Program::start(&mut python("client.py", &["blocking", &server.port()]));
    for said in ["my name", "is", "Ann"] {
        client.say(said);
        assert_eq!(client.hear_next(), "Got it!");
        server.hear(&format!(": {said}"));
    }
}

#[test]
fn who_relays_tells_all_others_and_not_oneself() {
    let server = Server::listen(&["--relay"]);
    let mut clients = clients(&server);
    // It hears nothing before it has said something.
    clients.retain(|client| client.kind != "blocking");
    for speaker in 0..clients.len() {
        let words = format!("hello from {}", clients[speaker].kind);
        clients[speaker].program.say(&words);
        for (_, listener) in clients.iter().enumerate().filter(|(n, _)| *n != speaker) {
            assert_eq!(listener.program.hear("hello"), words);
        }
    }
    for Client { kind, program, .. } in &mut clients {
        program.close_input();
        program.wait();
        let own = format!("hello from {kind}");
        assert!(!program.rest().contains(&own), "{kind} heard itself");
    }
}

#[test]
fn by_hand_down_a_pipe_all_are_told_and_then_the_end() {
    let mut server = Server::listen(&[]);
    let mut ann = Program::start(&mut python("client.py", &["selectors", &server.port()]));
    let ann_is = server.accepts();
    let mut bob = Program::start(&mut program("ncat", &["127.0.0.1", "PORT"], &server));
    let bob_is = server.accepts();
    server.program.say("to all of you");
    for client in [&ann, &bob] {
        client.hear("to all of you");
    }
    ann.say("thanks");
    server.hear(&format!("{ann_is}: thanks"));
    // Ours is the half that ends; theirs goes on.
    server.program.close_input();
    ann.hear("the server has closed");
    bob.say("still here");
    server.hear(&format!("{bob_is}: still here"));
    bob.close_input();
    server.hear(&format!("left {bob_is}: closed by the other side"));
}

#[test]
fn what_is_piped_in_waits_for_the_first_client() {
    let mut server = Server::listen(&[]);
    server.program.say("said before anyone was here");
    server.program.close_input();
    let done = run(
        &mut program("nc.openbsd", &["-N", "127.0.0.1", "PORT"], &server),
        "",
    );
    assert_eq!(done.text(), "said before anyone was here\n");
}

#[test]
fn one_client_and_then_the_end() {
    let mut server = Server::listen(&["--once", "--echo"]);
    let done = run(
        &mut program("nc.openbsd", &["-N", "127.0.0.1", "PORT"], &server),
        "hi\n",
    );
    assert_eq!(done.text(), "hi\n");
    assert_eq!(server.program.wait(), Some(0));
    let late = run(
        &mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server),
        "",
    );
    assert_eq!(late.code, Some(1));
}

#[test]
fn no_more_clients_than_asked_for() {
    let server = Server::listen(&["--echo", "--max-clients", "2"]);
    let stay = || Program::start(&mut program("ncat", &["127.0.0.1", "PORT"], &server));
    let (mut first, mut second) = (stay(), stay());
    for _ in 0..2 {
        server.accepts();
    }
    let third = run(
        &mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server),
        "",
    );
    assert_eq!(third.text(), "");
    server.hear("turned away 127.0.0.1:");
    first.close_input();
    server.hear("left ");
    let mut fourth = stay();
    server.accepts();
    for client in [&mut second, &mut fourth] {
        client.say("still served");
        client.hear("still served");
    }
}

#[test]
fn a_file_is_received_as_it_was_sent() {
    let sent = noise(1_000_000);
    let folder = Folder::new();
    for (tool, arguments) in [
        ("nc.openbsd", &["-N", "127.0.0.1", "PORT"][..]),
        ("socat", &["-u", "-", "TCP:127.0.0.1:PORT"]),
    ] {
        let mut into = Command::new("sh");
        into.args(["-c", "exec \"$0\" listen 0 --once --raw > \"$1\""])
            .arg(sockhop().get_program())
            .arg(folder.path(tool));
        let mut server = Server::start_raw(&mut into);
        let sender = run(&mut program(tool, arguments, &server), &sent);
        assert_eq!(sender.code, Some(0), "{sender:?}");
        assert_eq!(server.program.wait(), Some(0));
        assert_same(&std::fs::read(folder.path(tool)).unwrap(), &sent);
    }
}

#[test]
fn unix_sockets_ipv6_and_tls_have_servers_too() {
    let folder = Folder::new();
    let (certificate, key) = folder.certificate();
    let path = folder.name("s.sock");
    let unix = Server::start(&mut listen(&format!("unix:{path}"), &["--upper"]));
    let six = Server::start(&mut listen("[::1]:0", &["--upper"]));
    let identity = ["--upper", "--cert", &certificate, "--key", &key];
    let tls = Server::start(&mut listen("tls://127.0.0.1:0", &identity));
    let port = |server: &Server| server.address().port().to_string();
    let (six_port, tls_port) = (port(&six), port(&tls));
    let openssl = format!("127.0.0.1:{tls_port}");
    for mut client in [
        Command::new("nc.openbsd").args(["-U", &path]),
        Command::new("socat").args(["-", &format!("UNIX:{path}")]),
        &mut python("client.py", &["selectors", &path]),
        Command::new("nc.openbsd").args(["::1", &six_port]),
        &mut python("client.py", &["threaded", &six_port, "::1"]),
        Command::new("ncat").args(["--ssl", "127.0.0.1", &tls_port]),
        Command::new("openssl").args(["s_client", "-quiet", "-connect", &openssl]),
        // OpenSSL's connections are not for two threads at once.
        &mut python(
            "client.py",
            &["blocking", &tls_port, "localhost", &certificate],
        ),
    ]
    .map(Program::start)
    {
        client.say("hello");
        client.hear("HELLO");
    }
    unix.hear("left unix#1: closed by the other side");
}

#[test]
fn who_has_nothing_to_say_only_listens() {
    let mut server = Server::listen(&[]);
    server.program.close_input();
    for (tool, arguments) in TOOLS {
        let mut client = Client::new(tool, &mut program(tool, arguments, &server), &server);
        client.program.say("heard");
        server.hear(&format!("{}: heard", client.name));
        client.program.close_input();
        let left = server.hear(&format!("left {}: closed by the other side", client.name));
        assert!(left.ends_with(" bytes in, 0 out)"), "{left}");
        assert!(client.program.wait().is_some(), "{tool}");
    }
}

#[test]
fn a_server_on_every_address_names_the_one_for_others() {
    let probe = UdpSocket::bind("0.0.0.0:0").unwrap();
    // Nothing is sent; the system chooses the address it would be sent from.
    let own = probe
        .connect("198.51.100.1:9")
        .and_then(|()| probe.local_addr());
    let server = Server::start(&mut listen("0.0.0.0:0", &["--upper"]));
    if let Ok(own) = own {
        let line = server
            .program
            .hear_error("other machines reach it at tcp://");
        let there = line.rsplit(' ').next().unwrap();
        assert_eq!(there, format!("tcp://{}:{}", own.ip(), server.port()));
        assert_eq!(run(&mut connect(there, &["-q"]), "hello").text(), "HELLO");
    }
    for (endpoint, flags) in [("127.0.0.1:0", &[][..]), ("0.0.0.0:0", &["--json"])] {
        let mut server = Server::start(&mut listen(endpoint, flags));
        assert_eq!(server.program.interrupt(), Some(0));
        let said = server.program.rest_of_errors();
        assert_eq!(said, Vec::<String>::new(), "{endpoint} {flags:?}");
    }
}

//! The examples of the socket toolkit, as a learner runs them.
#![cfg(unix)]

mod common;

use std::net::{Shutdown, TcpListener, UdpSocket};
use std::process::Command;

use common::toolkit::{NOBODY, Program, Server, assert_same, connect, noise, python, run};
use common::{Wire, datagram};

/// `examples/NAME.rs`, which cargo builds with the tests, beside them.
fn example(name: &str, arguments: &[&str]) -> Command {
    let test = std::env::current_exe().expect("a test has a path");
    let built = test.parent().and_then(|folder| folder.parent());
    let path = built.expect("two folders up").join("examples").join(name);
    assert!(path.exists(), "`cargo build --examples` builds {name}");
    let mut command = Command::new(path);
    command.args(arguments);
    command
}

/// One of them that serves, on a free port.
fn serve(name: &str, arguments: &[&str]) -> Server {
    Server::start(example(name, &["0"]).args(arguments))
}

/// Comes, and is gone again without a goodbye.
fn vanish_from(server: &Server) {
    let mut rude = Program::start(&mut python("rude.py", &["reset", &server.port()]));
    rude.hear("connected");
    server.hear("connected");
    rude.say("");
    rude.hear("closed");
}

/// A port that was free just now.
fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    address.port().to_string()
}

#[test]
fn greet_greets_also_those_who_have_much_to_say() {
    let server = serve("greet", &[]);
    vanish_from(&server);
    let mut wire = Wire::connect(server.address());
    wire.send("hello\n".repeat(1000));
    wire.stream.shutdown(Shutdown::Write).expect("a socket");
    assert_eq!(wire.rest(), ["Welcome!"]);
}

#[test]
fn echo_gives_back_every_byte_after_the_client_has_ended_its_half() {
    let mut server = serve("echo", &[]);
    vanish_from(&server);
    server.hear("reset the connection");
    let sent = noise(3_000_000);
    let came = run(&mut connect(server.endpoint(), &[]), &sent);
    assert_same(&came.output, &sent);
    server.hear("left");
    assert_eq!(server.program.interrupt(), Some(0));
}

#[test]
fn echo_says_who_has_its_port() {
    let server = serve("echo", &[]);
    let again = run(&mut example("echo", &[&server.port()]), "");
    again.failed_with(&["cannot bind", "has it already", "kill "]);
}

#[test]
fn upper_raises_letters_that_come_byte_by_byte() {
    let server = serve("upper", &[]);
    vanish_from(&server);
    let mut wire = Wire::connect(server.address());
    wire.stream.set_nodelay(true).expect("a socket");
    for byte in "größe 🎮\n".as_bytes() {
        wire.send([*byte]);
    }
    wire.expect("GRÖSSE 🎮");
    wire.send("ö".as_bytes().split_at(1).0);
    wire.stream.shutdown(Shutdown::Write).expect("a socket");
    assert_eq!(wire.rest(), ["\u{fffd}"]);
}

#[test]
fn got_it_answers_its_client_until_either_leaves() {
    let mut server = serve("got_it_server", &[]);
    vanish_from(&server);
    let mut client = Program::start(&mut example("got_it_client", &[&server.port()]));
    for said in ["hello", "größe 🎮"] {
        client.say(said);
        server.hear(&format!("{said}\\n"));
        client.hear("server: Got it!");
    }
    client.close_input();
    client.hear("the server has closed");
    assert_eq!(client.wait(), Some(0));
    server.hear("left");

    let mut idle = Program::start(&mut example("got_it_client", &[&server.port()]));
    idle.hear("connected");
    assert_eq!(idle.interrupt(), Some(0), "nothing has to be typed first");
    server.hear("left");
    let mut other = Program::start(&mut example("got_it_client", &[&server.port()]));
    other.hear("connected");
    server.hear("connected");
    assert_eq!(server.program.interrupt(), Some(0));
    other.hear("the server has closed");
    assert_eq!(other.wait(), Some(0), "nothing has to be typed first");

    run(&mut example("got_it_client", &[NOBODY]), "").failed_with(&["refused", "Start the server"]);
}

#[test]
fn chat_passes_on_under_nicks_that_can_be_changed() {
    let server = serve("chat", &[]);
    let mut ann = Wire::connect(server.address());
    ann.expect("* You are ");
    ann.send("/nick ann\n");
    let mut bob = Wire::connect(server.address());
    bob.expect("Others here: 1");
    ann.expect(" is here");
    bob.send("/nick ann\n");
    bob.expect("* Somebody has that nick");
    bob.send("/nick bob\r\nhello\x1b[31m\r\n");
    ann.expect(" is now bob");
    assert_eq!(ann.expect("hello"), "<bob> hello\u{fffd}[31m");
    let mut rude = Program::start(&mut python("rude.py", &["reset", &server.port()]));
    ann.expect("here I am");
    rude.say("");
    ann.expect("has left");
    bob.stream.shutdown(Shutdown::Both).expect("a socket");
    ann.expect("* bob has left");
}

#[test]
fn chat_loses_nothing_for_those_who_read() {
    let server = serve("chat", &[]);
    let mut stuck = Program::start(&mut python("rude.py", &["stop", &server.port()]));
    stuck.hear("connected");
    let ann = Wire::connect(server.address());
    ann.expect("* You are ");
    let mut bob = Wire::connect(server.address());
    bob.expect("* You are ");
    let lines: String = (0..2000).map(|n| format!("line {n} of many\n")).collect();
    bob.send(lines);
    for n in 0..2000 {
        ann.expect(&format!("> line {n} of"));
    }
    stuck.say("");
    stuck.hear("closed");
}

#[test]
fn buttons_arrive_whole_behind_their_lengths_and_glued_without() {
    let mut receiver = serve("buttons_receive", &[]);
    let mut sender = Program::start(&mut example("buttons_send", &[&receiver.port()]));
    receiver.hear("connected");
    for said in ["No Button", "No Button", "No Button", "Button A"] {
        assert_eq!(
            receiver.program.hear_next(),
            format!("\"{said} is Pressed\"")
        );
    }
    assert_eq!(sender.interrupt(), Some(0));
    receiver.hear("left");
    let request = "GET / HTTP/1.1\r\n\r\n";
    run(&mut connect(receiver.endpoint(), &[]), request);
    receiver.hear("HTTP");
    let mut sender = Program::start(&mut example("buttons_send", &[&receiver.port()]));
    receiver.hear("Button A");
    receiver.program.kill();
    sender.wait();

    let receiver = serve("buttons_receive", &["none"]);
    let port = receiver.port();
    let _sender = Program::start(&mut example("buttons_send", &[&port, "none"]));
    receiver.hear("No Button is PressedNo Butto");
}

#[test]
fn datagrams_are_counted() {
    let mut receiver = serve("udp_receive", &[]);
    let to = receiver.address();
    datagram(to, "größe".as_bytes());
    receiver.hear("größe");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for (sent, said) in [
        ("7 a", "\"7 a\""),
        ("10 b", "2 are missing"),
        ("8 c", "8 is too late"),
        ("", "\"\""),
    ] {
        socket.send_to(sent.as_bytes(), to).expect("loopback");
        receiver.hear(said);
    }
    let mut sender = Program::start(&mut example("udp_send", &[&receiver.port()]));
    receiver.hear("\"2 temperature ");
    assert_eq!(receiver.program.interrupt(), Some(0));
    sender.hear("refused the datagram");
    assert_eq!(sender.interrupt(), Some(0), "it goes on all the same");
}

#[test]
fn both_hear_each_other_whoever_is_first() {
    let second_port = free_port();
    let mut first = serve("both", &[&second_port]);
    first.hear("refused the connection");
    for greeting in ["hello", "hello again"] {
        let mut second = Program::start(&mut example("both", &[&second_port, &first.port()]));
        second.hear("connected to");
        first.hear("connected to");
        second.say(greeting);
        first.hear(greeting);
        first.program.say("welcome");
        second.hear("welcome");
        assert_eq!(second.interrupt(), Some(0));
        first.hear("has closed the connection");
    }
}

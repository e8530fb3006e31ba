//! What a stream really does, as it is shown: the time line, JSON for programs, and sentences for
//! whoever is learning.
#![cfg(unix)]

mod common;

use std::net::Shutdown;

use common::Wire;
use common::toolkit::{Folder, Program, Server, listen, program, python, run};

/// A line of a time line without its time, which is looked at.
fn timeless(line: &str) -> &str {
    let Some((time, rest)) = line.split_at_checked(14) else {
        return line;
    };
    let is_time = time.char_indices().all(|(at, c)| match at {
        2 | 5 => c == ':',
        8 => c == '.',
        12 | 13 => c == ' ',
        _ => c.is_ascii_digit(),
    });
    match is_time || time.trim().is_empty() {
        true => rest,
        false => line,
    }
}

/// All lines up to that of a client's leaving, without their times.
fn until_left(server: &Server) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let line = server.program.hear_next();
        let is_last = timeless(&line).starts_with("left ");
        lines.push(timeless(&line).to_owned());
        if is_last {
            return lines;
        }
    }
}

#[test]
fn frames_fall_across_reads_as_the_time_line_shows() {
    let server = Server::listen(&["--frame", "fixed:20", "--trace"]);
    let mut wire = Wire::connect(server.address());
    let name = wire.stream.local_addr().expect("an address").to_string();
    wire.send("No Button is PressedNo Butto");
    let accepted = server.program.hear_next();
    assert_eq!(timeless(&accepted), format!("accept      {name}"));
    let read = server.program.hear_next();
    // Beneath a time stands what was made of it.
    assert!(read.as_bytes()[0].is_ascii_digit(), "{read}");
    assert_eq!(timeless(&read), "read 28 B   No Button is PressedNo Butto");
    for beneath in [
        "              frame 1     20 B  \"No Button is Pressed\"",
        "              pending     8 B of the next frame, 12 to come",
    ] {
        assert_eq!(server.program.hear_next(), beneath);
    }
    wire.send("n is Pressed");
    wire.stream.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(
        until_left(&server),
        [
            "read 12 B   n is Pressed",
            "frame 2     20 B  \"No Button is Pressed\"",
            "read 0 B    the other side has ended its half",
            "left        closed by the other side (40 bytes in, 0 out)",
        ]
    );
}

#[test]
fn answers_are_shown_with_the_write_that_carries_them() {
    let server = Server::listen(&["--frame", "u8", "--upper", "--trace"]);
    let mut pad = Program::start(&mut python("buttons.py", &[&server.port()]));
    pad.say("");
    let mut shown = Vec::new();
    for _ in 0..5 {
        shown.push(timeless(&server.program.hear_next()).to_owned());
    }
    assert_eq!(
        shown[1..],
        [
            r"read 21 B   \x14No Button is Pressed",
            "frame 1     20 B  \"No Button is Pressed\"",
            r"write 21 B  \x14NO BUTTON IS PRESSED",
            "sent 1      20 B  \"NO BUTTON IS PRESSED\"",
        ]
    );
}

#[test]
fn the_client_s_time_line_has_every_step_and_only_bytes_are_output() {
    let server = Server::listen(&["--upper"]);
    let done = run(&mut server.connect(&["--trace"]), "größe\n");
    assert_eq!(done.text(), "GRÖSSE\n");
    let lines: Vec<_> = done.error.lines().map(timeless).collect();
    let name = server.accepts();
    let address = server.address();
    assert_eq!(
        lines,
        [
            format!("connect     tcp://{address}").as_str(),
            &format!("connected   from {name}"),
            r"write 8 B   größe\n",
            "shutdown    this side has ended its half",
            r"read 8 B    GRÖSSE\n",
            "read 0 B    the other side has ended its half",
            "left        closed by the other side (8 bytes in, 8 out)",
        ]
    );
    let named = format!("localhost:{}", address.port());
    let done = run(&mut common::toolkit::connect(&named, &["--trace"]), "");
    assert!(
        done.error.contains("  resolve     localhost is "),
        "{}",
        done.error
    );
}

#[test]
fn bytes_are_shown_in_hex_and_what_could_harm_a_terminal_never_as_it_is() {
    let server = Server::listen(&["--hex"]);
    let mut wire = Wire::connect(server.address());
    wire.send(b"\x1b[2J\x00\xffhello");
    server.hear("11 bytes");
    let dump = server.program.hear_next();
    for part in ["1b 5b 32 4a 00 ff 68 65", "hello"] {
        assert!(dump.contains(part), "no {part} in {dump:?}");
    }
    for flags in [&[][..], &["--trace"]] {
        let server = Server::listen(flags);
        let mut wire = Wire::connect(server.address());
        wire.send(b"\x1b[2J\x07\x9b31m\xffhello\n");
        let line = server.hear("hello");
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// What a field of a JSON line holds.
fn field(line: &serde_json::Value, name: &str) -> String {
    match &line[name] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Every line as JSON, up to that of a client's leaving.
fn events_until_left(server: &Server) -> Vec<serde_json::Value> {
    let mut events = Vec::new();
    loop {
        let line = server.program.hear_next();
        let event: serde_json::Value = serde_json::from_str(&line).expect("each line is JSON");
        assert!(
            event["time_us"].is_u64() && event["ev"].is_string(),
            "{line}"
        );
        let is_last = event["ev"] == "left";
        events.push(event);
        if is_last {
            return events;
        }
    }
}

fn names(events: &[serde_json::Value]) -> Vec<String> {
    events.iter().map(|event| field(event, "ev")).collect()
}

#[test]
fn every_event_is_a_line_of_json() {
    let server = Server::listen(&["--upper", "--frame", "u16", "--json"]);
    let mut client = Program::start(&mut python("frames.py", &["u16", &server.port()]));
    client.say("größe");
    client.hear("GRÖSSE");
    client.close_input();
    let events = events_until_left(&server);
    assert_eq!(
        names(&events),
        ["accepted", "message", "peer_ended", "left"]
    );
    let peer = field(&events[0], "peer");
    assert!(
        events.iter().all(|event| event["peer"] == *peer),
        "{events:?}"
    );
    assert_eq!(field(&events[0], "local"), server.address().to_string());
    let message = ["n", "bytes", "text"].map(|name| field(&events[1], name));
    assert_eq!(message, ["1", "7", "größe"]);
    let left = ["code", "message", "bytes_in", "bytes_out"].map(|name| field(&events[3], name));
    assert_eq!(left, ["closed", "closed by the other side", "9", "9"]);

    // What is no text is data.
    let mut wire = Wire::connect(server.address());
    wire.send(b"\x00\x02\xff\x00\xff\xff");
    wire.stream.shutdown(Shutdown::Write).expect("it is open");
    let events = events_until_left(&server);
    assert_eq!(field(&events[1], "data"), "/wA=");
    let left = events.last().expect("it left");
    let why = ["stage", "code", "bytes_in"].map(|name| field(left, name));
    assert_eq!(why, ["protocol", "cut_frame", "6"]);
    assert!(left["hint"].is_string(), "{left}");
}

#[test]
fn a_trace_in_json_has_reads_and_writes_as_well() {
    let server = Server::listen(&["--upper", "--frame", "fixed:4", "--json", "--trace"]);
    assert_eq!(server.endpoint(), format!("tcp://{}", server.address()));
    let mut wire = Wire::connect(server.address());
    wire.send("pad1pa");
    server.hear("\"unfinished\"");
    wire.send("d2");
    wire.stream.shutdown(Shutdown::Write).expect("it is open");
    let names = names(&events_until_left(&server));
    let in_order = [
        "read",
        "message",
        "sent",
        "wrote",
        "peer_ended",
        "we_ended",
        "left",
    ];
    assert_eq!(names, in_order);

    let done = run(
        &mut server.connect(&["--json", "--trace", "--frame", "fixed:4"]),
        "ping\n",
    );
    let names: Vec<_> = done
        .text()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON"))
        .map(|event| field(&event, "ev"))
        .collect();
    assert_eq!(names[..4], ["connecting", "connected", "sent", "wrote"]);
    assert_eq!(names.last().map(String::as_str), Some("left"));
    assert!(names.iter().any(|name| name == "message"), "{names:?}");
}

#[test]
fn programs_and_those_turned_away_are_events() {
    let server = Server::listen(&["--json", "--exec", "exit 3", "--max-clients", "1"]);
    let _ = run(
        &mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server),
        "",
    );
    let events = events_until_left(&server);
    assert_eq!(names(&events), ["accepted", "exited", "left"]);
    assert_eq!(field(&events[1], "status"), "3");
    assert_eq!(field(&events[2], "code"), "program_ended");

    let server = Server::listen(&["--json", "--max-clients", "1"]);
    let _first = Wire::connect(server.address());
    server.hear("accepted");
    let _second = Wire::connect(server.address());
    let event: serde_json::Value =
        serde_json::from_str(&server.program.hear_next()).expect("it is JSON");
    assert_eq!(
        ["ev", "clients_max"].map(|name| field(&event, name)),
        ["turned_away", "1"]
    );
}

/// What was said in a run, as one line, so that it does not matter where lines were broken.
fn unbroken(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_step_is_explained_once_with_its_system_call() {
    let mut server = Server::listen(&["--upper", "--explain", "--once"]);
    let client = run(&mut server.connect(&["--explain"]), "hello\n");
    assert_eq!((client.text().as_str(), client.code), ("HELLO\n", Some(0)));
    assert_eq!(server.program.wait(), Some(0));
    let server = unbroken(&server.program.rest().join("\n"));
    for call in [
        "bind: the socket now owns port",
        "listen: from now on",
        "accept: takes a waiting connection",
        "recv: gives what has arrived",
        "send: hands bytes to the system",
        "recv of 0 bytes (b'' in Python)",
        "close: gives this client's socket back",
    ] {
        assert_eq!(server.matches(call).count(), 1, "{call:?} in {server}");
    }
    let client = unbroken(&client.error);
    for call in [
        "connect: asks the machine at that address",
        "send: hands bytes to the system",
        "shutdown(SHUT_WR): tells the other side",
        "recv: gives what has arrived",
        "recv of 0 bytes (b'' in Python)",
    ] {
        assert_eq!(client.matches(call).count(), 1, "{call:?} in {client}");
    }
}

#[test]
fn explanations_are_of_what_is_used() {
    let udp = Server::start(&mut listen("udp://127.0.0.1:0", &["--echo", "--explain"]));
    let done = run(&mut udp.connect(&["--explain"]), "x");
    assert!(
        unbroken(&done.error).contains("on a UDP socket it sends nothing"),
        "{done:?}"
    );
    assert_eq!(done.text(), "x");
    let folder = Folder::new();
    let path = format!("unix:{}", folder.name("s.sock"));
    let mut unix = Server::start(&mut listen(
        &path,
        &["--explain", "--frame", "u8", "--once"],
    ));
    run(&mut unix.connect(&["--frame", "u8"]), "hello\n");
    assert_eq!(unix.program.wait(), Some(0));
    let said = unbroken(&unix.program.rest().join("\n"));
    for words in [
        "frame: 1 byte in front of each message",
        "Clients of a Unix socket have no address",
    ] {
        assert!(said.contains(words), "no {words:?} in {said}");
    }
    let mut json = Server::listen(&["--json", "--explain", "--once"]);
    run(&mut json.connect(&[]), "x");
    json.program.wait();
    for line in json.program.rest() {
        let event: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
        assert!(
            event["explain"].is_string() || event.get("explain").is_none(),
            "{line}"
        );
        assert!(
            event["ev"] != "accepted" || event["explain"].is_string(),
            "{line}"
        );
    }
}

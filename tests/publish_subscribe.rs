//! `sockhop publish` and `sockhop subscribe`, from outside: every form of output, every failure in
//! words, and no line lost or repeated whatever happens to the hub or to the network.

mod common;

use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;

use common::{Hub, PATIENCE, expect, lines, sockhop};

/// A command that talks to the hub at `address`, and to no other.
fn command(address: impl Display, args: &[&str]) -> Command {
    let mut command = sockhop();
    command
        .args(args)
        .env("SOCKHOP_HUB", format!("{address}"))
        .env_remove("SOCKHOP_SECRET")
        .stdin(Stdio::null());
    command
}

/// Runs it to its end.
fn run(hub: &Hub, args: &[&str]) -> Output {
    command(hub.tcp(), args).output().expect("it starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs it to its end, which is to be a good one, and returns its output.
fn run_well(hub: &Hub, args: &[&str]) -> String {
    let output = run(hub, args);
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {words}");
    stdout(&output)
}

/// Runs it with `input` to its end, which is to be a good one.
fn pipe(hub: &Hub, args: &[&str], input: &[u8]) -> String {
    let mut running = Running::start(&mut command(hub.tcp(), args));
    let mut stdin = running.stdin.take().expect("it is piped");
    let input = input.to_vec();
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = running.rest().join("\n");
    writer.join().expect("no panic").expect("it reads all");
    assert_eq!(running.wait(), Some(0), "{args:?}");
    output
}

/// A command under way.
struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        Self {
            stdin: child.stdin.take(),
            stdout: lines(child.stdout.take().expect("it is piped")),
            stderr: lines(child.stderr.take().expect("it is piped")),
            child,
        }
    }

    fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("it is open");
        stdin.write_all(line.as_bytes()).expect("it reads");
        stdin.write_all(b"\n").expect("it reads");
    }

    /// The next line of its output.
    fn line(&self) -> String {
        expect(&self.stdout, |_| true)
    }

    /// All lines to its end.
    fn rest(&self) -> Vec<String> {
        let mut rest = Vec::new();
        loop {
            match self.stdout.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
    }

    /// Sends it a signal, by name.
    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status();
        assert!(sent.expect("kill").success());
    }

    /// Its exit code, once it has closed its output.
    fn wait(&mut self) -> Option<i32> {
        self.rest();
        self.child.wait().expect("it was ours").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_form_of_output() {
    let hub = Hub::start(&["--no-history"]);
    run_well(
        &hub,
        &["publish", "lobby", "Hello,", "world", "--nick", "ann"],
    );
    run_well(
        &hub,
        &[
            "publish",
            "lobby",
            "\u{1b}[2J",
            "--nick",
            "bob",
            "--type",
            "text/x",
        ],
    );
    run_well(
        &hub,
        &["publish", "lobby", "--data", "bytes", "--nick", "gs-1"],
    );
    let of = |form: &[&str]| {
        run_well(
            &hub,
            &[&["subscribe", "lobby", "--last", "9", "--count", "3"], form].concat(),
        )
    };
    assert_eq!(
        of(&[]),
        "<ann> Hello, world\n<bob> ␛[2J\n<gs-1> [5 bytes, application/octet-stream]\n"
    );
    assert_eq!(of(&["--raw"]), "Hello, world\n\u{1b}[2J\nbytes");
    let json = of(&["--json"]);
    let json: Vec<_> = json.lines().collect();
    assert!(json[0].starts_with(r#"{"ev":"message","room":"lobby","seq":1,"time_us":"#));
    assert!(
        json[0].ends_with(r#""from":"ann","text":"Hello, world"}"#),
        "{}",
        json[0]
    );
    assert!(
        json[1].ends_with(r#""from":"bob","text":"\u001b[2J","type":"text/x"}"#),
        "{}",
        json[1]
    );
    assert!(
        json[2].ends_with(r#""from":"gs-1","data":"Ynl0ZXM="}"#),
        "{}",
        json[2]
    );
}

#[test]
fn where_to_begin_and_when_to_end() {
    let hub = Hub::start(&["--no-history"]);
    assert_eq!(
        pipe(&hub, &["publish", "a/b"], b"one\ntwo\nthree\nfour\n"),
        ""
    );
    let of = |args: &[&str]| run_well(&hub, &[&["subscribe", "--raw"], args].concat());
    assert_eq!(of(&["a/b", "--last", "2", "--count", "2"]), "three\nfour\n");
    assert_eq!(of(&["a/b", "--since", "2", "--count", "2"]), "two\nthree\n");
    assert_eq!(of(&["a/b", "--since", "1", "-n", "1"]), "one\n");
    assert_eq!(of(&["a/+", "--last", "1", "--count", "1"]), "four\n");
    // Without either, from now on: from when the others there see it come.
    let watch = ["subscribe", "a/b", "--presence", "--since", "4"];
    let watcher = Running::start(&mut command(hub.tcp(), &watch));
    assert!(watcher.line().ends_with("> four"));
    let args = ["subscribe", "a/b", "--raw", "--nick", "bob"];
    let follower = Running::start(&mut command(hub.tcp(), &args));
    expect(&watcher.stdout, |line| line.contains("bob is here now"));
    run_well(&hub, &["publish", "a/b", "five"]);
    assert_eq!(follower.line(), "five");
}

#[test]
fn several_rooms_stand_in_front_of_their_messages() {
    let hub = Hub::start(&["--no-history"]);
    let args = [
        "subscribe",
        "telemetry/#",
        "lobby",
        "--since",
        "1",
        "--count",
        "3",
    ];
    let follower = Running::start(&mut command(hub.tcp(), &args));
    for room in ["lobby", "telemetry/imu", "telemetry/gps/fix"] {
        run_well(&hub, &["publish", room, "one\ntwo", "--nick", "gs"]);
    }
    let mut heard = follower.rest();
    heard.sort();
    let mut expected = Vec::new();
    for room in ["lobby", "telemetry/gps/fix", "telemetry/imu"] {
        expected.extend([format!("{room} <gs> one"), format!("{room} <gs> two")]);
    }
    assert_eq!(heard, expected);
}

#[test]
fn lines_become_messages_and_messages_lines_again() {
    let hub = Hub::start(&["--no-history"]);
    pipe(
        &hub,
        &["publish", "log"],
        b"first\r\n\n  spaces kept \n\xff\xfe\nno newline at the end",
    );
    let output = run_well(
        &hub,
        &["subscribe", "log", "--since", "1", "--count", "5", "--json"],
    );
    let texts: Vec<_> = output
        .lines()
        .map(|line| line.split("\"from\":").nth(1).unwrap())
        .collect();
    let bodies: Vec<_> = texts
        .iter()
        .map(|text| text.split_once(',').unwrap().1)
        .collect();
    assert_eq!(
        bodies,
        [
            r#""text":"first"}"#,
            r#""text":""}"#,
            r#""text":"  spaces kept "}"#,
            r#""data":"//4="}"#,
            r#""text":"no newline at the end"}"#,
        ]
    );
}

#[test]
fn a_file_goes_through_unchanged() {
    let hub = Hub::start(&["--no-history"]);
    let file = hub.data().join("photo.jpg");
    let bytes: Vec<u8> = (0..500_000_u32)
        .map(|at| (at.wrapping_mul(at) >> 7) as u8)
        .collect();
    std::fs::write(&file, &bytes).expect("it is ours");
    let path = file.to_str().expect("a plain path");
    run_well(
        &hub,
        &[
            "publish",
            "photos",
            "--data",
            "--file",
            path,
            "--type",
            "image/jpeg",
        ],
    );
    let output = run(
        &hub,
        &[
            "subscribe",
            "photos",
            "--raw",
            "--since",
            "1",
            "--count",
            "1",
        ],
    );
    assert_eq!(output.stdout, bytes);
}

#[test]
fn acks_are_printed_as_json() {
    let hub = Hub::start(&[]);
    let acks = pipe(&hub, &["publish", "r", "--json"], b"a\nb\n");
    let acks: Vec<_> = acks.lines().collect();
    assert_eq!(acks.len(), 2);
    for (at, ack) in acks.iter().enumerate() {
        let start = format!(
            r#"{{"ev":"ack","room":"r","seq":{0},"id":{0},"time_us":"#,
            at + 1
        );
        assert!(ack.starts_with(&start), "{ack}");
    }
}

#[test]
fn a_command_runs_for_each_message_in_order() {
    let hub = Hub::start(&["--no-history"]);
    run_well(
        &hub,
        &[
            "publish", "work", "one", "--nick", "ann", "--type", "text/x",
        ],
    );
    run_well(&hub, &["publish", "work", "two", "--nick", "bob"]);
    let script = r#"read line; echo "$SOCKHOP_ROOM $SOCKHOP_SEQ $SOCKHOP_FROM [$SOCKHOP_TYPE] $line"
        test "$SOCKHOP_TIME_US" -gt 0 && test "$SOCKHOP_SEQ" != 1 || exit 3"#;
    let args = [
        "subscribe",
        "work",
        "--since",
        "1",
        "--count",
        "2",
        "--exec",
        script,
    ];
    let output = run(&hub, &args);
    assert_eq!(
        stdout(&output),
        "work 1 ann [text/x] one\nwork 2 bob [] two\n"
    );
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        words,
        "sockhop: the command failed with exit code 3 on message 1 of work\n"
    );
    assert_eq!(output.status.code(), Some(0));
    // With --json it gets the whole event; and it need not read it.
    let json = run_well(
        &hub,
        &[&args[..6], &["--json", "--exec", "cut -c 1-28; exec <&-"]].concat(),
    );
    assert_eq!(json, "{\"ev\":\"message\",\"room\":\"work\n".repeat(2));
}

#[test]
fn who_comes_and_goes_is_shown_on_request() {
    let hub = Hub::start(&["--no-history"]);
    let mut watcher = Running::start(&mut command(
        hub.tcp(),
        &["subscribe", "lobby", "--presence", "--since", "1"],
    ));
    run_well(&hub, &["publish", "lobby", "ready?", "--nick", "gs"]);
    assert_eq!(
        expect(&watcher.stdout, |line| line.starts_with('<')),
        "<gs> ready?"
    );
    let member = Running::start(&mut command(
        hub.tcp(),
        &["subscribe", "lobby", "--nick", "ann"],
    ));
    assert_eq!(watcher.line(), "* ann is here now, in lobby");
    member.signal("TERM");
    assert_eq!(watcher.line(), "* ann left lobby: said goodbye");
    watcher.signal("INT");
    assert_eq!(watcher.wait(), Some(0));
}

/// Publishes numbers by standard input while somebody follows, and lets `disturb` do its worst after
/// each thousand: what arrives is every number, once, in order.
fn nothing_is_lost(publisher: &str, follower: &str, thousands: u64, mut disturb: impl FnMut()) {
    let count = thousands * 1000;
    let follow = [
        "subscribe",
        "flood",
        "--raw",
        "--since",
        "1",
        "--count",
        &count.to_string(),
    ];
    let mut follower = Running::start(&mut command(follower, &follow));
    let mut publisher = Running::start(&mut command(publisher, &["publish", "flood", "--json"]));
    for thousand in 0..thousands {
        for number in thousand * 1000..(thousand + 1) * 1000 {
            publisher.say(&number.to_string());
        }
        // It has taken most of them, has some on their way, and reads the rest while it is disturbed.
        while !publisher
            .line()
            .contains(&format!("\"id\":{},", thousand * 1000 + 500))
        {}
        disturb();
    }
    publisher.stdin = None;
    let heard = follower.rest();
    let expected: Vec<_> = (0..count).map(|number| number.to_string()).collect();
    let differs = heard
        .iter()
        .zip(&expected)
        .position(|(heard, expected)| heard != expected);
    if let Some(at) = differs {
        panic!(
            "at {at}: {:?} after {:?}",
            &heard[at..heard.len().min(at + 3)],
            heard.get(at.max(1) - 1)
        );
    }
    assert_eq!(heard.len(), expected.len());
    assert_eq!((publisher.wait(), follower.wait()), (Some(0), Some(0)));
}

#[test]
fn no_line_is_lost_or_repeated_though_the_hub_is_killed() {
    let mut hub = Hub::start(&["--max-publishes", "0"]);
    let address = hub.tcp().to_string();
    nothing_is_lost(&address, &address, 5, || {
        hub.kill();
        hub.restart();
    });
}

#[test]
fn no_line_is_lost_or_repeated_though_the_hub_is_restarted() {
    let mut hub = Hub::start(&["--max-publishes", "0"]);
    let address = hub.tcp().to_string();
    nothing_is_lost(&address, &address, 3, || {
        assert_eq!(hub.stop(), Some(0));
        hub.restart();
    });
}

#[test]
fn no_line_is_lost_or_repeated_though_connections_break() {
    let hub = Hub::start(&["--no-history", "--max-publishes", "0"]);
    let (publisher, follower) = (cutter(hub.tcp(), 30, 1), cutter(hub.tcp(), 30, 2));
    nothing_is_lost(&publisher.to_string(), &follower.to_string(), 5, || {});
}

/// A way to `hub` that breaks the first so many connections, each after another number of bytes.
fn cutter(hub: SocketAddr, cuts: usize, seed: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        let mut random = fastrand::Rng::with_seed(seed);
        for (number, client) in listener.incoming().enumerate() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(hub)) else {
                return;
            };
            let budget = |random: &mut fastrand::Rng| match number < cuts {
                true => random.usize(100..6_000),
                false => usize::MAX,
            };
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else {
                    return;
                };
                let budget = budget(&mut random);
                thread::spawn(move || carry(from, to, budget));
            }
        }
    });
    address
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut budget: usize) {
    let mut buffer = [0; 4096];
    while budget > 0 {
        let most = buffer.len().min(budget);
        match from.read(&mut buffer[..most]) {
            Ok(read) if read > 0 && to.write_all(&buffer[..read]).is_ok() => budget -= read,
            _ => break,
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn a_publisher_gives_up_in_words_after_its_timeout() {
    let mut hub = Hub::start(&["--no-history"]);
    let args = ["publish", "r", "--json", "--timeout", "300ms"];
    let mut publisher = Running::start(&mut command(hub.tcp(), &args));
    publisher.say("acked");
    publisher.line();
    hub.kill();
    expect(&publisher.stderr, |line| {
        line.contains("closed the connection")
    });
    publisher.say("never");
    let words = expect(&publisher.stderr, |line| line.contains("not acked"));
    assert!(
        words.starts_with("sockhop: 1 message not acked, 1 were: gave up after 300ms: "),
        "{words}"
    );
    assert!(words.ends_with("Is `sockhop serve` running?"), "{words}");
    assert_eq!(publisher.wait(), Some(1));
}

#[test]
fn waiting_for_the_hub_is_said_and_ends() {
    let mut hub = Hub::start(&["--no-history"]);
    hub.kill();
    let mut publisher = Running::start(&mut command(hub.tcp(), &["publish", "r", "hi", "--wait"]));
    let words = expect(&publisher.stderr, |_| true);
    assert!(
        words.contains("refused the connection") && words.ends_with("Waiting for it…"),
        "{words}"
    );
    hub.restart();
    assert_eq!(publisher.wait(), Some(0));
    assert_eq!(
        run_well(&hub, &["subscribe", "r", "--raw", "--last", "1", "-n", "1"]),
        "hi\n"
    );
}

/// Where nobody listens.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it is bound")
}

#[test]
fn failures_are_said_in_words() {
    let hub = Hub::start(&["--no-history", "--secret", "hush"]);
    let fails = |address: &str, args: &[&str], code: i32, words: &[&str]| {
        let output = command(address, args).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(
            !said.contains("os error") && !said.contains("panicked"),
            "{said}"
        );
        for part in words {
            assert!(said.contains(part), "{args:?}: {part:?} is not in {said:?}");
        }
    };
    let free = free_address().to_string();
    let here = hub.tcp().to_string();
    for args in [&["publish", "r", "hi"][..], &["subscribe", "r"][..]] {
        let secret = |secret| [args, &["--secret", secret]].concat();
        fails(
            &free,
            args,
            1,
            &[
                "nothing listens on that port",
                "Is `sockhop serve` running?",
            ],
        );
        fails(&here, args, 1, &["asks for its secret", "--secret WORD"]);
        fails(
            &here,
            &secret("wrong"),
            1,
            &["not this hub's secret", "SOCKHOP_SECRET"],
        );
        fails("nobody.invalid", args, 1, &["nobody.invalid"]);
        fails(
            "unix:/nowhere/hub.sock",
            args,
            1,
            &["unix:/nowhere/hub.sock is not there"],
        );
        fails("http://x", args, 2, &["cannot be reached by http://"]);
        fails(
            &here,
            &[args, &["--nick", "two words"]].concat(),
            2,
            &["holds no spaces"],
        );
    }
    fails(&here, &["publish", "a//b", "hi"], 2, &["no empty level"]);
    fails(&here, &["publish", "a/#", "hi"], 2, &["wildcards"]);
    fails(&here, &["subscribe", "a#"], 2, &["whole levels"]);
    let pasted = &["this is an address", "--hub 127.0.0.1:1337 telemetry/imu"];
    let url = "http://127.0.0.1:1337/telemetry/imu?plot";
    fails(&here, &["publish", url, "hi"], 2, pasted);
    fails(&here, &["subscribe", url], 2, pasted);
    fails(
        &here,
        &["subscribe", "r", "--last", "1", "--since", "1"],
        2,
        &["cannot be used with"],
    );
    fails(
        &here,
        &["publish", "r", "--file", "/nowhere/x"],
        1,
        &["there is no file /nowhere/x"],
    );
    let large = hub.data().join("large");
    std::fs::write(&large, vec![0; 2 << 20]).expect("it is ours");
    let large = large.to_str().expect("a plain path");
    let args = [
        "publish", "r", "--data", "--file", large, "--secret", "hush",
    ];
    fails(&here, &args, 1, &["at most 1048576", "--max-frame"]);
    let member = Running::start(&mut command(
        hub.tcp(),
        &[
            "subscribe",
            "r",
            "--nick",
            "ann",
            "--since",
            "1",
            "--secret",
            "hush",
        ],
    ));
    run_well(&hub, &["publish", "r", "hi", "--secret", "hush"]);
    member.line();
    let args = ["publish", "r", "hi", "--nick", "ANN", "--secret", "hush"];
    fails(
        &here,
        &args,
        1,
        &["is called ANN already", "choose another"],
    );
}

#[test]
fn what_is_no_hub_is_recognised() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = thread::spawn(move || {
        for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
            let (mut stream, _) = listener.accept().expect("somebody comes");
            stream.write_all(answer).expect("it is open");
            let _ = stream.shutdown(Shutdown::Write);
            // Until the other side goes too, so that nothing is reset.
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    for words in ["is not a Sockhop hub", "closed it without a word"] {
        let output = command(address, &["publish", "r", "hi"])
            .output()
            .expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(1) && said.contains(words),
            "{said}"
        );
    }
    server.join().expect("no panic");
}

#[test]
fn a_reader_that_has_had_enough_ends_it_quietly() {
    let hub = Hub::start(&["--no-history"]);
    run_well(&hub, &["publish", "r", "only"]);
    // `head` goes after the first line; no second ever comes.
    let mut shell = Command::new("sh");
    shell
        .args([
            "-c",
            "\"$0\" subscribe r --since 1 --raw | head -n 1; echo over",
        ])
        .arg(env!("CARGO_BIN_EXE_sockhop"))
        .env("SOCKHOP_HUB", hub.tcp().to_string());
    let shell = Running::start(&mut shell);
    assert_eq!(shell.rest(), ["only", "over"]);
    assert!(
        shell.stderr.recv_timeout(PATIENCE).is_err(),
        "nothing is said"
    );
}

#[test]
fn an_interrupt_ends_it_at_once() {
    let hub = Hub::start(&["--no-history"]);
    for signal in ["INT", "TERM"] {
        let mut publisher = Running::start(&mut command(hub.tcp(), &["publish", "r", "--json"]));
        publisher.say("one");
        publisher.line();
        // Its standard input is open, and nothing comes of it.
        publisher.signal(signal);
        assert_eq!(publisher.wait(), Some(0));
    }
    // A hub that is not there is no reason to stay either.
    let free = free_address();
    let mut waiting = Running::start(&mut command(free, &["subscribe", "r", "--wait"]));
    expect(&waiting.stderr, |line| line.ends_with("Waiting for it…"));
    waiting.signal("INT");
    assert_eq!(waiting.wait(), Some(0));
}

#[test]
fn help_tells_a_newcomer_what_to_type() {
    for name in ["publish", "subscribe"] {
        let output = sockhop()
            .args([name, "--help"])
            .output()
            .expect("it starts");
        let help = stdout(&output);
        assert!(
            help.contains("Examples:") && help.contains("Exit code: 0"),
            "{help}"
        );
        assert!(
            help.contains("--hub") && help.contains("SOCKHOP_HUB"),
            "{help}"
        );
    }
}

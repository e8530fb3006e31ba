//! One side leaves, vanishes, stops reading or ends its half: who notices, and who does not.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::sockhop;
use common::toolkit::{Folder, Program, Server, assert_same, listen, noise, program, python, run};

/// A client that is there before and after, and notices nothing.
struct Witness(Program);

impl Witness {
    fn new(server: &Server) -> Self {
        let witness = Program::start(&mut python("client.py", &["selectors", &server.port()]));
        server.accepts();
        Self(witness)
    }

    fn is_echoed(&mut self, words: &str) {
        self.0.say(words);
        self.0.hear(words);
    }
}

#[test]
fn who_resets_or_vanishes_harms_nobody() {
    let server = Server::listen(&["--echo"]);
    let mut witness = Witness::new(&server);
    let mut rude = Program::start(&mut python("rude.py", &["reset", &server.port()]));
    let name = server.accepts();
    server.hear(&format!("{name}: here I am"));
    rude.say("now");
    let left = server.hear(&format!("left {name}: "));
    assert!(left.contains("reset the connection"), "{left}");
    assert!(left.contains("(10 bytes in, "), "{left}");
    witness.is_echoed("after a reset");

    // A killed program's system says goodbye for it: with a reset, if something was unread.
    let mut killed = Program::start(&mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server));
    let name = server.accepts();
    killed.say("alive");
    killed.hear("alive");
    killed.kill();
    server.hear(&format!("left {name}: closed by the other side"));
    witness.is_echoed("after a kill");
}

#[test]
fn who_stops_reading_freezes_nobody() {
    let server = Server::listen(&["--relay"]);
    let deaf = Program::start(&mut python("rude.py", &["stop", &server.port()]));
    let deaf_is = server.accepts();
    deaf.hear("connected");
    let mut listener = Witness::new(&server);
    // More than all buffers on the way to the deaf one can hold.
    let mut speaker = Program::start(&mut program("ncat", &["127.0.0.1", "PORT"], &server));
    server.accepts();
    // More than may wait for the deaf one, and all buffers on the way to it, can hold.
    let line = format!("{}\n", "much to say ".repeat(5_000));
    for _ in 0..500 {
        speaker.send(line.as_bytes());
    }
    speaker.say("that was all");
    listener.0.hear("that was all");
    let left = server.hear(&format!("left {deaf_is}: "));
    assert!(left.contains("it stopped reading"), "{left}");
    listener.0.say("and we go on");
    speaker.hear("and we go on");
}

#[test]
fn who_never_reads_the_echo_freezes_nobody() {
    let server = Server::start_raw(&mut listen("0", &["--echo", "--raw"]));
    let folder = Folder::new();
    std::fs::write(folder.path("much"), noise(20_000_000)).unwrap();
    // It sends, and nobody takes what comes back: its output is a pipe that is not read.
    let script = "socat -u \"$1\" TCP:127.0.0.1:$2";
    let mut deaf = Command::new("sh");
    deaf.args(["-c", script, "sh", &folder.name("much"), &server.port()]);
    let deaf = Program::start(&mut deaf);
    server.program.hear_error("connected ");
    let sent = noise(1_000_000);
    let done = run(
        &mut program("socat", &["-t30", "-", "TCP:127.0.0.1:PORT"], &server),
        &sent,
    );
    assert_same(&done.output, &sent);
    drop(deaf);
}

#[test]
fn a_client_that_ends_its_half_still_hears_the_rest() {
    for flags in [&["--upper"][..], &["--exec", "tr a-z A-Z"]] {
        let server = Server::listen(flags);
        let words = "each byte counts\n".repeat(60_000);
        let done = run(
            &mut program("nc.openbsd", &["-N", "127.0.0.1", "PORT"], &server),
            &words,
        );
        assert_same(&done.output, words.to_uppercase().as_bytes());
        let name = server.accepts();
        server.hear(&format!("left {name}: "));
    }
}

#[test]
fn silence_ends_it_where_it_is_asked_to() {
    let server = Server::listen(&["--echo", "--timeout", "300ms"]);
    let mut silent = Program::start(&mut python("client.py", &["selectors", &server.port()]));
    let name = server.accepts();
    silent.hear("the server has closed");
    assert_eq!(silent.wait(), Some(0));
    server.hear(&format!(
        "left {name}: silent for 300ms (0 bytes in, 0 out)"
    ));
}

#[test]
fn ctrl_c_says_goodbye_to_all_and_is_no_failure() {
    for flags in [&["--echo"][..], &["--relay"], &["--exec", "cat"], &[]] {
        let mut server = Server::listen(flags);
        let mut client = Program::start(&mut python("client.py", &["selectors", &server.port()]));
        let name = server.accepts();
        client.say("hello");
        server.hear(&format!("{name}: hello"));
        assert_eq!(server.program.interrupt(), Some(0), "{flags:?}");
        client.hear("the server has closed");
        server.hear(&format!("left {name}: closed from here"));
    }
}

#[test]
fn hundreds_at_once_are_each_answered() {
    let server = Server::start_raw(&mut listen("0", &["--echo", "--raw"]));
    let done = run(&mut python("many.py", &["400", &server.port()]), "");
    assert_eq!(done.text(), "400 of 400 answered\n", "{}", done.error);
}

#[test]
fn whoever_reads_what_a_server_says_may_leave() {
    let script =
        "{ \"$0\" listen 0 --echo; echo status$? >&2; } | { read -r line; echo \"$line\"; }";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).arg(sockhop().get_program());
    let server = Server::start(&mut shell);
    let done = run(
        &mut program("nc.openbsd", &["-N", "127.0.0.1", "PORT"], &server),
        "hi\n",
    );
    assert_eq!(done.code, Some(0), "{done:?}");
    server.program.hear_error("status0");
}

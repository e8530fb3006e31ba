//! `sockhop listen --exec`: a program for each client.
#![cfg(unix)]

mod common;

use common::toolkit::{Program, Server, assert_same, listen, noise, program, python, run};

#[test]
fn a_program_serves_each_client() {
    let script =
        r#"echo "you are $SOCKHOP_PEER"; while read -r line; do echo "[$line]"; done; exit 3"#;
    let server = Server::listen(&["--exec", script]);
    let mut clients = Vec::new();
    for _ in 0..2 {
        let client = Program::start(&mut python("client.py", &["threaded", &server.port()]));
        let name = server.accepts();
        client.hear(&format!("you are {name}"));
        clients.push((client, name));
    }
    for (client, _) in &mut clients {
        client.say("one two");
        assert_eq!(client.hear_next(), "[one two]");
    }
    for (client, name) in &mut clients {
        client.close_input();
        client.hear("the server has closed");
        server.hear(&format!("exited {name}: exit status 3"));
        server.hear(&format!("left {name}: the program serving it has ended"));
    }
    let missing = Server::listen(&["--exec", "/nowhere/at/all"]);
    run(&mut program("ncat", &["127.0.0.1", "PORT"], &missing), "");
    missing.hear("exit status 127");
    missing.program.hear_error("/nowhere/at/all");
}

#[test]
fn a_program_that_serves_ends_with_its_client() {
    let server = Server::listen(&["--exec", "echo here; cat; exec sleep 1000"]);
    let mut client = Program::start(&mut python("rude.py", &["reset", &server.port()]));
    let name = server.accepts();
    client.hear("connected");
    client.say("reset now");
    // Asked to, or because nobody reads any more what it says: whichever comes first.
    server.hear(&format!("exited {name}: killed by signal 1"));
    server.hear(&format!("left {name}: "));
}

#[test]
fn bytes_go_through_a_program_exact() {
    let server = Server::start_raw(&mut listen("0", &["--exec", "cat", "--raw"]));
    let sent = noise(2_000_000);
    let tool = ["-t30", "-", "TCP:127.0.0.1:PORT"];
    for done in [
        run(&mut program("socat", &tool, &server), &sent),
        run(&mut server.connect(&[]), &sent),
    ] {
        assert_same(&done.output, &sent);
    }
}

#[test]
fn a_script_of_lines_serves_messages_in_frames() {
    let script = r#"while read -r line; do echo "<$line>"; done"#;
    let server = Server::listen(&["--frame", "u16", "--exec", script]);
    let mut client = Program::start(&mut python("frames.py", &["u16", &server.port()]));
    for said in ["one", "two words", "größer 🎮"] {
        client.say(said);
        assert_eq!(client.hear_next(), format!("<{said}>"));
    }
    client.close_input();
    client.hear("end");
    server.hear(": exit status 0");
}

#[test]
fn what_a_program_says_of_errors_stays_here() {
    let server = Server::listen(&["--exec", "echo for the operator >&2; echo for the client"]);
    let done = run(
        &mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server),
        "",
    );
    assert_eq!(done.text(), "for the client\n");
    server.program.hear_error("for the operator");
}

#[test]
fn programs_end_with_their_server() {
    let mut server = Server::listen(&["--exec", "echo $$; exec sleep 1000"]);
    let mut client = Program::start(&mut program("ncat", &["127.0.0.1", "PORT"], &server));
    let pid = client.hear_next();
    let alive = || {
        let asked = run(std::process::Command::new("kill").args(["-0", &pid]), "");
        asked.code == Some(0)
    };
    assert!(alive());
    assert_eq!(server.program.interrupt(), Some(0));
    client.close_input();
    client.wait();
    assert!(!alive(), "process {pid} is still there");
}

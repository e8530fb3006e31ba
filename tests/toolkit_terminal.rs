//! `sockhop listen` and `sockhop connect` in a terminal: what a person types and sees.
#![cfg(unix)]

mod common;

use common::terminal::Terminal;
use common::toolkit::{Folder, Program, Server, listen, program, python};

/// `sockhop connect` in a terminal, connected to `server`.
fn connected(server: &Server, flags: &str) -> Terminal {
    let terminal = Terminal::open();
    terminal.enter(&format!("sockhop connect {} {flags}", server.port()));
    terminal.see("connected to tcp://");
    terminal.see_last(">");
    terminal
}

#[test]
fn a_line_is_edited_before_it_is_sent_and_history_brings_it_back() {
    let server = Server::listen(&[]);
    let terminal = connected(&server, "");
    terminal.type_in("wrong altogether");
    terminal.press(&["C-u"]);
    terminal.type_in("helo größer");
    terminal.press(&["Home", "Right", "Right", "Right"]);
    terminal.type_in("l");
    terminal.see_last("> hello größer");
    // What is wide, or of many bytes, is one character to the keys.
    terminal.type_in("🎮é");
    terminal.press(&["BSpace", "BSpace", "Enter"]);
    let name = server.accepts();
    assert_eq!(server.program.hear_next(), format!("{name}: hello größer"));
    terminal.enter("second");
    assert_eq!(server.program.hear_next(), format!("{name}: second"));
    terminal.press(&["Up", "Up"]);
    terminal.see_last("> hello größer");
    terminal.press(&["BSpace", "BSpace", "Enter"]);
    assert_eq!(server.program.hear_next(), format!("{name}: hello größ"));
}

#[test]
fn what_arrives_does_not_garble_what_is_being_typed() {
    let mut server = Server::listen(&[]);
    let terminal = connected(&server, "");
    server.accepts();
    terminal.type_in("half a th");
    terminal.see_last("> half a th");
    for number in 1..=5 {
        server
            .program
            .say(&format!("line {number}, which arrives meanwhile"));
        terminal.see_line(&format!("line {number}, which arrives meanwhile"));
    }
    let screen = terminal.see_last("> half a th");
    let typed = screen
        .iter()
        .filter(|line| line.contains("half a th"))
        .count();
    assert_eq!(typed, 1, "{screen:#?}");
    terminal.enter("ought");
    server.hear(": half a thought");
}

#[test]
fn ctrl_d_ends_our_half_and_the_answer_is_still_seen() {
    let server = Server::start(&mut python("server.py", &["threaded", "upper"]));
    let terminal = connected(&server, "");
    terminal.enter("last words");
    terminal.see_line("LAST WORDS");
    terminal.press(&["C-d"]);
    server.hear("left");
    terminal.see("closed by the other side (11 bytes in, 11 out)");
    terminal.see_last("$");
    assert_eq!(terminal.output_of("echo $?").trim(), "0");

    let mut ours = Server::listen(&[]);
    let terminal = connected(&ours, "");
    terminal.press(&["C-d"]);
    ours.accepts();
    terminal.see("ended from here: nothing more is sent");
    ours.program.say("but this is heard");
    terminal.see_line("but this is heard");
}

#[test]
fn a_server_s_owner_talks_to_all_or_to_one() {
    let terminal = Terminal::open();
    terminal.enter("sockhop listen 0");
    let line = terminal.see("listening on tcp://");
    let port = line.rsplit(':').next().expect("a port").to_owned();
    let mut clients = Vec::new();
    for said in ["I am ann", "I am bob"] {
        let mut client = Program::start(&mut python("client.py", &["selectors", &port]));
        client.say(said);
        let line = terminal.see(&format!(": {said}"));
        let name = line.split(": ").next().expect("a name").to_owned();
        clients.push((client, name));
    }
    let [(ann, ann_is), (bob, bob_is)] = &clients[..] else {
        unreachable!("there are two")
    };
    terminal.enter("to both of you");
    for client in [ann, bob] {
        assert_eq!(client.hear_next(), "to both of you");
    }
    let port_of = |name: &str| name.rsplit(':').next().expect("a port").to_owned();
    terminal.enter(&format!("@{} for ann alone", port_of(ann_is)));
    assert_eq!(ann.hear_next(), "for ann alone");
    terminal.enter(&format!("@{bob_is} for bob alone"));
    assert_eq!(bob.hear_next(), "for bob alone");
    terminal.enter("@@ home");
    for client in [ann, bob] {
        assert_eq!(client.hear_next(), "@ home");
    }
    terminal.enter("@1 whoever you are");
    let words = terminal.see("1 is not connected; here are");
    assert!(words.contains(ann_is) && words.contains(bob_is), "{words}");
}

#[test]
fn what_is_sent_cannot_draw_on_the_screen() {
    let server = Server::listen(&["--exec", r"printf '\033[2J\033]0;gotcha\007gone\n'; cat"]);
    let terminal = connected(&server, "");
    terminal.see_line("␛[2J␛]0;gotcha␇gone");
    terminal.see("connected to tcp://");
}

#[test]
fn a_time_line_is_coloured_on_a_terminal_unless_nobody_wants_it() {
    let server = Server::listen(&["--echo", "--frame", "fixed:4"]);
    for (before, has_colour) in [("", true), ("NO_COLOR=1 ", false)] {
        let terminal = Terminal::open();
        let port = server.port();
        terminal.enter(&format!(
            "{before}sockhop connect {port} --frame fixed:4 --trace"
        ));
        terminal.see("connected   from 127.0.0.1:");
        terminal.enter("ping");
        terminal.see(r#"frame 1     4 B  "ping""#);
        let coloured = terminal.coloured();
        let frame = coloured
            .lines()
            .find(|line| line.contains("frame 1"))
            .expect("it is there");
        assert_eq!(frame.contains("\u{1b}["), has_colour, "{frame:?}");
    }
}

#[test]
fn a_chat_among_terminals_and_tools() {
    let server = Server::listen(&["--relay"]);
    let (ann, bob) = (connected(&server, ""), connected(&server, ""));
    let mut nc = Program::start(&mut program("nc.openbsd", &["127.0.0.1", "PORT"], &server));
    for _ in 0..3 {
        server.accepts();
    }
    ann.enter("hello from a terminal");
    bob.see_line("hello from a terminal");
    nc.hear("hello from a terminal");
    nc.say("hello from nc");
    for terminal in [&ann, &bob] {
        terminal.see_line("hello from nc");
        terminal.see_last(">");
    }
}

#[test]
fn many_lines_pasted_at_once_are_all_sent() {
    let server = Server::listen(&[]);
    let terminal = connected(&server, "");
    let name = server.accepts();
    let lines: Vec<_> = (1..=200)
        .map(|number| format!("pasted line {number}"))
        .collect();
    terminal.paste(&format!("{}\n", lines.join("\n")));
    for line in lines {
        assert_eq!(server.program.hear_next(), format!("{name}: {line}"));
    }
}

#[test]
fn what_is_typed_before_the_server_is_there_is_sent_when_it_is() {
    let folder = Folder::new();
    let endpoint = format!("unix:{}", folder.name("s.sock"));
    let terminal = Terminal::open();
    terminal.enter(&format!("sockhop connect {endpoint} --wait"));
    terminal.see("nothing has made that socket");
    terminal.enter("an early bird");
    let server = Server::start(&mut listen(&endpoint, &["--upper"]));
    server.hear(": an early bird");
    terminal.see_line("AN EARLY BIRD");
}

#[test]
fn a_message_too_long_for_its_frame_can_be_typed_again() {
    let server = Server::listen(&["--frame", "u8", "--upper"]);
    let terminal = connected(&server, "--frame u8");
    terminal.enter(&"x".repeat(256));
    terminal.see("a message of 256 bytes does not fit");
    terminal.enter("shorter");
    terminal.see_line("SHORTER");
}

#[test]
fn datagrams_are_typed_line_by_line() {
    let server = Server::start(&mut listen("udp://127.0.0.1:0", &["--upper"]));
    let terminal = Terminal::open();
    terminal.enter(&format!("sockhop connect {}", server.endpoint()));
    terminal.see("ready to send to udp://");
    for said in ["first", "second"] {
        terminal.enter(said);
        server.hear(&format!(": {said}"));
        terminal.see_line(&said.to_uppercase());
    }
}

#[test]
fn a_flood_does_not_garble_what_is_being_typed() {
    let flood =
        r#"read -r go; i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; done; cat >&2"#;
    let server = Server::listen(&["--exec", flood]);
    let terminal = connected(&server, "");
    terminal.enter("go");
    for key in "half a thought, größer 🎮".chars() {
        terminal.type_in(&key.to_string());
    }
    terminal.see_line("line 3000");
    terminal.see_last("> half a thought, größer 🎮");
    terminal.press(&["Enter"]);
    assert_eq!(
        server.program.hear_error("half"),
        "half a thought, größer 🎮"
    );
}

#[test]
fn a_question_without_a_newline_stands_above_the_answer() {
    let server = Server::listen(&[
        "--exec",
        r#"printf "your name? "; read -r n; echo "hello, $n""#,
    ]);
    let terminal = connected(&server, "");
    terminal.see_line("your name?");
    terminal.see_last(">");
    terminal.enter("Ann");
    terminal.see_line("hello, Ann");
}

#[test]
fn a_window_may_change_its_size_while_one_types() {
    let mut server = Server::listen(&[]);
    let terminal = connected(&server, "");
    let name = server.accepts();
    terminal.type_in("half a th");
    terminal.see_last("> half a th");
    terminal.resize(70, 20);
    server.program.say("from the other side");
    terminal.see_line("from the other side");
    terminal.see_last("> half a th");
    terminal.enter("ought");
    server.hear(&format!("{name}: half a thought"));
}

#[test]
fn with_a_pipe_on_one_side_the_terminal_is_safe_and_lines_are_still_sent() {
    let server = Server::listen(&["--exec", r"printf '\033[2J\007gone\n'; cat"]);
    let terminal = Terminal::open();
    terminal.enter(&format!("echo hello | sockhop connect {}", server.port()));
    terminal.see_line("hello");
    terminal.see_line("␛[2J␇gone");

    terminal.enter("sockhop listen 0 | cat");
    let line = terminal.see("listening on tcp://");
    let port = line.rsplit(':').next().expect("a port");
    let mut client = Program::start(&mut python("client.py", &["selectors", port]));
    terminal.see("connected 127.0.0.1:");
    terminal.enter("typed without an editor");
    assert_eq!(client.hear_next(), "typed without an editor");
    client.say("and answered");
    terminal.see(": and answered");
}

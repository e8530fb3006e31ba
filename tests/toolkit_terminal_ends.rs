//! However it ends, the terminal is as it was, and the shell goes on at the beginning of a line.
#![cfg(unix)]

mod common;

use std::process::Command;

use common::terminal::Terminal;
use common::toolkit::{NOBODY, Server};

/// Has `command` run in a terminal until `end` ends it, with an exit code of `status`.
fn leaves_the_terminal_as_it_was(command: &str, status: u8, end: impl FnOnce(&Terminal)) {
    let terminal = Terminal::open();
    let before = terminal.output_of("stty -a");
    terminal.enter(&format!("{command}; echo status$?"));
    end(&terminal);
    terminal.see_line(&format!("status{status}"));
    terminal.see_last("$");
    assert_eq!(terminal.output_of("stty -a"), before);
}

fn type_half(terminal: &Terminal) {
    // What is typed before somebody reads lines is the terminal's own.
    terminal.see_last(">");
    terminal.type_in("half");
    terminal.see_last("> half");
}

#[test]
fn by_ctrl_c_in_the_middle_of_a_line() {
    let server = Server::listen(&[]);
    let connect = format!("sockhop connect {}", server.port());
    for (command, begun) in [
        (&*connect, "connected to"),
        ("sockhop listen 0", "listening on"),
    ] {
        leaves_the_terminal_as_it_was(command, 0, |terminal| {
            terminal.see(begun);
            type_half(terminal);
            terminal.press(&["C-c"]);
        });
    }
}

#[test]
fn by_ctrl_c_where_nothing_is_typed() {
    for command in [
        "sockhop listen 0 --echo",
        "sockhop listen 0 --relay --trace",
    ] {
        leaves_the_terminal_as_it_was(command, 0, |terminal| {
            terminal.see("listening on");
            terminal.press(&["C-c"]);
        });
    }
}

#[test]
fn by_ctrl_c_while_it_waits_for_the_server() {
    leaves_the_terminal_as_it_was(&format!("sockhop connect {NOBODY} --wait"), 0, |terminal| {
        terminal.see("next attempt in");
        terminal.type_in("half");
        terminal.see_last("half");
        terminal.press(&["C-c"]);
    });
}

#[test]
fn by_ctrl_c_while_the_other_side_floods_it() {
    let server = Server::listen(&["--exec", "yes"]);
    let command = format!("sockhop connect {}", server.port());
    leaves_the_terminal_as_it_was(&command, 0, |terminal| {
        terminal.see_line("y");
        terminal.press(&["C-c"]);
    });
}

#[test]
fn by_ctrl_d_and_then_ctrl_c() {
    let server = Server::listen(&[]);
    let connect = format!("sockhop connect {}", server.port());
    leaves_the_terminal_as_it_was(&connect, 0, |terminal| {
        terminal.see("connected to");
        terminal.see_last(">");
        terminal.press(&["C-d"]);
        terminal.see("ended from here: nothing more is sent");
        terminal.press(&["C-c"]);
    });
}

#[test]
fn by_a_signal_from_elsewhere() {
    let server = Server::listen(&[]);
    let connect = format!("sockhop connect {}", server.port());
    for (command, begun) in [
        (&*connect, "connected to"),
        ("sockhop listen 0", "listening on"),
    ] {
        for signal in ["-TERM", "-INT", "-HUP"] {
            leaves_the_terminal_as_it_was(command, 0, |terminal| {
                terminal.see(begun);
                type_half(terminal);
                let shell = terminal.shell();
                let sent = Command::new("pkill").args([signal, "-P", &shell]).status();
                assert!(sent.expect("pkill").success());
            });
        }
    }
}

#[test]
fn by_the_server() {
    let mut server = Server::listen(&[]);
    let connect = format!("sockhop connect {}", server.port());
    leaves_the_terminal_as_it_was(&connect, 1, |terminal| {
        terminal.see("connected to");
        type_half(terminal);
        server.program.kill();
        // Nothing had been said by either side.
        terminal.see("closed the connection before it answered anything");
    });
    let mut server = Server::listen(&["--greet", "hello"]);
    let connect = format!("sockhop connect {}", server.port());
    leaves_the_terminal_as_it_was(&connect, 0, |terminal| {
        terminal.see_line("hello");
        type_half(terminal);
        assert_eq!(server.program.interrupt(), Some(0));
        terminal.see("closed by the other side");
    });
}

#[test]
fn by_a_failure() {
    let connect = format!("sockhop connect {NOBODY}");
    leaves_the_terminal_as_it_was(&connect, 1, |terminal| {
        terminal.see("refused the connection");
    });
    let server = Server::listen(&[]);
    let listen = format!("sockhop listen {}", server.port());
    leaves_the_terminal_as_it_was(&listen, 1, |terminal| {
        terminal.see("has it already");
    });
}

#[test]
fn not_by_ctrl_z() {
    let server = Server::listen(&[]);
    let terminal = Terminal::open();
    terminal.enter(&format!("sockhop connect {}", server.port()));
    let name = server.accepts();
    terminal.see("connected to");
    type_half(&terminal);
    terminal.press(&["C-z"]);
    terminal.enter(" and whole");
    assert_eq!(
        server.program.hear_next(),
        format!("{name}: half and whole")
    );
}

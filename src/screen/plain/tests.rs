use super::super::testing::{Stage, settings};
use super::*;

#[test]
fn a_conversation() {
    let mut stage = Stage::new(settings());
    stage.listening("tcp://127.0.0.1:5000");
    stage.accepted("127.0.0.1:50412");
    stage.received(1, b"hello\n");
    stage.received(2, b"one\r\ntwo\n\nlast");
    stage.left(&Leave::Closed);
    stage.assert_shown(
        "\
listening on tcp://127.0.0.1:5000
connected 127.0.0.1:50412
127.0.0.1:50412: hello
127.0.0.1:50412: one
127.0.0.1:50412: two
127.0.0.1:50412: 
127.0.0.1:50412: last
left 127.0.0.1:50412: closed by the other side (5 bytes in, 5 out)
",
    );
}

#[test]
fn one_other_side_needs_no_name() {
    let mut stage = Stage::new(Settings {
        role: Role::Connect,
        colour: true,
        ..settings()
    });
    stage.peer("127.0.0.1:5000");
    stage.received(1, b"HELLO\nleft");
    stage.left(&Leave::Done);
    stage.assert_shown(
        "\
HELLO
left
\u{1b}[2mleft 127.0.0.1:5000: closed from here (5 bytes in, 5 out)\u{1b}[0m
",
    );
}

#[test]
fn characters_come_whole_whatever_the_reads_were() {
    let mut stage = Stage::new(settings());
    stage.accepted("127.0.0.1:50412");
    let otter = "🦦!".as_bytes();
    stage.received(1, &otter[..2]);
    stage.received(2, &otter[2..]);
    stage.received(3, b"\xe2\x82");
    stage.left(&Leave::Done);
    stage.assert_shown(
        "\
connected 127.0.0.1:50412
127.0.0.1:50412: 🦦!
127.0.0.1:50412: \\xe2\\x82
left 127.0.0.1:50412: closed from here (5 bytes in, 5 out)
",
    );
}

#[test]
fn frames_and_datagrams_are_not_joined() {
    let mut stage = Stage::new(Settings {
        framing: "u8".parse().unwrap(),
        ..settings()
    });
    stage.peer("a:1");
    stage.received(1, b"\xe2");
    stage.received(2, b"\x82\xac");
    stage.assert_shown("a:1: \\xe2\na:1: \\x82\\xac\n");
    let mut stage = Stage::new(settings());
    stage.listening("udp://127.0.0.1:5000");
    stage.peer("a:1");
    stage.received(1, b"\xe2");
    stage.assert_shown("listening on udp://127.0.0.1:5000\na:1: \\xe2\n");
}

#[test]
fn a_terminal_is_shown_the_beginning_of_much_and_a_pipe_all_of_it() {
    let much = "é".repeat(40_000);
    let much = [b"x", much.as_bytes()].concat();
    let mut stage = Stage::new(Settings {
        is_terminal: true,
        ..settings()
    });
    stage.peer("a:1");
    stage.received(1, &much);
    let shown = stage.shown();
    let expected = format!("a:1: x{}\na:1: … 80,001 bytes in all\n", "é".repeat(511));
    assert_eq!(shown, expected);

    let mut stage = Stage::new(settings());
    stage.peer("a:1");
    stage.received(1, &much);
    assert_eq!(stage.shown().len(), "a:1: \n".len() + much.len());
}

#[test]
fn hex_is_a_dump_of_each_message() {
    let mut stage = Stage::new(Settings {
        hex: true,
        ..settings()
    });
    stage.peer("a:1");
    stage.received(1, b"No Button\xff");
    stage.assert_shown(
        "\
a:1: 10 bytes
00000000  4e 6f 20 42 75 74 74 6f  6e ff                    |No Button.|
",
    );
}

#[test]
fn nobody_writes_to_the_terminal_but_this_program() {
    let mut stage = Stage::new(settings());
    stage.peer("a:1");
    stage.received(1, b"\x1b[2J\rleft b:2\tok\x00");
    stage.assert_shown("a:1: ␛[2J␍left b:2\tok␀\n");
}

#[test]
fn a_client_that_ended_is_mentioned_once_it_is_written_to() {
    let mut stage = Stage::new(settings());
    stage.peer("a:1");
    stage.put(&Event::PeerEnded);
    stage.assert_shown("");
    stage.put(&Event::Wrote { bytes: b"x" });
    stage.put(&Event::Wrote { bytes: b"x" });
    stage.put(&Event::WeEnded);
    stage.assert_shown("ended a:1: it sends nothing more, but may still be reading\n");
}

#[test]
fn whoever_connects_is_told_which_side_ends_first() {
    let connect = || {
        let mut stage = Stage::new(Settings {
            role: Role::Connect,
            is_terminal: true,
            shows_messages: false,
            ..settings()
        });
        stage.connecting("tcp://gs.local:5000", Some("192.168.1.20:5000"));
        stage.connected(Some("192.168.1.7:40000"));
        stage.peer("192.168.1.20:5000");
        stage.received(1, b"goes elsewhere");
        stage.assert_shown(
            "connected to tcp://gs.local:5000 (192.168.1.20) from 192.168.1.7:40000\n",
        );
        stage
    };
    let mut stage = connect();
    stage.put(&Event::WeEnded);
    stage.put(&Event::PeerEnded);
    stage.assert_shown(
        "ended from here: nothing more is sent, but 192.168.1.20:5000 may still send\n",
    );
    let mut stage = connect();
    stage.put(&Event::PeerEnded);
    stage.put(&Event::WeEnded);
    stage.assert_shown("");
}

#[test]
fn datagrams_are_never_said_to_be_connected() {
    let mut stage = Stage::new(Settings {
        role: Role::Connect,
        ..settings()
    });
    stage.connecting("udp://127.0.0.1:5000", Some("127.0.0.1:5000"));
    stage.connected(None);
    stage.assert_shown("ready to send to udp://127.0.0.1:5000\n");
}

#[test]
fn an_unchecked_certificate_is_named() {
    let mut stage = Stage::new(Settings {
        role: Role::Connect,
        ..settings()
    });
    let secured = |verified| Event::Secured {
        version: "TLS 1.3",
        fingerprint: Some("ab12"),
        verified,
    };
    stage.put(&secured(true));
    stage.assert_shown("");
    stage.put(&secured(false));
    stage.assert_shown(
        "TLS 1.3, but nobody has checked who it is: its certificate has the SHA-256 ab12, which --fingerprint would insist on\n",
    );
}

#[test]
fn quiet_leaves_messages_and_failures() {
    let mut stage = Stage::new(Settings {
        quiet: true,
        ..settings()
    });
    stage.listening("tcp://127.0.0.1:5000");
    stage.accepted("a:1");
    stage.received(1, b"hello");
    stage.put(&Event::TurnedAway { clients_max: 1 });
    stage.left(&Leave::Closed);
    stage.assert_shown("a:1: hello\n");
    let fault = super::super::testing::fault();
    stage.left(&Leave::Fault(fault));
    assert!(stage.shown().starts_with("left a:1: "));
}

#[test]
fn those_turned_away_are_told_apart() {
    let mut stage = Stage::new(settings());
    stage.peer("a:1");
    stage.put(&Event::TurnedAway { clients_max: 1 });
    stage.put(&Event::TurnedAway { clients_max: 2 });
    stage.assert_shown(
        "\
turned away a:1: 1 client is here, the most there may be
turned away a:1: 2 clients are here, the most there may be
",
    );
}

#[cfg(unix)]
#[test]
fn programs_end_in_words() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut stage = Stage::new(settings());
    stage.peer("a:1");
    let status = std::process::ExitStatus::from_raw(9);
    stage.put(&Event::Exited { status });
    stage.assert_shown("exited a:1: killed by signal 9\n");
}

#[test]
fn advice_is_given_once_in_a_row_of_attempts() {
    let mut stage = Stage::new(Settings {
        role: Role::Connect,
        ..settings()
    });
    let fault = super::super::testing::fault();
    let advice = fault.advice().expect("a refusal has advice");
    let failed = Event::Failed {
        fault: &fault,
        again_in: Some(Duration::from_millis(1500)),
    };
    stage.put(&failed);
    stage.assert_shown(&format!("{fault}; next attempt in 1.5 s\n  {advice}\n"));
    stage.put(&failed);
    stage.assert_shown(&format!("{fault}; next attempt in 1.5 s\n"));
    stage.put(&Event::Failed {
        fault: &fault,
        again_in: None,
    });
    stage.assert_shown(&format!("{fault}\n  {advice}\n"));
}

#[test]
fn who_is_at_fault_leaves_with_advice_unless_the_command_gives_it() {
    for (role, lines) in [(Role::Listen, 2), (Role::Connect, 0)] {
        let mut stage = Stage::new(Settings { role, ..settings() });
        stage.peer("a:1");
        stage.left(&Leave::Fault(super::super::testing::fault()));
        assert_eq!(stage.shown().lines().count(), lines);
    }
}

use super::super::testing::{Stage, settings};
use super::super::{Form, Role};
use super::*;

fn stage(role: Role, framing: &str, trace: bool) -> Stage {
    Stage::new(Settings {
        role,
        framing: framing.parse().expect("a framing"),
        trace,
        explain: true,
        ..settings()
    })
}

#[test]
fn steps_without_a_line_wait_for_the_one_they_lead_to() {
    let mut stage = stage(Role::Listen, "none", false);
    stage.bound("tcp://127.0.0.1:5000");
    stage.assert_shown("");
    stage.listening("tcp://127.0.0.1:5000");
    stage.assert_shown(
        "\
listening on tcp://127.0.0.1:5000
    bind: the socket now owns port 5000 of 127.0.0.1, and no other program can
    have it meanwhile. Only programs on this machine can reach 127.0.0.1;
    `sockhop listen 0.0.0.0:5000` can be reached from its networks too.
    listen: from now on the system completes connections by itself, and keeps
    up to 1,024 of them waiting for accept. Before listen, whoever tried to
    connect was refused.
",
    );
    stage.accepted("127.0.0.1:50412");
    stage.shown();
    stage.read(b"hello\n");
    stage.assert_shown("");
    stage.received(1, b"hello\n");
    stage.assert_shown(
        "\
127.0.0.1:50412: hello
    recv: gives what has arrived by now, at least 1 byte. A stream has no
    messages: what one send sent may come in pieces, and what several sent may
    come as one. A framing, such as --frame line, finds messages in it.
",
    );
    stage.wrote(b"HELLO\n");
    assert!(stage.shown().starts_with("    send: hands bytes"));
    stage.read(b"again\n");
    stage.received(2, b"again\n");
    stage.assert_shown("127.0.0.1:50412: again\n");
}

#[test]
fn a_trace_is_explained_beneath_each_step() {
    let mut stage = stage(Role::Connect, "fixed:20", true);
    stage.connecting("tcp://127.0.0.1:5000", Some("127.0.0.1:5000"));
    stage.assert_shown(
        "\
12:00:01.031  connect     tcp://127.0.0.1:5000
              connect: asks the machine at that address for a connection. Three
              packets settle it: SYN there, SYN-ACK back, ACK there. The system
              picks the port of this side, unless --bind names one.
",
    );
    stage.peer("127.0.0.1:5000");
    stage.read(&[b'x'; 28]);
    stage.shown();
    stage.received(1, &[b'x'; 20]);
    let shown = stage.shown();
    assert!(shown.contains("\n              frame: every 20 bytes are one message."));
    stage.unfinished(8, Some(12));
    assert!(
        stage
            .shown()
            .contains("\n              pending: the last recv")
    );
    stage.unfinished(8, Some(12));
    assert_eq!(stage.shown().lines().count(), 1);
}

#[test]
fn programs_get_it_as_a_field() {
    let mut stage = Stage::new(Settings {
        form: Form::Json,
        explain: true,
        ..settings()
    });
    stage.bound("udp://[::1]:5000");
    stage.listening("udp://[::1]:5000");
    stage.assert_shown(
        "{\"ev\":\"listening\",\"time_us\":1782907201031000,\"endpoint\":\"udp://[::1]:5000\",\"explain\":\"\
         bind: the socket now owns port 5000 of ::1, and no other program can have it meanwhile. \
         Only programs on this machine can reach ::1; `sockhop listen udp://[::]:5000` can be \
         reached from its networks too. UDP needs neither listen nor accept, because it has no \
         connections: this one socket receives the datagrams of everybody who sends to its \
         port.\"}\n",
    );
}

#[test]
fn addresses_for_all_say_so() {
    for (endpoint, words) in [
        (
            "tcp://0.0.0.0:5000",
            "`sockhop listen 127.0.0.1:5000` would keep",
        ),
        (
            "tls://[::]:5000",
            "`sockhop listen tls://[::1]:5000` would keep",
        ),
        (
            "tcp://192.168.1.7:5000",
            "at this address alone; 0.0.0.0 would",
        ),
        ("tcp://[fd00::7]:5000", "at this address alone; :: would"),
        ("tcp://localhost:5000", "`sockhop listen 0.0.0.0:5000` can"),
        ("unix:/tmp/x", "unix:/tmp/x is where programs"),
    ] {
        let mut stage = stage(Role::Listen, "none", false);
        stage.bound(endpoint);
        stage.listening(endpoint);
        let shown = stage
            .shown()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(shown.contains(words), "{endpoint}: {shown}");
    }
}

/// Whatever the wire, the side and the framing, a sentence fits a row of a time line, ends, and names
/// no flag that the other command alone has.
#[test]
fn every_sentence_is_one() {
    let endpoints = [
        "tcp://127.0.0.1:5000",
        "tls://127.0.0.1:5000",
        "udp://127.0.0.1:5000",
        "ws://127.0.0.1:5000",
        "unix:/tmp/x",
    ];
    for role in [Role::Listen, Role::Connect] {
        for endpoint in endpoints {
            for framing in [
                "none", "line", "u8", "u16", "u32", "u16le", "u32le", "varint", "fixed:9",
            ] {
                let mut stage = stage(role, framing, true);
                stage.everything(endpoint);
                let shown = stage.shown();
                let explained = shown
                    .lines()
                    .filter(|line| line.starts_with("              "));
                for line in explained.clone() {
                    assert!(line.chars().count() <= 79, "{line}");
                }
                let words = explained.collect::<String>();
                let others: &[&str] = match role {
                    Role::Listen => &["--bind", "--insecure", "--retry", "--wait"],
                    Role::Connect => &["--once", "--cert", "sockhop listen"],
                };
                for other in others {
                    assert!(!words.contains(other), "{other} in {words}");
                }
            }
        }
    }
}

use std::time::Duration;

use sockhop_net::leave::Leave;

use super::super::row::COLUMNS;
use super::super::testing::{Stage, fault, settings};
use super::*;

fn stage(framing: &str) -> Stage {
    Stage::new(traced(framing))
}

fn traced(framing: &str) -> Settings {
    Settings {
        trace: true,
        framing: framing.parse().expect("a framing"),
        ..settings()
    }
}

const NO_BUTTON: &[u8] = b"No Button is Pressed";

/// The example everybody is shown.
#[test]
fn messages_of_20_bytes_read_28_at_a_time() {
    let mut stage = stage("fixed:20");
    stage.listening("tcp://127.0.0.1:5000");
    stage.accepted("127.0.0.1:50412");
    let stream = NO_BUTTON.repeat(2);
    stage.read(&stream[..28]);
    stage.received(1, NO_BUTTON);
    stage.unfinished(8, Some(12));
    stage.read(&stream[28..]);
    stage.received(2, NO_BUTTON);
    stage.put(&Event::PeerEnded);
    stage.put(&Event::WeEnded);
    stage.left(&Leave::Closed);
    stage.assert_shown(
        r#"12:00:01.031  listening on tcp://127.0.0.1:5000
12:00:01.031  accept      127.0.0.1:50412
12:00:01.031  read 28 B   No Button is PressedNo Butto
              frame 1     20 B  "No Button is Pressed"
              pending     8 B of the next frame, 12 to come
12:00:01.031  read 12 B   n is Pressed
              frame 2     20 B  "No Button is Pressed"
12:00:01.031  read 0 B    the other side has ended its half
12:00:01.031  shutdown    this side has ended its half
12:00:01.031  left        closed by the other side (5 bytes in, 5 out)
"#,
    );
}

#[test]
fn whoever_is_next_has_a_heading() {
    let mut stage = stage("none");
    stage.accepted("a:1");
    stage.read(b"one\n");
    stage.accepted("b:2");
    stage.peer("a:1");
    stage.read(b"two\n");
    stage.received(2, b"two\n");
    stage.wrote(b"\x00TWO");
    stage.peer("b:2");
    stage.left(&Leave::Done);
    stage.assert_shown(
        r"12:00:01.031  accept      a:1
12:00:01.031  read 4 B    one\n
12:00:01.031  accept      b:2
-- a:1
12:00:01.031  read 4 B    two\n
12:00:01.031  write 4 B   \x00TWO
-- b:2
12:00:01.031  left        closed from here (5 bytes in, 5 out)
",
    );
}

#[test]
fn frames_out_stand_beneath_the_write_that_ends_them() {
    let mut stage = stage("u8");
    stage.accepted("a:1");
    stage.shown();
    for (n, message) in [(1, &b"hi"[..]), (2, b"you"), (3, b"never")] {
        stage.put(&Event::Sent { n, message });
    }
    stage.assert_shown("");
    stage.wrote(b"\x02hi\x03y");
    stage.wrote(b"ou");
    stage.unfinished(1, None);
    stage.left(&Leave::Done);
    stage.assert_shown(
        r#"12:00:01.031  write 5 B   \x02hi\x03y
              sent 1      2 B  "hi"
12:00:01.031  write 2 B   ou
              sent 2      3 B  "you"
              pending     1 B of the next frame, not all of its length yet
12:00:01.031  left        closed from here (5 bytes in, 5 out)
              unsent      1 message was not written to its end
"#,
    );
}

#[test]
fn only_so_many_frames_wait_for_their_write() {
    let mut stage = stage("u8");
    stage.accepted("a:1");
    stage.shown();
    for n in 1..=257 {
        stage.put(&Event::Sent { n, message: b"x" });
    }
    stage.assert_shown("              sent 257    1 B  \"x\"\n");
    stage.wrote(&b"\x01x".repeat(257));
    assert_eq!(stage.shown().lines().count(), 1 + 256);
}

#[test]
fn much_is_cut_to_the_width() {
    let mut stage = stage("line");
    stage.peer("a:1");
    let much = "é\n".repeat(40_000);
    stage.read(much.as_bytes());
    stage.received(1234, "🦦".repeat(100).as_bytes());
    stage.unfinished(5000, None);
    let shown = stage.shown();
    let mut lines = shown.lines().skip(1);
    assert_eq!(
        lines.next().unwrap(),
        format!(r"12:00:01.031  read 120,000 B  {}…", r"é\n".repeat(16)),
    );
    assert_eq!(
        lines.next().unwrap(),
        format!("              frame 1234  400 B  \"{}…\"", "🦦".repeat(21)),
    );
    assert_eq!(
        lines.next().unwrap(),
        "              pending     5,000 B of the next line, without its end"
    );
}

#[test]
fn hex_stands_beneath() {
    let mut stage = Stage::new(Settings {
        hex: true,
        is_terminal: true,
        ..traced("none")
    });
    stage.peer("a:1");
    stage.read(b"hi\n");
    stage.assert_shown(
        r"-- a:1
12:00:01.031  read 3 B    hi\n
              00000000  68 69 0a                                          |hi.|
",
    );
    stage.wrote(&[b'x'; 2000]);
    let shown = stage.shown();
    assert_eq!(shown.lines().count(), 1 + 64 + 1);
    assert!(shown.ends_with("              … 2,000 bytes in all\n"));
}

#[test]
fn a_frame_and_its_bytes_have_one_colour() {
    let mut stage = Stage::new(Settings {
        colour: true,
        ..traced("fixed:2")
    });
    stage.accepted("a:1");
    stage.shown();
    stage.read(b"aabbc");
    stage.received(1, b"aa");
    stage.received(2, b"bb");
    stage.unfinished(1, Some(1));
    stage.read(b"cd");
    let shown = stage
        .shown()
        .replace("\u{1b}[36m", "<odd>")
        .replace("\u{1b}[33m", "<even>")
        .replace("\u{1b}[2m", "<dim>")
        .replace("\u{1b}[0m", "<>");
    let expected = "\
<dim>12:00:01.031<>  read 5 B    <odd>aa<><even>bb<><odd>c<>
              <odd>frame 1<>     2 B  <odd>\"<><odd>aa<><odd>\"<>
              <even>frame 2<>     2 B  <even>\"<><even>bb<><even>\"<>
              <odd>pending<>     1 B of the next frame, 1 to come
<dim>12:00:01.031<>  read 2 B    <odd>c<><even>d<>
";
    assert_eq!(shown, expected);
}

#[test]
fn bytes_without_frames_have_no_colour() {
    let mut stage = Stage::new(Settings {
        colour: true,
        ..traced("none")
    });
    stage.accepted("a:1");
    stage.shown();
    stage.read(b"hi");
    stage.assert_shown("\u{1b}[2m12:00:01.031\u{1b}[0m  read 2 B    hi\n");
}

#[test]
fn the_steps_to_a_connection() {
    let mut stage = Stage::new(Settings {
        role: Role::Connect,
        ..traced("none")
    });
    stage.put(&Event::Resolved {
        host: "gs.local",
        addresses: &[
            "192.168.1.20:5000".parse().unwrap(),
            "[fe80::1]:5000".parse().unwrap(),
        ],
    });
    stage.bound("tls://192.168.1.7:0");
    stage.connecting("tls://gs.local:5000", Some("192.168.1.20:5000"));
    stage.put(&Event::Secured {
        version: "TLS 1.3",
        fingerprint: Some("ab12"),
        verified: false,
    });
    stage.put(&Event::Upgraded);
    stage.connected(Some("192.168.1.7:40000"));
    stage.peer("192.168.1.20:5000");
    stage.read(b"hi");
    stage.assert_shown(
        "\
12:00:01.031  resolve     gs.local is 192.168.1.20, fe80::1
12:00:01.031  bind        tls://192.168.1.7:0
12:00:01.031  connect     tls://gs.local:5000 (192.168.1.20)
12:00:01.031  secured     TLS 1.3; certificate not checked, SHA-256 ab12
12:00:01.031  upgraded    to WebSocket
12:00:01.031  connected   from 192.168.1.7:40000
12:00:01.031  read 2 B    hi
",
    );
}

#[test]
fn failures_bring_their_advice() {
    let mut stage = Stage::new(Settings {
        role: Role::Connect,
        ..traced("none")
    });
    let fault = fault();
    stage.put(&Event::Failed {
        fault: &fault,
        again_in: Some(Duration::from_secs(2)),
    });
    let shown = stage.shown();
    let words: Vec<_> = shown.split_whitespace().collect();
    let expected = format!(
        "12:00:01.031 failed {fault} {} wait 2 s until the next attempt",
        fault.advice().unwrap()
    );
    assert_eq!(words.join(" "), expected);
    assert!(shown.lines().all(|line| line.len() <= COLUMNS), "{shown}");
}

#[test]
fn the_rest() {
    let mut stage = stage("none");
    stage.peer("a:1");
    stage.put(&Event::TurnedAway { clients_max: 2 });
    stage
        .assert_shown("12:00:01.031  turn away   a:1: 2 clients are here, the most there may be\n");
}

#[test]
fn time_is_local() {
    let mut stage = Stage::new(Settings {
        zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(2)),
        ..traced("none")
    });
    stage.bound("udp://127.0.0.1:5000");
    stage.assert_shown("14:00:01.031  bind        udp://127.0.0.1:5000\n");
}

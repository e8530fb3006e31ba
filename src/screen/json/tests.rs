use serde_json::Value;

use super::super::testing::{Stage, fault, settings};
use super::super::{Form, Role};
use super::*;

fn stage(trace: bool) -> Stage {
    Stage::new(Settings {
        form: Form::Json,
        trace,
        ..settings()
    })
}

#[test]
fn a_conversation() {
    let mut stage = stage(false);
    stage.bound("tcp://127.0.0.1:5000");
    stage.listening("tcp://127.0.0.1:5000");
    stage.accepted("127.0.0.1:50412");
    stage.read(b"hello\n");
    stage.received(1, b"hello\n");
    stage.received(2, b"\xff\x00");
    stage.put(&Event::PeerEnded);
    stage.put(&Event::WeEnded);
    stage.left(&Leave::Closed);
    stage.put(&Event::TurnedAway { clients_max: 2 });
    stage.assert_shown(
        r#"{"ev":"listening","time_us":1782907201031000,"endpoint":"tcp://127.0.0.1:5000"}
{"ev":"accepted","time_us":1782907201031000,"peer":"127.0.0.1:50412"}
{"ev":"message","time_us":1782907201031000,"peer":"127.0.0.1:50412","n":1,"bytes":6,"text":"hello\n"}
{"ev":"message","time_us":1782907201031000,"peer":"127.0.0.1:50412","n":2,"bytes":2,"data":"/wA="}
{"ev":"peer_ended","time_us":1782907201031000,"peer":"127.0.0.1:50412"}
{"ev":"left","time_us":1782907201031000,"peer":"127.0.0.1:50412","code":"closed","message":"closed by the other side","bytes_in":5,"bytes_out":5}
{"ev":"turned_away","time_us":1782907201031000,"peer":"127.0.0.1:50412","clients_max":2}
"#,
    );
}

#[test]
fn a_trace_has_every_step() {
    let mut stage = stage(true);
    stage.put(&Event::Resolved {
        host: "gs",
        addresses: &["192.168.1.20:5000".parse().unwrap()],
    });
    stage.bound("tcp://192.168.1.7:0");
    stage.connecting("tcp://gs:5000", Some("192.168.1.20:5000"));
    stage.put(&Event::Upgraded);
    stage.connected(Some("192.168.1.7:40000"));
    stage.put(&Event::Secured {
        version: "TLS 1.3",
        fingerprint: Some("ab12"),
        verified: true,
    });
    stage.read(b"he");
    stage.unfinished(2, Some(3));
    stage.unfinished(2, None);
    stage.put(&Event::Sent {
        n: 1,
        message: b"x",
    });
    stage.wrote(b"\x01x");
    stage.put(&Event::WeEnded);
    let shown = stage.shown().replace(r#""time_us":1782907201031000"#, "…");
    let expected = r#"{"ev":"resolved",…,"host":"gs","addresses":["192.168.1.20"]}
{"ev":"bound",…,"endpoint":"tcp://192.168.1.7:0"}
{"ev":"connecting",…,"endpoint":"tcp://gs:5000","address":"192.168.1.20:5000"}
{"ev":"upgraded",…}
{"ev":"connected",…,"endpoint":"tcp://gs:5000","local":"192.168.1.7:40000"}
{"ev":"secured",…,"version":"TLS 1.3","fingerprint":"ab12","verified":true}
{"ev":"read",…,"bytes":2,"text":"he"}
{"ev":"unfinished",…,"bytes":2,"missing":3}
{"ev":"unfinished",…,"bytes":2}
{"ev":"sent",…,"n":1,"bytes":1,"text":"x"}
{"ev":"wrote",…,"bytes":2,"text":"\u0001x"}
{"ev":"we_ended",…}
"#;
    assert_eq!(shown, expected);
}

#[test]
fn failures_are_for_programs_and_for_people() {
    let mut stage = stage(false);
    let fault = fault();
    stage.put(&Event::Failed {
        fault: &fault,
        again_in: Some(Duration::from_millis(1500)),
    });
    stage.peer("a:1");
    stage.left(&Leave::Fault(fault.clone()));
    let shown = stage.shown();
    let lines: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        assert_eq!(line["stage"], "tcp");
        assert_eq!(line["code"], "refused");
        assert_eq!(line["message"], fault.to_string());
        assert_eq!(line["hint"], fault.advice().unwrap());
    }
    assert_eq!(lines[0]["again_in_ms"], 1500);
    assert_eq!(lines[1]["bytes_out"], 5);
}

#[cfg(unix)]
#[test]
fn programs_end_with_a_status_or_by_a_signal() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut stage = stage(false);
    for raw in [0, 1 << 8, 9] {
        let status = std::process::ExitStatus::from_raw(raw);
        stage.put(&Event::Exited { status });
    }
    let shown = stage.shown().replace(r#","time_us":1782907201031000"#, "");
    let expected = r#"{"ev":"exited","status":0}
{"ev":"exited","status":1}
{"ev":"exited","signal":9}
"#;
    assert_eq!(shown, expected);
}

#[test]
fn quiet_leaves_messages_and_failures() {
    let mut stage = Stage::new(Settings {
        form: Form::Json,
        quiet: true,
        ..settings()
    });
    stage.accepted("a:1");
    stage.left(&Leave::Closed);
    stage.assert_shown("");
    stage.received(1, b"x");
    stage.left(&Leave::Fault(fault()));
    assert_eq!(stage.shown().lines().count(), 2);
}

#[test]
fn messages_may_go_elsewhere() {
    let mut stage = Stage::new(Settings {
        form: Form::Json,
        role: Role::Connect,
        shows_messages: false,
        ..settings()
    });
    stage.received(1, b"x");
    stage.assert_shown("");
}

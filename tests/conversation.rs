//! One conversation, entered through one port by clients we did not write.

mod common;

use std::process::Command;

use common::{Hub, Talker, Wire, datagram};

/// Ten lines of Python, as a newcomer writes them.
const PYTHON: &str = r#"
import socket, sys, json
hub = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
lines = hub.makefile("r", encoding="utf-8")
def say(**fields): hub.sendall((json.dumps(fields) + "\n").encode())
say(op="hello", nick="py")
say(op="subscribe", room="lobby")
for line in lines:
    event = json.loads(line)
    print(event["ev"], event.get("from", ""), event.get("text", ""), flush=True)
    if event["ev"] == "subscribed": say(op="publish", room="lobby", text="hello from Python")
"#;

fn person(program: &str, arguments: &[&str], hub: &Hub) -> Talker {
    let port = hub.port();
    let arguments: Vec<_> = arguments.iter().map(|a| a.replace("PORT", &port)).collect();
    Talker::start(Command::new(program).args(arguments))
}

#[test]
fn a_person_a_script_and_a_sensor_are_in_one_room() {
    let hub = Hub::start(&[]);
    let mut nc = person("nc", &["127.0.0.1", "PORT"], &hub);
    nc.say("/nick ann");
    nc.expect("* Welcome to test. You are ");
    nc.expect(" is now ann");
    let python = Talker::start(Command::new("python3").args(["-c", PYTHON, &hub.port()]));
    nc.expect("* py is here now, in lobby");
    nc.expect("<py> hello from Python");
    nc.say("hello, py: grüße, 你好, 🎉");
    python.expect("message ann hello, py: grüße, 你好, 🎉");
    datagram(hub.udp(), b"21.5");
    nc.expect("<udp> 21.5");
    python.expect("message udp 21.5");
    datagram(
        hub.udp(),
        br#"{"op":"publish","room":"lobby","text":"warm","nick":"ann"}"#,
    );
    nc.expect("<ann~udp> warm");
    // A process killed with bytes unread resets its connection; this one has read them all.
    python.expect("message ann~udp warm");
    drop(python);
    nc.expect("* py left lobby: closed the connection");
    nc.say("/quit");
    nc.expect("* Goodbye.");
}

#[test]
fn whoever_is_silent_is_greeted() {
    let hub = Hub::start(&["--no-history"]);
    let nc = person("nc", &["127.0.0.1", "PORT"], &hub);
    nc.expect("in lobby, with nobody else yet.");
    nc.expect("* Type to talk. /nick NAME renames you, /help lists the rest.");
    // A program that was slow to speak: the greeting is not for it, and it is a program all the same.
    let mut slow = Wire::connect(hub.tcp());
    slow.expect("* Welcome to test.");
    slow.send("{\"op\":\"hello\",\"nick\":\"slow\"}\n");
    slow.expect(r#"{"ev":"welcome""#);
}

#[test]
fn every_terminal_client_can_talk() {
    let hub = Hub::start(&["--no-history"]);
    let mut listener = Wire::connect(hub.tcp());
    listener.send("{\"op\":\"subscribe\",\"room\":\"lobby\"}\n");
    listener.expect("subscribed");
    for (program, arguments) in [
        ("nc", &["127.0.0.1", "PORT"][..]),
        ("ncat", &["127.0.0.1", "PORT"]),
        ("socat", &["-", "TCP:127.0.0.1:PORT"]),
        ("plink", &["-raw", "-P", "PORT", "127.0.0.1"]),
        ("telnet", &["127.0.0.1", "PORT"]),
    ] {
        let mut client = person(program, arguments, &hub);
        client.expect("* Welcome to test.");
        client.say(&format!("hello from {program}"));
        let heard = listener.expect(&format!("hello from {program}"));
        assert!(heard.contains(r#""ev":"message""#), "{heard}");
        listener.send(format!(
            "{{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"hello {program}\"}}\n"
        ));
        client.expect(&format!("> hello {program}"));
    }
}

#[test]
fn a_line_piped_in_is_said_and_answered_before_the_end() {
    let hub = Hub::start(&[]);
    let mut listener = Wire::connect(hub.tcp());
    listener.send("{\"op\":\"subscribe\",\"room\":\"lobby\"}\n");
    listener.expect("subscribed");
    let mut nc = person("nc", &["-N", "127.0.0.1", "PORT"], &hub);
    nc.say("piped");
    nc.wait();
    listener.expect(r#""text":"piped""#);
    // The ack comes after the commit, which is after the end of the client's input.
    let mut ncat = person("ncat", &["127.0.0.1", "PORT"], &hub);
    ncat.say(r#"{"op":"publish","room":"r","text":"kept","id":7}"#);
    ncat.close_input();
    let ack = ncat.expect(r#""ev":"ack""#);
    assert!(
        ack.contains(r#""id":7"#) && ack.contains(r#""seq":1"#),
        "{ack}"
    );
}

#[test]
fn people_do_what_help_says() {
    let hub = Hub::start(&[]);
    let mut ann = person("nc", &["127.0.0.1", "PORT"], &hub);
    let mut bob = person("nc", &["127.0.0.1", "PORT"], &hub);
    ann.say("/nick Ann");
    ann.expect("is now Ann");
    bob.say("/nick ANN");
    bob.expect("somebody here is called ANN already");
    bob.say("/nick bob");
    bob.expect("is now bob");
    bob.say("/msg ann only you");
    ann.expect("[bob] only you");
    bob.say("/me waves");
    ann.expect("* bob waves");
    bob.say("//shrug");
    ann.expect("<bob> /shrug");
    ann.say("/join field/east");
    ann.expect("* You are Ann in field/east, with nobody else yet.");
    bob.expect("* Ann left lobby: went elsewhere");
    ann.say("first");
    bob.say("/join field/east");
    bob.expect("with 1 other: Ann.");
    bob.say("/history");
    bob.expect("<Ann> first");
    bob.say("/who");
    bob.expect("* field/east has 2 members: Ann, bob.");
    bob.say("/rooms");
    bob.expect("field/east (2 members, 1 said)");
    bob.say("/nonsense");
    bob.expect("there is no command /nonsense");
    bob.say("/ping");
    bob.expect("* pong");
    bob.say("/help");
    bob.expect("//TEXT");
}

#[test]
fn a_unix_socket_is_a_door_too() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = folder.path().join("hub.sock");
    let url = format!("unix:{}", path.display());
    let mut hub = Hub::start(&["--no-history", "--listen", &url]);
    let mut nc = Talker::start(Command::new("nc").arg("-U").arg(&path));
    nc.expect("* Welcome to test.");
    nc.say("/ping");
    nc.expect("* pong");
    assert_eq!(hub.stop(), Some(0));
    nc.expect("shutting down");
    assert!(!path.exists(), "the socket's file is removed");
}

//! WebSocket at `/-/ws`, spoken by libraries we did not write, and by sockets that break its rules.

mod common;

use std::net::SocketAddr;
use std::process::Command;

use common::toolkit::Program;
use common::web::{Answer, Asker, ask_once, curl, node, python, succeeds};
use common::{Hub, Wire};

const TOLD: &str = "told to its end";

/// Has the `ws` library tell one of its stories.
fn tell(hub: &Hub, story: &str) {
    succeeds(&mut node("socket.mjs", &[story, &hub.port()]));
}

/// The same of a story in which the hub has a part.
fn begin(hub: &Hub, story: &str) -> Program {
    Program::start(&mut node("socket.mjs", &[story, &hub.port()]))
}

#[test]
fn json_and_messagepack_are_in_one_room() {
    let hub = Hub::start(&[]);
    tell(&hub, "together");
    tell(&hub, "lengths");
}

#[test]
fn fragments_and_pings() {
    let hub = Hub::start(&[]);
    tell(&hub, "inParts");
    tell(&hub, "pings");
}

#[test]
fn every_end_has_its_code_and_its_reason() {
    let hub = Hub::start(&[]);
    tell(&hub, "ends");
    let secret = Hub::start(&["--secret", "swordfish"]);
    tell(&secret, "secret");
}

#[test]
fn who_is_lost_leaves_a_will() {
    tell(&Hub::start(&[]), "will");
}

#[test]
fn a_session_comes_back_by_its_token() {
    let mut hub = Hub::start(&[]);
    let mut client = begin(&hub, "resume");
    client.hear("kill the hub");
    hub.kill();
    hub.restart();
    client.say("it is back");
    client.hear(TOLD);
}

#[test]
fn the_hub_says_goodbye() {
    let mut hub = Hub::start(&[]);
    let mut client = begin(&hub, "shutdown");
    client.hear("stop the hub");
    assert_eq!(hub.stop(), Some(0));
    client.say("it has stopped");
    client.hear(TOLD);
}

#[test]
fn a_foreign_page_may_not_connect() {
    tell(&Hub::start(&[]), "foreign");
}

#[test]
fn python_is_there_too() {
    let hub = Hub::start(&[]);
    succeeds(&mut python("ws_talk.py", &[&hub.port()]));
}

#[test]
fn websocket_and_all_the_others() {
    let hub = Hub::start(&[]);
    let mut nc = common::Talker::start(Command::new("nc").args(["127.0.0.1", &hub.port()]));
    nc.say("/nick ann");
    nc.expect("is now ann");
    let mut raw = Raw::open(&hub);
    raw.say(br#"{"op":"hello","nick":"page"}"#);
    raw.say(br#"{"op":"subscribe","room":"lobby"}"#);
    nc.expect("* page is here now");
    nc.say("/who");
    nc.expect("* lobby has 2 members: ann, page.");
    let mut json = Wire::connect(hub.tcp());
    json.send("{\"op\":\"members\",\"room\":\"lobby\"}\n");
    let members = json.expect("members");
    assert!(members.contains(r#""protocol":"websocket""#), "{members}");
    drop(raw);
    nc.expect("* page left lobby: ");
}

/// A WebSocket by hand.
struct Raw(Asker);

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";

fn handshake(at: SocketAddr) -> String {
    format!("GET /-/ws HTTP/1.1\r\nHost: {at}\r\n{UPGRADE}{VERSION}{KEY}\r\n")
}

/// A client's frame, whose mask changes nothing.
fn framed(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match u16::try_from(payload.len()) {
        Ok(length) if length < 126 => frame.push(0x80 | length as u8),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => {
            frame.push(0x80 | 127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

impl Raw {
    fn open(hub: &Hub) -> Self {
        Self::begin(hub, b"")
    }

    /// One that does not wait for the handshake's answer before it sends `frames`.
    fn begin(hub: &Hub, frames: &[u8]) -> Self {
        let mut asker = Asker::connect(hub.tcp());
        let early = [handshake(hub.tcp()).as_bytes(), frames].concat();
        let answer = asker.send(early).head();
        assert_eq!(answer.status, 101, "{answer:?}");
        Self(asker)
    }

    fn say(&mut self, text: &[u8]) {
        self.0.send(framed(0x81, text));
    }

    /// The next frame of the hub that is no heartbeat: its first byte and its payload.
    fn frame(&mut self) -> (u8, Vec<u8>) {
        loop {
            let frame = self.any_frame();
            if frame != (0x89, Vec::new()) {
                return frame;
            }
        }
    }

    fn any_frame(&mut self) -> (u8, Vec<u8>) {
        let head = self.0.read(2);
        let length = match head[1] {
            126 => u16::from_be_bytes(self.0.read(2).try_into().expect("two bytes")).into(),
            127 => u64::from_be_bytes(self.0.read(8).try_into().expect("eight bytes"))
                .try_into()
                .expect("it fits in memory"),
            short => usize::from(short),
        };
        (head[0], self.0.read(length))
    }

    /// The code the hub closes with; then it closes the connection too.
    fn close_code(&mut self) -> u16 {
        loop {
            let (first, payload) = self.frame();
            if first == 0x88 {
                let reason = std::str::from_utf8(&payload[2..]).expect("a reason is text");
                assert!(!reason.is_empty());
                assert_eq!(self.0.rest(), b"");
                return u16::from_be_bytes([payload[0], payload[1]]);
            }
            assert!(matches!(first, 0x81 | 0x82), "{first:x}");
        }
    }
}

#[test]
fn rules_that_are_broken() {
    let hub = Hub::start(&[]);
    let mut witness = Wire::connect(hub.tcp());
    witness.send("{\"op\":\"subscribe\",\"room\":\"lobby\"}\n");
    witness.expect("subscribed");
    let publish = br#"{"op":"publish","room":"lobby","text":"never said"}"#;
    let unmasked = [&[0x81, publish.len() as u8][..], publish].concat();
    let huge = [&[0x81, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat();
    let not_text = b"{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"\xc3(\"}";
    for (frames, code) in [
        (unmasked, 1002),
        // Reserved bits, reserved opcodes.
        (framed(0xc1, publish), 1002),
        (framed(0x91, publish), 1002),
        (framed(0x83, publish), 1002),
        (framed(0x8b, b""), 1002),
        // Control frames in parts, or long.
        (framed(0x09, b"ping"), 1002),
        (framed(0x89, &[0; 126]), 1002),
        // Parts out of turn.
        (framed(0x80, publish), 1002),
        ([framed(0x01, b"{"), framed(0x81, publish)].concat(), 1002),
        // Sizes.
        (huge, 1009),
        (framed(0x81, &[b' '; 2 << 20]), 1009),
        (
            [framed(0x01, b"{"), framed(0x00, b" ").repeat(100_000)].concat(),
            1009,
        ),
        // Text that is none, whole or across two parts.
        (framed(0x81, not_text), 1007),
        (
            [framed(0x01, b"{\"a\":\"\xc3"), framed(0x80, b"\"}")].concat(),
            1007,
        ),
    ] {
        let mut raw = Raw::open(&hub);
        raw.0.send(&frames);
        let first = &frames[..frames.len().min(20)];
        assert_eq!(raw.close_code(), code, "to {first:x?}");
    }
    // Whatever a close says, a close is answered.
    for (payload, code) in [
        (&b""[..], 1000),
        (b"\x03\xe8", 1000),
        (b"\x03\xe9gone", 1000),
        (b"\x0f\xa0own words", 1000),
        // But not with a code that nobody may send, or a reason that is no text.
        (b"\x03", 1002),
        (b"\x03\xe7", 1002),
        (b"\x03\xed", 1002),
        (b"\x03\xe8\xff", 1007),
    ] {
        let mut raw = Raw::open(&hub);
        raw.0.send(framed(0x88, payload));
        assert_eq!(raw.close_code(), code, "{payload:?}");
    }
    // A letter of two bytes may be cut in two, between parts and between reads.
    let mut raw = Raw::open(&hub);
    let said = "{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"größer\"}".as_bytes();
    let cut = said.iter().position(|byte| *byte == 0xc3).expect("an ö") + 1;
    raw.0.send(framed(0x01, &said[..cut]));
    raw.0.send(framed(0x89, b"between"));
    assert_eq!(raw.frame(), (0x8a, b"between".to_vec()));
    for byte in framed(0x80, &said[cut..]) {
        raw.0.send([byte]);
    }
    witness.expect("größer");
    witness.send("{\"op\":\"history\",\"room\":\"lobby\"}\n");
    let history = witness.expect(r#""history""#);
    assert!(history.contains(r#""count":1"#), "{history}");
}

#[test]
fn handshakes() {
    let hub = Hub::start(&[]);
    let at = hub.tcp();
    let with = |line: &str, headers: &str| -> Answer {
        let asked = format!("{line} HTTP/1.1\r\nHost: {at}\r\n{headers}\r\n");
        Asker::connect(at).send(asked).end().answers().remove(0)
    };
    // The example of RFC 6455, 1.3; and what comes with the handshake is not lost.
    let mut asker = Asker::connect(at);
    asker.send(
        [
            handshake(at).into_bytes(),
            framed(0x81, br#"{"op":"ping","id":1}"#),
        ]
        .concat(),
    );
    let answer = asker.head();
    assert_eq!(answer.status, 101);
    assert_eq!(
        answer.header("sec-websocket-accept"),
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    assert!(answer.header("upgrade").eq_ignore_ascii_case("websocket"));
    assert!(answer.header("connection").eq_ignore_ascii_case("upgrade"));
    assert!(!answer.has("sec-websocket-extensions"));
    assert!(!answer.has("sec-websocket-protocol"));
    let (first, payload) = Raw(asker).frame();
    assert_eq!(
        (first, &payload[..]),
        (0x81, &br#"{"ev":"pong","id":1}"#[..])
    );
    // Firefox and proxies write these headers in ways of their own.
    let headers =
        format!("upgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\n{VERSION}{KEY}");
    let mut asker = Asker::connect(at);
    asker.send(format!("GET /-/ws HTTP/1.1\r\nHost: {at}\r\n{headers}\r\n"));
    assert_eq!(asker.head().status, 101);

    let get = "GET /-/ws";
    let wrong_version = UPGRADE.to_owned() + "Sec-WebSocket-Version: 8\r\n" + KEY;
    let answer = with(get, &wrong_version);
    assert_eq!(answer.status, 426);
    assert_eq!(answer.header("sec-websocket-version"), "13");
    for (line, headers, expected) in [
        (get, UPGRADE.to_owned() + KEY, &[400, 426][..]),
        (get, UPGRADE.to_owned() + VERSION, &[400]),
        (
            get,
            format!("{UPGRADE}{VERSION}Sec-WebSocket-Key: short\r\n"),
            &[400],
        ),
        (
            get,
            format!("Connection: Upgrade\r\n{VERSION}{KEY}"),
            &[400, 426],
        ),
        (
            get,
            format!("Upgrade: websocket\r\n{VERSION}{KEY}"),
            &[400, 426],
        ),
        (get, String::new(), &[400, 426]),
        ("POST /-/ws", format!("{UPGRADE}{VERSION}{KEY}"), &[405]),
        // Nowhere else is there one.
        ("GET /-/wss", format!("{UPGRADE}{VERSION}{KEY}"), &[404]),
    ] {
        let answer = with(line, &headers);
        assert!(
            expected.contains(&answer.status),
            "{answer:?} to {line} {headers}"
        );
        if line.starts_with("GET /-/ws") && answer.status != 404 {
            assert!(!answer.body.is_empty(), "in words");
        }
    }
    assert_eq!(curl(&hub, "/-/ws", &["--http1.0"]).status, 426);
    assert_eq!(curl(&hub, "/-/ws", &["--head"]).status, 405);
    // A room asked to upgrade is read all the same (RFC 9110, 7.8).
    let headers = format!("Connection: Upgrade, close\r\nUpgrade: websocket\r\n{VERSION}{KEY}");
    let asked = format!("GET /-/health HTTP/1.1\r\nHost: {at}\r\n{headers}\r\n");
    assert_eq!(ask_once(&hub, asked).status, 200);
}

#[test]
fn silence_is_no_person() {
    let hub = Hub::start(&[]);
    let mut silent = Raw::open(&hub);
    let nc = common::Talker::start(Command::new("nc").args([
        "-s",
        "127.0.0.2",
        "127.0.0.1",
        &hub.port(),
    ]));
    nc.expect("in lobby, with nobody else yet.");
    silent.say(br#"{"op":"ping"}"#);
    assert_eq!(silent.frame(), (0x81, br#"{"ev":"pong"}"#.to_vec()));
    // Half a message and then nothing is too slow here too.
    let hub = Hub::start(&["--time-to-speak", "300ms"]);
    let mut slow = Raw::open(&hub);
    slow.0.send(&framed(0x81, br#"{"op":"ping"}"#)[..9]);
    assert_eq!(slow.close_code(), 1008);
    // And where that half came with the handshake.
    let mut early = Raw::begin(&hub, &framed(0x81, br#"{"op":"ping"}"#)[..9]);
    assert_eq!(early.close_code(), 1008);
}

#[test]
fn who_stops_reading_harms_nobody() {
    let hub = Hub::start(&["--max-publishes", "0"]);
    let mut stuck = Raw::open(&hub);
    stuck.say(br#"{"op":"subscribe","room":"flood"}"#);
    assert!(
        String::from_utf8(stuck.frame().1)
            .unwrap()
            .contains("subscribed")
    );
    let mut wire = Wire::connect(hub.tcp());
    wire.send("{\"op\":\"subscribe\",\"room\":\"flood\"}\n");
    wire.expect("subscribed");
    let mut writer = Raw::open(&hub);
    let text = "x".repeat(100_000);
    for number in 1..=400 {
        let publish = format!(r#"{{"op":"publish","room":"flood","text":"{text}","id":{number}}}"#);
        writer.say(publish.as_bytes());
    }
    for number in 1..=400 {
        wire.expect(&format!(r#""seq":{number},"#));
    }
    let joined = stuck.frame().1;
    assert!(String::from_utf8(joined).unwrap().contains("joined"));
    // Once it reads, it gets all of it, in order.
    for number in 1..=400 {
        let (first, payload) = stuck.frame();
        let head = String::from_utf8_lossy(&payload[..100]).into_owned();
        assert_eq!(first, 0x81);
        assert!(
            head.contains(&format!(r#""seq":{number},"#)),
            "{number}: {head}"
        );
    }
}

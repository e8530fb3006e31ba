//! Bad input gets a clear answer in its own protocol, and the hub and everyone else go on.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;

use common::{Hub, PATIENCE, Wire, datagram};

/// Sends `bytes`, and returns all the hub answers until it closes.
fn answer(hub: &Hub, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(hub.tcp()).expect("the hub listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // The hub may close before it has read it all.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .expect("an end, and no reset");
    answer
}

/// A session that is there before and after, and notices nothing.
struct Witness(Wire, u32);

impl Witness {
    fn new(hub: &Hub) -> Self {
        let mut wire = Wire::connect(hub.tcp());
        wire.send("{\"op\":\"hello\",\"nick\":\"witness\"}\n");
        wire.expect("welcome");
        Self(wire, 0)
    }

    fn is_well(&mut self) {
        self.1 += 1;
        let Self(wire, id) = self;
        wire.send(format!("{{\"op\":\"ping\",\"id\":{id}}}\n"));
        wire.expect(&format!(r#"{{"ev":"pong","id":{id}}}"#));
    }
}

#[test]
fn what_is_not_spoken_here_is_refused_in_its_own_language() {
    let hub = Hub::start(&["--no-history"]);
    let mut witness = Witness::new(&hub);
    // A TLS client hello begins so; the answer is a fatal alert.
    assert_eq!(
        answer(&hub, &[0x16, 3, 1, 2, 0, 1]),
        [0x15, 3, 3, 0, 2, 2, 0x28]
    );
    let connect = b"\x10\x10\0\x04MQTT\x04\x02\0\x3c\0\x04test";
    assert_eq!(answer(&hub, connect), [0x20, 2, 0, 3]);
    let irc = String::from_utf8(answer(&hub, b"NICK ann\r\nUSER ann 0 * :Ann\r\n")).unwrap();
    assert!(irc.starts_with("ERROR :"), "{irc}");
    witness.is_well();
}

#[test]
fn what_is_too_large_is_named_and_closed() {
    let hub = Hub::start(&[
        "--no-history",
        "--max-frame",
        "64KiB",
        "--max-line",
        "64KiB",
    ]);
    let mut witness = Witness::new(&hub);
    // A frame under 16 MiB begins with a zero byte; 0x00ffffff is the largest there is.
    let frame = answer(&hub, &[0x00, 0xff, 0xff, 0xff]);
    assert_eq!(frame[0], 0, "the answer is a frame");
    assert!(String::from_utf8_lossy(&frame).contains("too_large"));
    // A gigabyte's prefix is no frame at all, and no line either.
    let gigabyte = [&[0x40, 0, 0, 0][..], &[b'x'; 100_000]].concat();
    let text = String::from_utf8_lossy(&answer(&hub, &gigabyte)).into_owned();
    assert!(
        text.contains("a line has no end after 65536 bytes"),
        "{text}"
    );
    let endless = [&b"{"[..], &vec![b' '; 10_000_000]].concat();
    let json = String::from_utf8_lossy(&answer(&hub, &endless)).into_owned();
    assert!(
        json.starts_with(r#"{"ev":"error","code":"too_large""#),
        "{json}"
    );
    witness.is_well();
}

#[test]
fn mistakes_are_told_and_forgiven() {
    let hub = Hub::start(&["--no-history"]);
    let mut wire = Wire::connect(hub.tcp());
    for (line, code) in [
        ("{nonsense", "bad_message"),
        ("[1]", "bad_message"),
        (r#"{"op":"dance"}"#, "unknown_op"),
        (r#"{"op":"publish","text":"x"}"#, "missing_field"),
        (r#"{"op":"publish","room":"a//b","text":"x"}"#, "bad_room"),
        (r#"{"op":"publish","room":"$sys","text":"x"}"#, "bad_room"),
        (r#"{"op":"subscribe","room":"a/#/b"}"#, "bad_room"),
        (r#"{"op":"hello","nick":"two words"}"#, "bad_nick"),
        (
            r#"{"op":"direct","to":"nobody","text":"x"}"#,
            "no_such_nick",
        ),
        (r#"{"op":"unsubscribe","room":"never"}"#, "not_subscribed"),
        (r#"{"op":"members","room":"never"}"#, "no_such_room"),
    ] {
        wire.send(format!("{line}\n"));
        wire.expect(&format!(r#""code":"{code}""#));
    }
    wire.send("{\"op\":\"publish\",\"room\":\"r\",\"text\":\"x\",\"unknown\":[1],\"id\":1}\n");
    wire.expect(r#"{"ev":"ack""#);
    let mut person = Wire::connect(hub.tcp());
    person.send(b"caf\xe9\n");
    person.expect("* that line is not UTF-8 text");
    person.send("/who\n");
    person.expect("* lobby has 1 member");
}

#[test]
fn no_text_forges_a_line_or_reaches_a_terminal_raw() {
    let hub = Hub::start(&["--no-history"]);
    let mut victim = Wire::connect(hub.tcp());
    victim.send("/nick victim\n");
    victim.expect("is now victim");
    let mut forger = Wire::connect(hub.tcp());
    forger.send("{\"op\":\"hello\",\"nick\":\"forger\"}\n");
    forger.send(
        "{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"a\\n<boss> obey\\r\\n\\u001b[2J\\u0007\"}\n",
    );
    assert_eq!(victim.expect("a"), "<forger> a");
    assert_eq!(victim.expect("obey"), "<forger> <boss> obey");
    assert_eq!(victim.expect("[2J"), "<forger> ␛[2J␇");
    forger.send("{\"op\":\"publish\",\"room\":\"lobby\",\"data\":\"AAEC\"}\n");
    victim.expect("<forger> [3 bytes, application/octet-stream]");
}

#[test]
fn garbage_datagrams_are_dropped() {
    let hub = Hub::start(&["--no-history"]);
    let mut witness = Witness::new(&hub);
    for garbage in [
        &b""[..],
        b"\xff\xfe",
        b"{",
        b"{\"op\":\"bye\"}",
        b"\x81",
        &[0x80; 60_000],
    ] {
        datagram(hub.udp(), garbage);
    }
    witness.is_well();
    witness
        .0
        .send("{\"op\":\"subscribe\",\"room\":\"lobby\"}\n");
    witness.0.expect("subscribed");
    datagram(hub.udp(), "still here".as_bytes());
    witness.0.expect("still here");
}

#[test]
fn half_a_message_and_silence_ends_in_words() {
    let hub = Hub::start(&["--no-history", "--time-to-speak", "300ms"]);
    let mut wire = Wire::connect(hub.tcp());
    wire.send(r#"{"op":"#);
    let rest = wire.rest().join("\n");
    assert!(rest.contains(r#""code":"timed_out""#), "{rest}");
    // A person may take longer over a line.
    let mut person = Wire::connect(hub.tcp());
    person.send("hel");
    person.expect("* Welcome");
    person.send("lo\n/ping\n");
    person.expect("* pong");
}

#[test]
fn one_connection_too_many_is_told_so() {
    let hub = Hub::start(&["--no-history", "--max-per-address", "2"]);
    let mut witness = Witness::new(&hub);
    let _second = Witness(Wire::connect(hub.tcp()), 0);
    let mut json = Wire::connect(hub.tcp());
    json.send("{\"op\":\"hello\"}\n");
    json.expect(r#""code":"too_many_connections""#);
    let person = Wire::connect(hub.tcp());
    person.expect("the most it may have");
    witness.is_well();
}

#[test]
fn who_floods_and_never_reads_harms_nobody() {
    let hub = Hub::start(&["--no-history", "--max-publishes", "0"]);
    let mut witness = Witness::new(&hub);
    witness
        .0
        .send("{\"op\":\"subscribe\",\"room\":\"flood\"}\n");
    witness.0.expect("subscribed");
    let mut flooder = TcpStream::connect(hub.tcp()).expect("the hub listens");
    flooder.set_nonblocking(true).expect("a socket");
    let burst = "{\"op\":\"subscribe\",\"room\":\"flood\"}\n{\"op\":\"rooms\"}\n".to_owned()
        + &"{\"op\":\"ping\",\"id\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}\n".repeat(1000);
    // Until the hub will not listen any longer, because its answers are not read.
    let (mut sent, mut refused) = (0, 0);
    while refused < 1000 {
        match flooder.write(burst.as_bytes()) {
            Ok(written) => {
                sent += written;
                refused = 0;
            }
            Err(_) => {
                refused += 1;
                witness.is_well();
            }
        }
    }
    witness
        .0
        .send("{\"op\":\"publish\",\"room\":\"flood\",\"text\":\"x\",\"id\":1}\n");
    witness.0.expect(r#"{"ev":"ack""#);
    let kib = hub.resident_kib();
    assert!(kib < 100_000, "{kib} KiB after {sent} bytes");
}

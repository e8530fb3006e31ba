//! What all WebSocket servers share: the upgrade, and messages as a client sends them (RFC 6455).

mod broadcast;
mod json;
mod nats;
mod pack;

use crate::arrival::Step;
use crate::scenario::Family;

use super::Hub;

/// All of them, in the order they are run and printed.
pub(super) fn all() -> Vec<Box<dyn Hub>> {
    let mut all: Vec<Box<dyn Hub>> = vec![
        Box::new(json::WebSocketJson),
        Box::new(pack::WebSocketPack),
        Box::new(nats::WebSocketNats),
    ];
    for broadcast in broadcast::ALL {
        all.push(Box::new(broadcast));
    }
    all
}

/// What a message holds, and its final frame says first.
#[derive(Clone, Copy)]
enum Kind {
    Text = 0x81,
    Binary = 0x82,
}

/// Says that the payload is masked, beside its length.
const MASKED: u8 = 0x80;
/// The same for every message: it hides nothing, and costs a server what any other would.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Asks for the upgrade.
fn upgrade(path: &str) -> Step {
    let request = format!(
        "GET {path} HTTP/1.1\r\n\
         Host: 127.0.0.1\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: c29ja2hvcC1iZW5jaC4uLg==\r\n\
         \r\n"
    );
    // The accept key proves to a browser that the server knows WebSocket. Here its first frame does.
    Step::new(request, b"HTTP/1.1 101 ")
}

/// Says something once upgraded, and waits for an answer.
fn say(kind: Kind, body: &[u8], expect: &[u8]) -> Step {
    let mut frame = Vec::new();
    message(kind, body, &mut frame);
    Step::new(frame, expect)
}

/// Appends a message in one masked frame.
fn message(kind: Kind, body: &[u8], out: &mut Vec<u8>) {
    out.push(kind as u8);
    match body.len() {
        length @ 0..126 => out.push(MASKED | length as u8),
        length @ 126..0x1_0000 => {
            out.push(MASKED | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            out.push(MASKED | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    let masks = MASK.iter().cycle();
    out.extend(body.iter().zip(masks).map(|(byte, mask)| byte ^ mask));
}

/// What a WebSocket adds shows in these; the rest is as without.
fn tells_of_websockets(family: Family) -> bool {
    matches!(family, Family::WebSocket | Family::Idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_the_one_of_the_specification() {
        let mut out = Vec::new();
        message(Kind::Text, b"Hello", &mut out);
        assert_eq!(out, b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
    }

    #[test]
    fn lengths_take_one_three_or_nine_bytes() {
        for (length, head) in [
            (125, &b"\x82\xfd"[..]),
            (126, b"\x82\xfe\x00\x7e"),
            (0xffff, b"\x82\xfe\xff\xff"),
            (0x1_0000, b"\x82\xff\x00\x00\x00\x00\x00\x01\x00\x00"),
        ] {
            let mut out = Vec::new();
            message(Kind::Binary, &vec![0; length], &mut out);
            assert!(out.starts_with(head), "{length}");
            assert_eq!(out.len(), head.len() + MASK.len() + length);
        }
    }
}

//! Bytes from the hub, read as a client reads them.

use std::collections::VecDeque;

use bytes::Bytes;
use sockhop_proto::frame::FRAME;
use sockhop_proto::frame::codec::split;
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use sockhop_proto::{Event, Protocol};

/// What one read from the hub said.
#[derive(Debug)]
pub(crate) enum Heard {
    /// To a program.
    Event(Event),
    /// To a person.
    Line(String),
}

/// Reads everything in `out`, which must be whole: the hub never stops in the middle of an event.
pub(crate) fn read(protocol: &'static Protocol, out: &mut VecDeque<Bytes>) -> Vec<Heard> {
    let bytes = out.drain(..).flatten().collect::<Vec<u8>>();
    if *protocol == FRAME {
        return read_frames(&bytes);
    }
    let Some((last, lines)) = split_lines(&bytes) else {
        return Vec::new();
    };
    assert!(last.is_empty(), "half a line: {last:?}");
    lines
        .into_iter()
        .map(|line| read_line(protocol, line))
        .collect()
}

fn read_frames(bytes: &[u8]) -> Vec<Heard> {
    let mut heard = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let map = split(rest, 1 << 24).unwrap().expect("half a frame");
        rest = &rest[map.len() + 4..];
        heard.push(Heard::Event(
            sockhop_proto::frame::decode_event(map).unwrap(),
        ));
    }
    heard
}

fn split_lines(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let mut lines: Vec<_> = bytes.split(|byte| *byte == b'\n').collect();
    Some((lines.pop()?, lines))
}

fn read_line(protocol: &'static Protocol, line: &[u8]) -> Heard {
    if *protocol == TEXT {
        return Heard::Line(String::from_utf8(line.to_vec()).unwrap());
    }
    assert_eq!(*protocol, JSON);
    Heard::Event(sockhop_proto::json::decode_event(line).unwrap())
}

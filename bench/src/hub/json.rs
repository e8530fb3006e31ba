//! Sockhop's json protocol: one object a line.

use crate::arrival::Step;
use crate::counter::{Counter, Lines};
use crate::scenario::Family;

use super::sockhop::Spoken;
use super::{Hub, Role};

/// `{"ev":"message",…}`, one line a message.
pub(crate) struct Json;

impl Spoken for Json {}

impl Hub for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    /// The base of the WebSockets, too.
    fn takes_part_in(&self, _family: Family) -> bool {
        true
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let mut steps = vec![Step::new(hello(nick) + "\n", b"\"welcome\"")];
        if matches!(role, Role::Reader | Role::Talker) {
            steps.push(Step::new(subscribe(room) + "\n", b"\"subscribed\""));
        }
        steps
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        publish(room, payload, out);
        out.push(b'\n');
    }

    fn has_history(&self) -> bool {
        true
    }

    fn acks(&self) -> Result<Counter, &'static str> {
        Ok(Counter::Lines(Lines::starting_with(b"{\"ev\":\"ack\"")))
    }

    fn publish_acked(&self, room: &str, payload: &[u8], id: u64, out: &mut Vec<u8>) {
        self.publish(room, payload, out);
        out.truncate(out.len() - b"}\n".len());
        out.extend_from_slice(format!(",\"id\":{id}}}\n").as_bytes());
    }

    fn missed_range(&self, notice: &[u8]) -> Option<(u64, u64)> {
        Some((
            number_after(notice, b"\"from\":")?,
            number_after(notice, b"\"to\":")?,
        ))
    }
}

/// Introduces a connection.
pub(super) fn hello(nick: &str) -> String {
    format!("{{\"op\":\"hello\",\"nick\":\"{nick}\"}}")
}

/// Joins a room.
pub(super) fn subscribe(room: &str) -> String {
    format!("{{\"op\":\"subscribe\",\"room\":\"{room}\"}}")
}

/// Appends one publish, without what ends it.
pub(super) fn publish(room: &str, payload: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"op\":\"publish\",\"room\":\"");
    out.extend_from_slice(room.as_bytes());
    out.extend_from_slice(b"\",\"text\":\"");
    out.extend_from_slice(payload);
    out.extend_from_slice(b"\"}");
}

fn number_after(notice: &[u8], key: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(notice, key)? + key.len();
    let digits = notice[at..].split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acked_publish_is_a_line_of_json() {
        let mut out = Vec::new();
        Json.publish_acked("bench", b"words^", 7, &mut out);
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["op"], "publish");
        assert_eq!(line["room"], "bench");
        assert_eq!(line["text"], "words^");
        assert_eq!(line["id"], 7);
        assert_eq!(out.last(), Some(&b'\n'));
    }

    #[test]
    fn a_missed_range_is_read() {
        let notice = br#"missed","room":"bench","from":12,"to":340}"#;
        assert_eq!(Json.missed_range(notice), Some((12, 340)));
        assert_eq!(Json.missed_range(b"missed\"}"), None);
    }
}

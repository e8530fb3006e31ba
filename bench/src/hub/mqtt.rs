//! Mosquitto: MQTT 5 at QoS 0, for its "no local" subscriptions.

use std::process::Command;

use crate::arrival::Step;
use crate::counter::Counter;
use crate::launch::Launch;

use super::{Daemon, Hub, Role};

/// The broker and the packets it is sent.
pub(crate) struct Mosquitto;

const CONNECT: u8 = 0x10;
const CONNACK: &[u8] = &[0x20];
const PUBLISH: u8 = 0x30;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: &[u8] = &[0x90];
const NO_LOCAL: u8 = 0b100;

impl Daemon for Mosquitto {
    fn program(&self) -> &'static str {
        "mosquitto"
    }

    /// Queues without a bound, else QoS 0 drops what a reader is late for.
    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        let configuration = format!(
            "listener {} 127.0.0.1\n\
             allow_anonymous true\n\
             persistence false\n\
             max_queued_messages 0\n\
             max_queued_bytes 0\n\
             max_connections -1\n\
             set_tcp_nodelay true\n\
             user root\n\
             log_type error\n",
            launch.port
        );
        let path = launch.folder.join("mosquitto.conf");
        std::fs::write(&path, configuration)?;
        let mut command = Command::new(&launch.program);
        command.arg("-c").arg(path);
        Ok(command)
    }
}

impl Hub for Mosquitto {
    fn name(&self) -> &'static str {
        "mosquitto"
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let mut body = Vec::new();
        string("MQTT", &mut body);
        // Version 5, a clean start, no keep-alive, no properties.
        body.extend_from_slice(&[5, 0b10, 0, 0, 0]);
        string(nick, &mut body);
        let mut steps = vec![Step::new(packet(CONNECT, &body), CONNACK)];
        if matches!(role, Role::Reader | Role::Talker) {
            let mut body = vec![0, 1, 0];
            string(room, &mut body);
            body.push(NO_LOCAL);
            steps.push(Step::new(packet(SUBSCRIBE, &body), SUBACK));
        }
        steps
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        out.push(PUBLISH);
        remaining_length(2 + room.len() + 1 + payload.len(), out);
        string(room, out);
        out.push(0);
        out.extend_from_slice(payload);
    }

    fn acks(&self) -> Result<Counter, &'static str> {
        Err("its QoS 1 acks do not wait for the disk")
    }
}

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![kind];
    remaining_length(body.len(), &mut packet);
    packet.extend_from_slice(body);
    packet
}

fn remaining_length(mut length: usize, out: &mut Vec<u8>) {
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(&(text.len() as u16).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counter::MARK;
    use crate::stamp::Payload;

    /// The mark counter relies on it: nothing but the payload's last byte may be a mark.
    #[test]
    fn no_packet_has_a_mark_outside_its_payload() {
        for size in [64, 100, 1024] {
            let mut out = Vec::new();
            Mosquitto.publish("bench", Payload::plain(size).bytes(), &mut out);
            assert_eq!(memchr::memchr(MARK, &out), Some(out.len() - 1));
        }
    }

    #[test]
    fn lengths_take_seven_bits_a_byte() {
        let mut out = Vec::new();
        Mosquitto.publish("ab", &[b'x'; 200], &mut out);
        assert_eq!(&out[..8], b"\x30\xcd\x01\x00\x02ab\x00");
        assert_eq!(out.len(), 3 + 205);
    }
}

//! Sockhop's WebSocket with its json: one object a text message.

use std::process::Command;
use std::time::Duration;

use crate::arrival::Step;
use crate::counter::{Counter, Messages};
use crate::hub::{Hub, Role, json, sockhop};
use crate::launch::Launch;
use crate::peer::SOCKHOP;
use crate::scenario::Family;

use super::{Kind, message, say, tells_of_websockets, upgrade};

/// `{"ev":"message",…}`, as a browser gets it.
pub(super) struct WebSocketJson;

impl Hub for WebSocketJson {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn program(&self) -> &'static str {
        SOCKHOP
    }

    fn command(&self, launch: &Launch) -> anyhow::Result<Command> {
        Ok(sockhop::command(launch))
    }

    fn ready_line(&self) -> Option<&'static str> {
        Some(sockhop::READY)
    }

    fn takes_part_in(&self, family: Family) -> bool {
        tells_of_websockets(family)
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let hello = json::hello(nick);
        let mut steps = vec![
            upgrade(sockhop::WEBSOCKET_PATH),
            say(Kind::Text, hello.as_bytes(), b"\"welcome\""),
        ];
        if matches!(role, Role::Reader | Role::Talker) {
            let subscribe = json::subscribe(room);
            steps.push(say(Kind::Text, subscribe.as_bytes(), b"\"subscribed\""));
        }
        steps
    }

    fn quiet(&self, members: usize) -> Duration {
        sockhop::quiet(members)
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        let mut object = Vec::new();
        json::publish(room, payload, &mut object);
        message(Kind::Text, &object, out);
    }

    fn deliveries(&self) -> Counter {
        Counter::Messages(Messages::starting_with(br#"{"ev":"message""#))
    }
}

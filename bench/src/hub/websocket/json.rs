//! Sockhop's WebSocket with its json: one object a text message.

use crate::arrival::Step;
use crate::counter::{Counter, Messages};
use crate::hub::sockhop::{Spoken, WEBSOCKET_PATH};
use crate::hub::{Hub, Role, json};
use crate::scenario::Family;

use super::{Kind, message, say, tells_of_websockets, upgrade};

/// `{"ev":"message",…}`, as a browser gets it.
pub(super) struct WebSocketJson;

impl Spoken for WebSocketJson {}

impl Hub for WebSocketJson {
    fn name(&self) -> &'static str {
        "websocket"
    }

    fn takes_part_in(&self, family: Family) -> bool {
        tells_of_websockets(family)
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let hello = json::hello(nick);
        let mut steps = vec![
            upgrade(WEBSOCKET_PATH),
            say(Kind::Text, hello.as_bytes(), b"\"welcome\""),
        ];
        if matches!(role, Role::Reader | Role::Talker) {
            let subscribe = json::subscribe(room);
            steps.push(say(Kind::Text, subscribe.as_bytes(), b"\"subscribed\""));
        }
        steps
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

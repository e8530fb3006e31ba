//! Sockhop's WebSocket with its MessagePack: one map a binary message.

use crate::arrival::Step;
use crate::counter::{Counter, Messages};
use crate::hub::sockhop::{Spoken, WEBSOCKET_PATH};
use crate::hub::{Hub, Role, frame};
use crate::scenario::Family;

use super::{Kind, message, say, tells_of_websockets, upgrade};

/// The frame protocol's maps, as a program behind a proxy gets them.
pub(super) struct WebSocketPack;

impl Spoken for WebSocketPack {}

impl Hub for WebSocketPack {
    fn name(&self) -> &'static str {
        "websocket-pack"
    }

    fn takes_part_in(&self, family: Family) -> bool {
        tells_of_websockets(family)
    }

    fn arrival(&self, nick: &str, role: Role, room: &str) -> Vec<Step> {
        let mut steps = vec![
            upgrade(WEBSOCKET_PATH),
            say(Kind::Binary, &frame::hello(nick), b"welcome"),
        ];
        if matches!(role, Role::Reader | Role::Talker) {
            steps.push(say(Kind::Binary, &frame::subscribe(room), b"subscribed"));
        }
        steps
    }

    fn publish(&self, room: &str, payload: &[u8], out: &mut Vec<u8>) {
        message(Kind::Binary, &frame::publish(room, payload, None), out);
    }

    /// A map of six: ev, room, seq, time_us, from and text.
    fn deliveries(&self) -> Counter {
        Counter::Messages(Messages::starting_with(b"\x86\xa2ev\xa7message"))
    }
}

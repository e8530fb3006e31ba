//! Sockhop's text protocol: what a person in `nc` types and sees.

use crate::arrival::Step;
use crate::counter::Counter;
use crate::scenario::Family;

use super::sockhop::Spoken;
use super::{Hub, Role};

/// `<b7> the words`, one line a message.
pub(crate) struct Text;

impl Spoken for Text {}

impl Hub for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    /// Whoever speaks in a room is in it: a publisher joins as a reader does.
    fn arrival(&self, nick: &str, _role: Role, room: &str) -> Vec<Step> {
        vec![
            Step::new(format!("/nick {nick}\n"), b"Welcome"),
            Step::new(
                format!("/join {room}\n"),
                format!("You are {nick} in {room}"),
            ),
        ]
    }

    fn publish(&self, _room: &str, payload: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(payload);
        out.push(b'\n');
    }

    fn has_history(&self) -> bool {
        true
    }

    fn acks(&self) -> Result<Counter, &'static str> {
        Err("a typed line has no ack")
    }

    fn left_out_of(&self, family: Family) -> Option<&'static str> {
        (family == Family::SlowReader)
            .then_some("it is served as json is, and what it says to people is not parsed here")
    }
}

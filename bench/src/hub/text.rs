//! Sockhop's text protocol: what a person in `nc` types and sees.

use std::process::Command;
use std::time::Duration;

use crate::arrival::Step;
use crate::counter::Counter;
use crate::launch::Launch;
use crate::peer::SOCKHOP;
use crate::scenario::Family;

use super::{Hub, Role, sockhop};

/// `<b7> the words`, one line a message.
pub(crate) struct Text;

impl Hub for Text {
    fn name(&self) -> &'static str {
        "text"
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

    fn quiet(&self, members: usize) -> Duration {
        sockhop::quiet(members)
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

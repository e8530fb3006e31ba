//! What is said of each cause: a sentence on what failed and what it means, and what to try. One
//! file for each stage, because the same cause means something else at another.

mod anywhere;
mod binding;
mod command;
mod connecting;
mod plain;
mod protocol;
mod tls;
mod transfer;

use std::fmt;

use super::Fault;
use super::stage::Stage;
use crate::endpoint::{Endpoint, Place};

/// Shows a fault as one sentence, without its full stop.
pub(super) struct Sentence<'a>(pub(super) &'a Fault);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = self.0;
        match fault.stage() {
            Stage::Bind => binding::sentence(fault, f),
            Stage::Name | Stage::Route | Stage::Connect(_) => connecting::sentence(fault, f),
            Stage::Tls => tls::sentence(fault, f),
            Stage::Protocol => protocol::sentence(fault, f),
            Stage::Transfer => transfer::sentence(fault, f),
        }
    }
}

/// What to try.
pub(super) fn advice(fault: &Fault) -> Option<String> {
    let advice = match fault.stage() {
        Stage::Bind => binding::advice(fault),
        Stage::Name | Stage::Route | Stage::Connect(_) => connecting::advice(fault),
        Stage::Tls => tls::advice(fault),
        Stage::Protocol => protocol::advice(fault),
        Stage::Transfer => transfer::advice(fault),
    };
    advice.or_else(|| anywhere::advice(fault).map(str::to_owned))
}

fn place(fault: &Fault) -> Option<&Place> {
    fault.endpoint().and_then(Endpoint::place)
}

/// The name or address that was given.
fn host(fault: &Fault) -> &str {
    place(fault).map_or("the name it was called by", |place| &place.host)
}

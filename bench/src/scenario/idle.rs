//! Ten thousand connections that do nothing: what each costs in the server's memory.
//!
//! Measured as resident memory after everyone has greeted and subscribed, less that of the
//! server when nobody had yet come. What the kernel keeps for a socket is not in it, and is the
//! same for every server.

use std::time::Instant;

use crate::hub::Role;
use crate::record::Figures;
use crate::trial::Trial;

use super::{MIB, figures};

/// Everyone is in one room with this many others, as people on a hub would be: one room for all
/// would let each arrival be announced ten thousand times.
const MEMBERS_PER_ROOM: usize = 100;

/// Runs it.
pub(crate) fn run(trial: &mut Trial<'_>) -> anyhow::Result<Figures> {
    let connections = trial.pace.idle_connections;
    let before = trial.server.usage().rss_bytes()?;
    let started = Instant::now();
    trial.admit(connections, Role::Reader, |nth| {
        format!("idle{}", nth / MEMBERS_PER_ROOM)
    })?;
    let arrival_s = started.elapsed().as_secs_f64();
    trial.settle()?;
    let after = trial.server.usage().rss_bytes()?;
    Ok(figures([
        (
            "bytes_each",
            after.saturating_sub(before) as f64 / connections as f64,
        ),
        ("rss_mib", after as f64 / MIB),
        ("rss_before_mib", before as f64 / MIB),
        ("connections", connections as f64),
        ("arrival_s", arrival_s),
    ]))
}

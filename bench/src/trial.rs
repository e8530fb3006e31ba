//! One scenario on one hub: what every scenario for hubs is given to work with.

use std::time::{Duration, Instant};

use crate::arrival;
use crate::clock::Clock;
use crate::hub::{Hub, Role};
use crate::pace::Pace;
use crate::server::Server;
use crate::swarm::Swarm;

/// The room all load goes to.
pub(crate) const ROOM: &str = "bench";
/// With no progress for this long, a trial has failed.
const STANDSTILL_MAX: Duration = Duration::from_secs(10);
/// No wait lasts longer, however steadily it drips.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// Bounds one wait within a trial, by its progress and as a whole.
pub(crate) struct Patience {
    started: Instant,
    moved: Instant,
    count: u64,
}

impl Patience {
    pub(crate) fn new() -> Self {
        let now = Instant::now();
        Self {
            started: now,
            moved: now,
            count: 0,
        }
    }

    /// Whether to give up, now that `count` has been reached.
    pub(crate) fn is_over(&mut self, count: u64) -> bool {
        if count != self.count {
            self.count = count;
            self.moved = Instant::now();
        }
        self.moved.elapsed() > STANDSTILL_MAX || self.started.elapsed() > WAIT_MAX
    }
}

/// A fresh hub and the connections to it.
pub(crate) struct Trial<'a> {
    pub hub: &'a dyn Hub,
    pub server: &'a Server,
    pub pace: &'a Pace,
    pub swarm: Swarm,
    pub clock: Clock,
    arrived: usize,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(
        hub: &'a dyn Hub,
        server: &'a Server,
        pace: &'a Pace,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            hub,
            server,
            pace,
            swarm: Swarm::new()?,
            clock: Clock::start(),
            arrived: 0,
        })
    }

    /// Brings in more connections, each with a nick of its own; returns the first one's number.
    pub(crate) fn admit(
        &mut self,
        count: usize,
        role: Role,
        room_of: impl Fn(usize) -> String,
    ) -> anyhow::Result<usize> {
        let first = self.arrived;
        self.arrived += count;
        let hub = self.hub;
        arrival::arrive(&mut self.swarm, self.server.address, count, |nth| {
            hub.arrival(&format!("b{}", first + nth), role, &room_of(nth))
        })?;
        Ok(first)
    }

    /// Waits until the echo of everyone's arrival has died down.
    pub(crate) fn settle(&mut self) -> anyhow::Result<()> {
        self.swarm
            .settle(self.hub.quiet(self.arrived), Duration::from_secs(60))
    }
}

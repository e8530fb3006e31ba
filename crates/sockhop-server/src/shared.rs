//! What all connections share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sockhop_hub::Hub;
use sockhop_proto::Limits;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::door::Door;
use crate::http::Web;
use crate::server::Settings;
use crate::weight::Scales;

/// See the module. The hub's lock is held for one command or one read at a time, never across an
/// await, and no other lock is taken while it is held.
#[derive(Debug)]
pub(crate) struct Shared {
    hub: Mutex<Hub>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    /// How long half a message may stay half.
    pub(crate) half_message_max: Duration,
    pub(crate) door: Door,
    pub(crate) web: Web,
    /// The TCP ports it listens on.
    pub(crate) ports: Vec<u16>,
    /// Cancelled when the server stops.
    pub(crate) stopping: CancellationToken,
    /// What unfinished messages weigh.
    pub(crate) scales: Arc<Scales>,
}

impl Shared {
    pub(crate) fn new(
        hub: Hub,
        clock: Clock,
        settings: Settings,
        ports: Vec<u16>,
        door: Door,
    ) -> Self {
        Self {
            hub: Mutex::new(hub),
            clock,
            limits: settings.limits,
            half_message_max: settings.half_message_max,
            door,
            web: settings.web,
            ports,
            stopping: CancellationToken::new(),
            scales: Scales::new(settings.inbound_bytes_max),
        }
    }

    /// The hub, for a moment. A panic elsewhere under this lock was one session's: the others go on.
    pub(crate) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

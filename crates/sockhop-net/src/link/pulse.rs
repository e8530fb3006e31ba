//! When something last moved on a link, either way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

/// See the module. Shared by both halves of a link and whoever watches over them.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    moved_at: Instant,
    /// Nothing is read because of this side: a screen cannot keep up. That is no silence.
    held: bool,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            moved_at: Instant::now(),
            held: false,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something has moved.
    pub(super) fn beat(&self) {
        self.state().moved_at = Instant::now();
    }

    /// From now on, or not any more, it is this side that does not read.
    pub(super) fn hold(&self, held: bool) {
        let mut state = self.state();
        if state.held != held {
            state.held = held;
            state.moved_at = Instant::now();
        }
    }

    /// Waits until nothing has moved for `silence_max`, and says for how long; for ever, if there is
    /// no such bound. Cancel-safe.
    pub async fn stopped(&self, silence_max: Option<Duration>) -> Duration {
        let Some(silence_max) = silence_max else {
            return std::future::pending().await;
        };
        loop {
            let (moved_at, held) = {
                let state = self.state();
                (state.moved_at, state.held)
            };
            match moved_at.checked_add(silence_max) {
                // Longer than time itself.
                None => std::future::pending().await,
                Some(_) if held => sleep(silence_max).await,
                Some(over_at) if over_at <= Instant::now() => return silence_max,
                Some(over_at) => sleep_until(over_at).await,
            }
        }
    }
}

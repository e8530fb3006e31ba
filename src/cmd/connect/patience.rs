//! Trying again: when, and after what.

use std::time::Duration;

use sockhop_net::{Fault, Stage};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// See the module.
#[derive(Debug)]
pub(super) struct Patience {
    /// Whether to wait for the first connection.
    waits: bool,
    /// Whether to connect again after that.
    retries: bool,
    met: bool,
    pause: Duration,
    /// What was said last.
    said: Option<&'static str>,
}

impl Patience {
    pub(super) fn new(waits: bool, retries: bool) -> Self {
        Self {
            waits,
            retries,
            met: false,
            pause: FIRST_PAUSE,
            said: None,
        }
    }

    /// There is a connection.
    pub(super) fn met(&mut self) {
        self.met = true;
        self.pause = FIRST_PAUSE;
        self.said = None;
    }

    /// Whether there was one.
    pub(super) fn has_met(&self) -> bool {
        self.met
    }

    /// How long to wait after `fault` before the next attempt; none if there is to be none.
    pub(super) fn after(&mut self, fault: &Fault) -> Option<Duration> {
        let tries = self.retries || self.waits && !self.met;
        (tries && may_pass(fault)).then(|| self.next_pause())
    }

    /// Whether `fault` is another than the last one.
    pub(super) fn is_news(&mut self, fault: &Fault) -> bool {
        self.said.replace(fault.code()) != Some(fault.code())
    }

    /// How long to wait after a connection that has ended.
    pub(super) fn next_pause(&mut self) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MAX);
        // Many who lost the same server do not all come back in the same moment.
        pause.mul_f64(0.75 + fastrand::f64() / 2.0)
    }
}

/// Whether waiting can help: a server can come up, a network too. A certificate does not get better
/// by itself, nor does a frame.
fn may_pass(fault: &Fault) -> bool {
    match fault.stage() {
        Stage::Name | Stage::Route | Stage::Connect(_) | Stage::Transfer => true,
        _ => fault.code() == "closed_before_answer",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use sockhop_net::Endpoint;

    use super::*;

    fn refused() -> Fault {
        let endpoint: Endpoint = "5000".parse().unwrap();
        let error = io::ErrorKind::ConnectionRefused.into();
        Fault::connect(&endpoint, &error, Duration::ZERO)
    }

    #[test]
    fn waiting_is_for_the_first_connection_and_retrying_for_all() {
        let tries = |waits, retries, met| {
            let mut patience = Patience::new(waits, retries);
            if met {
                patience.met();
            }
            patience.after(&refused()).is_some()
        };
        assert!(!tries(false, false, false));
        assert!(tries(true, false, false) && !tries(true, false, true));
        assert!(tries(false, true, false) && tries(false, true, true));
    }

    #[test]
    fn pauses_grow_to_a_bound_and_begin_anew_after_a_connection() {
        let mut patience = Patience::new(false, true);
        for _ in 0..20 {
            let pause = patience.after(&refused()).unwrap();
            assert!(pause <= PAUSE_MAX.mul_f64(1.25), "{pause:?}");
        }
        patience.met();
        assert!(patience.after(&refused()).unwrap() <= FIRST_PAUSE.mul_f64(1.25));
    }

    #[test]
    fn the_same_is_said_once() {
        let mut patience = Patience::new(true, false);
        assert!(patience.is_news(&refused()));
        assert!(!patience.is_news(&refused()));
        patience.met();
        assert!(patience.is_news(&refused()));
    }
}

//! Whether the link is alive: a hub that has not been heard for a while is asked, and one that does
//! not answer is gone.

use std::time::Duration;

use super::Now;

/// See the module.
#[derive(Debug)]
pub(crate) struct Pulse {
    idle_max: Duration,
    silence_max: Duration,
    /// When the hub was last heard, or could have been.
    heard_at: Now,
    asked_at: Option<Now>,
    /// Whether nobody listens just now, so that silence means nothing.
    deaf: bool,
}

/// What silence calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nothing.
    Short,
    /// To ask whether the hub is there.
    Ask,
    /// To give the link up.
    Dead,
}

impl Pulse {
    pub(crate) fn new(idle_max: Duration, silence_max: Duration) -> Self {
        Self {
            idle_max,
            silence_max,
            heard_at: Now::ZERO,
            asked_at: None,
            deaf: false,
        }
    }

    /// The hub has been heard.
    pub(crate) fn beat(&mut self, now: Now) {
        self.heard_at = now;
        self.asked_at = None;
    }

    /// Somebody listens, or does not. One who has not listened has not been met with silence.
    pub(crate) fn listen(&mut self, listening: bool, now: Now) {
        if listening && self.deaf {
            self.beat(now);
        }
        self.deaf = !listening;
    }

    /// What to do about the silence so far.
    pub(crate) fn poll(&mut self, now: Now) -> Silence {
        match (self.poll_timeout(), self.asked_at) {
            (Some(due), _) if now < due => Silence::Short,
            (None, _) => Silence::Short,
            (Some(_), Some(_)) => Silence::Dead,
            (Some(_), None) => {
                self.asked_at = Some(now);
                Silence::Ask
            }
        }
    }

    /// When silence will have lasted too long.
    pub(crate) fn poll_timeout(&self) -> Option<Now> {
        let due = match self.asked_at {
            Some(asked_at) => asked_at + self.silence_max,
            None => self.heard_at + self.idle_max,
        };
        (!self.deaf).then_some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(5);
    const SILENCE: Duration = Duration::from_secs(10);

    fn at(seconds: u64) -> Now {
        Duration::from_secs(seconds)
    }

    #[test]
    fn silence_is_asked_about_and_then_deadly() {
        let mut pulse = Pulse::new(IDLE, SILENCE);
        pulse.beat(at(1));
        assert_eq!(pulse.poll(at(5)), Silence::Short);
        assert_eq!(pulse.poll(at(6)), Silence::Ask);
        assert_eq!(pulse.poll(at(15)), Silence::Short);
        assert_eq!(pulse.poll(at(16)), Silence::Dead);
        pulse.beat(at(17));
        assert_eq!(pulse.poll(at(21)), Silence::Short);
    }

    #[test]
    fn one_who_does_not_listen_hears_no_silence() {
        let mut pulse = Pulse::new(IDLE, SILENCE);
        pulse.listen(false, at(1));
        assert_eq!(
            (pulse.poll(at(60)), pulse.poll_timeout()),
            (Silence::Short, None)
        );
        pulse.listen(true, at(60));
        assert_eq!(pulse.poll(at(61)), Silence::Short);
        assert_eq!(pulse.poll(at(65)), Silence::Ask);
    }
}

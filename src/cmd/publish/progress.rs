//! How far it has come, on a terminal, and only when it takes long enough to wonder.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::reach;

/// How long a wait is none.
const WONDER_AFTER: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Progress {
    hidden: bool,
    began: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(hidden: bool) -> Self {
        Self {
            hidden,
            began: Instant::now(),
            bar: None,
        }
    }

    /// So many are acked.
    pub(super) fn count(&mut self, acked: u64) {
        if self.bar.is_none() && !self.hidden && self.began.elapsed() >= WONDER_AFTER {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} messages ({per_sec})")
            {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
        if let Some(bar) = &self.bar {
            bar.set_position(acked);
        }
    }

    /// A line above it.
    pub(super) fn say(&self, words: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| reach::say(words)),
            None => reach::say(words),
        }
    }

    /// Takes it away.
    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

//! How far it has come, on a terminal, and only when it takes long enough to wonder.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::reach;

/// How long a wait is none.
const WONDER_AFTER: Duration = Duration::from_secs(1);
/// How often it is drawn anew.
const DRAW_EVERY: Duration = Duration::from_millis(100);

/// See the module.
pub(super) struct Progress {
    hidden: bool,
    began: Instant,
    draw_at: Instant,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(hidden: bool) -> Self {
        let began = Instant::now();
        Self {
            hidden,
            began,
            draw_at: began + WONDER_AFTER,
            bar: None,
        }
    }

    /// So many are acked.
    pub(super) fn count(&mut self, acked: u64) {
        let now = Instant::now();
        if self.hidden || now < self.draw_at {
            return;
        }
        self.draw_at = now + DRAW_EVERY;
        let bar = self.bar.get_or_insert_with(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(ProgressStyle::default_spinner())
        });
        let per_second = acked as f64 / (now - self.began).as_secs_f64();
        bar.set_message(format!("{acked} messages, {per_second:.0} a second"));
        bar.tick();
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

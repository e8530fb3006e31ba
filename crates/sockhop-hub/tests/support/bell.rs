//! A waker that remembers having been woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

#[derive(Debug, Default)]
struct Rang(AtomicBool);

impl Wake for Rang {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Bell {
    rang: Arc<Rang>,
    waker: Waker,
}

impl Bell {
    pub(crate) fn new() -> Self {
        let rang = Arc::new(Rang::default());
        Self {
            waker: Arc::clone(&rang).into(),
            rang,
        }
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Whether it was woken since this was last asked.
    pub(crate) fn rang(&self) -> bool {
        self.rang.0.swap(false, Ordering::Relaxed)
    }
}

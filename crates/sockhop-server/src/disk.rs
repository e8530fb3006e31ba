//! The two threads between the hub and its store: one writes, one reads.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use sockhop_hub::history::{History, HistoryError, Recall};
use sockhop_hub::retention::Retention;
use tracing::{debug, error, info, warn};

use crate::shared::Shared;

/// How often old messages are removed.
const TRIM_EVERY: Duration = Duration::from_secs(30);

/// Wakes a thread that parks while it has nothing to do.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn own_waker() -> Waker {
    Arc::new(Unpark(thread::current())).into()
}

/// The threads, while they run.
#[derive(Debug)]
pub(crate) struct Disk {
    stop: Arc<AtomicBool>,
    /// In the order they are to end: the writer, last, leaves everything in one file.
    threads: Vec<JoinHandle<()>>,
}

impl Disk {
    pub(crate) fn start(
        shared: &Arc<Shared>,
        history: Box<dyn History>,
        recall: Box<dyn Recall>,
        retention: Retention,
    ) -> io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = Writer {
            shared: Arc::clone(shared),
            history,
            retention,
            stop: Arc::clone(&stop),
            well: true,
        };
        let write = thread::Builder::new()
            .name("history-write".into())
            .spawn(|| writer.run())?;
        let (read_shared, read_stop) = (Arc::clone(shared), Arc::clone(&stop));
        let read = thread::Builder::new()
            .name("history-read".into())
            .spawn(move || read_on_demand(&read_shared, recall, &read_stop))?;
        Ok(Self {
            stop,
            threads: vec![read, write],
        })
    }

    /// Writes what is left, and how far each room has come. Blocks until that is on disk.
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Release);
        for thread in self.threads {
            thread.thread().unpark();
            if thread.join().is_err() {
                error!("a history thread ended badly");
            }
        }
    }
}

struct Writer {
    shared: Arc<Shared>,
    history: Box<dyn History>,
    retention: Retention,
    stop: Arc<AtomicBool>,
    /// Whether the last batch reached the disk.
    well: bool,
}

impl Writer {
    fn run(mut self) {
        let waker = own_waker();
        let mut trimmed_at = self.shared.clock.now();
        loop {
            let stopping = self.stop.load(Ordering::Acquire);
            let batch = self.shared.hub().poll_batch(&waker);
            match batch {
                Some(batch) => {
                    let began = self.shared.clock.now();
                    let result = self.history.commit(&batch);
                    let took = self.shared.clock.now() - began;
                    self.report(&result);
                    let mut hub = self.shared.hub();
                    if !batch.is_empty() {
                        hub.note_commit(took);
                    }
                    hub.handle_committed(result);
                }
                None if stopping => break,
                None => thread::park_timeout(TRIM_EVERY),
            }
            let now = self.shared.clock.now();
            if u128::from(now - trimmed_at) >= TRIM_EVERY.as_micros() {
                trimmed_at = now;
                self.trim(now);
            }
        }
        let last_words = self.shared.hub().last_words();
        let result = self.history.commit(&last_words);
        self.report(&result);
    }

    fn trim(&mut self, now: u64) {
        match self.history.trim(&self.retention, now) {
            Ok(0) => {}
            Ok(removed) => debug!(removed, "old messages removed"),
            Err(error) => warn!(%error, "old messages could not be removed"),
        }
    }

    /// Says once that the disk fails, and once that it works again.
    fn report(&mut self, result: &Result<(), HistoryError>) {
        match result {
            Err(error) if self.well => {
                error!(%error, "history is not being kept; live talk goes on, publishes that ask for an ack are refused");
            }
            Ok(()) if !self.well => info!("history is being kept again"),
            _ => {}
        }
        self.well = result.is_ok();
    }
}

fn read_on_demand(shared: &Shared, mut recall: Box<dyn Recall>, stop: &AtomicBool) {
    let waker = own_waker();
    while !stop.load(Ordering::Acquire) {
        let fetch = shared.hub().poll_fetch(&waker);
        match fetch {
            Some(fetch) => {
                let answer = fetch.wanted.ask(&mut *recall);
                if let Err(error) = &answer {
                    warn!(%error, "history cannot be read");
                }
                shared.hub().handle_fetched(&fetch, answer);
            }
            None => thread::park(),
        }
    }
}

//! Prints, without ever making anybody wait.
//!
//! A terminal that is paused, or a pipe nobody reads, blocks whoever writes to it; here that is a
//! thread with nothing else to do. What gathers meanwhile is bounded: whoever reads from a network
//! waits for [`Printer::poll_ready`] first. A file blocks nobody, and is written at once.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use bytes::BytesMut;
use rustyline::ExternalPrinter;
use tokio::sync::Notify;

use super::paper::Paper;

/// From here on nothing more is read from a network until it is printed.
const WAITING_BYTES_MAX: usize = 1 << 20;
/// What is written at once, about: what a slow terminal has in hand cannot be taken back.
const PAGE_BYTES: usize = 16 << 10;

/// See the module. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Printer {
    desk: Arc<Desk>,
}

/// What the thread shares with those who want something printed.
struct Desk {
    pile: Mutex<Pile>,
    filled: Condvar,
    emptied: Notify,
    gone: Notify,
    /// Standard output, and standard error: whether it is written at once.
    at_once: [bool; 2],
}

#[derive(Default)]
struct Pile {
    pages: VecDeque<(Paper, BytesMut)>,
    bytes: usize,
    /// Whether the thread is printing something it has taken, rather than waiting for more.
    printing: bool,
    /// Whoever read standard output has gone, or it cannot be written.
    broken: Option<io::ErrorKind>,
    waiting: Vec<Waker>,
    /// For the thread to take.
    console: Option<Console>,
}

/// A line editor's own way of printing above the line being typed.
pub(crate) type Console = Box<dyn ExternalPrinter + Send>;

impl Printer {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let desk = Arc::new(Desk {
            pile: Mutex::default(),
            filled: Condvar::new(),
            emptied: Notify::new(),
            gone: Notify::new(),
            at_once: [Paper::Output, Paper::Error].map(Paper::is_file),
        });
        let printer = Self {
            desk: Arc::clone(&desk),
        };
        let _: JoinHandle<()> = thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || desk.work())?;
        Ok(printer)
    }

    /// Prints through `console` from now on: a person has begun to type.
    pub(crate) fn print_above(&self, console: Console) {
        self.desk.pile().console = Some(console);
    }

    /// Has `bytes` printed, after everything before them.
    pub(crate) fn put_out(&self, paper: Paper, bytes: &[u8]) {
        let mut pile = self.desk.pile();
        if pile.broken.is_some() && paper == Paper::Output {
            return;
        }
        if self.desk.at_once[paper as usize] {
            let printed = paper.write_all(bytes);
            self.desk.note(&mut pile, paper, printed);
            return;
        }
        // What is printed on one paper in a row is few writes.
        match pile.pages.back_mut() {
            Some((last, page)) if *last == paper && page.len() < PAGE_BYTES => {
                page.extend_from_slice(bytes);
            }
            _ => pile.pages.push_back((paper, bytes.into())),
        }
        pile.bytes += bytes.len();
        let is_idle = !pile.printing;
        drop(pile);
        if is_idle {
            self.desk.filled.notify_one();
        }
    }

    /// Has printed what `write` appends to nothing, which may be nothing.
    pub(crate) fn print(&self, paper: Paper, write: impl FnOnce(&mut BytesMut)) {
        let mut page = BytesMut::new();
        write(&mut page);
        if !page.is_empty() {
            self.put_out(paper, &page);
        }
    }

    /// Has a line said to whoever sits here, beside what is put out.
    pub(crate) fn say(&self, words: &str) {
        self.put_out(Paper::Error, format!("sockhop: {words}\n").as_bytes());
    }

    /// Whoever sits at a terminal has seen enough: what waits to be shown there is not, and what is
    /// said next begins a line, behind a `^C` or half a line.
    pub(crate) fn break_off(&self) {
        if io::stdout().is_terminal() {
            self.desk.pile().forget(Paper::Output);
            self.put_out(Paper::Output, b"\n");
        }
    }

    /// Whether there is room for more.
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut pile = self.desk.pile();
        if pile.bytes < WAITING_BYTES_MAX {
            return Poll::Ready(());
        }
        if !pile.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            pile.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Waits until standard output can be written no more, and says why. Cancel-safe.
    pub(crate) async fn gone(&self) -> io::ErrorKind {
        loop {
            let gone = self.desk.gone.notified();
            if let Some(kind) = self.desk.pile().broken {
                return kind;
            }
            gone.await;
        }
    }

    /// Waits until all is printed, however long that takes; for ever, if it cannot be. Cancel-safe.
    pub(crate) async fn finish(&self) {
        loop {
            let emptied = self.desk.emptied.notified();
            let done = {
                let pile = self.desk.pile();
                pile.is_done() && pile.broken.is_none()
            };
            if done {
                return;
            }
            emptied.await;
        }
    }
}

impl Pile {
    fn is_done(&self) -> bool {
        self.pages.is_empty() && !self.printing
    }

    /// Drops what waits to be printed on `paper`.
    fn forget(&mut self, paper: Paper) {
        self.pages.retain(|(other, _)| *other != paper);
        self.bytes = self.pages.iter().map(|(_, page)| page.len()).sum();
    }
}

impl Desk {
    fn pile(&self) -> MutexGuard<'_, Pile> {
        self.pile.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints, until the process ends.
    fn work(&self) {
        let mut console = None;
        loop {
            let (paper, page) = self.next(&mut console);
            let printed = match &mut console {
                Some(console) => put_above(console, paper, &page),
                None => paper.write_all(&page),
            };
            let mut pile = self.pile();
            self.note(&mut pile, paper, printed);
        }
    }

    /// What has become of something that was printed on `paper`.
    fn note(&self, pile: &mut Pile, paper: Paper, printed: io::Result<()>) {
        if let Err(error) = printed
            && paper == Paper::Output
        {
            pile.broken = Some(error.kind());
            pile.forget(Paper::Output);
            self.gone.notify_waiters();
        }
    }

    fn next(&self, console: &mut Option<Console>) -> (Paper, BytesMut) {
        let mut pile = self.pile();
        pile.printing = false;
        loop {
            if pile.console.is_some() {
                *console = pile.console.take();
            }
            if let Some((paper, page)) = pile.pages.pop_front() {
                pile.bytes -= page.len();
                pile.printing = true;
                for waker in pile.waiting.drain(..) {
                    waker.wake();
                }
                return (paper, page);
            }
            self.emptied.notify_waiters();
            pile = self
                .filled
                .wait(pile)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Prints `page` above the line being typed, or, once nobody types any more, as it is.
fn put_above(console: &mut Console, paper: Paper, page: &[u8]) -> io::Result<()> {
    let text = String::from_utf8_lossy(page).into_owned();
    match console.print(text) {
        Ok(()) => Ok(()),
        Err(_) => paper.write_all(page),
    }
}

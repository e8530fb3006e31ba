//! Ctrl-C, SIGTERM, or the terminal closed: how a command is told to end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::Notify;

const ONE_BREATH: Duration = Duration::from_millis(100);

/// See the module. From its making on, none of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    key: Arc<Notify>,
    asked: bool,
}

impl Stop {
    /// Must be made within a runtime.
    pub(crate) fn new() -> Result<Self> {
        Self::listen().context("this system lets nobody listen for Ctrl-C")
    }

    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ];
        Ok(Self {
            signals,
            key: Arc::default(),
            asked: false,
        })
    }

    #[cfg(windows)]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
            key: Arc::default(),
            asked: false,
        })
    }

    /// For whoever reads a terminal in which Ctrl-C is a key like any other.
    pub(crate) fn key(&self) -> Arc<Notify> {
        Arc::clone(&self.key)
    }

    /// Whether somebody has waited for it, and it came.
    pub(crate) fn was_asked(&self) -> bool {
        self.asked
    }

    /// Waits for it to come once more. Some who stop a program tell it twice in one breath, which
    /// counts once.
    pub(crate) async fn wait_again(&mut self) {
        tokio::time::sleep(ONE_BREATH).await;
        let _ = tokio::time::timeout(Duration::ZERO, self.wait()).await;
        self.wait().await;
    }

    /// Waits for it. Cancel-safe: one that comes while nobody waits is kept.
    pub(crate) async fn wait(&mut self) {
        self.come().await;
        self.asked = true;
    }

    async fn come(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate, hangup] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
                () = self.key.notified() => {}
            }
        }
        #[cfg(windows)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            () = self.key.notified() => {}
        }
    }
}

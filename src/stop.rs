//! Ctrl-C, SIGTERM, or the terminal closed: how a command is told to end.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::sync::Notify;

/// See the module. From its making on, none of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
    key: Arc<Notify>,
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
        let key = Arc::default();
        Ok(Self { signals, key })
    }

    #[cfg(windows)]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
            key: Arc::default(),
        })
    }

    /// For whoever reads a terminal in which Ctrl-C is a key like any other.
    pub(crate) fn key(&self) -> Arc<Notify> {
        Arc::clone(&self.key)
    }

    /// Waits for it. Cancel-safe: one that comes while nobody waits is kept.
    pub(crate) async fn wait(&mut self) {
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

//! The loop in which a command waits for its sockets.

use anyhow::{Context as _, Result};
use tokio::runtime::{Builder, Runtime};

/// One that runs on the thread which enters it.
pub(crate) fn new() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the system gives no event loop")
}

/// Runs `command` in one. Ends without waiting for a read of standard input that may never return.
pub(crate) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = new()?;
    let outcome = runtime.block_on(command);
    runtime.shutdown_background();
    outcome
}

//! A Unix socket connected to a path.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::net::UnixStream;
use tokio::time::sleep;

use crate::endpoint::Endpoint;
use crate::fault::Fault;

/// How long to wait before asking again a server that has no room for another connection.
const PAUSE: Duration = Duration::from_millis(10);

/// Connects to `path`, which is that of `endpoint`. One that is busy for now is waited for.
pub(super) async fn reach(
    endpoint: &Endpoint,
    path: &Path,
    within: Duration,
) -> Result<UnixStream, Fault> {
    let began = Instant::now();
    loop {
        match UnixStream::connect(path).await {
            Ok(stream) => return Ok(stream),
            Err(error) if is_busy(&error) && began.elapsed() < within => sleep(PAUSE).await,
            Err(error) => return Err(Fault::connect(endpoint, &error, began.elapsed())),
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

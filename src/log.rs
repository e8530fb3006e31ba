//! What goes to standard error: the log, and the words of a failure.

use std::io::{IsTerminal as _, Write as _};

use sockhop_net::Fault;
use tracing_subscriber::EnvFilter;

use crate::cmd::BadUsage;

/// Starts the log. `filter` is a level (`error`, `warn`, `info`, `debug`, `trace`) or levels by
/// part, such as `info,sockhop_server=debug`.
///
/// # Errors
/// A filter that is none.
pub(crate) fn start(filter: &str, json: bool) -> Result<(), BadUsage> {
    let filter = EnvFilter::try_new(filter).map_err(|_| {
        BadUsage(format!(
            "--log {filter:?} is no level: error, warn, info, debug, trace or off"
        ))
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if json {
        log.json().flatten_event(true).init();
    } else {
        log.with_ansi(in_colour()).with_target(false).init();
    }
    Ok(())
}

/// Whether standard error is a terminal that wants colour.
fn in_colour() -> bool {
    std::io::stderr().is_terminal() && wants_colour()
}

/// Whether nobody has asked for no colour (<https://no-color.org>).
pub(crate) fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Says why a command failed: the failure, then what lies behind it, or what to try.
pub(crate) fn failure(failure: &anyhow::Error) {
    let mut error = std::io::stderr().lock();
    // Where nobody can hear it, the exit code has to do.
    let _ = match failure.downcast_ref::<Fault>() {
        Some(fault) => writeln!(error, "sockhop: {}", fault.with_advice()),
        None => writeln!(error, "sockhop: {failure:#}"),
    };
}

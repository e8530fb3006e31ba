//! Waiting for a pipe's bytes or a process's end, and for no longer than is reasonable.

use std::os::fd::AsFd;
use std::time::Duration;

use anyhow::Context as _;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

/// Whether there was something to read, or nothing more to come, before the patience ran out.
pub(crate) fn wait(what: &impl AsFd, patience: Duration) -> anyhow::Result<bool> {
    let timeout = Timespec::try_from(patience).expect("timeouts are seconds, not centuries");
    loop {
        let mut watched = [PollFd::new(what, PollFlags::IN)];
        match rustix::event::poll(&mut watched, Some(&timeout)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("cannot wait"),
        }
    }
}

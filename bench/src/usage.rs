//! What a process has used, read from `/proc`: CPU time and resident memory.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::clock::nanoseconds;

/// Ticks are whole, in user and in system time alike.
const TICKS_ERROR_NS: u64 = 30_000_000;

/// A process to be read about.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    pid: u32,
}

impl Usage {
    pub(crate) fn of(pid: u32) -> Self {
        Self { pid }
    }

    /// The generator itself.
    pub(crate) fn of_self() -> Self {
        Self::of(std::process::id())
    }

    /// User and system time of all threads that live, in nanoseconds. `/proc/PID/stat` would
    /// give the same in ticks of 10 ms, and is the fallback on kernels without scheduler info.
    /// Loopback delivers a packet within its sender's system call, so a server's figure
    /// includes the kernel's work to bring its bytes to the reader's socket.
    pub(crate) fn cpu_ns(&self) -> anyhow::Result<u64> {
        let threads = std::fs::read_dir(self.path("task"))
            .with_context(|| format!("process {} has ended", self.pid))?;
        let mut total = 0;
        for thread in threads {
            // A thread may end between the listing and the reading.
            let Ok(text) = std::fs::read_to_string(thread?.path().join("schedstat")) else {
                continue;
            };
            let on_cpu = text
                .split_whitespace()
                .next()
                .and_then(|field| field.parse::<u64>().ok());
            total += on_cpu.context("schedstat does not start with a number")?;
        }
        if total == 0 {
            self.cpu_ns_by_ticks()
        } else {
            Ok(total)
        }
    }

    /// The same in whole ticks, with threads that have ended: a check on the above.
    pub(crate) fn cpu_ns_by_ticks(&self) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(self.path("stat"))?;
        // The second field is the program's name in parentheses, and may hold anything.
        let fields = stat.rsplit_once(')').context("stat has no program name")?.1;
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|f| f.parse::<u64>().ok())
            .sum();
        Ok(ticks * (1_000_000_000 / rustix::param::clock_ticks_per_second()))
    }

    /// Resident memory now, in bytes; exact, where `statm` is an estimate.
    pub(crate) fn rss_bytes(&self) -> anyhow::Result<u64> {
        self.kib_field("smaps_rollup", "Rss:")
    }

    /// The most there ever was.
    pub(crate) fn rss_peak_bytes(&self) -> anyhow::Result<u64> {
        self.kib_field("status", "VmHWM:")
    }

    fn kib_field(&self, file: &str, name: &str) -> anyhow::Result<u64> {
        let text = std::fs::read_to_string(self.path(file))
            .with_context(|| format!("cannot read {file} of process {}", self.pid))?;
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
            .map(|kib| kib * 1024)
            .with_context(|| format!("{file} of process {} has no {name}", self.pid))
    }

    fn path(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.pid))
    }
}

/// Wall and CPU time of server and generator over the measured part of a trial.
pub(crate) struct Meter {
    server: Usage,
    started: Instant,
    server_cpu_ns: u64,
    server_ticks_ns: u64,
    own_cpu_ns: u64,
}

/// What a [`Meter`] has read.
pub(crate) struct Reading {
    pub wall: Duration,
    pub server_cpu_ns: u64,
    pub own_cpu_ns: u64,
}

impl Meter {
    pub(crate) fn start(server: Usage) -> anyhow::Result<Self> {
        Ok(Self {
            server,
            started: Instant::now(),
            server_cpu_ns: server.cpu_ns()?,
            server_ticks_ns: server.cpu_ns_by_ticks()?,
            own_cpu_ns: Usage::of_self().cpu_ns()?,
        })
    }

    pub(crate) fn read(&self) -> anyhow::Result<Reading> {
        // A thread that ended meanwhile took its part of the fine count with it; the ticks keep it.
        let fine_ns = self.server.cpu_ns()?.saturating_sub(self.server_cpu_ns);
        let ticks_ns = self
            .server
            .cpu_ns_by_ticks()?
            .saturating_sub(self.server_ticks_ns);
        Ok(Reading {
            wall: self.started.elapsed(),
            server_cpu_ns: if ticks_ns > fine_ns + TICKS_ERROR_NS {
                ticks_ns
            } else {
                fine_ns
            },
            own_cpu_ns: Usage::of_self().cpu_ns()?.saturating_sub(self.own_cpu_ns),
        })
    }
}

impl Reading {
    /// The server's CPU time in percent of one core.
    pub(crate) fn server_cpu_percent(&self) -> f64 {
        100.0 * self.server_cpu_ns as f64 / nanoseconds(self.wall) as f64
    }

    /// The same of the generator.
    pub(crate) fn own_cpu_percent(&self) -> f64 {
        100.0 * self.own_cpu_ns as f64 / nanoseconds(self.wall) as f64
    }
}

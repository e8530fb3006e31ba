//! What a process has used, read from `/proc`: CPU time and resident memory.

use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::clock::nanoseconds;

/// Ticks are whole, in user and in system time alike, and in each process.
const TICKS_ERROR_NS: u64 = 30_000_000;
/// User and system time among the times in `/proc/PID/stat`; those of children that have ended and
/// been waited for; and all of them.
const SELF: Range<usize> = 0..2;
const ENDED_CHILDREN: Range<usize> = 2..4;
const SELF_AND_ENDED_CHILDREN: Range<usize> = 0..4;

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
            self.ticks_ns(SELF)
        } else {
            Ok(total)
        }
    }

    /// The same of the process and of all that descend from it and live: whoever forks for each
    /// client works in its children.
    fn tree_cpu_ns(&self) -> anyhow::Result<u64> {
        let descendants = self.descendants()?;
        // One that has ended meanwhile is in its parent's ticks.
        let below = descendants.iter().filter_map(|usage| usage.cpu_ns().ok());
        Ok(self.cpu_ns()? + below.sum::<u64>())
    }

    /// The same in whole ticks, with threads and processes that have ended: a check on the above.
    fn tree_cpu_ns_by_ticks(&self) -> anyhow::Result<u64> {
        let descendants = self.descendants()?;
        let below = descendants
            .iter()
            .filter_map(|usage| usage.ticks_ns(SELF_AND_ENDED_CHILDREN).ok());
        Ok(self.ticks_ns(SELF_AND_ENDED_CHILDREN)? + below.sum::<u64>())
    }

    /// User and system time of all children that have ended and been waited for, and of theirs.
    pub(crate) fn ended_children_cpu_ns(&self) -> anyhow::Result<u64> {
        self.ticks_ns(ENDED_CHILDREN)
    }

    /// Children, their children and so on, that live or have not been waited for.
    pub(crate) fn descendants(&self) -> anyhow::Result<Vec<Self>> {
        let mut found = self.children()?;
        let mut visited = 0;
        while visited < found.len() {
            // One that has ended meanwhile has none.
            found.extend(found[visited].children().unwrap_or_default());
            visited += 1;
        }
        Ok(found)
    }

    /// Each thread's own, since the kernel lists them so.
    fn children(&self) -> anyhow::Result<Vec<Self>> {
        let main_thread = self.path("task").join(self.pid.to_string());
        anyhow::ensure!(
            main_thread.join("children").exists(),
            "process {} has ended, or this kernel does not list children",
            self.pid
        );
        let mut children = Vec::new();
        for thread in std::fs::read_dir(self.path("task"))? {
            let list = std::fs::read_to_string(thread?.path().join("children"));
            let pids = list.unwrap_or_default();
            children.extend(
                pids.split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
        Ok(children.into_iter().map(Self::of).collect())
    }

    /// A sum of some of the four times in `/proc/PID/stat`, in whole ticks.
    fn ticks_ns(&self, times: Range<usize>) -> anyhow::Result<u64> {
        let stat = std::fs::read_to_string(self.path("stat"))?;
        // The second field is the program's name in parentheses, and may hold anything.
        let fields = stat.rsplit_once(')').context("stat has no program name")?.1;
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(times.end)
            .skip(times.start)
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

/// Wall and CPU time of server (with its children) and generator over the measured part of a trial.
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
            server_cpu_ns: server.tree_cpu_ns()?,
            server_ticks_ns: server.tree_cpu_ns_by_ticks()?,
            own_cpu_ns: Usage::of_self().cpu_ns()?,
            started: Instant::now(),
        })
    }

    pub(crate) fn read(&self) -> anyhow::Result<Reading> {
        let wall = self.started.elapsed();
        let fine_ns = self
            .server
            .tree_cpu_ns()?
            .saturating_sub(self.server_cpu_ns);
        let ticks_ns = self
            .server
            .tree_cpu_ns_by_ticks()?
            .saturating_sub(self.server_ticks_ns);
        let ticks_error_ns = TICKS_ERROR_NS * (1 + self.server.descendants()?.len() as u64);
        Ok(Reading {
            wall,
            // What has ended meanwhile took its part of the fine count with it; the ticks keep it.
            server_cpu_ns: if ticks_ns > fine_ns + ticks_error_ns {
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

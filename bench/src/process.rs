//! One process of a trial: started, watched, and ended by its process id.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, PidfdFlags, Signal};

use crate::launch::{Launch, find_program};
use crate::readiness;
use crate::usage::Usage;

/// A running process. Dropping it kills it and what it has forked: whatever ends a trial ends its
/// programs.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it, with what it complains of in the launch's log.
    pub(crate) fn start(
        launch: &Launch,
        command: &Command,
        stdin: impl Into<Stdio>,
        stdout: impl Into<Stdio>,
    ) -> anyhow::Result<Self> {
        let child = outliving_nobody(command)
            .process_group(0)
            .stdin(stdin)
            .stdout(stdout)
            .stderr(launch.open_log()?)
            .spawn()
            .with_context(|| format!("cannot start {}", launch.program.display()))?;
        Ok(Self { child })
    }

    /// What it has used so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.child.id())
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it has ended, which it is to do of its own accord and content.
    pub(crate) fn wait(&mut self, patience: Duration) -> anyhow::Result<()> {
        let ending = rustix::process::pidfd_open(self.pid(), PidfdFlags::empty())
            .context("cannot watch a process")?;
        anyhow::ensure!(
            readiness::wait(&ending, patience)?,
            "it did not end within {patience:?}"
        );
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "it ended with {status}");
        Ok(())
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Once it has been waited for, its number may be somebody else's.
        if let Ok(None) = self.child.try_wait() {
            // Neither can fail in a way that leaves the process running: it is our own child.
            let _ = rustix::process::kill_process_group(self.pid(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// The same command under `setpriv --pdeathsig`, where there is one: should the generator itself
/// be killed, the kernel ends the process.
fn outliving_nobody(command: &Command) -> Command {
    let Some(setpriv) = find_program("setpriv") else {
        let mut same = Command::new(command.get_program());
        same.args(command.get_args());
        return same;
    };
    let mut wrapped = Command::new(setpriv);
    wrapped
        .args(["--pdeathsig", "KILL", "--"])
        .arg(command.get_program())
        .args(command.get_args());
    wrapped
}

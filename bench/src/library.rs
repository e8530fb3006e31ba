//! What some servers are programs for: a library, which is there or is not.

use std::process::{Command, Stdio};

/// Something that must be installed besides a program.
pub(crate) struct Library {
    /// What to tell people who lack it.
    pub name: &'static str,
    /// Succeeds where it is installed.
    pub check: Command,
}

impl Library {
    pub(crate) fn is_installed(&mut self) -> bool {
        self.check
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }
}

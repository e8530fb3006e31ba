//! Why a connection ended: one enum for the screen, for `--json` and for tests.

use std::time::Duration;

use crate::fault::Fault;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Leave {
    /// The other side ended its half, and there was nothing left to tell it.
    #[error("closed by the other side")]
    Closed,
    /// This side was done.
    #[error("closed from here")]
    Done,
    /// This program was told to stop.
    #[error("closed from here, as this program ends")]
    Stopped,
    /// Nothing came for too long.
    #[error("silent for {silent:?}")]
    Silent {
        /// For how long.
        silent: Duration,
    },
    /// It does not read what is sent to it, and too much has gathered.
    #[error("it stopped reading: {waiting_bytes} bytes were waiting for it")]
    StoppedReading {
        /// How much has gathered.
        waiting_bytes: usize,
    },
    /// The program that served it has ended.
    #[error("the program serving it has ended")]
    ProgramEnded,
    /// The connection, or what came on it, was at fault.
    #[error("{0}")]
    Fault(#[from] Fault),
}

impl Leave {
    /// A stable word for programs: `closed`, `done`, `stopped`, `silent`, `stopped_reading`,
    /// `program_ended`, or the code of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Silent { .. } => "silent",
            Self::StoppedReading { .. } => "stopped_reading",
            Self::ProgramEnded => "program_ended",
            Self::Fault(fault) => fault.code(),
        }
    }
}

//! The commands, one file each.

pub(crate) mod connect;
pub(crate) mod listen;
pub(crate) mod publish;
pub(crate) mod serve;
pub(crate) mod subscribe;

/// Words on the command line or in the configuration that make no sense: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadUsage(pub(crate) String);

//! A hub in a test's hands: no sockets, no threads, and a clock that moves only when told.
//!
//! [`house`] for tests of one thing at a time; the simulation has a world of its own and shares
//! [`store`], [`wire`] and [`bell`].

pub(crate) mod bell;
pub(crate) mod house;
pub(crate) mod store;
pub(crate) mod summary;
pub(crate) mod wire;

/// When every test begins: a time in microseconds that no test cares about.
pub(crate) const BEGIN: u64 = 1_700_000_000_000_000;

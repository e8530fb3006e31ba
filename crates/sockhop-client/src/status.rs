//! How a client stands with its hub.

use sockhop_proto::Nick;

use crate::error::{ClientError, ConnectError};

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It tries to connect for the first time.
    Connecting,
    /// It is connected.
    Connected {
        /// Under this nick.
        nick: Nick,
        /// The hub's name for itself.
        hub: String,
    },
    /// The connection is gone, or was not to be had so far; it tries again.
    Lost(ConnectError),
    /// It has come to its end.
    Ended(ClientError),
}

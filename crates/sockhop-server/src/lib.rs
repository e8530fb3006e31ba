//! Sockhop's server: sockets on one side, the hub on the other.
//!
//! * [`listen`]: what to listen on, and the listeners
//! * `door`: who may come in: connections in all, and from one address
//! * `connection`: one client, from its first bytes to its last
//! * `conversation`: its bytes in, the log's bytes out
//! * `talk`: what its bytes mean: which protocol, which commands
//! * `http`: requests, and the page
//! * `datagram`: the same for those without a connection
//! * `disk`: the threads that write and read history
//! * [`server`](Server): starts them all, and stops them
//!
//! Nothing here decides what a command does: that is the hub's. Nothing here knows what bytes
//! mean: that is the protocols'.

mod clock;
mod connection;
mod conversation;
mod datagram;
mod disk;
mod door;
mod http;
pub mod listen;
mod round_trips;
mod server;
mod shared;
mod socket;
mod talk;
mod weight;

pub use clock::Clock;
pub use http::{AllowOrigin, AllowOriginError, Web};
pub use listen::{ListenError, ListenUrl, ListenUrlError, Listener};
pub use server::{Server, Settings, StartError, Store};
pub use sockhop_proto::Limits;

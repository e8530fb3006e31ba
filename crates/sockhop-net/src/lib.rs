//! The socket toolkit: endpoints, dialling, listening, framing, relaying, and what a failure means.
//!
//! ```no_run
//! use sockhop_net::{Link, Listener};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // An echo server for any number of clients, over TCP, TLS, UDP or a Unix socket.
//! let mut listener = Listener::on(&"127.0.0.1:5000".parse()?).await?;
//! println!("listening on {}", listener.endpoint());
//! loop {
//!     let incoming = listener.accept().await?;
//!     tokio::spawn(async move {
//!         let mut link = Link::accept(incoming).await?;
//!         while let Some(message) = link.receiver.receive().await? {
//!             link.sender.send(&message).await?;
//!         }
//!         link.sender.finish().await
//!     });
//! }
//! # }
//! ```
//!
//! [`Dial`] and [`Listener`] give a transport; a [`Link`] carries messages over it, whole, whatever
//! the reads were; [`Server`](serve::Server) serves clients in the usual ways. A [`Fault`] says
//! which stage failed, what that means and what to try: the one place where failures are explained.
//! A [`Watch`] is told everything that happens.

pub mod datagram;
pub mod dial;
pub mod endpoint;
pub mod event;
pub mod fault;
pub mod language;
pub mod leave;
pub mod link;
pub mod listener;
pub mod peer;
mod resolve;
pub mod serve;
pub mod stream;
#[cfg(all(test, unix))]
mod testing;
pub mod tls;
pub mod transport;
mod websocket;
pub mod whole;

pub use dial::{Dial, Dialed, Local};
pub use endpoint::{Endpoint, EndpointError, Place};
pub use event::{Event, Unwatched, Watch};
pub use fault::{Fault, Stage};
pub use language::Language;
pub use leave::Leave;
pub use link::{Link, Receiver, Sender};
pub use listener::{Incoming, ListenOptions, Listener};
pub use peer::Peer;
pub use sockhop_proto::framing::{Framing, FramingError};
pub use tls::{Authority, Fingerprint, Identity, TlsTrust};

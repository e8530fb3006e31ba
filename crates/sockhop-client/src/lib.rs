//! A client of a Sockhop hub: connects, reconnects, and resumes where it stopped.
//!
//! ```no_run
//! use sockhop_client::{Body, Client, Config, Heard, Origin};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("127.0.0.1:1337".parse()?).nick("gs-1");
//! let client = Client::connect(config).await?;
//!
//! // Waits for the ack: then the message is in the room's log and, where history is kept, on disk.
//! let ack = client.publish("telemetry/imu", Body::Text("0.12 -0.98 9.81".into())).await?;
//! println!("message {} of {}", ack.seq, ack.room);
//!
//! // Every message once, in order, also if the connection breaks in between.
//! let mut telemetry = client.subscribe("telemetry/#", Origin::Now).await?;
//! while let Some(heard) = telemetry.next().await? {
//!     if let Heard::Message(message) = heard {
//!         println!("{} in {}: {:?}", message.from, message.room, message.body);
//!     }
//! }
//! client.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Client`] and [`Subscription`] are handles. Behind them `session`, a pure engine, decides
//! everything, and `link`, one task for each client, gives it a socket.

mod address;
mod backoff;
mod client;
mod config;
mod dial;
mod draft;
mod error;
mod heard;
mod link;
mod session;
mod shared;
mod status;
mod subscription;

pub use address::{HubAddress, HubAddressError, PORT};
pub use client::{Client, Publishing};
pub use config::Config;
pub use draft::{Ack, Draft};
pub use error::{ClientError, ConnectError, PublishError, SubscribeError};
pub use heard::Heard;
pub use sockhop_net::{Fault, Language, Place};
pub use sockhop_proto::{Body, Message, Nick, Origin, RoomName, Seq};
pub use status::Status;
pub use subscription::Subscription;

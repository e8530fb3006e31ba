//! websocket: the hub's words in WebSocket messages (RFC 6455), one command or event each: JSON in
//! text messages, MessagePack in binary ones. A client may send either; it is answered in the kind it
//! sent first.
//!
//! Only what follows the handshake is here; the handshake is HTTP. No extension is spoken.

mod close;
mod codec;
mod head;
mod message;

pub use codec::{JSON_MESSAGES, PACK_MESSAGES, detect};

#[cfg(test)]
mod tests;

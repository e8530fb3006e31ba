//! udp: one datagram, one message. A JSON object or a MessagePack map with `op` `publish`, or
//! plain UTF-8 text, which is said in the lobby.
//!
//! Publishing only: nothing is ever sent back, so nobody can be made to receive what they did not
//! ask for.

use std::borrow::Cow;

use crate::command::Command;
use crate::message::BodyRef;
use crate::name::LOBBY;
use crate::refusal::{Code, Refusal};
use crate::schema::command;
use crate::schema::pack::from_map;

/// Why a datagram was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Dropped {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// Not JSON, not MessagePack, not UTF-8, or fields that make no command.
    #[error("it is neither a JSON object, a MessagePack map nor UTF-8 text that can be published")]
    Garbage,
    /// A command, but not `publish`.
    #[error("only `publish` may come by datagram")]
    NotAPublish,
}

impl From<Dropped> for Refusal {
    fn from(dropped: Dropped) -> Self {
        let code = match dropped {
            Dropped::Empty | Dropped::Garbage => Code::BadMessage,
            Dropped::NotAPublish => Code::UnknownOp,
        };
        Self::new(code, dropped.to_string())
    }
}

/// What a datagram asks for, always a [`Command::Publish`], and the nick it names, if any.
///
/// # Errors
/// Why it is dropped.
pub fn decode(datagram: &[u8]) -> Result<Datagram<'_>, Dropped> {
    let fields: command::Fields<'_> = match datagram {
        [] => return Err(Dropped::Empty),
        [b'{', ..] => serde_json::from_slice(datagram).map_err(|_| Dropped::Garbage)?,
        // A MessagePack map of up to 15, 2^16 or 2^32 fields. The last two markers also begin
        // Thaana and N'Ko letters, whose second byte would announce more fields than a datagram
        // has bytes for.
        [0x80..=0x8f, ..] | [0xde | 0xdf, 0x00..=0x7f, ..] => {
            from_map(datagram).map_err(|_| Dropped::Garbage)?
        }
        _ => return plain(datagram),
    };
    let (nick, secret) = fields.introduction();
    match fields.command() {
        Ok(command @ Command::Publish { .. }) => Ok(Datagram {
            nick,
            secret,
            command,
        }),
        Ok(_) => Err(Dropped::NotAPublish),
        Err(_) => Err(Dropped::Garbage),
    }
}

fn plain(datagram: &[u8]) -> Result<Datagram<'_>, Dropped> {
    let text = std::str::from_utf8(datagram).map_err(|_| Dropped::Garbage)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Dropped::Empty);
    }
    let command = Command::Publish {
        room: Some(Cow::Borrowed(LOBBY)),
        body: BodyRef::Text(Cow::Borrowed(text)),
        media_type: None,
        id: None,
        ephemeral: false,
    };
    Ok(Datagram {
        nick: None,
        secret: None,
        command,
    })
}

/// A datagram's meaning. It has no session, so it may introduce itself each time.
#[derive(Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// The nick it wishes to be heard under.
    pub nick: Option<Cow<'a, str>>,
    /// The hub's secret, where it asks for one.
    pub secret: Option<Cow<'a, str>>,
    /// The publish.
    pub command: Command<'a>,
}

#[cfg(test)]
mod tests;

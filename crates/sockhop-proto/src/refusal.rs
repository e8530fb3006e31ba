//! What the hub says when it does not do what it was asked: a stable code, a sentence, a hint.

use std::borrow::Cow;

use crate::words::words;

words! {
    /// Why something was refused. Its word is part of the protocol and never changes.
    pub enum Code {
        /// Not JSON, not MessagePack, or a field of the wrong kind.
        BadMessage = "bad_message",
        /// Bytes that are not UTF-8 where text belongs.
        BadUtf8 = "bad_utf8",
        /// An `op` or a `/command` nobody knows.
        UnknownOp = "unknown_op",
        /// A field the `op` cannot do without.
        MissingField = "missing_field",
        /// A room name outside the rules.
        BadRoom = "bad_room",
        /// A nick outside the rules.
        BadNick = "bad_nick",
        /// Somebody has that nick, in this or another case.
        NickTaken = "nick_taken",
        /// Nobody here goes by that nick.
        NoSuchNick = "no_such_nick",
        /// There is no room of that name.
        NoSuchRoom = "no_such_room",
        /// The session is not in that room.
        NotSubscribed = "not_subscribed",
        /// The hub asks for a secret first.
        SecretRequired = "secret_required",
        /// The secret was not the hub's.
        WrongSecret = "wrong_secret",
        /// A session token outside the rules, or said too late.
        BadSession = "bad_session",
        /// More bytes than one message may have.
        TooLarge = "too_large",
        /// More than the hub can hold just now, all clients together.
        Overloaded = "overloaded",
        /// More publishes a second than one session may send.
        TooFast = "too_fast",
        /// More connections than the hub, or one address, may have.
        TooManyConnections = "too_many_connections",
        /// More rooms than the hub may have.
        TooManyRooms = "too_many_rooms",
        /// More subscriptions than one session may have.
        TooManySubscriptions = "too_many_subscriptions",
        /// The other side does not read what it has been sent.
        SlowConsumer = "slow_consumer",
        /// Half a message, and then nothing for too long.
        TimedOut = "timed_out",
        /// The message could not be put on disk, so no `ack` is given.
        NotStored = "not_stored",
        /// The connection was ended because its session came back on another.
        Resumed = "resumed",
        /// The hub says goodbye.
        ShuttingDown = "shutting_down",
        /// A protocol this hub does not speak yet.
        NotSpoken = "not_spoken",
        /// A page of another origin, which may not speak to this hub.
        ForeignOrigin = "foreign_origin",
        /// A name in the address that is not known to be this hub's.
        UnknownHost = "unknown_host",
        /// No room can be at that address, and the hub has nothing else there.
        NoSuchPage = "no_such_page",
        /// A method that means nothing at that address.
        BadMethod = "bad_method",
        /// A code this library is too old to know.
        Other = "other",
    }
}

/// A refusal, as the one refused reads it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// A sentence, without its full stop.
    pub message: Cow<'static, str>,
    /// What to try.
    pub hint: Option<Cow<'static, str>>,
}

impl Refusal {
    /// A refusal without a hint.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

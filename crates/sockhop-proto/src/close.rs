//! How connections end.

use crate::words::words;

words! {
    /// Why a connection, or a membership, ended: one list for the log, `left`, metrics and tests.
    pub enum CloseReason {
        /// Said `bye`, or `/quit`.
        Bye = "bye",
        /// Went to another room, or unsubscribed.
        Parted = "parted",
        /// The other side closed the connection without a word.
        Closed = "closed",
        /// The connection was reset.
        Reset = "reset",
        /// The other side fell silent: no answer to the hub's heartbeats.
        Silent = "silent",
        /// Half a message, and then nothing for too long.
        TimedOut = "timed_out",
        /// Would not read what it was sent.
        SlowConsumer = "slow_consumer",
        /// Sent what its protocol cannot mean.
        BadInput = "bad_input",
        /// Sent text that is not UTF-8, where that cannot be passed over.
        BadUtf8 = "bad_utf8",
        /// Sent more in one message than the hub takes.
        TooLarge = "too_large",
        /// Brought the wrong secret.
        WrongSecret = "wrong_secret",
        /// Changed from one protocol to another.
        Switched = "switched",
        /// The session came back on another connection.
        Resumed = "resumed",
        /// The hub shut down.
        Shutdown = "shutdown",
        /// The hub has too many connections, or too little memory for another message in the making.
        Overloaded = "overloaded",
        /// A reason this library is too old to know.
        Other = "other",
    }
}

impl CloseReason {
    /// The reason for people: what follows "left: ".
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Bye => "said goodbye",
            Self::Parted => "went elsewhere",
            Self::Closed => "closed the connection",
            Self::Reset => "the connection was reset",
            Self::Silent => "fell silent",
            Self::TimedOut => "stopped in the middle of a message",
            Self::SlowConsumer => "stopped reading",
            Self::BadInput => "sent something that could not be understood",
            Self::BadUtf8 => "sent text that is not UTF-8",
            Self::TooLarge => "sent a message that is too large",
            Self::WrongSecret => "brought the wrong secret",
            Self::Switched => "changed to another protocol",
            Self::Resumed => "came back on another connection",
            Self::Shutdown => "the hub shut down",
            Self::Overloaded => "the hub has no room for more",
            Self::Other => "for another reason",
        }
    }
}

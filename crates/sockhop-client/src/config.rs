//! What a client is told once, when it connects.

use std::fmt;
use std::time::Duration;

use crate::address::HubAddress;

/// Which hub, as whom, and how patiently. Each method says its default.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) hub: HubAddress,
    pub(crate) nick: Option<String>,
    pub(crate) secret: Option<Secret>,
    pub(crate) client: String,
    pub(crate) echo: bool,
    pub(crate) wait: bool,
    pub(crate) patience: Option<Duration>,
    pub(crate) in_flight_max: usize,
    pub(crate) publishes_per_second_max: u32,
    pub(crate) connect_within: Duration,
    pub(crate) idle_max: Duration,
    pub(crate) silence_max: Duration,
}

/// A secret, which no log and no `{:?}` shows.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// More than this a hub does not remember of one session, so that a repeated publish might be said
/// twice.
const IN_FLIGHT_MAX: usize = 1024;

impl Default for Config {
    fn default() -> Self {
        Self::new(HubAddress::default())
    }
}

impl Config {
    /// The defaults, for the hub at `hub`.
    #[must_use]
    pub fn new(hub: HubAddress) -> Self {
        Self {
            hub,
            nick: None,
            secret: None,
            client: concat!("sockhop/", env!("CARGO_PKG_VERSION")).to_owned(),
            echo: false,
            wait: false,
            patience: None,
            in_flight_max: 256,
            publishes_per_second_max: 90_000,
            connect_within: Duration::from_secs(5),
            idle_max: Duration::from_secs(5),
            silence_max: Duration::from_secs(10),
        }
    }

    /// The nick to go by. Without it the hub gives a random one, which is kept over reconnections
    /// where that is possible.
    #[must_use]
    pub fn nick(mut self, nick: impl Into<String>) -> Self {
        self.nick = Some(nick.into());
        self
    }

    /// The hub's secret, where it asks for one.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(Secret(secret.into()));
        self
    }

    /// What the hub's log calls this program, as `name/version`. `sockhop/` and this library's
    /// version, if it is not said.
    #[must_use]
    pub fn client(mut self, client: impl Into<String>) -> Self {
        self.client = client.into();
        self
    }

    /// To hear one's own messages too, in the rooms one follows. Off by default.
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.echo = echo;
        self
    }

    /// To wait for the hub to come up, rather than fail, if the first attempt to connect does.
    /// Off by default. A wrong secret fails at once either way.
    #[must_use]
    pub fn wait(mut self, wait: bool) -> Self {
        self.wait = wait;
        self
    }

    /// To end with [`ClientError::GaveUp`](crate::ClientError::GaveUp) once nothing has got through
    /// for so long that should: the first welcome, an ack for what was published, or anything at
    /// all where a room is followed. A hub that is gone while nobody wants anything of it is none.
    /// Without it, which is the default, a client tries for ever.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// How many publishes may wait for their acks; at more, publishing waits. 256 by default, and
    /// from 1 to 1024.
    #[must_use]
    pub fn in_flight_max(mut self, count: usize) -> Self {
        self.in_flight_max = count.clamp(1, IN_FLIGHT_MAX);
        self
    }

    /// How many publishes a second go out at most, 0 for any number. 90 000 by default, a little
    /// less than a hub takes from one session unless it is told otherwise.
    ///
    /// A hub refuses what comes faster. It is sent again later, and nothing is lost; but what was
    /// on its way behind it is then ahead of it.
    #[must_use]
    pub fn publishes_per_second_max(mut self, count: u32) -> Self {
        self.publishes_per_second_max = count;
        self
    }

    /// How long one attempt to reach one address may take: 5 s by default.
    #[must_use]
    pub fn connect_within(mut self, time: Duration) -> Self {
        self.connect_within = time;
        self
    }

    /// After how long without a word from the hub it is asked whether it is there (5 s by default),
    /// and how long it may then take to answer (10 s) before the link counts as dead.
    #[must_use]
    pub fn silence(mut self, idle_max: Duration, silence_max: Duration) -> Self {
        self.idle_max = idle_max;
        self.silence_max = silence_max;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let config = Config::default().secret("hush");
        assert!(!format!("{config:?}").contains("hush"));
    }
}

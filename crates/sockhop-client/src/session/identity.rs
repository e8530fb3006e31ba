//! Who a session is to the hub: what it says of itself, and what it was told.

use sockhop_proto::command::Hello;
use sockhop_proto::{Command, Message, Micros, Nick};

use crate::config::Config;

/// See the module.
#[derive(Debug)]
pub(crate) struct Identity {
    /// What the hub knows it by again, on every connection. Nobody else may know it.
    token: String,
    /// The nicks it has gone by, the latest last.
    nicks: Vec<Nick>,
    /// The hub's name.
    hub: String,
    /// The hub's clock at the first welcome; none before it.
    since: Option<Micros>,
}

impl Identity {
    pub(crate) fn new(token: String) -> Self {
        Self {
            token,
            nicks: Vec::new(),
            hub: String::new(),
            since: None,
        }
    }

    /// The first words on a connection.
    pub(crate) fn hello<'a>(&'a self, config: &'a Config) -> Command<'a> {
        let nick = config.nick.as_deref().or(self.nick().map(Nick::as_str));
        Command::Hello(Hello {
            nick: nick.map(Into::into),
            session: Some(self.token.as_str().into()),
            ..plain(config)
        })
    }

    /// The words after the nick of the first was refused: any will do. The token has been taken.
    pub(crate) fn hello_again<'a>(&self, config: &'a Config) -> Command<'a> {
        Command::Hello(plain(config))
    }

    /// The hub has said welcome.
    pub(crate) fn welcome(&mut self, hub: &str, nick: Nick, time: Micros) {
        hub.clone_into(&mut self.hub);
        self.since.get_or_insert(time);
        self.nicks.retain(|known| *known != nick);
        self.nicks.push(nick);
    }

    /// Whether it has ever been welcome.
    pub(crate) fn is_known(&self) -> bool {
        self.since.is_some()
    }

    pub(crate) fn nick(&self) -> Option<&Nick> {
        self.nicks.last()
    }

    pub(crate) fn hub(&self) -> &str {
        &self.hub
    }

    /// Whether it was said by this session, or by somebody who went by its nick since it began.
    pub(crate) fn may_have_said(&self, message: &Message) -> bool {
        self.nicks.contains(&message.from) && self.since.is_some_and(|since| message.time >= since)
    }
}

/// What is the same in every hello.
fn plain(config: &Config) -> Hello<'_> {
    let secret = config.secret.as_ref();
    Hello {
        nick: None,
        secret: secret.map(|secret| secret.0.as_str().into()),
        echo: config.echo,
        client: Some(config.client.as_str().into()),
        session: None,
    }
}

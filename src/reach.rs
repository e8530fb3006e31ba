//! Reaching a hub: the flags of every command that talks to one, and the words for how it goes.

use std::str::FromStr as _;
use std::time::Duration;

use anyhow::Result;
use sockhop_client::{Client, ClientError, Config, ConnectError, HubAddress, Status};
use sockhop_proto::{Code, Nick};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::quantity::Span;
use crate::stop::Stop;

/// How long a goodbye to the hub may take.
const GOODBYE_WITHIN: Duration = Duration::from_secs(1);

/// Which hub, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct HubArgs {
    /// Where the hub is.
    #[arg(
        long,
        help = "Where the hub is: PORT, HOST, HOST:PORT, [V6]:PORT, tcp://HOST:PORT or unix:PATH",
        value_name = "ADDRESS",
        env = "SOCKHOP_HUB",
        default_value = "127.0.0.1:1337",
        hide_env_values = true
    )]
    hub: HubAddress,
    /// The hub's secret, where it asks for one
    #[arg(
        long,
        value_name = "WORD",
        env = "SOCKHOP_SECRET",
        hide_env_values = true
    )]
    secret: Option<String>,
    /// The name to go by [default: a random one, such as brave-otter]
    #[arg(long, value_parser = nick)]
    nick: Option<String>,
    /// If the hub is not there yet, wait for it
    #[arg(long)]
    wait: bool,
}

fn nick(text: &str) -> Result<String, String> {
    match Nick::parse(text) {
        Ok(nick) => Ok(nick.as_str().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A span of time, in which a bare number counts seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Span::from_str(text).map(|span| span.0),
    }
}

impl HubArgs {
    /// A client of that hub, which is not connected yet.
    pub(crate) fn open(&self, configure: impl FnOnce(Config) -> Config) -> Result<Client> {
        let mut config = Config::new(self.hub.clone()).wait(self.wait);
        if let Some(nick) = &self.nick {
            config = config.nick(nick);
        }
        if let Some(secret) = &self.secret {
            config = config.secret(secret);
        }
        Ok(Client::open(configure(config))?)
    }
}

/// Waits until the client is connected, and says meanwhile why it is not. Says whether it is, or
/// was told to stop first.
pub(crate) async fn welcomed(client: &Client, link: &mut Link, stop: &mut Stop) -> Result<bool> {
    loop {
        // Cancel-safe, all of them: they only wait.
        tokio::select! {
            welcome = client.welcomed() => {
                welcome.map_err(explain)?;
                return Ok(true);
            }
            words = link.changed() => say(&words),
            () = stop.wait() => return Ok(false),
        }
    }
}

/// Says goodbye to the hub, without waiting for it for long.
pub(crate) async fn goodbye(client: Client) {
    // Everything that had to reach the hub has; it may be gone by now.
    let _ = timeout(GOODBYE_WITHIN, client.close()).await;
}

/// The link to the hub as its user sees it come and go.
#[derive(Debug)]
pub(crate) struct Link {
    status: watch::Receiver<Status>,
    /// Whether it was ever connected.
    met: bool,
    /// Whether it was said to be gone.
    lost: bool,
    /// Whether nobody wants to hear of it.
    quiet: bool,
}

impl Link {
    pub(crate) fn new(client: &Client, quiet: bool) -> Self {
        Self {
            status: client.status(),
            met: false,
            lost: false,
            quiet,
        }
    }

    /// The words for the next change worth a word: gone, or back. Cancel-safe.
    pub(crate) async fn changed(&mut self) -> String {
        loop {
            // A client that is gone says elsewhere why.
            if self.quiet || self.status.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            let words = match &*self.status.borrow_and_update() {
                Status::Connected { hub, nick } => {
                    let again = if self.met { " again" } else { "" };
                    self.met = true;
                    std::mem::take(&mut self.lost)
                        .then(|| format!("connected to {hub}{again}, as {nick}"))
                }
                Status::Lost(error) if !self.lost => {
                    self.lost = true;
                    let next = if self.met {
                        "Trying again…"
                    } else {
                        "Waiting for it…"
                    };
                    Some(format!("{} {next}", sentence(error)))
                }
                _ => None,
            };
            if let Some(words) = words {
                return words;
            }
        }
    }
}

/// An error as a sentence, when another follows.
fn sentence(error: &ConnectError) -> String {
    let mut words = error.to_string();
    if !words.ends_with(['?', '.']) {
        words.push('.');
    }
    words
}

/// A line on standard error.
#[expect(clippy::print_stderr, reason = "what is not output is said there")]
pub(crate) fn say(words: &str) {
    eprintln!("sockhop: {words}");
}

/// What a client has failed of, and which flag may help.
pub(crate) fn explain(error: ClientError) -> anyhow::Error {
    let code = match &error {
        ClientError::Connect(error) => error.code(),
        ClientError::GaveUp { last, .. } => last.as_ref().and_then(ConnectError::code),
        ClientError::Closed => None,
    };
    match code {
        Some(Code::SecretRequired | Code::WrongSecret) => {
            anyhow::anyhow!("{error}. Give it with --secret WORD, or in SOCKHOP_SECRET")
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_counts_seconds() {
        assert_eq!(seconds("30"), Ok(Duration::from_secs(30)));
        assert_eq!(seconds("500ms"), Ok(Duration::from_millis(500)));
        assert!(seconds("soon").is_err());
    }
}

//! The flags of `serve`. The same table reads `--config`: each key there is a flag here.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::thread::available_parallelism;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use sockhop_hub::retention::{Keep, Retention, Rule};
use sockhop_proto::{Filter, Limits};
use sockhop_server::listen::{PORT, Spoken};
use sockhop_server::{AllowOrigin, ListenUrl, Settings, Web};

use super::BadUsage;
use crate::quantity::{Size, Span};

/// Largest frame a hub may be told to take: below 16 MiB with what an event adds to a body.
const FRAME_BYTES_MAX: usize = (16 << 20) - (64 << 10);

/// Start a hub: rooms, nicknames and history for everyone who can open a socket.
///
/// It is reachable from this computer only, unless --lan (or a public --listen) opens it to the
/// network; then it asks for a secret, unless --open waives it.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[command(after_help = "\
Examples:
  sockhop serve                              for this computer, on port 1337
  sockhop serve --lan                        for the network: prints a secret, a link and a QR code
  sockhop serve --listen any://0.0.0.0:4000  the same on another port, and without UDP
  sockhop serve --data ./hub --keep-for 30d  history in ./hub, for a month
  sockhop serve --config hub.toml            where `name = \"field\"` stands for --name field")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Args {
    /// Where to listen (may be repeated): any://, text://, json://, frame://, http:// or udp://
    /// with ADDRESS:PORT, or unix:PATH. Port 0 takes a free one [default: any://127.0.0.1:1337
    /// and udp://127.0.0.1:1337]
    #[arg(long, value_name = "URL")]
    #[serde(deserialize_with = "parsed")]
    listen: Vec<ListenUrl>,
    /// Be reachable from the network, with a secret: what would listen on 127.0.0.1 listens on every
    /// address of this computer
    #[arg(long)]
    lan: bool,
    /// Let everyone in who can reach the hub: no secret
    #[arg(long, conflicts_with = "secret")]
    open: bool,
    /// The secret to ask for [default on a network: made once, and kept in the file `secret` of the
    /// data folder]
    #[arg(
        long,
        value_name = "WORD",
        env = "SOCKHOP_SECRET",
        hide_env_values = true
    )]
    secret: Option<String>,
    /// A page that may speak to the hub beside the hub's own.
    #[arg(
        long,
        help = "A page that may speak to the hub beside the hub's own (may be repeated): its origin, such as https://example.org, or * for any",
        value_name = "ORIGIN"
    )]
    #[serde(deserialize_with = "parsed")]
    allow_origin: Vec<AllowOrigin>,
    /// The hub's name, in its greeting [default: this machine's]
    #[arg(long)]
    name: Option<String>,
    /// The folder for history and the secret [default: the platform's data folder, such as
    /// ~/.local/share/sockhop]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep nothing on disk
    #[arg(long)]
    no_history: bool,
    /// Keep at most so many messages of each room on disk [default: 1000000]
    #[arg(long, value_name = "N")]
    keep: Option<u64>,
    /// Keep messages on disk no longer than this, such as 7d [default: for ever]
    #[arg(long, value_name = "AGE")]
    keep_for: Option<Span>,
    /// What to keep on disk of some rooms (may be repeated, first match wins): PATTERN=N, PATTERN=AGE
    /// or PATTERN=N,AGE, such as 'telemetry/#=10000,7d' or 'pads/+=0'
    #[arg(long, value_name = "RULE")]
    keep_of: Vec<KeepOf>,
    /// Read these settings from a TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// How much to log: error, warn, info, debug, trace, off [default: info]
    #[arg(long, value_name = "LEVEL", env = "SOCKHOP_LOG")]
    log: Option<String>,
    /// Log in JSON, one object a line
    #[arg(long)]
    log_json: bool,
    /// Threads that serve connections [default: half the processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Largest frame, at most 15.9MiB [default: 1MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_frame: Option<Size>,
    /// Longest line of text or JSON [default: 1MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_line: Option<Size>,
    /// Most connections at once [default: 16384]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_connections: Option<usize>,
    /// Most connections from one address [default: 4096]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_per_address: Option<usize>,
    /// Most publishes a second from one session, 0 for any number [default: 100000]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_publishes: Option<u32>,
    /// Most rooms [default: 10000]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_rooms: Option<usize>,
    /// Most rooms and wildcards one session may subscribe to [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Limits")]
    max_subscriptions: Option<usize>,
    /// How long a program may take to finish a message it has begun [default: 30s]
    #[arg(long, value_name = "SPAN", help_heading = "Limits")]
    time_to_speak: Option<Span>,
    /// Close a connection whose other end has been dead for so long [default: 30s]
    #[arg(long, value_name = "SPAN", help_heading = "Limits")]
    dead_after: Option<Span>,
    /// Recent messages held in memory for one room [default: 8MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    tail: Option<Size>,
    /// Recent messages held in memory for all rooms together [default: 256MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    memory: Option<Size>,
    /// Unfinished messages held in memory for all connections together [default: 256MiB]
    #[arg(long, value_name = "SIZE", help_heading = "Limits")]
    max_unfinished: Option<Size>,
}

/// What to keep of the rooms a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KeepOf(Rule);

impl FromStr for KeepOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("{text:?} is not PATTERN=N, PATTERN=AGE or PATTERN=N,AGE");
        let (pattern, keep) = text.rsplit_once('=').ok_or_else(form)?;
        let rooms = Filter::parse(pattern).map_err(|error| format!("{pattern:?}: {error}"))?;
        let mut kept = Keep {
            messages_max: None,
            age_max: None,
        };
        for part in keep.split(',') {
            match part.parse() {
                Ok(count) => kept.messages_max = Some(count),
                Err(_) => kept.age_max = Some(part.parse::<Span>().map_err(|_| form())?.0),
            }
        }
        Ok(Self(Rule { rooms, keep: kept }))
    }
}

impl<'de> Deserialize<'de> for KeepOf {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// A list of what is written as text.
fn parsed<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    Vec::<String>::deserialize(from)?
        .iter()
        .map(|text| text.parse().map_err(D::Error::custom))
        .collect()
}

/// The flags, the file and the defaults, settled.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) listen: Vec<ListenUrl>,
    pub(crate) open: bool,
    pub(crate) secret: Option<String>,
    pub(crate) name: String,
    pub(crate) data: PathBuf,
    pub(crate) history: bool,
    pub(crate) retention: Retention,
    pub(crate) log: String,
    pub(crate) log_json: bool,
    pub(crate) threads: usize,
    pub(crate) max_publishes: u32,
    pub(crate) max_rooms: usize,
    pub(crate) max_subscriptions: usize,
    pub(crate) tail: Size,
    pub(crate) memory: Size,
    pub(crate) server: Settings,
}

impl Args {
    /// Reads the file, if one is named, and fills in the defaults.
    pub(crate) fn settle(mut self) -> Result<Settled> {
        if let Some(path) = self.config.take() {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read --config {}", path.display()))?;
            let file: Self = toml::from_str(&text).map_err(|error| {
                BadUsage(format!("{}: {}", path.display(), with_nearest_key(&error)))
            })?;
            self = self.over(file);
        }
        let defaults = Settings::default();
        let frame_bytes_max = self
            .max_frame
            .map_or(defaults.limits.frame_bytes_max, |size| size.0);
        if frame_bytes_max > FRAME_BYTES_MAX {
            return Err(BadUsage("--max-frame is at most 15.9MiB".into()).into());
        }
        let limits = Limits {
            frame_bytes_max,
            line_bytes_max: self
                .max_line
                .map_or(defaults.limits.line_bytes_max, |size| size.0),
        };
        let server = Settings {
            limits,
            connections_max: self.max_connections.unwrap_or(defaults.connections_max),
            per_address_max: self.max_per_address.unwrap_or(defaults.per_address_max),
            half_message_max: self
                .time_to_speak
                .map_or(defaults.half_message_max, |span| span.0),
            silence_max: self.dead_after.map_or(defaults.silence_max, |span| span.0),
            inbound_bytes_max: self
                .max_unfinished
                .map_or(defaults.inbound_bytes_max, |size| size.0),
            web: Web {
                allow_origin: self.allow_origin,
            },
        };
        let retention = Retention {
            rules: self.keep_of.into_iter().map(|rule| rule.0).collect(),
            otherwise: Keep {
                messages_max: self.keep.or(Retention::default().otherwise.messages_max),
                age_max: self.keep_for.map(|span| span.0),
            },
        };
        let listen = match self.listen.is_empty() {
            true => default_urls(),
            false => self.listen,
        };
        let listen = each_once(match self.lan {
            true => listen.into_iter().map(on_every_network).collect(),
            false => listen,
        });
        if self.lan && !listen.iter().any(ListenUrl::is_public) {
            let words = "--lan opens addresses to the network, and a Unix socket has none; \
                         --listen any://127.0.0.1:1337 adds one";
            return Err(BadUsage(words.into()).into());
        }
        let cores = available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Settled {
            listen,
            open: self.open,
            secret: self.secret,
            name: self
                .name
                .unwrap_or_else(|| super::default_name().to_string()),
            data: match self.data {
                Some(data) => data,
                None => super::default_data()?,
            },
            history: !self.no_history,
            retention,
            log: self.log.unwrap_or_else(|| "info".into()),
            log_json: self.log_json,
            threads: self.threads.unwrap_or(cores / 2).max(1),
            max_publishes: self.max_publishes.unwrap_or(100_000),
            max_rooms: self.max_rooms.unwrap_or(10_000),
            max_subscriptions: self.max_subscriptions.unwrap_or(1_000),
            tail: self.tail.unwrap_or(Size(8 << 20)),
            memory: self.memory.unwrap_or(Size(256 << 20)),
            server,
        })
    }

    /// Lays these flags over those of a file.
    fn over(self, file: Self) -> Self {
        macro_rules! laid {
            (lists: $($list:ident),*; switches: $($switch:ident),*; values: $($value:ident),*;) => {
                Self {
                    $($list: if self.$list.is_empty() { file.$list } else { self.$list },)*
                    $($switch: self.$switch || file.$switch,)*
                    $($value: self.$value.or(file.$value),)*
                    config: None,
                }
            };
        }
        laid! {
            lists: listen, allow_origin, keep_of;
            switches: lan, open, no_history, log_json;
            values: secret, name, data, keep, keep_for, log, threads, max_frame, max_line,
                max_connections, max_per_address, max_publishes, max_rooms, max_subscriptions,
                time_to_speak, dead_after, tail, memory, max_unfinished;
        }
    }
}

fn default_urls() -> Vec<ListenUrl> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    vec![
        ListenUrl::Tcp(Spoken::Any, address),
        ListenUrl::Udp(address),
    ]
}

/// The same for everyone, where it would be for this machine alone.
fn on_every_network(url: ListenUrl) -> ListenUrl {
    let opened = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => (Ipv4Addr::UNSPECIFIED, address.port()).into(),
        IpAddr::V6(ip) if ip.is_loopback() => (Ipv6Addr::UNSPECIFIED, address.port()).into(),
        _ => address,
    };
    match url {
        ListenUrl::Tcp(spoken, address) => ListenUrl::Tcp(spoken, opened(address)),
        ListenUrl::Udp(address) => ListenUrl::Udp(opened(address)),
        ListenUrl::Unix(path) => ListenUrl::Unix(path),
    }
}

/// Without what another of them covers: it would find its port taken.
fn each_once(urls: Vec<ListenUrl>) -> Vec<ListenUrl> {
    let mut each: Vec<ListenUrl> = Vec::new();
    for url in urls {
        if !each.iter().any(|other| other.covers(&url)) {
            each.retain(|other| !url.covers(other));
            each.push(url);
        }
    }
    each
}

/// The words of a configuration error; for an unknown key, the nearest one known.
fn with_nearest_key(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let unknown = error
        .message()
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split('`').next());
    let Some(unknown) = unknown else { return text };
    let keys = error.message().split('`').skip(3).step_by(2);
    let nearest = keys.max_by(|a, b| {
        strsim::jaro_winkler(a, unknown).total_cmp(&strsim::jaro_winkler(b, unknown))
    });
    match nearest {
        Some(nearest) => format!("there is no setting `{unknown}`; did you mean `{nearest}`?"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file() {
        let file: Args =
            toml::from_str("name = 'file'\nkeep = 5\nlisten = ['json://127.0.0.1:1']").unwrap();
        let flags = Args {
            name: Some("flag".into()),
            ..Args::default()
        };
        let settled = flags.over(file).settle().unwrap();
        assert_eq!(settled.name, "flag");
        assert_eq!(settled.retention.otherwise.messages_max, Some(5));
        assert_eq!(settled.listen[0].to_string(), "json://127.0.0.1:1");
    }

    #[test]
    fn lan_opens_what_is_for_this_machine_alone() {
        let listening = |urls: &[&str]| -> Vec<String> {
            let flags = Args {
                lan: true,
                listen: urls.iter().map(|url| url.parse().unwrap()).collect(),
                ..Args::default()
            };
            let settled = flags.settle().unwrap();
            settled.listen.iter().map(ToString::to_string).collect()
        };
        assert_eq!(listening(&[]), ["any://0.0.0.0:1337", "udp://0.0.0.0:1337"]);
        assert_eq!(
            listening(&["any://127.0.0.1:5", "http://[::1]:6", "any://0.0.0.0:7"]),
            ["any://0.0.0.0:5", "http://[::]:6", "any://0.0.0.0:7"]
        );
        // Each port once: the first of these is what both are, and the last stands for IPv4 as well.
        let both = ["any://127.0.0.1:5", "udp://127.0.0.1:5"];
        let doubled = [both, ["any://0.0.0.0:5", "udp://[::1]:5"]].concat();
        assert_eq!(listening(&doubled), ["any://0.0.0.0:5", "udp://[::]:5"]);
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let error = toml::from_str::<Args>("max-conections = 5").unwrap_err();
        let words = with_nearest_key(&error);
        assert_eq!(
            words,
            "there is no setting `max-conections`; did you mean `max-connections`?"
        );
    }

    #[test]
    fn keep_rules_have_counts_and_ages() {
        let rule = |text: &str| text.parse::<KeepOf>().map(|rule| rule.0.keep);
        let day = std::time::Duration::from_secs(86_400);
        assert_eq!(
            rule("a/#=10,1d"),
            Ok(Keep {
                messages_max: Some(10),
                age_max: Some(day)
            })
        );
        assert_eq!(
            rule("a=0"),
            Ok(Keep {
                messages_max: Some(0),
                age_max: None
            })
        );
        assert!(rule("a").is_err() && rule("a=soon").is_err() && rule("a#=1").is_err());
    }
}

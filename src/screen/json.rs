//! The face for programs: one JSON object a line, one line an event.
//!
//! Each has `ev`, its name; `time_us`, microseconds since the Unix epoch; and `peer`, where it
//! happened to one connection. With `--explain`, `explain` is a sentence or more for people.
//!
//! | `ev` | what has happened | fields |
//! |---|---|---|
//! | `listening` | clients may come | `endpoint`, with the port it really got; `fingerprint?` of the certificate shown |
//! | `connected` | the other side is there | `endpoint`, `local?` (this side's address) |
//! | `accepted` | a client has come | `local?` |
//! | `secured` | TLS: keys are agreed on | `version`, `fingerprint?` (SHA-256 of the other side's certificate, in hex), `verified` |
//! | `message` | a message has come; without `--frame`: what one read gave | `n` (from 1 on each connection), `bytes`, `text` or `data` |
//! | `peer_ended` | the other side has ended its half: it sends nothing more | |
//! | `left` | a connection is gone | `code`, `message`, `stage?`, `hint?`, `bytes_in`, `bytes_out` |
//! | `failed` | it did not come to a connection | `stage`, `code`, `message`, `hint?`, `again_in_ms?` (until the next attempt) |
//! | `turned_away` | a client was closed at once: too many are here | `clients_max` |
//! | `exited` | the program that served a client has ended | `status` or `signal` |
//!
//! With `--trace`, these as well:
//!
//! | `ev` | what has happened | fields |
//! |---|---|---|
//! | `resolved` | a name was looked up | `host`, `addresses` |
//! | `bound` | an address is this socket's own | `endpoint` |
//! | `connecting` | an attempt begins | `endpoint`, `address?` |
//! | `upgraded` | the server speaks WebSocket | |
//! | `read` | bytes have come | `bytes`, `text` or `data` |
//! | `unfinished` | they end inside a frame | `bytes` of it are here, `missing?` are to come |
//! | `sent` | a message is to be written | `n`, `bytes`, `text` or `data` |
//! | `wrote` | bytes have gone | `bytes`, `text` or `data` |
//! | `we_ended` | this side has ended its half | |
//!
//! `bytes` is a number. What they are is `text` where they are UTF-8, else `data`, in base64: so a
//! `read` that ends inside a character is `data`. `code` is one stable word, `message` and `hint` are
//! sentences for people.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::{BufMut as _, BytesMut};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sockhop_net::event::Event;
use sockhop_net::fault::Fault;
use sockhop_net::leave::Leave;
use sockhop_net::peer::Peer;

use super::explain::Explain;
use super::scene::Scene;
use super::{Settings, words};

/// See the module.
#[derive(Debug)]
pub(super) struct Json {
    trace: bool,
    quiet: bool,
    shows_messages: bool,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    ev: &'static str,
    time_us: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<&'a str>,
    #[serde(flatten)]
    fields: Fields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explain: Option<String>,
}

/// What is particular to one event.
#[derive(Serialize)]
#[serde(untagged)]
enum Fields<'a> {
    Resolved {
        host: &'a str,
        addresses: Vec<IpAddr>,
    },
    Socket {
        #[serde(serialize_with = "shown")]
        endpoint: &'a dyn Display,
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<SocketAddr>,
    },
    Listening {
        endpoint: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<&'a str>,
    },
    Local {
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        local: Option<SocketAddr>,
    },
    Secured {
        version: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        fingerprint: Option<&'a str>,
        verified: bool,
    },
    Failed {
        #[serde(flatten)]
        why: Why,
        #[serde(skip_serializing_if = "Option::is_none")]
        again_in_ms: Option<u64>,
    },
    Carried(Content<'a>),
    Message {
        n: u64,
        #[serde(flatten)]
        content: Content<'a>,
    },
    Unfinished {
        bytes: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        missing: Option<usize>,
    },
    Left {
        #[serde(flatten)]
        why: Why,
        bytes_in: u64,
        bytes_out: u64,
    },
    TurnedAway {
        clients_max: usize,
    },
    Exited {
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        signal: Option<i32>,
    },
    None {},
}

/// Why something ended, or never began.
#[derive(Serialize)]
struct Why {
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<&'static str>,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Bytes, and how many.
#[derive(Serialize)]
struct Content<'a> {
    bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "base64")]
    data: Option<&'a [u8]>,
}

impl Json {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            trace: settings.trace,
            quiet: settings.quiet,
            shows_messages: settings.shows_messages,
        }
    }

    /// Appends the line of `event`, if it is to be shown.
    pub(super) fn put(
        &self,
        scene: &Scene,
        at: Timestamp,
        peer: Option<&Peer>,
        event: &Event<'_>,
        explain: Option<&mut Explain>,
        out: &mut BytesMut,
    ) {
        let Some((ev, fields)) = fields(scene, event).filter(|_| self.shows(event)) else {
            return;
        };
        let line = Line {
            ev,
            time_us: at.as_microsecond(),
            peer: peer.map(Peer::as_str),
            fields,
            explain: explain.and_then(Explain::take),
        };
        let before = out.len();
        // It fails for maps whose keys are no strings; there are none here.
        match serde_json::to_writer((&mut *out).writer(), &line) {
            Ok(()) => out.put_u8(b'\n'),
            Err(_) => out.truncate(before),
        }
    }

    fn shows(&self, event: &Event<'_>) -> bool {
        match event {
            Event::Failed { .. }
            | Event::Left {
                reason: Leave::Fault(_),
                ..
            } => true,
            Event::Received { .. } => self.shows_messages || self.trace,
            _ if self.quiet => false,
            Event::Resolved { .. }
            | Event::Bound { .. }
            | Event::Connecting { .. }
            | Event::Upgraded
            | Event::Read { .. }
            | Event::Unfinished { .. }
            | Event::Sent { .. }
            | Event::Wrote { .. }
            | Event::WeEnded => self.trace,
            _ => true,
        }
    }
}

/// The name and the fields of an event; none for one that this program does not know yet.
fn fields<'a>(scene: &Scene, event: &'a Event<'_>) -> Option<(&'static str, Fields<'a>)> {
    Some(match event {
        Event::Resolved { host, addresses } => {
            let addresses = addresses.iter().map(SocketAddr::ip).collect();
            ("resolved", Fields::Resolved { host, addresses })
        }
        Event::Bound { endpoint } => ("bound", socket(endpoint, None)),
        Event::Listening {
            endpoint,
            fingerprint,
            ..
        } => {
            let (endpoint, fingerprint) = (endpoint.to_string(), *fingerprint);
            let fields = Fields::Listening {
                endpoint,
                fingerprint,
            };
            ("listening", fields)
        }
        Event::Connecting { endpoint, address } => ("connecting", socket(endpoint, *address)),
        Event::Connected { local } => {
            let (endpoint, local) = (scene.endpoint.as_ref().map(ToString::to_string), *local);
            ("connected", Fields::Local { endpoint, local })
        }
        Event::Accepted { local } => {
            let (endpoint, local) = (None, *local);
            ("accepted", Fields::Local { endpoint, local })
        }
        Event::Secured {
            version,
            fingerprint,
            verified,
        } => {
            let (fingerprint, verified) = (*fingerprint, *verified);
            let fields = Fields::Secured {
                version,
                fingerprint,
                verified,
            };
            ("secured", fields)
        }
        Event::Upgraded => ("upgraded", Fields::None {}),
        Event::Failed { fault, again_in } => {
            let why = Why::fault(fault);
            let again_in_ms = again_in.map(milliseconds);
            ("failed", Fields::Failed { why, again_in_ms })
        }
        Event::Read { bytes } => ("read", Fields::Carried(Content::of(bytes))),
        Event::Wrote { bytes } => ("wrote", Fields::Carried(Content::of(bytes))),
        Event::Received { n, message } => ("message", numbered(*n, message)),
        Event::Sent { n, message } => ("sent", numbered(*n, message)),
        Event::Unfinished { pending } => {
            let (bytes, missing) = (pending.bytes, pending.missing);
            ("unfinished", Fields::Unfinished { bytes, missing })
        }
        Event::PeerEnded => ("peer_ended", Fields::None {}),
        Event::WeEnded => ("we_ended", Fields::None {}),
        Event::Left {
            reason,
            bytes_in,
            bytes_out,
        } => {
            let (bytes_in, bytes_out) = (*bytes_in, *bytes_out);
            let fields = Fields::Left {
                why: Why::leave(reason),
                bytes_in,
                bytes_out,
            };
            ("left", fields)
        }
        Event::TurnedAway { clients_max } => {
            let clients_max = *clients_max;
            ("turned_away", Fields::TurnedAway { clients_max })
        }
        Event::Exited { status } => {
            let (status, signal) = (status.code(), words::signal(*status));
            ("exited", Fields::Exited { status, signal })
        }
        _ => return None,
    })
}

fn socket(endpoint: &dyn Display, address: Option<SocketAddr>) -> Fields<'_> {
    Fields::Socket { endpoint, address }
}

fn numbered(n: u64, message: &[u8]) -> Fields<'_> {
    let content = Content::of(message);
    Fields::Message { n, content }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Why {
    fn fault(fault: &Fault) -> Self {
        Self {
            stage: Some(fault.stage().as_str()),
            code: fault.code(),
            message: fault.to_string(),
            hint: fault.advice(),
        }
    }

    fn leave(reason: &Leave) -> Self {
        match reason {
            Leave::Fault(fault) => Self::fault(fault),
            _ => Self {
                stage: None,
                code: reason.code(),
                message: reason.to_string(),
                hint: None,
            },
        }
    }
}

impl<'a> Content<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let text = std::str::from_utf8(bytes).ok();
        Self {
            bytes: bytes.len(),
            text,
            data: text.is_none().then_some(bytes),
        }
    }
}

fn shown<S: Serializer>(value: &&dyn Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn base64<S: Serializer>(data: &Option<&[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(data.unwrap_or_default(), &STANDARD))
}

#[cfg(test)]
mod tests;

//! `POST /ROOM`, `PUT /ROOM`: the body is one message, answered once it is on disk.

use std::borrow::Cow;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Body as _, Incoming};
use hyper::header::{HeaderValue, LOCATION};
use serde::Serialize;
use sockhop_proto::http::ANSWERS;
use sockhop_proto::{BodyRef, Code, Command, Event, Id, Micros, NameError, Refusal, RoomName, Seq};
use tokio::time::timeout;

use super::answer::{self, Answer};
use super::desk::Desk;
use super::route::path_of;
use super::visit::Visit;
use super::who::Who;
use crate::shared::Shared;
use crate::weight::Weight;

/// What is to be published, and where.
#[derive(Debug)]
pub(super) struct Publish<'a> {
    pub(super) room: &'a str,
    pub(super) content_type: Option<&'a str>,
    pub(super) ephemeral: bool,
    pub(super) who: &'a Who,
}

impl Publish<'_> {
    /// Publishes `body`.
    ///
    /// # Errors
    /// Why it was not, or not stored.
    pub(super) async fn answer(self, desk: &Desk, body: Incoming) -> Result<Answer, Refusal> {
        let shared = &desk.shared;
        let room = RoomName::parse(self.room).map_err(NameError::refusal)?;
        // Who may not speak here need not be listened to.
        let mut visit = Visit::begin(shared, &ANSWERS, desk.peer);
        visit.introduce(self.who)?;
        if let Some(nick) = &self.who.nick {
            visit.borrow_nick(nick)?;
        }
        let body = Whole::read(shared, body).await?;
        visit.note_read(body.bytes.len());
        if body.bytes.is_empty() {
            let words = "there is nothing to publish: the body is empty";
            return Err(Refusal::new(Code::MissingField, words)
                .hint("curl -d 'hello' sends one; the body is the message"));
        }
        visit.listened_to().await;
        let (said, media_type) = meaning(self.content_type, &body.bytes);
        visit.ask(Command::Publish {
            room: Some(Cow::Borrowed(room.as_str())),
            body: said,
            media_type,
            id: Some(Id::Number(1)),
            ephemeral: self.ephemeral,
        })?;
        drop(body);
        visit.finish();
        visit
            .answers()
            .await
            .into_iter()
            .find_map(outcome)
            .unwrap_or_else(|| Err(never_said()))
    }
}

/// What an event says about a publish.
fn outcome(event: Event) -> Option<Result<Answer, Refusal>> {
    match event {
        Event::Ack {
            place: Some((room, seq)),
            time,
            ..
        } => Some(Ok(created(&room, seq, time))),
        Event::Error { refusal, .. } => Some(Err(refusal)),
        _ => None,
    }
}

/// What a message became.
#[derive(Debug, Serialize)]
struct Place<'a> {
    room: &'a str,
    seq: Seq,
    time_us: Micros,
}

fn created(room: &RoomName, seq: Seq, time: Micros) -> Answer {
    let place = Place {
        room: room.as_str(),
        seq,
        time_us: time,
    };
    let json = serde_json::to_string(&place).expect("a string and numbers under fixed names");
    let mut answer = answer::whole(StatusCode::CREATED, answer::JSON, json + "\n");
    let location = format!("{}#{seq}", path_of(room.as_str()));
    let location = HeaderValue::try_from(location).expect("a path is ASCII");
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// The session was ended before its answer came.
fn never_said() -> Refusal {
    Refusal::new(
        Code::ShuttingDown,
        "the hub ended before the message was stored",
    )
    .hint("read the room before you send it again: it may have been published")
}

/// A body that has been read, and weighs on the hub until it is dropped.
#[derive(Debug)]
struct Whole {
    bytes: Bytes,
    _weight: Weight,
}

impl Whole {
    async fn read(shared: &Shared, body: Incoming) -> Result<Self, Refusal> {
        let bytes_max = shared.limits.frame_bytes_max;
        // Refused before it is sent, where it says how long it is.
        if body.size_hint().lower() > bytes_max as u64 {
            return Err(too_large(bytes_max));
        }
        let mut weight = shared.scales.weight();
        let read = Self::gather(body, bytes_max, &mut weight);
        let bytes = timeout(shared.half_message_max, read)
            .await
            .map_err(|_| timed_out())??;
        Ok(Self {
            bytes,
            _weight: weight,
        })
    }

    async fn gather(
        mut body: Incoming,
        bytes_max: usize,
        weight: &mut Weight,
    ) -> Result<Bytes, Refusal> {
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| broken())?;
            // What else there could be is trailers.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if whole.len() + data.len() > bytes_max {
                return Err(too_large(bytes_max));
            }
            weight.set(whole.len() + data.len())?;
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }
}

fn too_large(bytes_max: usize) -> Refusal {
    let words = format!("the body is longer than {bytes_max} bytes, the most this hub takes");
    Refusal::new(Code::TooLarge, words).hint("--max-frame sets the most")
}

fn timed_out() -> Refusal {
    let words = "half a body came, and then nothing more for too long";
    Refusal::new(Code::TimedOut, words).hint("it has the length its headers announce")
}

fn broken() -> Refusal {
    Refusal::new(
        Code::BadMessage,
        "the body is not what its headers announce",
    )
    .hint("Content-Length is its length in bytes; chunks have theirs in hex before them")
}

/// What a body is: text, if it is UTF-8 and its type does not say otherwise, with its type, if that
/// says more than "text".
fn meaning<'a>(
    content_type: Option<&'a str>,
    body: &'a [u8],
) -> (BodyRef<'a>, Option<Cow<'a, str>>) {
    let media_type = content_type.map(str::trim).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    // A form is what `curl -d` calls whatever it sends.
    let plain = matches!(
        &*essence,
        "" | "text/plain" | "application/x-www-form-urlencoded"
    );
    let kept = (!plain).then_some(Cow::Borrowed(media_type));
    let textual = plain || is_textual(&essence);
    match str::from_utf8(body) {
        Ok(text) if textual => (BodyRef::Text(Cow::Borrowed(text)), kept),
        _ => (BodyRef::Data(Cow::Borrowed(body)), kept),
    }
}

/// Whether bodies of that type are for people or parsers of text.
fn is_textual(essence: &str) -> bool {
    const TEXTUAL: [&str; 7] = [
        "application/json",
        "application/x-ndjson",
        "application/jsonl",
        "application/xml",
        "application/yaml",
        "application/toml",
        "application/javascript",
    ];
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || TEXTUAL.contains(&essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_say_what_a_body_is() {
        const TEXT: bool = true;
        const DATA: bool = false;
        for (content_type, body, is_text, kept) in [
            (None, &b"hi"[..], TEXT, None),
            (None, b"\xff\xfe", DATA, None),
            (Some("text/plain"), b"hi", TEXT, None),
            (Some("text/plain; charset=utf-8"), b"hi", TEXT, None),
            (
                Some("application/x-www-form-urlencoded"),
                b"a=1",
                TEXT,
                None,
            ),
            (
                Some("application/json"),
                b"{}",
                TEXT,
                Some("application/json"),
            ),
            (
                Some("Application/Problem+JSON"),
                b"{}",
                TEXT,
                Some("Application/Problem+JSON"),
            ),
            (
                Some("application/json"),
                b"\xff",
                DATA,
                Some("application/json"),
            ),
            (
                Some("text/markdown; charset=utf-8"),
                b"#",
                TEXT,
                Some("text/markdown; charset=utf-8"),
            ),
            (
                Some("application/octet-stream"),
                b"hi",
                DATA,
                Some("application/octet-stream"),
            ),
            (Some(" image/png "), b"hi", DATA, Some("image/png")),
            (Some(""), b"hi", TEXT, None),
        ] {
            let (said, media_type) = meaning(content_type, body);
            let shown = format!("{content_type:?} {said:?}");
            assert_eq!(matches!(said, BodyRef::Text(_)), is_text, "{shown}");
            assert_eq!(media_type.as_deref(), kept, "{shown}");
        }
    }

    #[test]
    fn a_message_has_a_place() {
        let answer = created(&RoomName::parse("a b/é").unwrap(), 7, 8);
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(answer.headers()[LOCATION], "/a%20b/%C3%A9#7");
    }
}

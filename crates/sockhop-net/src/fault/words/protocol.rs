//! Speaking the same language, and telling one message from the next.

use std::fmt;

use sockhop_proto::framing::FramingError;

use super::super::Fault;
use super::super::cause::Cause;
use super::super::prefix::Prefix;
use super::plain::Span;
use super::{anywhere, place};
use crate::endpoint::Endpoint;
use crate::language::Language;

pub(super) fn sentence(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with = &fault.0;
    match fault.cause() {
        Cause::SpeaksTls => write!(f, "{with} speaks TLS, and this side does not"),
        Cause::Foreign { language } => write!(
            f,
            "{with} does not speak as was expected: it sounds like {language}"
        ),
        Cause::NotHttp => write!(
            f,
            "{with} does not speak WebSocket: what it answered is not even HTTP"
        ),
        Cause::WebSocketRefused { status } => {
            write!(
                f,
                "{with} answered in HTTP, but did not agree to WebSocket: "
            )?;
            f.write_str(match status {
                200..=299 => "it has a page there instead",
                300..=399 => "it points to another address",
                401 | 403 | 407 => "it asks for permission first",
                404 | 410 => "it has nothing at that path",
                400..=499 => "it does not take the request",
                _ => "it has failed",
            })?;
            write!(f, " (status {status})")
        }
        Cause::NoWebSocket => write!(
            f,
            "{with} answered in HTTP, but of a kind that knows no WebSocket"
        ),
        Cause::BadWebSocket => write!(f, "{with} broke the rules of WebSocket"),
        Cause::BadFrame { error, prefix } => {
            write!(f, "{with}: {error}")?;
            really(error, *prefix, f)
        }
        Cause::ClosedBeforeAnswer => write!(
            f,
            "{with} closed the connection before it answered anything"
        ),
        Cause::Reset => write!(
            f,
            "{with} broke the connection off before it answered anything"
        ),
        Cause::TimedOut { waited, .. } => write!(
            f,
            "{with} took the connection, but did not answer within {}",
            Span(*waited)
        ),
        _ => {
            write!(f, "{with} cannot be understood: ")?;
            anywhere::reason(fault, f)
        }
    }
}

/// What stands where the length of a frame was expected.
fn really(error: &FramingError, prefix: Prefix, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match (prefix, error) {
        (Prefix::Language(language), FramingError::TooLarge { bytes, .. }) => {
            write!(f, ": {bytes} is how {language} reads as a length")
        }
        (Prefix::Language(language), _) => write!(f, ": it sounds like {language}"),
        (Prefix::Text(text), FramingError::TooLarge { bytes, .. }) => {
            let text = String::from_utf8_lossy(&text);
            write!(f, ": {bytes} is how the text {text:?} reads as a length")
        }
        (Prefix::Swapped { bytes, .. }, _) => {
            write!(f, ": with its bytes in the other order it says {bytes}")
        }
        (Prefix::Text(_) | Prefix::Unknown, _) => Ok(()),
    }
}

pub(super) fn advice(fault: &Fault) -> Option<String> {
    Some(match fault.cause() {
        Cause::SpeaksTls => program(Language::Tls).to_owned(),
        Cause::Foreign { language } => program(*language).to_owned(),
        Cause::NotHttp => format!(
            "Is it the right port? `sockhop connect tcp://{}` shows what it says by itself.",
            place(fault)?
        ),
        Cause::NoWebSocket => page(fault.endpoint()?)?,
        Cause::WebSocketRefused { status } => {
            let page = page(fault.endpoint()?)?;
            match status {
                404 | 410 => format!("Check the path: many servers have it at /ws. {page}"),
                _ => page,
            }
        }
        Cause::BadFrame { error, prefix } => match prefix {
            Prefix::Swapped { framing, .. } => format!("Try `--frame {framing}`."),
            Prefix::Language(language) => program(*language).to_owned(),
            Prefix::Text(_) => {
                "It sends text without lengths: try `--frame line`, or leave --frame out.".to_owned()
            }
            Prefix::Unknown => frame(error)?.to_owned(),
        },
        Cause::ClosedBeforeAnswer | Cause::Reset => {
            "It may expect another protocol, TLS or a password first, only take certain addresses, or be stopping: what does it say on its own screen?"
                .to_owned()
        }
        Cause::TimedOut { .. } => {
            "It may speak another protocol, or hang. Is it the right port?".to_owned()
        }
        _ => return None,
    })
}

fn page(endpoint: &Endpoint) -> Option<String> {
    let Endpoint::WebSocket {
        secure,
        place,
        path,
    } = endpoint
    else {
        return None;
    };
    let scheme = if *secure { "https" } else { "http" };
    Some(format!(
        "`curl -i {scheme}://{place}{path}` shows its answer."
    ))
}

/// Who speaks that language, and with whom.
fn program(language: Language) -> &'static str {
    match language {
        Language::Http => "That is a browser, curl or a web server: is it the right port?",
        Language::Tls => "Use tls:// instead of tcp:// on this side.",
        Language::Ssh => "`ssh` talks to it. Is it the right port?",
        Language::Redis => "`redis-cli` talks to it. Is it the right port?",
        Language::Mqtt => "`mosquitto_sub` and `mosquitto_pub` talk to it. Is it the right port?",
        Language::Vnc => "A VNC viewer talks to it. Is it the right port?",
        Language::MySql => "`mysql` talks to it. Is it the right port?",
        Language::Postgres => "`psql` talks to it. Is it the right port?",
        Language::Hub => {
            "`sockhop subscribe` and `sockhop publish` talk to a hub; `sockhop connect` without --frame shows what people see of it."
        }
        Language::Telnet => {
            "`telnet` negotiates before it talks: use `nc`, PuTTY's raw mode or `sockhop connect`."
        }
        _ => "Is it the right port?",
    }
}

fn frame(error: &FramingError) -> Option<&'static str> {
    Some(match error {
        FramingError::TooLarge { .. } | FramingError::BadVarint => {
            "Do both sides use the same --frame? `--trace --hex` shows what comes. If it is right, `--max-frame SIZE` takes more."
        }
        FramingError::LineTooLong { .. } => {
            "Does the other side end its messages with a newline? `--max-frame SIZE` takes longer ones."
        }
        FramingError::Cut { .. } => {
            "It was stopped in the middle of a message, or the two sides do not use the same --frame: `--trace` shows how frames fall."
        }
        FramingError::DoesNotFit { .. } => "`--frame u32` carries it, on both sides.",
        FramingError::HoldsLineEnd => "`--frame u32` carries it, on both sides.",
        _ => return None,
    })
}

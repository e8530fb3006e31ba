//! Responses: their status, their type, and what is said when something was refused.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde::Serialize;
use sockhop_proto::{Code, Refusal};

use super::accept::Form;
use super::output::Output;

/// A response, whole or in the making.
pub(super) type Answer = Response<Either<Full<Bytes>, Output>>;

/// The media types of what is sent.
pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const JSON: &str = "application/json";
pub(super) const NDJSON: &str = "application/x-ndjson";
pub(super) const EVENTS: &str = "text/event-stream";
pub(super) const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A whole response.
pub(super) fn whole(
    status: StatusCode,
    media_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    typed(status, media_type, Either::Left(Full::new(body.into())))
}

/// A response that goes on as long as `output` does.
pub(super) fn streamed(media_type: &'static str, output: Output) -> Answer {
    typed(StatusCode::OK, media_type, Either::Right(output))
}

/// A response of no words.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Either::Left(Full::default()));
    *answer.status_mut() = status;
    answer
}

fn typed(
    status: StatusCode,
    media_type: &'static str,
    body: Either<Full<Bytes>, Output>,
) -> Answer {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// A refusal, in the words of HTTP, as JSON or as a line of text.
pub(super) fn refused(refusal: Refusal, form: Form) -> Answer {
    let refusal = in_words_of_http(refusal);
    let status = status(refusal.code);
    let mut answer = match form {
        Form::Json | Form::Ndjson => whole(status, JSON, as_json(&refusal)),
        Form::Lines | Form::Page | Form::Events => whole(status, TEXT, as_line(&refusal)),
    };
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"sockhop\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    }
    answer
}

/// A refusal as all the bytes of a connection.
pub(super) fn refused_at_the_door(refusal: &Refusal) -> Bytes {
    let status = status(refusal.code);
    let body = as_line(refusal);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {TEXT}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    (head + &body).into()
}

fn as_json(refusal: &Refusal) -> String {
    let body = ErrorBody {
        error: ErrorFields {
            code: refusal.code.as_str(),
            message: &refusal.message,
            hint: refusal.hint.as_deref(),
        },
    };
    let mut json = serde_json::to_string(&body).expect("strings under fixed names");
    json.push('\n');
    json
}

#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    error: ErrorFields<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorFields<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

/// `code: message (hint)`. What a refusal quotes of a request is shown to whoever sent that.
fn as_line(refusal: &Refusal) -> String {
    let mut line = format!("{}: {refusal}", refusal.code);
    if let Some(hint) = &refusal.hint {
        // Writing to a String cannot fail.
        let _ = write!(line, " ({hint})");
    }
    let mut line: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    line.push('\n');
    line
}

/// The hub's hints speak of the text and json protocols.
fn in_words_of_http(refusal: Refusal) -> Refusal {
    let hint: Option<Cow<'static, str>> = match refusal.code {
        Code::SecretRequired => Some(
            "send it as `Authorization: Bearer SECRET`, or with ?secret=SECRET behind the address"
                .into(),
        ),
        Code::NoSuchRoom => Some("/-/rooms lists them; a POST there makes it".into()),
        _ => refusal.hint,
    };
    Refusal { hint, ..refusal }
}

/// The status that says most of what a code does.
pub(super) fn status(code: Code) -> StatusCode {
    match code {
        Code::BadMessage
        | Code::BadUtf8
        | Code::BadRoom
        | Code::BadNick
        | Code::BadSession
        | Code::MissingField
        | Code::UnknownOp
        | Code::NotSubscribed => StatusCode::BAD_REQUEST,
        Code::SecretRequired | Code::WrongSecret => StatusCode::UNAUTHORIZED,
        Code::ForeignOrigin => StatusCode::FORBIDDEN,
        Code::NoSuchNick | Code::NoSuchRoom | Code::NoSuchPage => StatusCode::NOT_FOUND,
        Code::BadMethod => StatusCode::METHOD_NOT_ALLOWED,
        Code::TimedOut => StatusCode::REQUEST_TIMEOUT,
        Code::NickTaken | Code::Resumed => StatusCode::CONFLICT,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
        Code::TooFast | Code::TooManySubscriptions => StatusCode::TOO_MANY_REQUESTS,
        Code::NotSpoken => StatusCode::NOT_IMPLEMENTED,
        Code::Overloaded | Code::TooManyConnections | Code::SlowConsumer | Code::ShuttingDown => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::NotStored | Code::TooManyRooms => StatusCode::INSUFFICIENT_STORAGE,
        Code::Other => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn body(answer: Answer) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let whole = runtime.block_on(answer.into_body().collect()).unwrap();
        String::from_utf8(whole.to_bytes().to_vec()).unwrap()
    }

    fn taken() -> Refusal {
        Refusal::new(Code::NickTaken, "somebody is ann\nalready").hint("try another")
    }

    #[test]
    fn refusals_are_a_line_or_json() {
        let answer = refused(taken(), Form::Lines);
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        assert_eq!(answer.headers()[CONTENT_TYPE], TEXT);
        assert_eq!(
            body(answer),
            "nick_taken: somebody is ann already (try another)\n"
        );
        let answer = refused(taken(), Form::Json);
        assert_eq!(answer.headers()[CONTENT_TYPE], JSON);
        assert_eq!(
            body(answer),
            "{\"error\":{\"code\":\"nick_taken\",\"message\":\"somebody is ann\\nalready\",\"hint\":\"try another\"}}\n"
        );
        let bare = Refusal::new(Code::WrongSecret, "no");
        assert_eq!(body(refused(bare, Form::Page)), "wrong_secret: no\n");
    }

    #[test]
    fn secrets_are_asked_for_in_words_of_http() {
        let refusal = Refusal::new(Code::SecretRequired, "say it").hint("type /secret WORD");
        let answer = refused(refusal, Form::Lines);
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            answer.headers()[WWW_AUTHENTICATE],
            "Bearer realm=\"sockhop\""
        );
        let body = body(answer);
        assert!(
            body.contains("Authorization: Bearer") && !body.contains("/secret"),
            "{body}"
        );
    }

    #[test]
    fn who_stays_outside_gets_a_whole_response() {
        let refusal = Refusal::new(Code::TooManyConnections, "full");
        let bytes = refused_at_the_door(&refusal);
        let text = std::str::from_utf8(&bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"),
            "{head}"
        );
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{head}"
        );
        assert_eq!(body, "too_many_connections: full\n");
    }
}

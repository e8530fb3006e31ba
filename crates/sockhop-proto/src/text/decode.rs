//! Typed lines to commands.

use std::borrow::Cow;

use super::line::{Line, next_line};
use crate::command::{Command, Hello};
use crate::event::Event;
use crate::message::{ACTION, BodyRef};
use crate::protocol::{Decoded, Limits};
use crate::refusal::{Code, Refusal};

/// How many old messages `/history` shows when it is not told.
const HISTORY_LINES: u64 = 20;

const HELP: &str = "\
What you type is said to everyone in the room. Beside that:
/nick NAME      take another name
/join ROOM      go to another room (a name such as telemetry/imu)
/rooms          what rooms there are
/who [ROOM]     who is in a room
/msg NICK TEXT  say something to one person only
/me TEXT        do something: /me waves
/history [N]    the last N messages of this room
/ping           is the hub there?
/secret WORD    the word this hub asks for, if it does
/quit           leave
//TEXT          say a line that starts with a slash";

pub(super) fn decode<'a>(input: &'a mut [u8], seen: usize, limits: &Limits) -> Decoded<'a> {
    let (line, taken) = match next_line(input, seen, limits.line_bytes_max) {
        Line::Incomplete => return Decoded::Incomplete,
        Line::TooLong(refusal, reason) => return Decoded::Broken { refusal, reason },
        Line::Whole { line, taken } => (line, taken),
    };
    let line = match utf8(without_telnet(line)) {
        Ok(line) => line,
        Err(refusal) => {
            return Decoded::Answer {
                event: error(refusal),
                taken,
            };
        }
    };
    if line.trim().is_empty() {
        return Decoded::Skip { taken };
    }
    match meaning(line) {
        Ok(command) => Decoded::Command { command, taken },
        Err(event) => Decoded::Answer { event, taken },
    }
}

/// Strips what telnet clients negotiate (RFC 854): 0xFF starts a command, and stands in no UTF-8.
fn without_telnet(line: &[u8]) -> Cow<'_, [u8]> {
    const IAC: u8 = 0xff;
    const SB: u8 = 250;
    const SE: u8 = 240;
    if memchr::memchr(IAC, line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut kept = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after.first()) {
            (IAC, Some(&SB)) => {
                let end = after.windows(2).position(|pair| pair == [IAC, SE]);
                end.map_or(&[], |end| &after[end + 2..])
            }
            (IAC, Some(251..=254)) => after.get(2..).unwrap_or(&[]),
            (IAC, Some(_)) => &after[1..],
            (IAC, None) => after,
            _ => {
                kept.push(byte);
                after
            }
        };
    }
    Cow::Owned(kept)
}

fn utf8(line: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Refusal> {
    let not_utf8 = || {
        Refusal::new(
            Code::BadUtf8,
            "that line is not UTF-8 text, so nobody was sent it",
        )
        .hint("set the terminal to UTF-8; programs send bytes with `data` (json) instead")
    };
    match line {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| not_utf8()),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|_| not_utf8()),
    }
}

/// What a line asks for, or the protocol's own answer to it.
fn meaning(line: Cow<'_, str>) -> Result<Command<'_>, Event> {
    if !line.starts_with('/') {
        return Ok(say(line, None));
    }
    if line.starts_with("//") {
        return Ok(say(cut(line, 1), None));
    }
    let word_end = line.find(char::is_whitespace).unwrap_or(line.len());
    let word = line[1..word_end].to_owned();
    let rest = cut_and_trim(line, word_end);
    match &*word {
        "nick" => Ok(Command::Nick {
            nick: needed(rest, "/nick NAME")?,
        }),
        "join" => Ok(Command::Join {
            room: needed(rest, "/join ROOM")?,
        }),
        "rooms" => Ok(Command::Rooms),
        "who" => Ok(Command::Members { room: given(rest) }),
        "msg" => direct(rest),
        "me" => Ok(say(needed(rest, "/me TEXT")?, Some(ACTION))),
        "history" => history(&rest),
        "secret" => {
            let secret = Some(needed(rest, "/secret WORD")?);
            Ok(Command::Hello(Hello {
                secret,
                ..Hello::default()
            }))
        }
        "ping" => Ok(Command::Ping { id: None }),
        "quit" => Ok(Command::Bye { id: None }),
        "help" => Err(Event::Notice { text: HELP.into() }),
        _ => Err(unknown(&word)),
    }
}

fn say<'a>(text: Cow<'a, str>, media_type: Option<&'static str>) -> Command<'a> {
    Command::Publish {
        room: None,
        body: BodyRef::Text(text),
        media_type: media_type.map(Cow::Borrowed),
        id: None,
        ephemeral: false,
    }
}

fn direct(rest: Cow<'_, str>) -> Result<Command<'_>, Event> {
    const USAGE: &str = "/msg NICK TEXT";
    let nick_end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let to = needed(Cow::Owned(rest[..nick_end].to_owned()), USAGE)?;
    let text = needed(cut_and_trim(rest, nick_end), USAGE)?;
    Ok(Command::Direct {
        to,
        body: BodyRef::Text(text),
        media_type: None,
        id: None,
    })
}

fn history(rest: &str) -> Result<Command<'static>, Event> {
    let limit = match rest {
        "" => HISTORY_LINES,
        number => number.parse().map_err(|_| usage("/history [N]"))?,
    };
    Ok(Command::History {
        room: None,
        before: None,
        since: None,
        limit: Some(limit),
    })
}

fn given(rest: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!rest.is_empty()).then_some(rest)
}

fn needed<'a>(rest: Cow<'a, str>, form: &'static str) -> Result<Cow<'a, str>, Event> {
    given(rest).ok_or_else(|| usage(form))
}

fn cut(line: Cow<'_, str>, from: usize) -> Cow<'_, str> {
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(&line[from..]),
        Cow::Owned(line) => Cow::Owned(line[from..].to_owned()),
    }
}

fn cut_and_trim(line: Cow<'_, str>, from: usize) -> Cow<'_, str> {
    match line {
        Cow::Borrowed(line) => Cow::Borrowed(line[from..].trim()),
        Cow::Owned(line) => Cow::Owned(line[from..].trim().to_owned()),
    }
}

fn usage(form: &'static str) -> Event {
    error(Refusal::new(
        Code::MissingField,
        format!("it goes like this: {form}"),
    ))
}

fn unknown(word: &str) -> Event {
    let word: String = word.chars().take(32).collect();
    error(
        Refusal::new(Code::UnknownOp, format!("there is no command /{word}"))
            .hint("/help lists them; to say a line that starts with a slash, type two"),
    )
}

fn error(refusal: Refusal) -> Event {
    Event::Error { id: None, refusal }
}

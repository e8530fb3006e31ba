//! Events to lines for people. Programs' answers (acks, welcomes) have no words here.

use std::fmt::Write as _;

use bytes::BytesMut;

use super::printable::{lines, put};
use crate::event::{Event, OTHERS_NAMED_MAX};
use crate::message::{ACTION, Body, Message};
use crate::name::Nick;

/// Most lines people are shown of one message. Each has its speaker's name in front, so a megabyte
/// of newlines would otherwise be a hundred megabytes of names.
const LINES_SHOWN_MAX: usize = 1000;

/// Appends a formatted line. Writing to a `BytesMut` grows it and cannot fail.
macro_rules! line {
    ($out:expr, $($format:tt)*) => { let _ = writeln!($out, $($format)*); };
}

pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    match event {
        Event::Message(message) => said(message, out),
        Event::Direct {
            from,
            body,
            media_type,
            ..
        } => {
            body_lines(("[", from, "] "), body, media_type.as_deref(), out);
        }
        Event::Arrived {
            hub,
            nick,
            room,
            others,
            others_count,
        } => {
            match hub {
                Some(hub) => {
                    out.extend_from_slice(b"* Welcome to ");
                    put(out, hub);
                    let _ = write!(out, ". You are {nick} in {room}, ");
                }
                None => {
                    let _ = write!(out, "* You are {nick} in {room}, ");
                }
            }
            company(others, *others_count, out);
            if hub.is_some() {
                line!(
                    out,
                    "* Type to talk. /nick NAME renames you, /help lists the rest."
                );
            }
        }
        Event::Joined { room, nick } => {
            line!(out, "* {nick} is here now, in {room}");
        }
        Event::Left { room, nick, reason } => {
            line!(out, "* {nick} left {room}: {}", reason.sentence());
        }
        Event::Renamed { nick, to, .. } => {
            line!(out, "* {nick} is now {to}");
        }
        Event::Presence {
            room,
            joined,
            left,
            members,
        } => {
            line!(
                out,
                "* {room}: {joined} came, {left} left, {members} are here"
            );
        }
        Event::Members {
            room,
            members,
            count,
        } => {
            let _ = write!(out, "* {room} has {}", people(*count));
            list(
                members.iter().map(|member| member.nick.as_str()),
                *count,
                out,
            );
        }
        Event::Rooms { rooms, count } => {
            let rooms_word = if *count == 1 { "room" } else { "rooms" };
            line!(
                out,
                "* {count} {rooms_word}{}",
                if *count == 0 { "" } else { ":" }
            );
            for room in rooms {
                line!(
                    out,
                    "*   {} ({}, {} said)",
                    room.room,
                    people(room.members),
                    room.head
                );
            }
            if *count > rooms.len() as u64 {
                line!(out, "*   and {} more", *count - rooms.len() as u64);
            }
        }
        Event::History { room, count: 0, .. } => {
            line!(out, "* nothing is kept of {room}");
        }
        Event::Missed { room, from, to } => {
            let count = to.saturating_sub(*from).saturating_add(1);
            line!(
                out,
                "* missed {} of {room} ({from} to {to}): no longer kept",
                messages(count)
            );
        }
        Event::Pong { .. } => {
            line!(out, "* pong");
        }
        Event::Bye { .. } => {
            line!(out, "* Goodbye.");
        }
        Event::Error { refusal, .. } => {
            out.extend_from_slice(b"* ");
            put(out, &refusal.message);
            if let Some(hint) = &refusal.hint {
                out.extend_from_slice(b". ");
                put(out, hint);
            }
            out.extend_from_slice(b"\n");
        }
        Event::Notice { text } => {
            for line in lines(text) {
                out.extend_from_slice(b"* ");
                put(out, line);
                out.extend_from_slice(b"\n");
            }
        }
        Event::Subscribed { room, .. } => {
            followed("* you follow ", room, out);
        }
        Event::Unsubscribed { room } => {
            followed("* you no longer follow ", room, out);
        }
        Event::Welcome { .. } | Event::History { .. } | Event::Ack { .. } => {}
    }
}

fn said(message: &Message, out: &mut BytesMut) {
    let media_type = message.media_type.as_deref();
    match (&message.body, media_type) {
        (Body::Text(text), Some(ACTION)) => text_lines(("* ", &message.from, " "), text, out),
        _ => body_lines(("<", &message.from, "> "), &message.body, media_type, out),
    }
}

/// A body behind its speaker's name.
fn body_lines(
    speaker: (&str, &Nick, &str),
    body: &Body,
    media_type: Option<&str>,
    out: &mut BytesMut,
) {
    match body {
        Body::Text(text) => text_lines(speaker, text, out),
        Body::Data(data) => {
            put_speaker(speaker, out);
            let unit = if data.len() == 1 { "byte" } else { "bytes" };
            let _ = write!(out, "[{} {unit}, ", data.len());
            put(out, media_type.unwrap_or("application/octet-stream"));
            out.extend_from_slice(b"]\n");
        }
    }
}

/// Every line of `text` with the name in front, so that a newline inside a message cannot make a
/// line that looks like somebody else's.
fn text_lines(speaker: (&str, &Nick, &str), text: &str, out: &mut BytesMut) {
    let mut rest = lines(text);
    for line in rest.by_ref().take(LINES_SHOWN_MAX) {
        put_speaker(speaker, out);
        put(out, line);
        out.extend_from_slice(b"\n");
    }
    let more = rest.count();
    if more > 0 {
        put_speaker(speaker, out);
        line!(
            out,
            "[and {more} more {}]",
            if more == 1 { "line" } else { "lines" }
        );
    }
}

fn put_speaker((open, nick, close): (&str, &Nick, &str), out: &mut BytesMut) {
    out.extend_from_slice(open.as_bytes());
    out.extend_from_slice(nick.as_str().as_bytes());
    out.extend_from_slice(close.as_bytes());
}

/// A line about a room or filter, whose words nobody has checked.
fn followed(what: &str, room: &str, out: &mut BytesMut) {
    out.extend_from_slice(what.as_bytes());
    put(out, room);
    out.extend_from_slice(b"\n");
}

fn company(others: &[Nick], count: u64, out: &mut BytesMut) {
    match count {
        0 => {
            line!(out, "with nobody else yet.");
        }
        _ => {
            let _ = write!(
                out,
                "with {count} {}",
                if count == 1 { "other" } else { "others" }
            );
            list(
                others.iter().take(OTHERS_NAMED_MAX).map(Nick::as_str),
                count,
                out,
            );
        }
    }
}

/// `: a, b and 3 more.` behind a count, and the end of the line.
fn list<'a>(names: impl Iterator<Item = &'a str>, count: u64, out: &mut BytesMut) {
    let mut named = 0;
    for name in names {
        out.extend_from_slice(if named == 0 { b": " } else { b", " });
        out.extend_from_slice(name.as_bytes());
        named += 1;
    }
    if named > 0 && count > named {
        let _ = write!(out, " and {} more", count - named);
    }
    out.extend_from_slice(b".\n");
}

fn people(count: u64) -> String {
    match count {
        0 => "nobody in it".to_owned(),
        1 => "1 member".to_owned(),
        many => format!("{many} members"),
    }
}

fn messages(count: u64) -> String {
    if count == 1 {
        "1 message".to_owned()
    } else {
        format!("{count} messages")
    }
}

//! An event in a few words, so that a test can say what it expects on one line.

use sockhop_proto::{Body, Event, Id};

/// The event without what few tests care about: times, hints, sentences.
pub(crate) fn summary(event: &Event) -> String {
    match event {
        Event::Welcome { nick, .. } => format!("welcome {nick}"),
        Event::Message(message) => {
            let mark = if message.ephemeral { "~" } else { "" };
            let body = body(&message.body);
            format!(
                "{}#{}{mark} {}: {body}",
                message.room, message.seq, message.from
            )
        }
        Event::Direct {
            from,
            to,
            body: said,
            ..
        } => format!("{from} to {to}: {}", body(said)),
        Event::Subscribed {
            room,
            head,
            members,
        } => {
            format!("subscribed {room} head {head} members {members}")
        }
        Event::Unsubscribed { room } => format!("unsubscribed {room}"),
        Event::Joined { room, nick } => format!("{room} + {nick}"),
        Event::Left { room, nick, reason } => format!("{room} - {nick} ({reason})"),
        Event::Renamed { room, nick, to } => format!("{room} {nick} > {to}"),
        Event::Presence {
            room,
            joined,
            left,
            members,
        } => {
            format!("{room} +{joined} -{left} ={members}")
        }
        Event::Members {
            room,
            members,
            count,
        } => {
            let nicks: Vec<_> = members.iter().map(|member| member.nick.as_str()).collect();
            format!("members {room} {count}: {}", nicks.join(" "))
        }
        Event::Rooms { rooms, .. } => {
            let rooms: Vec<_> = rooms
                .iter()
                .map(|it| format!("{}#{}", it.room, it.head))
                .collect();
            format!("rooms {}", rooms.join(" "))
        }
        Event::History { room, count, head } => format!("history {room} count {count} head {head}"),
        Event::Missed { room, from, to } => format!("{room} missed {from}-{to}"),
        Event::Ack {
            id: is,
            place: Some((room, seq)),
            ..
        } => format!("ack {} {room}#{seq}", id(is)),
        Event::Ack {
            id: is,
            place: None,
            ..
        } => format!("ack {}", id(is)),
        Event::Pong { id: is } => format!("pong{}", marked(is.as_ref())),
        Event::Bye { id: is } => format!("bye{}", marked(is.as_ref())),
        Event::Error { id: is, refusal } => {
            format!("error {}{}", refusal.code, marked(is.as_ref()))
        }
        Event::Notice { text } => format!("notice {text}"),
        Event::Arrived { .. } => panic!("programs never get it"),
    }
}

fn body(body: &Body) -> String {
    match body {
        Body::Text(text) if text.len() > 64 => format!("[{} bytes]", text.len()),
        Body::Text(text) => text.to_string(),
        Body::Data(data) => format!("[{} bytes]", data.len()),
    }
}

fn id(id: &Id) -> String {
    match id {
        Id::Number(number) => number.to_string(),
        Id::Text(text) => text.clone(),
    }
}

fn marked(is: Option<&Id>) -> String {
    is.map_or_else(String::new, |is| format!(" {}", id(is)))
}

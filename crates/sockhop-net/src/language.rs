//! Which language somebody speaks, by their first words: HTTP, TLS, SSH ... For telling a person
//! that the wrong program is at the other end. Nothing is decided by it.
//!
//! A guess is made only from openings that little else has; whatever is not known stays unknown.

use std::fmt;

/// A protocol that is known by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// A web server's or a browser's.
    Http,
    /// Encrypted, whatever is inside.
    Tls,
    /// A remote shell's.
    Ssh,
    /// A mail server's.
    Smtp,
    /// A file server's.
    Ftp,
    /// A mailbox's.
    Pop3,
    /// A mailbox's.
    Imap,
    /// Redis, Valkey.
    Redis,
    /// A message broker's.
    Mqtt,
    /// A message broker's.
    Nats,
    /// A message broker's.
    Amqp,
    /// ZeroMQ.
    Zmtp,
    /// A remote screen's.
    Vnc,
    /// A database's.
    MySql,
    /// A database's.
    Postgres,
    /// A chat server's.
    Irc,
    /// A camera's.
    Rtsp,
    /// A satellite receiver's.
    Gpsd,
    /// A terminal's negotiation.
    Telnet,
    /// A Sockhop hub's.
    Hub,
}

/// Openings that need no second look. The first that fits wins.
const OPENINGS: &[(&[u8], Language)] = &[
    (b"HTTP/", Language::Http),
    (b"GET /", Language::Http),
    (b"POST /", Language::Http),
    (b"PUT /", Language::Http),
    (b"HEAD /", Language::Http),
    (b"DELETE /", Language::Http),
    (b"PATCH /", Language::Http),
    (b"OPTIONS /", Language::Http),
    (b"OPTIONS * HTTP/", Language::Http),
    (b"CONNECT ", Language::Http),
    (b"PRI * HTTP/2", Language::Http),
    (b"<!DOCTYPE html", Language::Http),
    (b"<html", Language::Http),
    (b"SSH-", Language::Ssh),
    (b"RFB 0", Language::Vnc),
    (b"RTSP/1", Language::Rtsp),
    (b"OPTIONS rtsp:", Language::Rtsp),
    (b"AMQP\0", Language::Amqp),
    (b"INFO {", Language::Nats),
    (b"CONNECT {", Language::Nats),
    (b"* OK ", Language::Imap),
    (b"{\"class\":\"VERSION\"", Language::Gpsd),
    (b"* Welcome to ", Language::Hub),
    (b"{\"ev\":\"", Language::Hub),
    (b"{\"op\":\"hello\"", Language::Hub),
    (b"NOTICE AUTH ", Language::Irc),
    (b"NOTICE * ", Language::Irc),
    (b"CAP LS", Language::Irc),
    (b"NICK ", Language::Irc),
    (b"-ERR ", Language::Redis),
    (b"-NOAUTH ", Language::Redis),
    (b"-DENIED ", Language::Redis),
    (b"+PONG\r\n", Language::Redis),
    (b"+OK\r\n", Language::Redis),
    (b"+OK ", Language::Pop3),
    (&[0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f], Language::Zmtp),
];

impl Language {
    /// What is spoken by whoever began with `first`, if that can be told.
    #[must_use]
    pub fn recognise(first: &[u8]) -> Option<Self> {
        // Capitals or not: `<!DOCTYPE HTML>` is written either way.
        let begins = |bytes: &[u8]| {
            let start = first.get(..bytes.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(bytes))
        };
        let opening = OPENINGS.iter().find(|(bytes, _)| begins(bytes));
        if let Some((_, language)) = opening {
            return Some(*language);
        }
        match first {
            // A handshake or an alert, of SSL 3 or any TLS.
            [0x16 | 0x15, 3, 0..=4, ..] => Some(Self::Tls),
            [0xff, 0xfb..=0xfe, ..] => Some(Self::Telnet),
            // CONNACK of MQTT 3 and 5; CONNECT names its protocol.
            [0x20, 2, 0 | 1, 0..=5] | [0x20, 3..=127, 0 | 1, _, _, ..] => Some(Self::Mqtt),
            [0x10, _, 0, 4, b'M', b'Q', b'T', b'T', ..]
            | [0x10, _, _, 0, 4, b'M', b'Q', b'T', b'T', ..] => Some(Self::Mqtt),
            // A packet numbered 0, whose protocol is 10 and whose version is a number with dots.
            [_, 0, 0, 0, 10, b'5'..=b'9' | b'1', b'.' | b'0'..=b'9', ..] => Some(Self::MySql),
            // SSLRequest, and the start of version 3.0.
            [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f, ..] | [0, 0, _, _, 0, 3, 0, 0, b'u', b's', ..] => {
                Some(Self::Postgres)
            }
            [b'E', 0, 0, _, _, b'S', ..] => Some(Self::Postgres),
            [b'*' | b'$', b'0'..=b'9', rest @ ..] if is_redis(rest) => Some(Self::Redis),
            [b'2', b'2', b'0', b' ' | b'-', rest @ ..] => greeting(rest),
            [b':', rest @ ..] if is_irc(rest) => Some(Self::Irc),
            _ => None,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Tls => "TLS",
            Self::Ssh => "SSH",
            Self::Smtp => "SMTP",
            Self::Ftp => "FTP",
            Self::Pop3 => "POP3",
            Self::Imap => "IMAP",
            Self::Redis => "Redis",
            Self::Mqtt => "MQTT",
            Self::Nats => "NATS",
            Self::Amqp => "AMQP",
            Self::Zmtp => "ZeroMQ",
            Self::Vnc => "VNC",
            Self::MySql => "MySQL",
            Self::Postgres => "PostgreSQL",
            Self::Irc => "IRC",
            Self::Rtsp => "RTSP",
            Self::Gpsd => "gpsd",
            Self::Telnet => "telnet",
            Self::Hub => "a Sockhop hub's language",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// `*3\r\n$3\r\n`, from behind its first digit: a length, and the end of its line.
fn is_redis(rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    digits < 10 && rest[digits..].starts_with(b"\r\n")
}

/// `220 gs.local ESMTP Postfix`, `220 (vsFTPd 3.0.5)`: two services greet so, and most say which
/// they are.
fn greeting(rest: &[u8]) -> Option<Language> {
    let line = rest.split(|&byte| byte == b'\n').next().unwrap_or(rest);
    let says = |word: &[u8]| {
        line.windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word))
    };
    if says(b"SMTP") {
        Some(Language::Smtp)
    } else if says(b"FTP") {
        Some(Language::Ftp)
    } else {
        None
    }
}

/// `:irc.example NOTICE * :`, `:irc.example 001 ann :`, from behind the first colon.
fn is_irc(rest: &[u8]) -> bool {
    let mut words = rest.splitn(3, |&byte| byte == b' ');
    let (_, verb) = (words.next(), words.next());
    matches!(verb, Some(b"NOTICE" | b"001" | b"PRIVMSG" | b"ERROR"))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn real_programs_are_known_by_what_they_say_first() {
        for (first, language) in [
            (&b"HTTP/1.1 400 Bad Request\r\n"[..], Language::Http),
            (b"GET / HTTP/1.1\r\nHost: gs\r\n", Language::Http),
            (b"\x16\x03\x01\x02\x00\x01\x00", Language::Tls),
            (b"\x15\x03\x03\x00\x02\x02\x46", Language::Tls),
            (b"SSH-2.0-OpenSSH_9.6\r\n", Language::Ssh),
            (b"220 gs.local ESMTP Postfix\r\n", Language::Smtp),
            (b"220 (vsFTPd 3.0.5)\r\n", Language::Ftp),
            (b"+OK Dovecot ready.\r\n", Language::Pop3),
            (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", Language::Imap),
            (b"-ERR unknown command 'hello'\r\n", Language::Redis),
            (b"*1\r\n$4\r\nPING\r\n", Language::Redis),
            (b"$5\r\nhello\r\n", Language::Redis),
            (b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c", Language::Mqtt),
            (b"\x20\x02\x00\x00", Language::Mqtt),
            (b"\x20\x03\x00\x00\x00", Language::Mqtt),
            (b"INFO {\"server_id\":\"N\"}\r\n", Language::Nats),
            (b"AMQP\0\0\x09\x01", Language::Amqp),
            (b"\xff\0\0\0\0\0\0\0\x01\x7f\x03", Language::Zmtp),
            (b"RFB 003.008\n", Language::Vnc),
            (b"J\0\0\0\x0a8.0.36\0", Language::MySql),
            (b"\0\0\0\x08\x04\xd2\x16\x2f", Language::Postgres),
            (b":irc.gs NOTICE * :*** Looking up\r\n", Language::Irc),
            (b"RTSP/1.0 400 Bad Request\r\n", Language::Rtsp),
            (b"{\"class\":\"VERSION\",\"release\":", Language::Gpsd),
            (b"\xff\xfd\x18\xff\xfd\x20", Language::Telnet),
            (b"* Welcome to gs. You are brave-otter", Language::Hub),
            (b"{\"ev\":\"welcome\",\"hub\":\"gs\"", Language::Hub),
        ] {
            assert_eq!(Language::recognise(first), Some(language), "{first:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_listened_to(first in vec(any::<u8>(), 0..40)) {
            let _ = Language::recognise(&first);
        }
    }

    #[test]
    fn what_anybody_could_say_is_nobodys() {
        for first in [
            &b""[..],
            b"hello\n",
            b"No Button is Pressed",
            b"* not here\n",
            b"*** hello",
            b": hi there",
            b"220 volts\n",
            b"{\"axes\":[0.1]}",
            b"\x00\x00\x00\x14No Button is Pressed",
            b"\x14\x00\x00\x00No Button is Pressed",
            b"\x14No Button is Pressed",
            b"\x16\x03",
            b"GETTING there",
            b"$5 please",
        ] {
            assert_eq!(Language::recognise(first), None, "{first:?}");
        }
    }
}

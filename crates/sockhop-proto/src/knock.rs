//! Protocols this hub does not speak yet: each is refused in its own language, never in silence.

/// A protocol that is recognised and refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Knock {
    /// One word, for the log.
    pub name: &'static str,
    /// What to send before closing.
    pub refusal: &'static [u8],
}

/// TLS: a fatal `handshake_failure` alert (RFC 8446, 6).
///
/// ```text
/// 15     alert
/// 03 03  TLS 1.2, which every version's record layer claims
/// 00 02  two bytes follow
/// 02 28  fatal, handshake_failure
/// ```
pub static TLS: Knock = Knock {
    name: "tls",
    refusal: &[0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28],
};

/// MQTT 3.1.1: CONNACK, return code 3, "server unavailable" (section 3.2.2.3). A client of
/// version 5 reads a malformed CONNACK, and closes too.
pub static MQTT: Knock = Knock {
    name: "mqtt",
    refusal: &[0x20, 0x02, 0x00, 0x03],
};

/// IRC: ERROR, the message before a server closes (RFC 2812, 3.7.4).
pub static IRC: Knock = Knock {
    name: "irc",
    refusal: b"ERROR :This is a Sockhop hub. It does not speak IRC yet; talk to it with nc.\r\n",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_for_people_are_whole_ascii_lines() {
        assert!(IRC.refusal.is_ascii() && IRC.refusal.ends_with(b"\n"));
    }

    #[test]
    fn refusals_for_machines_announce_their_length() {
        // TLS: a record header of 5 whose last two are the length. MQTT: type, length.
        let (header, alert) = TLS.refusal.split_at(5);
        assert_eq!(
            u16::from_be_bytes([header[3], header[4]]) as usize,
            alert.len()
        );
        assert_eq!(MQTT.refusal[1] as usize, MQTT.refusal.len() - 2);
    }
}

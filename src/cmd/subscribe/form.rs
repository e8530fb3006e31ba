//! What a message looks like on standard output.

use bytes::BytesMut;
use sockhop_client::{Body, Heard};
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines for people, as `nc` would get them.
    Text {
        /// The room in front of each.
        with_room: bool,
    },
    /// The event, as one JSON object a line.
    Json,
    /// The body alone.
    Raw,
}

impl Form {
    /// Appends `heard`; nothing, where this form has no words for it.
    pub(super) fn put(self, heard: &Heard, out: &mut BytesMut) {
        match (self, heard) {
            (Self::Text { with_room: true }, Heard::Message(message)) => {
                // A body of several lines is several here, each safe for a terminal.
                for line in encoded(heard).split_inclusive(|byte| *byte == b'\n') {
                    out.extend_from_slice(message.room.as_str().as_bytes());
                    out.extend_from_slice(b" ");
                    out.extend_from_slice(line);
                }
            }
            (Self::Text { .. }, _) => out.extend_from_slice(&encoded(heard)),
            (Self::Json, _) => {
                if let Some(event) = heard.to_event() {
                    (JSON.encode)(&event, out);
                }
            }
            (Self::Raw, Heard::Message(message)) => {
                out.extend_from_slice(message.body.as_bytes());
                if let Body::Text(text) = &message.body
                    && !text.ends_with('\n')
                {
                    out.extend_from_slice(b"\n");
                }
            }
            (Self::Raw, _) => {}
        }
    }

    /// `heard` alone.
    pub(super) fn bytes(self, heard: &Heard) -> BytesMut {
        let mut out = BytesMut::new();
        self.put(heard, &mut out);
        out
    }
}

fn encoded(heard: &Heard) -> BytesMut {
    heard
        .to_event()
        .map(|event| TEXT.encoded(&event))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sockhop_client::{Message, Nick, RoomName};

    use super::*;

    fn heard(body: Body) -> Heard {
        Heard::Message(Arc::new(Message {
            room: RoomName::parse("telemetry/imu").unwrap(),
            seq: 7,
            time: 8,
            from: Nick::parse("gs-1").unwrap(),
            body,
            media_type: None,
            ephemeral: false,
        }))
    }

    fn put(form: Form, body: Body) -> String {
        String::from_utf8(form.bytes(&heard(body)).to_vec()).unwrap()
    }

    #[test]
    fn text_is_safe_and_names_its_room_where_it_must() {
        let evil = || Body::Text("one\n\u{1b}[2Jtwo".into());
        let alone = Form::Text { with_room: false };
        assert_eq!(put(alone, evil()), "<gs-1> one\n<gs-1> ␛[2Jtwo\n");
        let among = Form::Text { with_room: true };
        assert_eq!(
            put(among, evil()),
            "telemetry/imu <gs-1> one\ntelemetry/imu <gs-1> ␛[2Jtwo\n"
        );
        let data = Body::Data(b"\xff\x00"[..].into());
        assert_eq!(
            put(alone, data),
            "<gs-1> [2 bytes, application/octet-stream]\n"
        );
    }

    #[test]
    fn raw_ends_texts_but_leaves_bytes_alone() {
        assert_eq!(put(Form::Raw, Body::Text("a".into())), "a\n");
        assert_eq!(put(Form::Raw, Body::Text("a\n".into())), "a\n");
        assert_eq!(put(Form::Raw, Body::Text("".into())), "\n");
        assert_eq!(put(Form::Raw, Body::Data(b"a"[..].into())), "a");
    }

    #[test]
    fn json_is_the_protocols_own() {
        assert_eq!(
            put(Form::Json, Body::Text("a".into())),
            "{\"ev\":\"message\",\"room\":\"telemetry/imu\",\"seq\":7,\"time_us\":8,\"from\":\"gs-1\",\"text\":\"a\"}\n"
        );
    }
}

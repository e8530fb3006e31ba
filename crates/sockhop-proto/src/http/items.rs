//! Elements of a JSON array, a line each: `,{…}`.

use bytes::BytesMut;

use super::form::{put_json, put_newline};
use crate::event::Event;

pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    if matches!(event, Event::Message(_)) {
        out.extend_from_slice(b",");
        put_json(event, out);
        put_newline(out);
    }
}

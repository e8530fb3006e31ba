//! Bodies alone, for programs that put them straight into a file or another program.

use bytes::BytesMut;

use super::form::put_newline;
use crate::event::Event;
use crate::message::Body;

pub(super) fn encode(event: &Event, out: &mut BytesMut) {
    let Event::Message(message) = event else {
        return;
    };
    out.extend_from_slice(message.body.as_bytes());
    if let Body::Text(text) = &message.body
        && !text.ends_with('\n')
    {
        put_newline(out);
    }
}

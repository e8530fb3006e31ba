//! Answers that need nobody else: what comes is answered before more is taken in.
//!
//! So a client that does not read its answers is not listened to, and costs no more memory than
//! one read of it.

use bytes::Bytes;

use crate::fault::Fault;
use crate::link::{Link, Sender};
use crate::whole::Whole;

/// Answers of one burst are gathered up to here before they are written.
const GATHERED_BYTES_MAX: usize = 256 << 10;

/// What is said back to one client.
#[derive(Debug)]
pub(super) enum Turn {
    Echo,
    /// With what a read has cut in two, where messages are reads.
    Upper(Option<Whole>),
    Reply(Bytes),
}

impl Turn {
    fn answer(&mut self, message: Bytes) -> Bytes {
        match self {
            Self::Echo => message,
            Self::Upper(None) => in_capitals(&message),
            Self::Upper(Some(whole)) => in_capitals(&whole.push(&message)),
            Self::Reply(reply) => reply.clone(),
        }
    }

    /// What is still to be said when nothing more comes.
    fn rest(&mut self) -> Bytes {
        match self {
            Self::Upper(Some(whole)) => in_capitals(&whole.finish()),
            _ => Bytes::new(),
        }
    }

    /// Answers until the client has ended its half and has had its last answer.
    pub(super) async fn take(&mut self, link: &mut Link) -> Result<(), Fault> {
        let Link { receiver, sender } = link;
        while let Some(message) = receiver.receive().await? {
            self.put(message, sender)?;
            while sender.waiting_bytes() < GATHERED_BYTES_MAX
                && let Some(message) = receiver.receive_ready()?
            {
                self.put(message, sender)?;
            }
            sender.flush().await?;
        }
        let rest = self.rest();
        if !rest.is_empty() {
            sender.put(rest)?;
        }
        sender.finish().await
    }

    fn put(&mut self, message: Bytes, sender: &mut Sender) -> Result<(), Fault> {
        let is_empty = message.is_empty();
        let answer = self.answer(message);
        // All of it may be the first bytes of a character whose last are still to come.
        if answer.is_empty() && !is_empty {
            return Ok(());
        }
        sender.put(answer)
    }
}

/// `text` in capitals; bytes that are no UTF-8 stay as they are.
fn in_capitals(text: &[u8]) -> Bytes {
    let mut capitals = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        capitals.extend_from_slice(chunk.valid().to_uppercase().as_bytes());
        capitals.extend_from_slice(chunk.invalid());
    }
    capitals.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper() -> Turn {
        Turn::Upper(Some(Whole::default()))
    }

    #[test]
    fn capitals_of_characters_that_reads_have_cut() {
        let text = "größe 🎮 ñandú — ok".as_bytes();
        for cut in 0..=text.len() {
            let mut turn = upper();
            let mut said = Vec::new();
            said.extend_from_slice(&turn.answer(Bytes::copy_from_slice(&text[..cut])));
            said.extend_from_slice(&turn.answer(Bytes::copy_from_slice(&text[cut..])));
            said.extend_from_slice(&turn.rest());
            assert_eq!(String::from_utf8(said).unwrap(), "GRÖSSE 🎮 ÑANDÚ — OK");
        }
    }

    #[test]
    fn what_is_no_text_stays() {
        assert_eq!(in_capitals(b"a\xff\xfeb"), &b"A\xff\xfeB"[..]);
        let mut turn = upper();
        let mut said = turn.answer(Bytes::from_static(b"\xf0\x9f")).to_vec();
        said.extend_from_slice(&turn.rest());
        assert_eq!(said, b"\xf0\x9f");
    }
}

//! What is said to rooms.

use std::borrow::Cow;
use std::sync::Arc;

use sockhop_proto::message::MEDIA_TYPE_BYTES_MAX;
use sockhop_proto::{
    Body, BodyRef, Code, Event, Id, MediaType, Message, Micros, Nick, Refusal, Seq,
};

use super::{Hub, Outcome};
use crate::history::{Kept, KeptRoom, PublishKey, Published};
use crate::nicks::Holder;
use crate::room::RoomKey;
use crate::session::{Session, SessionKey};
use crate::storage::Answer;

/// What is to be published, still as the client wrote it.
#[derive(Debug)]
pub(super) struct Publish<'a> {
    pub(super) body: &'a BodyRef<'a>,
    pub(super) media_type: Option<Cow<'a, str>>,
    pub(super) id: Option<Id>,
    pub(super) ephemeral: bool,
}

/// A message in the making: all but its place in a log.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) from: Nick,
    pub(super) author: Option<SessionKey>,
    pub(super) body: Body,
    pub(super) media_type: Option<MediaType>,
    pub(super) ephemeral: bool,
}

impl Hub {
    pub(super) fn publish(
        &mut self,
        key: SessionKey,
        room: Option<&str>,
        what: Publish<'_>,
        now: Micros,
    ) -> Outcome {
        if let Some(Id::Number(id)) = what.id
            && let Some(before) = self.repeated(key, id)
        {
            self.ack_again(key, id, before);
            return Ok(());
        }
        self.check_pace(key, now)?;
        let Some(session) = self.sessions.get(key) else {
            return Ok(());
        };
        let current = session.current;
        let draft = Draft {
            from: self.spoken_by(key, session),
            author: Some(key),
            body: what.body.to_body(),
            media_type: media_type(what.media_type.as_deref())?,
            ephemeral: what.ephemeral,
        };
        // Last, as it may make one.
        let room = match room {
            Some(name) => self.room_for(name)?,
            None => current.ok_or_else(in_no_room)?,
        };
        self.count_received(key);
        self.append(room, draft, what.id, now);
        Ok(())
    }

    /// Under which nick a session speaks: its own, or one that it borrows.
    fn spoken_by(&self, key: SessionKey, session: &Session) -> Nick {
        let holds = || self.nicks.holder(&session.nick) == Some(Holder::Session(key));
        if !session.protocol.passing || holds() {
            return session.nick.clone();
        }
        self.lent(&session.nick, session.protocol.name)
    }

    /// Whether the session may say something just now.
    pub(super) fn check_pace(&mut self, key: SessionKey, now: Micros) -> Outcome {
        let per_second = self.config.publishes_per_second_max;
        let allowance = match self.sessions.get_mut(key) {
            Some(session) if !session.protocol.passing => &mut session.allowance,
            _ => &mut self.passers,
        };
        if allowance.take(per_second, now) {
            Ok(())
        } else {
            Err(too_fast(per_second))
        }
    }

    /// Appends a message to a room's log, once; wakes whoever waits for it; sends it to disk.
    pub(super) fn append(&mut self, room_key: RoomKey, draft: Draft, id: Option<Id>, now: Micros) {
        let Some(room) = self.rooms.get_mut(room_key) else {
            return;
        };
        let message = Arc::new(Message {
            room: room.name.clone(),
            seq: room.log.last() + 1,
            time: now,
            from: draft.from,
            body: draft.body,
            media_type: draft.media_type,
            ephemeral: draft.ephemeral,
        });
        let seq = message.seq;
        room.said.messages += 1;
        room.said.bytes += message.body.as_bytes().len() as u64;
        self.tally.counts.messages += 1;
        self.reserve_numbers(room_key);
        let promised = self.store(room_key, &message, draft.author, id);
        if let Some(room) = self.rooms.get_mut(room_key) {
            room.log.append(message, draft.author, promised);
        }
        self.note_own(room_key, draft.author, seq);
        self.wake_parked(room_key);
        self.trim(room_key);
    }

    fn reserve_numbers(&mut self, room_key: RoomKey) {
        if self.config.keeps_history
            && let Some(room) = self.rooms.get_mut(room_key)
            && let Some(reserved) = room.wants_numbers()
        {
            self.storage.reserve(
                room_key,
                KeptRoom {
                    room: room.name.clone(),
                    reserved,
                },
            );
        }
    }

    /// Sends the message to disk, or acks it at once where nothing waits for the disk.
    /// Says whether the ack is promised for when the message is on disk.
    fn store(
        &mut self,
        room_key: RoomKey,
        message: &Arc<Message>,
        author: Option<SessionKey>,
        id: Option<Id>,
    ) -> bool {
        let Some(room) = self.rooms.get_mut(room_key) else {
            return false;
        };
        let kept = room.log.is_kept() && !message.ephemeral;
        // An ack names the number, so it waits until a crash cannot give that to another.
        let waits = kept || !room.log.is_reserved(message.seq);
        let key = match (&id, author) {
            (Some(Id::Number(id)), Some(author)) => self.publish_key(author, *id),
            _ => None,
        };
        if let (Some(publish), Some(author)) = (&key, author) {
            let published = Published {
                id: publish.id,
                room: message.room.clone(),
                seq: message.seq,
                time: message.time,
            };
            self.remember(author, published, !waits);
        }
        if waits {
            let answer = match (&key, author, id) {
                (Some(key), Some(author), _) => {
                    Some(Answer::Token(author, Arc::clone(&key.session), key.id))
                }
                (None, Some(author), Some(id)) => Some(Answer::Session(author, id)),
                _ => None,
            };
            if let (Some(_), Some(author)) = (&answer, author)
                && let Some(session) = self.sessions.get_mut(author)
            {
                session.unanswered += 1;
            }
            let promised = kept && answer.is_some();
            if kept {
                self.storage.keep(
                    Kept {
                        message: Arc::clone(message),
                        key,
                    },
                    room_key,
                    answer,
                );
            } else {
                self.storage.hold(message, room_key, answer);
            }
            return promised;
        }
        if let (Some(id), Some(author)) = (id, author) {
            let place = Some((message.room.clone(), message.seq));
            self.say(
                author,
                &Event::Ack {
                    id,
                    place,
                    time: message.time,
                },
            );
        }
        false
    }

    /// The key a publish is known again by: only of sessions that brought their own token.
    fn publish_key(&self, author: SessionKey, id: u64) -> Option<PublishKey> {
        let extras = self.sessions.get(author)?.extras.as_ref()?;
        extras.published.as_ref()?;
        Some(PublishKey {
            session: Arc::clone(extras.token.as_ref()?),
            id,
        })
    }

    fn ack_again(&mut self, key: SessionKey, id: u64, before: Option<Published>) {
        // One still on its way to disk is acked when it gets there.
        if let Some(published) = before {
            let place = Some((published.room, published.seq));
            self.say(
                key,
                &Event::Ack {
                    id: Id::Number(id),
                    place,
                    time: published.time,
                },
            );
        }
    }

    /// An author's own message is passed over when its cursor comes to it.
    fn note_own(&mut self, room: RoomKey, author: Option<SessionKey>, seq: Seq) {
        if let Some(author) = author
            && let Some(session) = self.sessions.get_mut(author)
            && !session.standing.echo
            && let Some(followed) = session.followed(room)
        {
            followed.cursor.note_own(seq);
        }
    }

    /// Wakes the readers that had caught up. The list is empty after the first message of a burst.
    pub(super) fn wake_parked(&mut self, room_key: RoomKey) {
        let Some(room) = self.rooms.get_mut(room_key) else {
            return;
        };
        for key in room.parked.drain(..) {
            if let Some(session) = self.sessions.get_mut(key) {
                session.set_ready(room_key);
            }
        }
    }
}

pub(super) fn media_type(media_type: Option<&str>) -> Result<Option<MediaType>, Refusal> {
    let Some(media_type) = media_type else {
        return Ok(None);
    };
    let printable = media_type.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if media_type.is_empty() || media_type.len() > MEDIA_TYPE_BYTES_MAX || !printable {
        let words = "a media type has 1 to 127 printable ASCII characters, such as image/png";
        return Err(Refusal::new(Code::BadMessage, words));
    }
    Ok(Some(media_type.into()))
}

pub(super) fn too_fast(per_second: u32) -> Refusal {
    let words =
        format!("that was not published: one session may publish {per_second} times a second");
    Refusal::new(Code::TooFast, words).hint("send more slowly; --max-publishes sets the most")
}

pub(super) fn in_no_room() -> Refusal {
    Refusal::new(Code::NotSubscribed, "you are in no room").hint("/join lobby, for one")
}

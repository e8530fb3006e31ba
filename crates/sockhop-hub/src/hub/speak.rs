//! What is said: to rooms, to one session, and by those who are gone.

use std::borrow::Cow;
use std::sync::Arc;

use sockhop_proto::message::MEDIA_TYPE_BYTES_MAX;
use sockhop_proto::udp::Datagram;
use sockhop_proto::{
    Body, BodyRef, Code, Command, Event, Id, MediaType, Message, Micros, NameError, Nick, Refusal,
    RoomName, Seq,
};

use super::introduce::nick_taken;
use super::{Hub, Outcome};
use crate::history::{Kept, KeptRoom, PublishKey, Published};
use crate::room::RoomKey;
use crate::session::{SessionKey, Will};
use crate::storage::Answer;
use crate::tally::Told;

/// The nick of a datagram that brings none.
const DATAGRAM_NICK: &str = "udp";

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
struct Draft {
    from: Nick,
    author: Option<SessionKey>,
    body: Body,
    media_type: Option<MediaType>,
    ephemeral: bool,
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
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        let per_second = self.config.publishes_per_second_max;
        let allowance = if session.protocol.passing {
            &mut self.passers
        } else {
            &mut session.allowance
        };
        if !allowance.take(per_second, now) {
            return Err(too_fast(per_second));
        }
        let current = session.current;
        let draft = Draft {
            from: session.nick.clone(),
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

    /// Appends a message to a room's log, once; wakes whoever waits for it; sends it to disk.
    fn append(&mut self, room_key: RoomKey, draft: Draft, id: Option<Id>, now: Micros) {
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

    pub(super) fn trim(&mut self, room_key: RoomKey) {
        let share = self.config.tails_bytes_max / self.rooms.len().max(1);
        let bytes_max = self.config.tail_bytes_max.min(share);
        if let Some(room) = self.rooms.get_mut(room_key) {
            room.log.trim(bytes_max);
        }
    }

    /// The room of that name, made if need be.
    pub(super) fn room_for(&mut self, name: &str) -> Result<RoomKey, Refusal> {
        match self.rooms.find(name) {
            Some(room) => Ok(room),
            None => self.make_room(RoomName::parse(name).map_err(NameError::refusal)?),
        }
    }

    pub(super) fn make_room(&mut self, name: RoomName) -> Result<RoomKey, Refusal> {
        let rooms_max = self.config.rooms_max;
        if self.rooms.len() >= rooms_max {
            let words = format!("this hub has {rooms_max} rooms, the most it may have");
            return Err(Refusal::new(Code::TooManyRooms, words).hint("--max-rooms sets the most"));
        }
        Ok(self.add_room(name, 0))
    }

    /// Adds a room whose last `seq` was `head`, for all to follow whose filters match it.
    pub(super) fn add_room(&mut self, name: RoomName, head: Seq) -> RoomKey {
        let keeps = self.config.keeps_history;
        let kept = keeps && !self.config.retention.of(&name).is_nothing();
        let reserved = if keeps { head } else { Seq::MAX };
        let room = self.rooms.add(name, head, reserved, kept);
        self.attach_watchers(room);
        room
    }

    pub(super) fn direct(
        &mut self,
        key: SessionKey,
        to: &str,
        body: &BodyRef<'_>,
        media: Option<&str>,
        id: Option<Id>,
        now: Micros,
    ) -> Outcome {
        let media_type = media_type(media)?;
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        let per_second = self.config.publishes_per_second_max;
        let allowance = if session.protocol.passing {
            &mut self.passers
        } else {
            &mut session.allowance
        };
        if !allowance.take(per_second, now) {
            return Err(too_fast(per_second));
        }
        let from = session.nick.clone();
        let nobody = || {
            Refusal::new(Code::NoSuchNick, format!("nobody here is called {to}"))
                .hint("/who, or `members`, says who is in a room")
        };
        let receiver_key = self.nicks.find(to).ok_or_else(nobody)?;
        // Who has not said the hub's secret is not here yet.
        let receiver = self
            .sessions
            .get_mut(receiver_key)
            .filter(|session| session.standing.trusted);
        let receiver = receiver.ok_or_else(nobody)?;
        if receiver.is_full() {
            let words = format!("{} is not reading what it is sent", receiver.nick);
            return Err(Refusal::new(Code::SlowConsumer, words).hint("try again later"));
        }
        let to = receiver.nick.clone();
        receiver.tell(&Event::Direct {
            from,
            to,
            time: now,
            body: body.to_body(),
            media_type,
        });
        // Its bytes are counted when they are handed out.
        let told = Told {
            messages: 1,
            ..Told::default()
        };
        self.count_sent(receiver_key, told);
        self.count_received(key);
        if let Some(id) = id {
            self.say(
                key,
                &Event::Ack {
                    id,
                    place: None,
                    time: now,
                },
            );
        }
        Ok(())
    }

    pub(super) fn set_will(
        &mut self,
        key: SessionKey,
        will: Option<sockhop_proto::command::Will<'_>>,
    ) -> Outcome {
        let will = match will {
            None => None,
            Some(will) => Some(Will {
                room: RoomName::parse(&will.room).map_err(NameError::refusal)?,
                body: will.body.to_body(),
                media_type: media_type(will.media_type.as_deref())?,
            }),
        };
        if let Some(session) = self.sessions.get_mut(key) {
            session.extras().will = will;
        }
        Ok(())
    }

    /// Says what a lost session wanted said.
    pub(super) fn publish_will(&mut self, from: Nick, will: Will, now: Micros) {
        // A hub full of rooms has no place for it, and nobody is left to be told.
        if let Ok(room) = self.room_for(will.room.as_str()) {
            let (body, media_type) = (will.body, will.media_type);
            self.append(
                room,
                Draft {
                    from,
                    author: None,
                    body,
                    media_type,
                    ephemeral: false,
                },
                None,
                now,
            );
        }
    }

    /// Publishes a datagram. It has no session, so it speaks under the nick it brings, marked if a
    /// session has that one.
    ///
    /// # Errors
    /// Why it was not published; there is nobody to tell.
    pub fn handle_datagram(&mut self, datagram: &Datagram<'_>, now: Micros) -> Outcome {
        let outcome = self.publish_datagram(datagram, now);
        self.count_datagram(outcome.is_ok());
        outcome
    }

    fn publish_datagram(&mut self, datagram: &Datagram<'_>, now: Micros) -> Outcome {
        if !datagram
            .secret
            .as_deref()
            .map_or(self.config.secret.is_none(), |s| self.is_secret(s))
        {
            return Err(super::secret_required());
        }
        let Command::Publish {
            room: Some(room),
            body,
            media_type: media,
            ephemeral,
            ..
        } = &datagram.command
        else {
            return Err(Refusal::new(
                Code::UnknownOp,
                "only `publish` may come by datagram",
            ));
        };
        let per_second = self.config.publishes_per_second_max;
        if !self.passers.take(per_second, now) || self.disk_is_behind() {
            return Err(too_fast(per_second));
        }
        let draft = Draft {
            from: self.datagram_nick(datagram.nick.as_deref().unwrap_or(DATAGRAM_NICK))?,
            author: None,
            body: body.to_body(),
            media_type: media_type(media.as_deref())?,
            ephemeral: *ephemeral,
        };
        let room = self.room_for(room)?;
        self.append(room, draft, None, now);
        Ok(())
    }

    fn datagram_nick(&self, name: &str) -> Result<Nick, Refusal> {
        let nick = Nick::parse(name).map_err(NameError::refusal)?;
        if self.nicks.holder(&nick).is_none() {
            return Ok(nick);
        }
        let marked = Nick::parse(&format!("{name}~udp")).map_err(NameError::refusal)?;
        match self.nicks.holder(&marked) {
            None => Ok(marked),
            Some(_) => Err(nick_taken(&marked)),
        }
    }
}

fn media_type(media_type: Option<&str>) -> Result<Option<MediaType>, Refusal> {
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

fn too_fast(per_second: u32) -> Refusal {
    let words =
        format!("that was not published: one session may publish {per_second} times a second");
    Refusal::new(Code::TooFast, words).hint("send more slowly; --max-publishes sets the most")
}

pub(super) fn in_no_room() -> Refusal {
    Refusal::new(Code::NotSubscribed, "you are in no room").hint("/join lobby, for one")
}

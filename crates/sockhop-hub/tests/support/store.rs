//! A store in memory. It checks what a real one would choke on: a `seq` that is used twice, that
//! was never reserved, or that falls.

use std::collections::BTreeMap;
use std::sync::Arc;

use sockhop_hub::history::{
    Batch, History, HistoryError, Kept, KeptRoom, PUBLISHED_MAX, Published, Recall,
};
use sockhop_hub::retention::Retention;
use sockhop_proto::{Message, Micros, RoomName, Seq};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Store {
    rooms: BTreeMap<RoomName, Room>,
}

#[derive(Debug, Default)]
struct Room {
    reserved: Seq,
    kept: BTreeMap<Seq, Kept>,
}

/// What a full disk says.
pub(crate) fn disk_full() -> HistoryError {
    HistoryError::Full {
        path: "memory".into(),
    }
}

impl Store {
    /// The message `seq` of `room`.
    pub(crate) fn message(&self, room: &RoomName, seq: Seq) -> Option<&Arc<Message>> {
        Some(&self.rooms.get(room)?.kept.get(&seq)?.message)
    }

    /// Everything it holds.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.rooms
            .values()
            .flat_map(|room| room.kept.values().map(|kept| &kept.message))
    }

    /// Whether it has what the session `token` published under `id`.
    pub(crate) fn has_published(&self, token: &str, id: u64) -> bool {
        let all = self.rooms.values().flat_map(|room| room.kept.values());
        all.filter_map(|kept| kept.key.as_ref())
            .any(|key| key.id == id && *key.session == *token)
    }
}

impl History for Store {
    fn rooms(&mut self) -> Result<Vec<KeptRoom>, HistoryError> {
        let rooms = self.rooms.iter().map(|(name, room)| {
            let last = room.kept.last_key_value().map_or(0, |(seq, _)| *seq);
            KeptRoom {
                room: name.clone(),
                reserved: room.reserved.max(last),
            }
        });
        Ok(rooms.collect())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), HistoryError> {
        for kept in &batch.reserved {
            self.rooms.entry(kept.room.clone()).or_default().reserved = kept.reserved;
        }
        for kept in &batch.messages {
            let message = &kept.message;
            let room = self.rooms.entry(message.room.clone()).or_default();
            let last = room.kept.last_key_value().map_or(0, |(seq, _)| *seq);
            assert!(
                message.seq > last,
                "{}#{} comes after #{last}",
                message.room,
                message.seq
            );
            assert!(
                !message.ephemeral,
                "{}#{} is not to be kept",
                message.room, message.seq
            );
            room.kept.insert(message.seq, kept.clone());
        }
        Ok(())
    }

    fn trim(&mut self, retention: &Retention, now: Micros) -> Result<u64, HistoryError> {
        let mut removed = 0;
        for (name, room) in &mut self.rooms {
            let keep = retention.of(name);
            let count_max = keep.messages_max.map_or(usize::MAX, |max| max as usize);
            let age_max = keep.age_max.map_or(u64::MAX, |max| max.as_micros() as u64);
            while let Some(oldest) = room.kept.first_entry() {
                let old = now - oldest.get().message.time > age_max;
                let seq = *oldest.key();
                if !old && room.kept.len() <= count_max {
                    break;
                }
                room.kept.remove(&seq);
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl Recall for Store {
    fn read(
        &mut self,
        room: &RoomName,
        from: Seq,
        to: Seq,
        bytes_max: usize,
    ) -> Result<Vec<Arc<Message>>, HistoryError> {
        let mut bytes = 0;
        let kept = self
            .rooms
            .get(room)
            .into_iter()
            .flat_map(|room| room.kept.range(from..=to));
        let messages = kept
            .map(|(_, kept)| Arc::clone(&kept.message))
            .take_while(|message| {
                let begun = bytes < bytes_max;
                bytes += message.body.as_bytes().len();
                begun
            });
        Ok(messages.collect())
    }

    fn nth_last(
        &mut self,
        room: &RoomName,
        before: Seq,
        count: u64,
    ) -> Result<Option<Seq>, HistoryError> {
        assert!(count > 0, "none of {room} is asked for");
        let Some(room) = self.rooms.get(room) else {
            return Ok(None);
        };
        let latest = room.kept.range(..before).rev().map(|(seq, _)| *seq);
        Ok(latest.take(count as usize).last())
    }

    fn published(&mut self, session: &str) -> Result<Vec<Published>, HistoryError> {
        let all = self.rooms.values().flat_map(|room| room.kept.values());
        let mut published: Vec<_> = all
            .filter_map(|kept| {
                let key = kept.key.as_ref().filter(|key| *key.session == *session)?;
                let (room, seq, time) = (
                    kept.message.room.clone(),
                    kept.message.seq,
                    kept.message.time,
                );
                Some(Published {
                    id: key.id,
                    room,
                    seq,
                    time,
                })
            })
            .collect();
        published.sort_by_key(|published| std::cmp::Reverse(published.id));
        published.truncate(PUBLISHED_MAX);
        Ok(published)
    }
}

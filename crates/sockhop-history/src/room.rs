//! The rooms of the file, in memory: their ids, and what each holds.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use sockhop_hub::history::KeptRoom;
use sockhop_proto::{Micros, RoomName, Seq};

use crate::fault::Fault;
use crate::id::{MessageId, RoomId};

/// One of them.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) id: RoomId,
    pub(crate) name: RoomName,
    reserved: Seq,
    /// The last message it ever held, or 0.
    last: Seq,
    /// The oldest it holds, once someone wanted to know.
    oldest: Option<Oldest>,
    tally: Tally,
}

/// Where a room begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Oldest {
    pub(crate) id: MessageId,
    pub(crate) time: Micros,
}

/// How many messages a room holds. Their numbers do not tell: ephemeral messages are not kept, and
/// a crash skips some. So they are counted, a stretch at a time and only where it matters, and from
/// then on the count is kept up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tally {
    /// So many up to and including this one; the rest has not been looked at.
    Counting { count: u64, upto: Seq },
    /// So many.
    Known(u64),
}

/// What a batch added to a room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Added {
    pub(crate) place: usize,
    pub(crate) count: u64,
    pub(crate) last: Seq,
}

/// All of them, each at its place.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    by_name: HashMap<RoomName, usize>,
    all: Vec<Room>,
}

impl Rooms {
    /// Reads the rooms of `db`.
    pub(crate) fn load(db: &Connection) -> Result<Self, Fault> {
        let mut rooms = Self::default();
        let mut last = db.prepare("SELECT max(id) FROM messages WHERE id BETWEEN ?1 AND ?2")?;
        let mut statement = db.prepare("SELECT id, name, reserved FROM rooms ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let reserved: i64 = row.get(2)?;
            let bad_name = |_| Fault::RoomName(number);
            let name = row.get_ref(1)?.as_str().map_err(bad_name)?;
            let name = RoomName::parse(name).map_err(|_| Fault::RoomName(number))?;
            let id = RoomId::new(number).ok_or(Fault::RoomsFull)?;
            let (from, to) = id.messages(0, Seq::MAX);
            let last: Option<i64> = last.query_row([from.get(), to.get()], |row| row.get(0))?;
            rooms.push(Room {
                id,
                name,
                reserved: reserved.cast_unsigned(),
                last: last.map_or(0, |last| MessageId::found(last).seq()),
                oldest: None,
                tally: Tally::Counting { count: 0, upto: 0 },
            });
        }
        Ok(rooms)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The room at `place`, from 0.
    pub(crate) fn at(&mut self, place: usize) -> Option<&mut Room> {
        self.all.get_mut(place)
    }

    /// The place and id of the room called `name`, which is made in `db` if it is new.
    pub(crate) fn find_or_make(
        &mut self,
        db: &Connection,
        name: &RoomName,
    ) -> Result<(usize, RoomId), Fault> {
        if let Some(&place) = self.by_name.get(name) {
            return Ok((place, self.all[place].id));
        }
        db.prepare_cached("INSERT INTO rooms (name, reserved) VALUES (?1, 0)")?
            .execute([name.as_str()])?;
        let id = RoomId::new(db.last_insert_rowid()).ok_or(Fault::RoomsFull)?;
        let name = name.clone();
        let tally = Tally::Known(0);
        let place = self.push(Room {
            id,
            name,
            reserved: 0,
            last: 0,
            oldest: None,
            tally,
        });
        Ok((place, id))
    }

    fn push(&mut self, room: Room) -> usize {
        let place = self.all.len();
        self.by_name.insert(room.name.clone(), place);
        self.all.push(room);
        place
    }

    /// Forgets all but the first `len`: the rooms made in a transaction that was rolled back.
    pub(crate) fn truncate(&mut self, len: usize) {
        for room in self.all.drain(len..) {
            self.by_name.remove(&room.name);
        }
    }

    /// What has been committed.
    pub(crate) fn committed(&mut self, added: &[Added], reserved: &[KeptRoom]) {
        for added in added {
            self.all[added.place].grow(added);
        }
        for kept in reserved {
            if let Some(&place) = self.by_name.get(&kept.room) {
                self.all[place].reserved = kept.reserved;
            }
        }
    }

    /// What the hub is told of them.
    pub(crate) fn kept(&self) -> Vec<KeptRoom> {
        let kept = self.all.iter().map(|room| KeptRoom {
            room: room.name.clone(),
            // A hub whose disk failed for a while may have gone beyond what it had reserved.
            reserved: room.reserved.max(room.last),
        });
        kept.collect()
    }
}

impl Room {
    fn grow(&mut self, added: &Added) {
        // Where the count is not known yet, the new ones will be counted with the rest.
        if let Tally::Known(count) = &mut self.tally {
            *count += added.count;
        }
        self.last = self.last.max(added.last);
    }

    /// Its `count` oldest messages, up to `last`, have been removed.
    pub(crate) fn shrink(&mut self, count: u64, last: MessageId, oldest: Option<Oldest>) {
        self.oldest = oldest;
        self.tally = match self.tally {
            Tally::Known(known) => Tally::Known(known.saturating_sub(count)),
            Tally::Counting {
                count: counted,
                upto,
            } if last.seq() <= upto => Tally::Counting {
                count: counted.saturating_sub(count),
                upto,
            },
            Tally::Counting { .. } => Tally::Counting {
                count: 0,
                upto: last.seq(),
            },
        };
    }

    /// Its oldest message, if it holds any.
    pub(crate) fn oldest(&mut self, db: &Connection) -> Result<Option<Oldest>, Fault> {
        if self.oldest.is_none() && self.tally != Tally::Known(0) {
            let (from, to) = self.id.messages(0, Seq::MAX);
            let mut first = db.prepare_cached(
                "SELECT id, time_us FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT 1",
            )?;
            self.oldest = first
                .query_row([from.get(), to.get()], Oldest::read)
                .optional()?;
            if self.oldest.is_none() {
                self.tally = Tally::Known(0);
            }
        }
        Ok(self.oldest)
    }

    /// How many more than `messages_max` it holds, as far as counted. Counts over `counted_max`
    /// messages at most, and takes from it what it counted.
    pub(crate) fn excess(
        &mut self,
        db: &Connection,
        messages_max: u64,
        counted_max: &mut u64,
    ) -> Result<u64, Fault> {
        let Some(oldest) = self.oldest(db)? else {
            return Ok(0);
        };
        if let Tally::Counting { count, upto } = self.tally {
            let span = self.last.saturating_sub(oldest.id.seq()) + 1;
            if span <= messages_max || *counted_max == 0 {
                return Ok(0);
            }
            let (more, reached) = self.count(db, upto, *counted_max)?;
            let done = more < *counted_max;
            *counted_max -= more;
            self.tally = match reached {
                Some(upto) if !done => Tally::Counting {
                    count: count + more,
                    upto,
                },
                _ => Tally::Known(count + more),
            };
        }
        match self.tally {
            Tally::Known(count) => Ok(count.saturating_sub(messages_max)),
            Tally::Counting { .. } => Ok(0),
        }
    }

    /// How many of `rows_max` messages there are after `after`, and the last of them.
    fn count(
        &self,
        db: &Connection,
        after: Seq,
        rows_max: u64,
    ) -> Result<(u64, Option<Seq>), Fault> {
        let (after, to) = self.id.messages(after, Seq::MAX);
        let mut count = db.prepare_cached(
            "SELECT count(*), max(id) FROM
             (SELECT id FROM messages WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3)",
        )?;
        let (count, last): (i64, Option<i64>) = count.query_row(
            params![after.get(), to.get(), rows_max.cast_signed()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok((
            count.cast_unsigned(),
            last.map(|last| MessageId::found(last).seq()),
        ))
    }
}

impl Oldest {
    /// From a row of `id, time_us`.
    pub(crate) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let time: i64 = row.get(1)?;
        Ok(Self {
            id: MessageId::found(row.get(0)?),
            time: time.cast_unsigned(),
        })
    }
}

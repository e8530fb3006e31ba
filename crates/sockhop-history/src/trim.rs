//! Removes what retention no longer keeps: the oldest of each room first, a little at a time.
//!
//! Age is looked at from the oldest message on, and ends at the first that is young enough. So where
//! the clock was once set back, what was said before that stays until its own time is up, and what
//! came after it with it: late, but nothing goes early.
//!
//! Freed pages are used again by the next messages, and the file keeps its size. It is not shrunk:
//! SQLite's `auto_vacuum` moves other pages into the gaps and keeps a map of all of them, which is
//! paid with every commit, to give back space that the next messages would take again.

use rusqlite::{Connection, params};
use sockhop_hub::retention::{Keep, Retention};
use sockhop_proto::{Micros, Seq};

use crate::connection::transaction;
use crate::fault::Fault;
use crate::id::MessageId;
use crate::room::{Oldest, Room, Rooms};

/// How much one call does, so that it does not hold up those who wait for a commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Messages it removes.
    pub(crate) removed_max: u64,
    /// Messages it counts, which is far less work.
    pub(crate) counted_max: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            removed_max: 10_000,
            counted_max: 100_000,
        }
    }
}

/// Trims, and remembers where it stopped.
#[derive(Debug, Default)]
pub(crate) struct Trimmer {
    pub(crate) bounds: Bounds,
    /// The place of the room to begin with, so that a large one does not starve the others.
    next: usize,
}

/// How far into a room to cut.
#[derive(Debug, Clone, Copy)]
struct Limit {
    /// So many go, however young.
    excess: u64,
    /// What was said before goes.
    cutoff: Micros,
    /// But no more than so many.
    removed_max: u64,
}

/// What goes from one room: its oldest messages.
#[derive(Debug)]
struct Cut {
    place: usize,
    count: u64,
    first: MessageId,
    last: MessageId,
    /// What it begins with afterwards.
    oldest: Option<Oldest>,
}

impl Trimmer {
    /// Removes what `retention` does not keep at `now`, and says how many messages that was.
    pub(crate) fn trim(
        &mut self,
        db: &Connection,
        rooms: &mut Rooms,
        retention: &Retention,
        now: Micros,
    ) -> Result<u64, Fault> {
        let cuts = self.plan(db, rooms, retention, now)?;
        if cuts.is_empty() {
            return Ok(0);
        }
        transaction(db, |db| {
            let mut delete =
                db.prepare_cached("DELETE FROM messages WHERE id BETWEEN ?1 AND ?2")?;
            for cut in &cuts {
                delete.execute([cut.first.get(), cut.last.get()])?;
            }
            Ok(())
        })?;
        for cut in &cuts {
            if let Some(room) = rooms.at(cut.place) {
                room.shrink(cut.count, cut.last, cut.oldest);
            }
        }
        Ok(cuts.iter().map(|cut| cut.count).sum())
    }

    /// What goes, within bounds. Only the writer adds or removes messages, so it still holds when
    /// they are removed.
    fn plan(
        &mut self,
        db: &Connection,
        rooms: &mut Rooms,
        retention: &Retention,
        now: Micros,
    ) -> Result<Vec<Cut>, Fault> {
        let mut left = self.bounds;
        let mut cuts = Vec::new();
        for _ in 0..rooms.len() {
            if left.removed_max == 0 {
                break;
            }
            let place = self.next % rooms.len();
            self.next = place + 1;
            let Some(room) = rooms.at(place) else { break };
            let keep = retention.of(&room.name);
            let excess = match keep.messages_max {
                _ if keep.is_nothing() => u64::MAX,
                Some(messages_max) => room.excess(db, messages_max, &mut left.counted_max)?,
                None => 0,
            };
            let Some(oldest) = room.oldest(db)? else {
                continue;
            };
            let limit = Limit {
                excess,
                cutoff: cutoff(keep, now),
                removed_max: left.removed_max,
            };
            if limit.takes(0, oldest.time) {
                let cut = Cut::plan(db, room, place, oldest, limit)?;
                left.removed_max -= cut.count;
                cuts.push(cut);
            }
        }
        Ok(cuts)
    }
}

impl Limit {
    /// Whether a message said at `time` goes, if so many before it did.
    fn takes(self, gone: u64, time: Micros) -> bool {
        gone < self.removed_max && (gone < self.excess || time < self.cutoff)
    }
}

impl Cut {
    fn plan(
        db: &Connection,
        room: &Room,
        place: usize,
        oldest: Oldest,
        limit: Limit,
    ) -> Result<Self, Fault> {
        let (_, to) = room.id.messages(0, Seq::MAX);
        let mut statement = db.prepare_cached(
            "SELECT id, time_us FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        )?;
        let mut rows = statement.query(params![oldest.id.get(), to.get()])?;
        let mut cut = Self {
            place,
            count: 0,
            first: oldest.id,
            last: oldest.id,
            oldest: None,
        };
        while let Some(row) = rows.next()? {
            let message = Oldest::read(row)?;
            if !limit.takes(cut.count, message.time) {
                cut.oldest = Some(message);
                break;
            }
            cut.last = message.id;
            cut.count += 1;
        }
        Ok(cut)
    }
}

/// Before when `keep` keeps nothing.
fn cutoff(keep: Keep, now: Micros) -> Micros {
    let age_max = keep
        .age_max
        .map(|age| Micros::try_from(age.as_micros()).unwrap_or(Micros::MAX));
    age_max.map_or(0, |age| now.saturating_sub(age))
}

#[cfg(test)]
mod tests;

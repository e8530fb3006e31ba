//! The disk: one batch at a time, one question at a time, slow at times and full at others.

use std::collections::VecDeque;

use sockhop_hub::history::{Batch, History as _};
use sockhop_hub::{Fetch, Recalled, Wanted};
use sockhop_proto::RoomName;

use super::world::World;
use crate::support::bell::Bell;
use crate::support::store::{Store, disk_full};

/// See the module.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) store: Store,
    mood: Mood,
    flight: Option<Flight>,
    asked: VecDeque<Fetch>,
    /// Whether there may be something to write or to look up.
    writes: bool,
    reads: bool,
    write_bell: Bell,
    read_bell: Bell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    Slow,
    Full,
}

/// A batch on its way.
#[derive(Debug)]
struct Flight {
    batch: Batch,
    /// It is on disk, though nobody has been told.
    written: bool,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            store: Store::default(),
            mood: Mood::Well,
            flight: None,
            asked: VecDeque::new(),
            writes: true,
            reads: true,
            write_bell: Bell::new(),
            read_bell: Bell::new(),
        }
    }
}

impl Disk {
    pub(crate) fn change_mood(&mut self, random: &mut fastrand::Rng, may_fail: bool) {
        let moods = [Mood::Well, Mood::Well, Mood::Slow, Mood::Full];
        self.mood = moods[random.usize(..moods.len() - usize::from(!may_fail))];
    }

    /// It is well from now on.
    pub(crate) fn mend(&mut self) {
        self.mood = Mood::Well;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.mood == Mood::Full
    }

    /// The hub is gone, and with it what was on its way; unless `written`.
    pub(crate) fn let_go(&mut self, written: bool) {
        if let Some(flight) = self.flight.take()
            && written
            && !flight.written
        {
            self.store.commit(&flight.batch).unwrap();
        }
        self.asked.clear();
        (self.writes, self.reads) = (true, true);
    }
}

impl World {
    /// The disk does some of what there is to do, and says whether it did anything.
    pub(crate) fn move_disk(&mut self) -> bool {
        if !self.rules.keeps_history {
            return false;
        }
        let eager = if self.disk.mood == Mood::Slow { 1 } else { 7 };
        let mut moved = self.take_batch();
        if self.disk.flight.is_some() {
            moved = true;
            if self.random.u8(..10) < eager {
                self.write();
            }
        }
        moved |= self.take_question();
        if !self.disk.asked.is_empty() {
            moved = true;
            if self.random.u8(..10) < eager {
                self.answer();
            }
        }
        moved
    }

    /// Answers every question there is, and says whether there was any.
    pub(crate) fn answer_all(&mut self) -> bool {
        let mut any = false;
        while self.take_question() || !self.disk.asked.is_empty() {
            self.answer();
            any = true;
        }
        any
    }

    /// Writes everything there is.
    pub(crate) fn write_all(&mut self) {
        while self.take_batch() || self.disk.flight.is_some() {
            self.write();
        }
    }

    fn take_batch(&mut self) -> bool {
        let Self { disk, hub, .. } = self;
        disk.writes |= disk.write_bell.rang();
        if disk.flight.is_some() || !disk.writes {
            return false;
        }
        let batch = hub.poll_batch(disk.write_bell.waker());
        disk.writes = batch.is_some();
        disk.flight = batch.map(|batch| Flight {
            batch,
            written: false,
        });
        disk.flight.is_some()
    }

    /// The batch in flight reaches the disk, or fails to; and then the hub hears of it.
    fn write(&mut self) {
        let Some(mut flight) = self.disk.flight.take() else {
            return;
        };
        if !flight.written && self.disk.mood != Mood::Full {
            self.disk.store.commit(&flight.batch).unwrap();
            flight.written = true;
            if self.random.bool() {
                self.disk.flight = Some(flight);
                return;
            }
        }
        let well = flight.written;
        self.log(|| {
            format!(
                "{} messages and {:?} land: {well}",
                flight.batch.messages.len(),
                flight.batch.reserved
            )
        });
        self.model.land(&flight.batch, well);
        self.hub
            .handle_committed(if well { Ok(()) } else { Err(disk_full()) });
    }

    fn take_question(&mut self) -> bool {
        let Self { disk, hub, .. } = self;
        disk.reads |= disk.read_bell.rang();
        if !disk.asked.is_empty() || !disk.reads {
            return false;
        }
        let fetch = hub.poll_fetch(disk.read_bell.waker());
        disk.reads = fetch.is_some();
        disk.asked.extend(fetch);
        disk.reads
    }

    fn answer(&mut self) {
        let Some(fetch) = self.disk.asked.pop_front() else {
            return;
        };
        let fails = self.rules.reads_fail && self.random.u8(..10) == 0;
        self.log(|| format!("{:?} is answered: {}", fetch.wanted, !fails));
        if fails {
            self.note_unread(&fetch.wanted);
            return self.hub.handle_fetched(&fetch, Err(disk_full()));
        }
        let answer = fetch.wanted.ask(&mut self.disk.store);
        if matches!(&answer, Ok(Recalled::Messages(messages)) if !messages.is_empty()) {
            self.tally.add("caught up from history");
        }
        self.hub.handle_fetched(&fetch, answer);
    }

    /// Somebody will not get what it asked for.
    fn note_unread(&mut self, wanted: &Wanted) {
        match wanted {
            Wanted::Messages { room, .. } | Wanted::NthLast { room, .. } => self.note_blind(room),
            Wanted::Published { session } => {
                let its =
                    |client: &&super::client::Client| client.token.as_deref() == Some(&**session);
                for client in self.clients.iter().filter(its) {
                    let ids = client.sent.keys();
                    self.model
                        .doubtful
                        .extend(ids.map(|id| (session.to_string(), *id)));
                }
            }
        }
    }

    fn note_blind(&mut self, room: &RoomName) {
        for conn in self
            .clients
            .iter_mut()
            .filter_map(|client| client.conn.as_mut())
        {
            if let Some(follow) = conn.follows.get_mut(room) {
                follow.blind = true;
                follow.lasts = None;
            }
        }
    }
}

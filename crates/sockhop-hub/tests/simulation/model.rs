//! What the hub should hold: worked out from what it was told, and from nothing it says.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sockhop_hub::history::{Batch, KeptRoom};
use sockhop_proto::{Micros, RoomName, Seq};

use crate::support::store::Store;

/// One connection; never given to another.
pub(crate) type ConnId = u64;
/// What tells one message from every other, whatever its number.
pub(crate) type Mark = u64;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) rooms: BTreeMap<RoomName, Room>,
    /// By nick in lower case.
    pub(crate) nicks: BTreeMap<String, Holder>,
    /// Publishes under a token and an id that this hub remembers.
    pub(crate) remembered: HashSet<(String, u64)>,
    /// Those of lost sessions that were forgotten while they waited for the disk: of them nobody
    /// can say whether they are known.
    pub(crate) doubtful: HashSet<(String, u64)>,
    /// Where each message went; again and again, if nobody was sure that it had arrived.
    places: HashMap<Mark, Vec<(RoomName, Seq)>>,
    /// What the disk would not take.
    pub(crate) failed: HashSet<Mark>,
    /// What anyone was ever shown or promised under a number.
    sworn: BTreeMap<(RoomName, Seq), Mark>,
    /// What was acked and must be on disk.
    acked: Vec<(RoomName, Seq, Mark)>,
}

/// Who has a nick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    Conn(ConnId),
    Lost {
        token: String,
        nick: String,
        until: Micros,
    },
}

/// A room, as far as it can be known.
#[derive(Debug)]
pub(crate) struct Room {
    /// Whether it goes to disk.
    pub(crate) kept: bool,
    /// The last number of earlier hubs.
    pub(crate) born: Seq,
    pub(crate) last: Seq,
    /// The last number anyone may see.
    pub(crate) head: Seq,
    reserved: Seq,
    /// Whether numbers were shown that the disk would not reserve.
    reckless: bool,
    pub(crate) said: BTreeMap<Seq, Said>,
    pub(crate) members: BTreeSet<ConnId>,
}

/// A message.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) mark: Mark,
    pub(crate) from: String,
    pub(crate) by: Option<ConnId>,
    pub(crate) ephemeral: bool,
    /// Whether somebody awaits an ack for it: then nobody sees it before it is on disk.
    promised: bool,
    pub(crate) fate: Fate,
}

/// What has become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is not for the disk.
    Fleeting,
    Waits,
    Stored,
    Failed,
}

impl Model {
    /// Adds a room nobody has spoken in.
    pub(crate) fn add_room(&mut self, name: &RoomName, kept: bool, reserves: bool) {
        let reserved = if reserves { 0 } else { Seq::MAX };
        let room = Room {
            kept,
            born: 0,
            last: 0,
            head: 0,
            reserved,
            reckless: false,
            said: BTreeMap::new(),
            members: BTreeSet::new(),
        };
        self.rooms.insert(name.clone(), room);
    }

    /// The hub has taken a message.
    pub(crate) fn say(
        &mut self,
        name: &RoomName,
        (mark, from): (Mark, &str),
        by: Option<ConnId>,
        (ephemeral, promised): (bool, bool),
    ) {
        let room = self
            .rooms
            .get_mut(name)
            .expect("rooms are made before they are spoken in");
        room.last += 1;
        let fate = if room.kept && !ephemeral {
            Fate::Waits
        } else {
            Fate::Fleeting
        };
        let said = Said {
            mark,
            from: from.to_owned(),
            by,
            ephemeral,
            promised,
            fate,
        };
        room.said.insert(room.last, said);
        room.show();
        self.places
            .entry(mark)
            .or_default()
            .push((name.clone(), room.last));
    }

    /// Where `nick` said `mark` in `room`, at `first` or after it.
    pub(crate) fn find(
        &self,
        (mark, nick): (Mark, &str),
        room: &RoomName,
        first: Seq,
    ) -> Option<Seq> {
        let is_it = |said: &Said| said.mark == mark && said.from == nick;
        let places = self
            .places
            .get(&mark)?
            .iter()
            .filter(|(name, _)| name == room);
        let seqs = places.map(|(_, seq)| *seq).filter(|seq| *seq >= first);
        seqs.filter(|seq| self.said(room, *seq).is_some_and(is_it))
            .min()
    }

    /// The message `seq` of `room`.
    pub(crate) fn said(&self, room: &RoomName, seq: Seq) -> Option<&Said> {
        self.rooms.get(room)?.said.get(&seq)
    }

    /// What became of `mark` last.
    pub(crate) fn fate(&self, mark: Mark) -> Option<Fate> {
        let (room, seq) = self.places.get(&mark)?.last()?;
        Some(self.said(room, *seq)?.fate)
    }

    /// A batch has landed, or has not. Says what was in it, that failed.
    pub(crate) fn land(&mut self, batch: &Batch, well: bool) {
        for kept in &batch.reserved {
            let room = self
                .rooms
                .get_mut(&kept.room)
                .expect("it asked for numbers");
            room.reserved = if well { kept.reserved } else { Seq::MAX };
            room.reckless |= !well;
            room.show();
        }
        for kept in &batch.messages {
            let (name, seq) = (&kept.message.room, kept.message.seq);
            let room = self.rooms.get_mut(name).expect("somebody spoke there");
            let said = room.said.get_mut(&seq).expect("somebody said it");
            assert_eq!(said.fate, Fate::Waits, "{name}#{seq} goes to disk once");
            said.fate = if well { Fate::Stored } else { Fate::Failed };
            if !well {
                self.failed.insert(said.mark);
            }
            room.show();
            if let (false, Some(key)) = (well, &kept.key) {
                self.remembered.remove(&(key.session.to_string(), key.id));
            }
        }
    }

    /// Somebody was shown `mark` as `seq` of `room`.
    pub(crate) fn show(&mut self, name: &RoomName, seq: Seq, mark: Mark) {
        assert!(
            seq <= self.rooms[name].head,
            "{name}#{seq} is shown before its time"
        );
        self.swear(name, seq, mark);
    }

    /// From now on `seq` of `room` is `mark`, and nothing else.
    fn swear(&mut self, name: &RoomName, seq: Seq, mark: Mark) {
        let sworn = *self.sworn.entry((name.clone(), seq)).or_insert(mark);
        assert_eq!(sworn, mark, "{name}#{seq} was another message before");
    }

    /// An ack was given.
    pub(crate) fn ack(&mut self, name: &RoomName, seq: Seq, mark: Mark, store: &Store) {
        // The disk may be ahead of what the hub was told of it.
        let safe = seq <= self.rooms[name].reserved || store.message(name, seq).is_some();
        assert!(safe, "{name}#{seq} is acked, and may come again");
        self.swear(name, seq, mark);
        let said = self
            .said(name, seq)
            .unwrap_or_else(|| panic!("{name}#{seq} is acked in vain"));
        assert_eq!(said.mark, mark, "{name}#{seq} is another's");
        if said.fate != Fate::Fleeting {
            self.acked.push((name.clone(), seq, mark));
            self.check_acked(store, self.acked.len() - 1);
        }
    }

    fn check_acked(&self, store: &Store, from: usize) {
        for (room, seq, mark) in &self.acked[from..] {
            let message = store.message(room, *seq);
            let message = message.unwrap_or_else(|| panic!("{room}#{seq} was acked and is gone"));
            assert_eq!(
                super::judge::mark_of(&message.body, message.media_type.as_deref()),
                *mark
            );
        }
    }

    /// The hub is gone. The next begins with `rooms` and what is in `store`, if there is one.
    pub(crate) fn begin_again(&mut self, rooms: &[KeptRoom], store: Option<&Store>) {
        self.nicks.clear();
        self.remembered.clear();
        let mut before = std::mem::take(&mut self.rooms);
        let Some(store) = store else {
            self.sworn.clear();
            return;
        };
        self.check_acked(store, 0);
        self.sworn.retain(|(name, seq), _| {
            let reserved = rooms
                .iter()
                .find(|kept| kept.room == *name)
                .map_or(0, |it| it.reserved);
            let reckless = before.get(name).is_some_and(|room| room.reckless);
            assert!(
                *seq <= reserved || reckless,
                "{name}#{seq} was shown, and may come again"
            );
            *seq <= reserved
        });
        for KeptRoom {
            room: name,
            reserved,
        } in rooms
        {
            let mut room = before.remove(name).expect("it was spoken in");
            room.said
                .retain(|seq, _| store.message(name, *seq).is_some());
            for said in room.said.values_mut() {
                said.fate = Fate::Stored;
            }
            (room.born, room.last, room.head) = (*reserved, *reserved, *reserved);
            (room.reserved, room.reckless) = (*reserved, false);
            room.members.clear();
            self.rooms.insert(name.clone(), room);
        }
    }
}

impl Room {
    fn show(&mut self) {
        while self.head < self.last.min(self.reserved) {
            let next = &self.said[&(self.head + 1)];
            if next.promised && next.fate == Fate::Waits {
                break;
            }
            self.head += 1;
        }
    }

    /// What `history` or `last` should find: the messages that are kept, in `from..=to`.
    pub(crate) fn kept_between(&self, from: Seq, to: Seq) -> Vec<Seq> {
        if from > to {
            return Vec::new();
        }
        let said = self.said.range(from..=to);
        said.filter(|(_, said)| !said.ephemeral)
            .map(|(seq, _)| *seq)
            .collect()
    }
}

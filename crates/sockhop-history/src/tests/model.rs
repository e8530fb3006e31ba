//! Whatever is done to it, a history holds what a few maps in memory would.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use sockhop_hub::history::{Batch, History, Kept, KeptRoom, PublishKey, Recall};
use sockhop_hub::retention::{Keep, Retention};
use sockhop_proto::{Body, Message, Micros, Nick, RoomName, Seq};

use crate::{SqliteHistory, SqliteRecall};

const ROOMS: [&str; 3] = ["lobby", "telemetry/imu", "é"];
const SESSIONS: [&str; 2] = ["session-one", "session-two"];

/// What is done.
#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Said>),
    /// The last batch again.
    Repeat,
    Reserve {
        room: usize,
        reserved: Seq,
    },
    Trim {
        messages_max: Option<u64>,
        age_max: Option<u64>,
    },
    Reopen,
}

/// One message of a batch; `seq` and `time` go on from the room's last.
#[derive(Debug, Clone)]
struct Said {
    room: usize,
    skipped: Seq,
    later: i64,
    body: Vec<u8>,
    text: bool,
    key: Option<(usize, u64)>,
}

fn said() -> impl Strategy<Value = Said> {
    let id = prop_oneof![any::<u64>(), Just(u64::MAX), 0..4_u64];
    let key = proptest::option::of((0..SESSIONS.len(), id));
    let body = proptest::collection::vec(b'a'..=b'z', 0..20);
    (
        0..ROOMS.len(),
        0..4_u64,
        -3..8_i64,
        body,
        any::<bool>(),
        key,
    )
        .prop_map(|(room, skipped, later, body, text, key)| Said {
            room,
            skipped,
            later,
            body,
            text,
            key,
        })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => proptest::collection::vec(said(), 1..12).prop_map(Step::Commit),
        1 => Just(Step::Repeat),
        1 => (0..ROOMS.len(), any::<Seq>())
            .prop_map(|(room, reserved)| Step::Reserve { room, reserved }),
        3 => (proptest::option::of(0..12_u64), proptest::option::of(0..30_u64))
            .prop_map(|(messages_max, age_max)| Step::Trim { messages_max, age_max }),
        1 => Just(Step::Reopen),
    ]
}

/// The same in memory.
#[derive(Default)]
struct Model {
    rooms: BTreeMap<RoomName, BTreeMap<Seq, Kept>>,
    reserved: BTreeMap<RoomName, Seq>,
    last: BTreeMap<RoomName, Seq>,
    now: Micros,
}

impl Model {
    fn batch(&mut self, said: &[Said]) -> Batch {
        let kept = said.iter().map(|said| self.keep(said)).collect();
        Batch {
            messages: kept,
            reserved: Vec::new(),
        }
    }

    fn keep(&mut self, said: &Said) -> Kept {
        let room = RoomName::parse(ROOMS[said.room]).unwrap();
        let last = self.last.entry(room.clone()).or_default();
        *last += said.skipped + 1;
        self.now = self.now.saturating_add_signed(said.later);
        let body = match said.text {
            true => Body::Text(String::from_utf8(said.body.clone()).unwrap().into()),
            false => Body::Data(Bytes::from(said.body.clone())),
        };
        let message = Message {
            room: room.clone(),
            seq: *last,
            time: self.now,
            from: Nick::parse(if said.text { "ann" } else { "bob" }).unwrap(),
            body,
            media_type: said.key.map(|_| "text/plain".into()),
            ephemeral: false,
        };
        let key = said.key.map(|(session, id)| PublishKey {
            session: SESSIONS[session].into(),
            id,
        });
        let kept = Kept {
            message: Arc::new(message),
            key,
        };
        self.rooms
            .entry(room.clone())
            .or_default()
            .insert(*last, kept.clone());
        self.reserved.entry(room).or_default();
        kept
    }

    fn trim(&mut self, keep: Keep) -> u64 {
        let mut removed = 0;
        let age_max = keep.age_max.map(|age| age.as_micros() as u64);
        let cutoff = age_max.map_or(0, |age| self.now.saturating_sub(age));
        for messages in self.rooms.values_mut() {
            while let Some(first) = messages.first_entry() {
                let old = first.get().message.time < cutoff;
                let too_many = keep
                    .messages_max
                    .is_some_and(|max| messages.len() as u64 > max);
                if !(old || too_many || keep.is_nothing()) {
                    break;
                }
                messages.pop_first();
                removed += 1;
            }
        }
        removed
    }
}

fn open(path: &Path) -> (SqliteHistory, SqliteRecall) {
    let history = SqliteHistory::open(path).unwrap();
    let recall = history.recall().unwrap();
    (history, recall)
}

fn check(history: &mut SqliteHistory, recall: &mut SqliteRecall, model: &Model) {
    let rooms: BTreeMap<_, _> = history
        .rooms()
        .unwrap()
        .into_iter()
        .map(|kept| (kept.room, kept.reserved))
        .collect();
    let highest = |(room, reserved): (&RoomName, &Seq)| {
        let last = model.last.get(room).copied().unwrap_or(0);
        let stored = model
            .rooms
            .get(room)
            .and_then(|messages| messages.last_key_value());
        assert!(rooms[room] >= *reserved && rooms[room] <= last.max(*reserved));
        assert!(stored.is_none_or(|(seq, _)| rooms[room] >= *seq));
    };
    model.reserved.iter().for_each(highest);
    assert_eq!(rooms.len(), model.reserved.len());

    for (room, messages) in &model.rooms {
        let wanted: Vec<_> = messages
            .values()
            .map(|kept| Arc::clone(&kept.message))
            .collect();
        assert_eq!(recall.read(room, 0, Seq::MAX, usize::MAX).unwrap(), wanted);

        let middle = messages
            .keys()
            .nth(messages.len() / 2)
            .copied()
            .unwrap_or(3);
        let part = recall.read(room, middle, middle + 5, 25).unwrap();
        let mut bytes = 0;
        let wanted: Vec<_> = messages
            .range(middle..=middle + 5)
            .map(|(_, kept)| Arc::clone(&kept.message))
            .take_while(|message| {
                let before = bytes;
                bytes += message.body.as_bytes().len();
                before < 25
            })
            .collect();
        assert_eq!(part, wanted);

        for count in 1..4 {
            let before = messages.range(..middle);
            let wanted = before.clone().nth_back(count - 1).or(before.clone().next());
            let found = recall.nth_last(room, middle, count as u64).unwrap();
            assert_eq!(found, wanted.map(|(seq, _)| *seq));
        }
    }
    for session in SESSIONS {
        let published = recall.published(session).unwrap();
        assert!(published.is_sorted_by(|one, next| one.id >= next.id));
        let mut found: Vec<_> = published
            .into_iter()
            .map(|found| (found.id, found.room, found.seq, found.time))
            .collect();
        let mut wanted: Vec<_> = model
            .rooms
            .values()
            .flat_map(BTreeMap::values)
            .filter_map(|kept| {
                let key = kept.key.as_ref().filter(|key| &*key.session == session)?;
                let message = &kept.message;
                Some((key.id, message.room.clone(), message.seq, message.time))
            })
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_history_is_a_few_maps(steps in proptest::collection::vec(step(), 1..25)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let (mut history, mut recall) = open(&path);
        let mut model = Model::default();
        let mut last = Batch::default();
        for step in steps {
            match step {
                Step::Commit(said) => {
                    last = model.batch(&said);
                    history.commit(&last).unwrap();
                }
                Step::Repeat => history.commit(&last).unwrap(),
                Step::Reserve { room, reserved } => {
                    let room = RoomName::parse(ROOMS[room]).unwrap();
                    model.reserved.insert(room.clone(), reserved);
                    let reserved = vec![KeptRoom { room, reserved }];
                    history.commit(&Batch { messages: Vec::new(), reserved }).unwrap();
                }
                Step::Trim { messages_max, age_max } => {
                    let age_max = age_max.map(Duration::from_micros);
                    let keep = Keep { messages_max, age_max };
                    let retention = Retention { rules: Vec::new(), otherwise: keep };
                    let removed = history.trim(&retention, model.now).unwrap();
                    prop_assert_eq!(removed, model.trim(keep));
                    // What has been trimmed would come back.
                    last = Batch::default();
                }
                Step::Reopen => {
                    drop((history, recall));
                    (history, recall) = open(&path);
                }
            }
            check(&mut history, &mut recall, &model);
        }
    }
}

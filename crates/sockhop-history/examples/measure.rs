//! Measures a history on the disk of this machine: how long commits take by size and kind, and
//! what reading and trimming cost. FOLDER says which disk, and is left as it was.
//!
//! `cargo run --release -p sockhop-history --example measure [FOLDER]`

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sockhop_history::SqliteHistory;
use sockhop_hub::history::{Batch, History, Kept, PublishKey, Recall};
use sockhop_hub::retention::{Keep, Retention};
use sockhop_proto::{Body, Message, Nick, RoomName};

/// A load, and its name in the table.
struct Load {
    name: &'static str,
    rooms: usize,
    body_bytes: usize,
    numbered: bool,
}

const LOADS: [Load; 4] = [
    Load {
        name: "64 B, one room",
        rooms: 1,
        body_bytes: 64,
        numbered: false,
    },
    Load {
        name: "100 B, one room, to be acked",
        rooms: 1,
        body_bytes: 100,
        numbered: true,
    },
    Load {
        name: "64 B, 16 rooms",
        rooms: 16,
        body_bytes: 64,
        numbered: false,
    },
    Load {
        name: "64 B, 1000 rooms",
        rooms: 1000,
        body_bytes: 64,
        numbered: false,
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let parent = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    // One of its own, since it is removed.
    let folder = &Path::new(&parent).join(format!("measure-history-{}", std::process::id()));
    println!(
        "{:<30} {:>5} {:>9} {:>8} {:>8} {:>8} {:>8}",
        "commit", "batch", "msg/s", "p50 µs", "p99", "p99.9", "max"
    );
    for load in &LOADS {
        for size in [1, 16, 64, 256, 2048] {
            std::fs::create_dir_all(folder)?;
            commits(folder, load, size)?;
            std::fs::remove_dir_all(folder)?;
        }
    }
    reads_and_trims(folder)?;
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

fn commits(folder: &Path, load: &Load, size: usize) -> Result<(), Box<dyn Error>> {
    let mut history = SqliteHistory::open(&folder.join("history.db"))?;
    let mut source = Source::new(load)?;
    // The first ones make the log grow: not what a hub that has run for a while does.
    for _ in 0..8 {
        history.commit(&source.batch(2048))?;
    }
    let commits = (400_000 / size).min(20_000);
    let mut took = Vec::with_capacity(commits);
    let begun = Instant::now();
    for _ in 0..commits {
        let batch = source.batch(size);
        let begun = Instant::now();
        history.commit(&batch)?;
        took.push(begun.elapsed());
    }
    let rate = (commits * size) as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_micros();
    println!(
        "{:<30} {size:>5} {rate:>9.0} {:>8} {:>8} {:>8} {:>8}",
        load.name,
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
    Ok(())
}

fn reads_and_trims(folder: &Path) -> Result<(), Box<dyn Error>> {
    let path = folder.join("history.db");
    let mut source = Source::new(&LOADS[1])?;
    let mut history = SqliteHistory::open(&path)?;
    for _ in 0..500 {
        history.commit(&source.batch(2000))?;
    }
    drop(history);
    println!(
        "\na room of 1000000 messages, {} MB",
        path.metadata()?.len() / 1_000_000
    );
    let (mut history, opened) = timed(|| SqliteHistory::open(&path))?;
    println!("open                           {opened:>9.2?}");
    let mut recall = history.recall()?;
    let room = &source.rooms[0];
    let (messages, read) = timed(|| recall.read(room, 500_000, 1_000_000, 128 << 10))?;
    println!("read {:>6} messages           {read:>9.2?}", messages.len());
    let (_, nth) = timed(|| recall.nth_last(room, 1_000_001, 100_000))?;
    println!("nth_last 100000                {nth:>9.2?}");
    let (published, read) = timed(|| recall.published("session-0123456789abcdef"))?;
    println!(
        "published {:>5}                {read:>9.2?}",
        published.len()
    );
    let keep = Keep {
        messages_max: Some(900_000),
        age_max: None,
    };
    let retention = Retention {
        rules: Vec::new(),
        otherwise: keep,
    };
    for _ in 0..14 {
        let (removed, trimmed) = timed(|| history.trim(&retention, u64::MAX))?;
        println!("trim removed {removed:>6}            {trimmed:>9.2?}");
    }
    Ok(())
}

fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), E> {
    let begun = Instant::now();
    work().map(|done| (done, begun.elapsed()))
}

/// Where messages come from.
struct Source {
    rooms: Vec<RoomName>,
    body: Body,
    from: Nick,
    session: Option<Arc<str>>,
    sent: usize,
}

impl Source {
    fn new(load: &Load) -> Result<Self, Box<dyn Error>> {
        let rooms = (0..load.rooms).map(|n| RoomName::parse(&format!("telemetry/{n}")));
        Ok(Self {
            rooms: rooms.collect::<Result<_, _>>()?,
            body: Body::Text("x".repeat(load.body_bytes).into()),
            from: Nick::parse("brave-otter")?,
            session: load.numbered.then(|| "session-0123456789abcdef".into()),
            sent: 0,
        })
    }

    fn batch(&mut self, size: usize) -> Batch {
        let messages = (0..size).map(|_| self.next()).collect();
        Batch {
            messages,
            reserved: Vec::new(),
        }
    }

    fn next(&mut self) -> Kept {
        let turn = self.sent;
        self.sent += 1;
        let message = Message {
            room: self.rooms[turn % self.rooms.len()].clone(),
            seq: (turn / self.rooms.len()) as u64 + 1,
            time: 1_780_000_000_000_000 + turn as u64,
            from: self.from.clone(),
            body: self.body.clone(),
            media_type: None,
            ephemeral: false,
        };
        let session = self.session.clone();
        let key = session.map(|session| PublishKey {
            session,
            id: turn as u64,
        });
        Kept {
            message: Arc::new(message),
            key,
        }
    }
}

//! One member never reads: what do the others notice, and what becomes of that member?
//!
//! 20 MB/s in messages of 1 KiB go to one room with ten ordinary readers and one that reads
//! nothing until the publisher has ended. Lateness counts from when a message was due, so a
//! publisher that is made to wait shows in it. Then the stalled reader reads: each message must
//! still come, or the member be told which ones it missed.

use std::time::Duration;

use crate::clock::nanoseconds;
use crate::histogram::Histogram;
use crate::hub::{Hub, Role};
use crate::record::Figures;
use crate::stamp::{Payload, Scanner, Stamp};
use crate::swarm::Outbox;
use crate::trial::{Patience, ROOM, Trial};
use crate::usage::Meter;

use super::{MIB, figures};

const READERS: usize = 10;
pub(crate) const PAYLOAD_BYTES: usize = 1024;
const PAYLOAD_BYTES_PER_S: u64 = 20_000_000;
const INTERVAL_NS: u64 = PAYLOAD_BYTES as u64 * 1_000_000_000 / PAYLOAD_BYTES_PER_S;
/// The publisher wakes this often and sends what is due.
const TICK: Duration = Duration::from_millis(1);

/// Runs it.
pub(crate) fn run(trial: &mut Trial<'_>) -> anyhow::Result<Figures> {
    trial.admit(READERS, Role::Reader, |_| ROOM.into())?;
    let stalled = trial.admit(1, Role::Reader, |_| ROOM.into())?;
    let publisher = trial.admit(1, Role::Publisher, |_| ROOM.into())?;
    trial.settle()?;
    trial.swarm.turn_away_from(stalled)?;

    let messages = nanoseconds(trial.pace.stall) / INTERVAL_NS;
    let mut readers = vec![Reader::default(); READERS];
    let mut lateness = Histogram::new();
    let mut payload = Payload::plain(PAYLOAD_BYTES);
    let mut outbox = Outbox::default();
    let mut sent = 0;
    let meter = Meter::start(trial.server.usage())?;
    let start_ns = trial.clock.now_ns();
    let mut reading = None;
    let mut patience = Patience::new();
    while readers
        .iter()
        .any(|reader| reader.next < messages && !reader.closed)
    {
        let now_ns = trial.clock.now_ns();
        while sent < messages && start_ns + sent * INTERVAL_NS <= now_ns {
            let stamp = Stamp {
                time_ns: start_ns + sent * INTERVAL_NS,
                number: sent,
            };
            trial
                .hub
                .publish(ROOM, payload.stamp(stamp), outbox.bytes_mut());
            sent += 1;
        }
        outbox.flush(&mut trial.swarm, publisher)?;
        if sent == messages && outbox.is_empty() && reading.is_none() {
            reading = Some(meter.read()?);
        }
        let clock = trial.clock;
        trial.swarm.poll(TICK, |index, bytes| {
            if let Some(reader) = readers.get_mut(index) {
                let now_ns = clock.now_ns();
                reader.read(bytes, |stamp| lateness.record(now_ns - stamp.time_ns));
            }
        })?;
        if patience.is_over(lateness.count()) {
            break;
        }
    }
    let reading = reading.map_or_else(|| meter.read(), Ok)?;
    let peak = trial.server.usage().rss_peak_bytes()?;

    trial.swarm.listen_to(stalled)?;
    let stalled = catch_up(trial, stalled, messages)?;

    let millis = |nanoseconds: u64| nanoseconds as f64 / 1e6;
    let lost: u64 = readers
        .iter()
        .map(|reader| messages - reader.received)
        .sum();
    Ok(figures([
        ("published", messages as f64),
        ("lost", lost as f64),
        (
            "disordered",
            readers.iter().map(|reader| reader.disordered).sum::<u64>() as f64,
        ),
        ("p50_ms", millis(lateness.quantile(0.5))),
        ("p99_ms", millis(lateness.quantile(0.99))),
        ("max_ms", millis(lateness.max())),
        ("cpu_percent", reading.server_cpu_percent()),
        ("peak_mib", peak as f64 / MIB),
        ("stalled_received", stalled.reader.received as f64),
        ("stalled_told_missed", stalled.told as f64),
        (
            "stalled_lost_untold",
            (messages - stalled.reader.received).saturating_sub(stalled.told) as f64,
        ),
        ("stalled_closed", f64::from(u8::from(stalled.reader.closed))),
    ]))
}

/// One reader's view of the numbered stream.
#[derive(Clone, Default)]
struct Reader {
    scanner: Scanner,
    next: u64,
    received: u64,
    disordered: u64,
    closed: bool,
}

impl Reader {
    fn read(&mut self, bytes: &[u8], mut on_stamp: impl FnMut(Stamp)) {
        self.closed |= bytes.is_empty();
        self.scanner.scan(bytes, |stamp| {
            if stamp.number < self.next {
                self.disordered += 1;
                return;
            }
            self.next = stamp.number + 1;
            self.received += 1;
            on_stamp(stamp);
        });
    }
}

struct Stalled {
    reader: Reader,
    told: u64,
}

/// Reads until the last message is there, the server has hung up, or nothing more comes.
fn catch_up(trial: &mut Trial<'_>, index: usize, messages: u64) -> anyhow::Result<Stalled> {
    let mut reader = Reader::default();
    let mut missed = Missed {
        buffer: Vec::new(),
        told: 0,
    };
    let hub = trial.hub;
    let mut patience = Patience::new();
    let mut bytes_read = 0;
    while reader.next < messages && !reader.closed && !patience.is_over(bytes_read) {
        trial
            .swarm
            .poll(Duration::from_millis(100), |from, bytes| {
                if from == index {
                    bytes_read += bytes.len() as u64;
                    missed.read(hub, bytes);
                    reader.read(bytes, |_| {});
                }
            })?;
    }
    missed.finish(hub);
    Ok(Stalled {
        reader,
        told: missed.told,
    })
}

/// Sums up the ranges that a server owned up to.
struct Missed {
    buffer: Vec<u8>,
    told: u64,
}

impl Missed {
    const WORD: &[u8] = b"missed";
    /// Both numbers of a range follow the word within this.
    const NOTICE_BYTES: usize = 160;

    fn read(&mut self, hub: &dyn Hub, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        self.look(hub, Self::NOTICE_BYTES);
    }

    fn finish(&mut self, hub: &dyn Hub) {
        self.look(hub, 0);
    }

    fn look(&mut self, hub: &dyn Hub, notice_bytes: usize) {
        let mut at = 0;
        while let Some(found) = memchr::memmem::find(&self.buffer[at..], Self::WORD) {
            at += found;
            let notice = &self.buffer[at..];
            if notice.len() < notice_bytes {
                self.buffer.drain(..at);
                return;
            }
            let notice = &notice[..notice.len().min(Self::NOTICE_BYTES)];
            if let Some((from, to)) = hub.missed_range(notice) {
                self.told += (to + 1).saturating_sub(from);
            }
            at += Self::WORD.len();
        }
        let kept = self
            .buffer
            .len()
            .saturating_sub(Self::WORD.len() - 1)
            .max(at);
        self.buffer.drain(..kept);
    }
}

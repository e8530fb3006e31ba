//! A busy room: 100 members, each saying 10 messages of 100 B a second to all the others.
//!
//! The load is fixed and every server carries it easily; what differs is what it costs and how
//! late a message is.

use std::time::Duration;

use crate::clock::nanoseconds;
use crate::histogram::Histogram;
use crate::hub::Role;
use crate::record::Figures;
use crate::stamp::{Payload, Scanner, Stamp};
use crate::trial::{Patience, ROOM, Trial};
use crate::usage::Meter;

use super::{MIB, figures};

const TALKERS: usize = 100;
const MESSAGES_PER_TALKER_PER_S: u64 = 10;
pub(crate) const PAYLOAD_BYTES: usize = 100;
/// Phases are spread evenly: someone speaks every millisecond.
const INTERVAL_NS: u64 = 1_000_000_000 / (TALKERS as u64 * MESSAGES_PER_TALKER_PER_S);
/// The talker's number in a stamp, above the number of its message.
const TALKER_SHIFT: u32 = 32;

/// Runs it.
pub(crate) fn run(trial: &mut Trial<'_>) -> anyhow::Result<Figures> {
    trial.admit(TALKERS, Role::Talker, |_| ROOM.into())?;
    trial.settle()?;

    let start_ns = trial.clock.now_ns();
    let measure_from_ns = start_ns + nanoseconds(trial.pace.warm_up);
    let messages = nanoseconds(trial.pace.warm_up + trial.pace.talk) / INTERVAL_NS;
    let mut room = Room::new();
    let mut payload = Payload::plain(PAYLOAD_BYTES);
    let mut encoded = Vec::new();
    let mut meter = None;
    for message in 0..messages {
        let due_ns = start_ns + message * INTERVAL_NS;
        while trial.clock.now_ns() < due_ns {
            room.listen(trial, due_ns, measure_from_ns)?;
        }
        let now_ns = trial.clock.now_ns();
        if meter.is_none() && now_ns >= measure_from_ns {
            meter = Some(Meter::start(trial.server.usage())?);
        }
        let talker = (message % TALKERS as u64) as usize;
        let nth = message / TALKERS as u64;
        let number = (talker as u64) << TALKER_SHIFT | nth;
        encoded.clear();
        let body = payload.stamp(Stamp {
            time_ns: now_ns,
            number,
        });
        trial.hub.publish(ROOM, body, &mut encoded);
        let written = trial.swarm.write(talker, &encoded)?;
        anyhow::ensure!(written == encoded.len(), "talker {talker}'s socket is full");
    }
    let reading = match meter {
        Some(meter) => meter.read()?,
        None => anyhow::bail!("the talk was shorter than its warm-up"),
    };

    let expected = messages * (TALKERS as u64 - 1);
    let mut patience = Patience::new();
    while room.delivered < expected {
        let until_ns = trial.clock.now_ns() + INTERVAL_NS;
        room.listen(trial, until_ns, measure_from_ns)?;
        let lost = expected - room.delivered.min(expected);
        anyhow::ensure!(
            !patience.is_over(room.delivered),
            "{lost} of {expected} deliveries are lost"
        );
    }
    anyhow::ensure!(
        room.delivered == expected,
        "{} of {expected} arrived",
        room.delivered
    );
    anyhow::ensure!(
        room.disordered == 0,
        "{} came out of order or twice",
        room.disordered
    );

    let micros = |fraction| room.latency.quantile(fraction) as f64 / 1e3;
    Ok(figures([
        ("cpu_percent", reading.server_cpu_percent()),
        ("generator_cpu_percent", reading.own_cpu_percent()),
        ("p50_us", micros(0.5)),
        ("p99_us", micros(0.99)),
        ("p999_us", micros(0.999)),
        ("max_us", room.latency.max() as f64 / 1e3),
        ("measured_deliveries", room.latency.count() as f64),
        ("rss_mib", trial.server.usage().rss_bytes()? as f64 / MIB),
    ]))
}

/// What all members have heard.
struct Room {
    scanners: Vec<Scanner>,
    /// The next message expected, by listener and talker.
    next: Vec<u64>,
    delivered: u64,
    disordered: u64,
    latency: Histogram,
}

impl Room {
    fn new() -> Self {
        Self {
            scanners: vec![Scanner::default(); TALKERS],
            next: vec![0; TALKERS * TALKERS],
            delivered: 0,
            disordered: 0,
            latency: Histogram::new(),
        }
    }

    fn listen(
        &mut self,
        trial: &mut Trial<'_>,
        until_ns: u64,
        measure_from_ns: u64,
    ) -> anyhow::Result<()> {
        let clock = trial.clock;
        let timeout = Duration::from_nanos(until_ns.saturating_sub(clock.now_ns()));
        let mut closed = None;
        trial.swarm.poll(timeout, |listener, bytes| {
            if bytes.is_empty() {
                closed = Some(listener);
            }
            let now_ns = clock.now_ns();
            self.scanners[listener].scan(bytes, |stamp| {
                let talker = (stamp.number >> TALKER_SHIFT) as usize;
                // Servers that cannot leave the echo away are not charged for it, nor praised.
                if talker == listener || talker >= TALKERS {
                    return;
                }
                let next = &mut self.next[listener * TALKERS + talker];
                self.disordered += u64::from(stamp.number & 0xffff_ffff != *next);
                *next += 1;
                self.delivered += 1;
                if stamp.time_ns >= measure_from_ns {
                    self.latency.record(now_ns - stamp.time_ns);
                }
            });
        })?;
        if let Some(index) = closed {
            anyhow::bail!("the server closed connection {index} under load");
        }
        Ok(())
    }
}

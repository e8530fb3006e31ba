//! One publisher, N readers, as fast as it goes: a closed loop without losses.
//!
//! At most a window of messages is published and not yet received by the slowest reader. The
//! publisher refills it in one write whenever a quarter is free, which is the same for every
//! server and lets each batch as well as it can.

use std::ops::Range;
use std::time::{Duration, Instant};

use crate::counter::Counter;
use crate::hub::Role;
use crate::record::Figures;
use crate::stamp::{Payload, Scanner, Stamp};
use crate::trial::{Patience, ROOM, Trial};
use crate::usage::Meter;

use super::{MIB, figures};

/// The load's size.
pub(crate) struct FanOut {
    pub members: usize,
    pub payload_bytes: usize,
    /// Messages.
    pub window: u64,
}

impl FanOut {
    pub(crate) fn run(&self, trial: &mut Trial<'_>) -> anyhow::Result<Figures> {
        trial.admit(self.members, Role::Reader, |_| ROOM.into())?;
        let publisher = trial.admit(1, Role::Publisher, |_| ROOM.into())?;
        trial.settle()?;

        let mut flow = Flow::new(self, trial, publisher);
        flow.run_for(trial, trial.pace.warm_up)?;
        let meter = Meter::start(trial.server.usage())?;
        let before = flow.delivered();
        flow.run_for(trial, trial.pace.measure)?;
        let delivered = (flow.delivered() - before) as f64;
        let reading = meter.read()?;
        anyhow::ensure!(delivered > 0.0, "nothing was delivered");
        let rss = trial.server.usage().rss_bytes()? as f64;
        flow.drain(trial)?;
        flow.check_last_message(trial)?;

        Ok(figures([
            ("deliveries_per_s", delivered / reading.wall.as_secs_f64()),
            (
                "cpu_ns_per_delivery",
                reading.server_cpu_ns as f64 / delivered,
            ),
            ("cpu_percent", reading.server_cpu_percent()),
            ("generator_cpu_percent", reading.own_cpu_percent()),
            ("rss_mib", rss / MIB),
        ]))
    }
}

/// Messages on their way from the publisher to the readers.
struct Flow<'a> {
    size: &'a FanOut,
    publisher: usize,
    /// A window full of encoded messages, all the same: any refill is a slice of it.
    block: Vec<u8>,
    message_bytes: usize,
    /// What of the block is still to be written.
    pending: Range<usize>,
    published: u64,
    /// By reader.
    counters: Vec<Counter>,
    received: Vec<u64>,
}

impl<'a> Flow<'a> {
    fn new(size: &'a FanOut, trial: &Trial<'_>, publisher: usize) -> Self {
        let mut message = Vec::new();
        trial.hub.publish(
            ROOM,
            Payload::plain(size.payload_bytes).bytes(),
            &mut message,
        );
        Self {
            size,
            publisher,
            block: message.repeat(size.window as usize),
            message_bytes: message.len(),
            pending: 0..0,
            published: 0,
            counters: vec![trial.hub.deliveries(); size.members],
            received: vec![0; size.members],
        }
    }

    fn delivered(&self) -> u64 {
        self.received.iter().sum()
    }

    fn slowest(&self) -> u64 {
        self.received.iter().copied().min().unwrap_or(0)
    }

    fn run_for(&mut self, trial: &mut Trial<'_>, duration: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            if self.pending.is_empty() {
                self.refill();
            }
            self.turn(trial)?;
        }
        Ok(())
    }

    fn refill(&mut self) {
        let in_flight = self.published.saturating_sub(self.slowest());
        let room = self.size.window.saturating_sub(in_flight);
        if room >= self.size.window / 4 {
            self.pending = 0..room as usize * self.message_bytes;
            self.published += room;
        }
    }

    /// Writes what the publisher's socket takes, then counts what the readers got.
    fn turn(&mut self, trial: &mut Trial<'_>) -> anyhow::Result<()> {
        if !self.pending.is_empty() {
            let bytes = &self.block[self.pending.clone()];
            self.pending.start += trial.swarm.write(self.publisher, bytes)?;
        }
        let mut closed = None;
        let (counters, received) = (&mut self.counters, &mut self.received);
        trial
            .swarm
            .poll(Duration::from_millis(100), |index, bytes| {
                if let Some(counter) = counters.get_mut(index) {
                    received[index] += counter.count(bytes);
                }
                if bytes.is_empty() {
                    closed = Some(index);
                }
            })?;
        if let Some(index) = closed {
            anyhow::bail!("the server closed connection {index} under load");
        }
        Ok(())
    }

    /// Every reader must have counted exactly what was published.
    fn drain(&mut self, trial: &mut Trial<'_>) -> anyhow::Result<()> {
        let mut patience = Patience::new();
        while !self.pending.is_empty() || self.slowest() < self.published {
            self.turn(trial)?;
            anyhow::ensure!(!patience.is_over(self.delivered()), "{}", self.shortfall());
        }
        let most = self.received.iter().copied().max().unwrap_or(0);
        anyhow::ensure!(
            most == self.published,
            "a reader counted {most} messages of {} published",
            self.published
        );
        Ok(())
    }

    /// One more message, which carries its number: it must reach each reader as it was sent,
    /// whatever the counters believe to have seen.
    fn check_last_message(&mut self, trial: &mut Trial<'_>) -> anyhow::Result<()> {
        let last = Stamp {
            time_ns: trial.clock.now_ns(),
            number: self.published,
        };
        let mut payload = Payload::plain(self.size.payload_bytes);
        self.block.clear();
        trial
            .hub
            .publish(ROOM, payload.stamp(last), &mut self.block);
        let written = trial.swarm.write(self.publisher, &self.block)?;
        anyhow::ensure!(
            written == self.block.len(),
            "the publisher's socket is full"
        );

        let mut scanners = vec![Scanner::default(); self.size.members];
        let mut seen = vec![0_u32; self.size.members];
        let mut patience = Patience::new();
        while seen.contains(&0) {
            trial
                .swarm
                .poll(Duration::from_millis(100), |index, bytes| {
                    if let Some(scanner) = scanners.get_mut(index) {
                        scanner.scan(bytes, |stamp| seen[index] += u32::from(stamp == last));
                    }
                })?;
            let reached = seen.iter().filter(|times| **times > 0).count();
            anyhow::ensure!(
                !patience.is_over(reached as u64),
                "the last message reached {reached} of {} readers",
                self.size.members
            );
        }
        anyhow::ensure!(
            seen.iter().all(|times| *times == 1),
            "the last message arrived twice"
        );
        Ok(())
    }

    fn shortfall(&self) -> String {
        let slowest = self.slowest();
        let short = self
            .received
            .iter()
            .filter(|count| **count < self.published)
            .count();
        format!(
            "{short} of {} readers are short, the slowest has {slowest} of {} messages",
            self.size.members, self.published
        )
    }
}

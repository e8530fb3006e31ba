//! Publishes that are acked once they are on disk, a fixed number in flight.
//!
//! A server may commit as many of them together as have arrived; nobody is asked to sync for
//! each one alone.

use std::time::{Duration, Instant};

use crate::counter::Counter;
use crate::hub::Role;
use crate::record::Figures;
use crate::stamp::Payload;
use crate::swarm::Outbox;
use crate::trial::{Patience, ROOM, Trial};
use crate::usage::Meter;

use super::{MIB, figures};

const PAYLOAD_BYTES: usize = 64;

/// The load's size.
pub(crate) struct Durable {
    pub connections: usize,
    /// Messages of each connection that are sent and not yet acked.
    pub in_flight: u64,
}

impl Durable {
    pub(crate) fn run(&self, trial: &mut Trial<'_>) -> anyhow::Result<Figures> {
        let acks = trial.hub.acks().map_err(anyhow::Error::msg)?;
        trial.admit(self.connections, Role::AckedPublisher, |_| ROOM.into())?;
        trial.settle()?;

        let mut publishers = Publishers {
            in_flight: self.in_flight,
            payload: Payload::plain(PAYLOAD_BYTES),
            each: vec![
                Publisher {
                    acks,
                    sent: 0,
                    acked: 0,
                    outbox: Outbox::default()
                };
                self.connections
            ],
        };
        publishers.run_until(trial, Instant::now() + trial.pace.warm_up)?;
        let meter = Meter::start(trial.server.usage())?;
        let before = publishers.acked();
        publishers.run_until(trial, Instant::now() + trial.pace.measure)?;
        let acked = (publishers.acked() - before) as f64;
        let reading = meter.read()?;
        anyhow::ensure!(acked > 0.0, "nothing was acked");
        let rss = trial.server.usage().rss_bytes()? as f64;
        publishers.drain(trial)?;

        Ok(figures([
            ("acks_per_s", acked / reading.wall.as_secs_f64()),
            ("cpu_ns_per_ack", reading.server_cpu_ns as f64 / acked),
            ("cpu_percent", reading.server_cpu_percent()),
            ("generator_cpu_percent", reading.own_cpu_percent()),
            ("rss_mib", rss / MIB),
        ]))
    }
}

struct Publishers {
    in_flight: u64,
    payload: Payload,
    each: Vec<Publisher>,
}

#[derive(Clone)]
struct Publisher {
    acks: Counter,
    sent: u64,
    acked: u64,
    /// Encoded, and not yet taken by the socket.
    outbox: Outbox,
}

impl Publishers {
    fn acked(&self) -> u64 {
        self.each.iter().map(|publisher| publisher.acked).sum()
    }

    fn sent(&self) -> u64 {
        self.each.iter().map(|publisher| publisher.sent).sum()
    }

    fn run_until(&mut self, trial: &mut Trial<'_>, end: Instant) -> anyhow::Result<()> {
        while Instant::now() < end {
            for publisher in &mut self.each {
                for _ in publisher.sent.saturating_sub(publisher.acked)..self.in_flight {
                    publisher.sent += 1;
                    let body = self.payload.bytes();
                    trial.hub.publish_acked(
                        ROOM,
                        body,
                        publisher.sent,
                        publisher.outbox.bytes_mut(),
                    );
                }
            }
            self.turn(trial)?;
        }
        Ok(())
    }

    /// Every message must be acked, each once.
    fn drain(&mut self, trial: &mut Trial<'_>) -> anyhow::Result<()> {
        let mut patience = Patience::new();
        while self
            .each
            .iter()
            .any(|publisher| publisher.acked < publisher.sent)
        {
            self.turn(trial)?;
            let (sent, acked) = (self.sent(), self.acked());
            anyhow::ensure!(!patience.is_over(acked), "only {acked} of {sent} are acked");
        }
        let over = self
            .each
            .iter()
            .any(|publisher| publisher.acked > publisher.sent);
        anyhow::ensure!(!over, "more acks than messages");
        Ok(())
    }

    fn turn(&mut self, trial: &mut Trial<'_>) -> anyhow::Result<()> {
        for (index, publisher) in self.each.iter_mut().enumerate() {
            publisher.outbox.flush(&mut trial.swarm, index)?;
        }
        let mut closed = None;
        trial
            .swarm
            .poll(Duration::from_millis(100), |index, bytes| {
                let publisher = &mut self.each[index];
                publisher.acked += publisher.acks.count(bytes);
                if bytes.is_empty() {
                    closed = Some(index);
                }
            })?;
        if let Some(index) = closed {
            anyhow::bail!("the server closed connection {index} under load");
        }
        Ok(())
    }
}

//! Clients that send, and get the same bytes back: one at a time to and fro, or pipelined.
//!
//! A client has a fixed number of messages on their way, and writes again, in one call, once a
//! quarter of them has come back. With one message that is a ping-pong.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::arrival::{self, Step};
use crate::clock::Clock;
use crate::histogram::Histogram;
use crate::launch::Launch;
use crate::pace::Pace;
use crate::pattern::Pattern;
use crate::record::Figures;
use crate::server::Server;
use crate::swarm::Swarm;
use crate::tool::{Job, Tool};
use crate::trial::Patience;
use crate::usage::Meter;

use super::figures;

const MESSAGE_BYTES: u64 = 64;
/// What each client says and hears first, so that all are being served when the load begins.
const GREETING: &[u8] = b"hello";

/// The load's size.
pub(crate) struct Echo {
    pub clients: usize,
    /// Messages of each client that are sent and not yet back.
    pub in_flight: u64,
}

impl Echo {
    pub(crate) fn run(&self, tool: &Tool, launch: &Launch, pace: &Pace) -> anyhow::Result<Figures> {
        let command = tool.command(Job::Echo, launch);
        let server = Server::start(launch, &command, None, launch.open_log()?)?;
        let mut swarm = Swarm::new()?;
        arrival::arrive(&mut swarm, server.address, self.clients, |_| {
            vec![Step::new(GREETING, GREETING)]
        })?;

        let mut crowd = Crowd::new(self, swarm);
        crowd.run_for(pace.warm_up)?;
        crowd.round_trips = Histogram::new();
        let meter = Meter::start(server.usage())?;
        let before = crowd.received();
        crowd.run_for(pace.measure)?;
        let reading = meter.read()?;
        let messages = (crowd.received() - before) as f64 / MESSAGE_BYTES as f64;
        anyhow::ensure!(messages > 0.0, "nothing came back");
        let micros = |fraction| crowd.round_trips.quantile(fraction) as f64 / 1e3;
        let (p50_us, p99_us) = (micros(0.5), micros(0.99));
        crowd.drain()?;

        Ok(figures([
            ("messages_per_s", messages / reading.wall.as_secs_f64()),
            (
                "cpu_ns_per_message",
                reading.server_cpu_ns as f64 / messages,
            ),
            ("p50_us", p50_us),
            ("p99_us", p99_us),
            ("cpu_percent", reading.server_cpu_percent()),
            ("generator_cpu_percent", reading.own_cpu_percent()),
        ]))
    }
}

/// All clients and what they have on its way.
struct Crowd {
    window_bytes: u64,
    swarm: Swarm,
    clock: Clock,
    pattern: Pattern,
    clients: Vec<Client>,
    /// Of each write: from just before it to the arrival of its last byte.
    round_trips: Histogram,
}

#[derive(Clone, Default)]
struct Client {
    sent: u64,
    received: u64,
    /// Of the writes that are not back yet: where each ended in the stream, and its time.
    writes: VecDeque<(u64, u64)>,
}

impl Crowd {
    fn new(size: &Echo, swarm: Swarm) -> Self {
        Self {
            window_bytes: size.in_flight * MESSAGE_BYTES,
            swarm,
            clock: Clock::start(),
            pattern: Pattern::new(),
            clients: vec![Client::default(); size.clients],
            round_trips: Histogram::new(),
        }
    }

    fn received(&self) -> u64 {
        self.clients.iter().map(|client| client.received).sum()
    }

    fn sent(&self) -> u64 {
        self.clients.iter().map(|client| client.sent).sum()
    }

    fn run_for(&mut self, duration: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + duration;
        while Instant::now() < end {
            self.send()?;
            self.receive()?;
        }
        Ok(())
    }

    /// Lets each client write what its window has room for.
    fn send(&mut self) -> anyhow::Result<()> {
        for (index, client) in self.clients.iter_mut().enumerate() {
            let room = self.window_bytes - (client.sent - client.received);
            if room < (self.window_bytes / 4).max(MESSAGE_BYTES) {
                continue;
            }
            let now_ns = self.clock.now_ns();
            let bytes = self.pattern.slice(client.sent, room);
            let written = self.swarm.write(index, bytes)?;
            if written > 0 {
                client.sent += written as u64;
                client.writes.push_back((client.sent, now_ns));
            }
        }
        Ok(())
    }

    /// Takes what has come back, which must be what was sent.
    fn receive(&mut self) -> anyhow::Result<()> {
        let (clients, pattern) = (&mut self.clients, &self.pattern);
        let (clock, round_trips) = (self.clock, &mut self.round_trips);
        let mut fault = None;
        self.swarm
            .poll(Duration::from_millis(100), |index, bytes| {
                let client = &mut clients[index];
                if let Err(error) = client.take(bytes, pattern) {
                    fault = Some(error.context(format!("connection {index}")));
                }
                let now_ns = clock.now_ns();
                while let Some((end, sent_ns)) = client.writes.front()
                    && *end <= client.received
                {
                    round_trips.record(now_ns - sent_ns);
                    client.writes.pop_front();
                }
            })?;
        fault.map_or(Ok(()), Err)
    }

    /// All that was sent must come back.
    fn drain(&mut self) -> anyhow::Result<()> {
        let mut patience = Patience::new();
        while self.received() < self.sent() {
            self.receive()?;
            let (sent, received) = (self.sent(), self.received());
            anyhow::ensure!(
                !patience.is_over(received),
                "only {received} of {sent} bytes came back"
            );
        }
        Ok(())
    }
}

impl Client {
    fn take(&mut self, bytes: &[u8], pattern: &Pattern) -> anyhow::Result<()> {
        anyhow::ensure!(!bytes.is_empty(), "the server closed it under load");
        anyhow::ensure!(
            pattern.is_at(self.received, bytes),
            "what came back after {} bytes is not what was sent",
            self.received
        );
        self.received += bytes.len() as u64;
        anyhow::ensure!(self.received <= self.sent, "more came back than was sent");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_takes_its_own_bytes_and_no_more() {
        let pattern = Pattern::new();
        let mut client = Client {
            sent: 100,
            ..Client::default()
        };
        assert!(client.take(pattern.slice(0, 60), &pattern).is_ok());
        assert!(client.clone().take(pattern.slice(0, 4), &pattern).is_err());
        assert!(
            client
                .clone()
                .take(pattern.slice(60, 41), &pattern)
                .is_err()
        );
        assert!(client.clone().take(&[], &pattern).is_err());
        assert!(client.take(pattern.slice(60, 40), &pattern).is_ok());
        assert_eq!(client.received, 100);
    }
}

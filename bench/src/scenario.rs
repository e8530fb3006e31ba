//! What is measured: one file a kind of load, and here the list of them all.

mod durable;
mod fan_out;
mod idle;
mod slow_reader;
mod talkers;

use crate::peer::Peer;
use crate::record::Figures;
use crate::trial::Trial;

use durable::Durable;
use fan_out::FanOut;

/// One row of the comparison.
pub(crate) struct Scenario {
    pub name: String,
    load: Load,
    /// Whether servers that can are to keep what is published on disk.
    pub durable: bool,
}

enum Load {
    FanOut(FanOut),
    Talkers,
    Idle,
    SlowReader,
    Durable(Durable),
}

/// Which columns a scenario's figures fill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    FanOut,
    Talkers,
    Idle,
    SlowReader,
    Durable,
}

impl Scenario {
    fn new(name: impl Into<String>, load: Load) -> Self {
        Self {
            name: name.into(),
            load,
            durable: false,
        }
    }

    fn with_history(self) -> Self {
        Self {
            name: format!("{}-history", self.name),
            durable: true,
            ..self
        }
    }

    /// Which columns its figures fill.
    pub(crate) fn family(&self) -> Family {
        match self.load {
            Load::FanOut(_) => Family::FanOut,
            Load::Talkers => Family::Talkers,
            Load::Idle => Family::Idle,
            Load::SlowReader => Family::SlowReader,
            Load::Durable(_) => Family::Durable,
        }
    }

    /// The scenario and the server its figures are divided by. With history on, Sockhop is held
    /// against servers that keep nothing.
    pub(crate) fn base(&self) -> (&str, &'static str) {
        let server = match self.family() {
            Family::Talkers | Family::Durable => "redis",
            Family::FanOut | Family::Idle | Family::SlowReader => "nats",
        };
        (
            self.name.strip_suffix("-history").unwrap_or(&self.name),
            server,
        )
    }

    /// Why this server is not asked to do this, if so.
    pub(crate) fn refusal(&self, peer: &dyn Peer) -> Option<&'static str> {
        if let Some(reason) = peer.left_out_of(self.family()) {
            return Some(reason);
        }
        let payload_bytes = match &self.load {
            Load::FanOut(fan_out) => fan_out.payload_bytes,
            Load::Talkers => talkers::PAYLOAD_BYTES,
            Load::SlowReader => slow_reader::PAYLOAD_BYTES,
            Load::Durable(_) => return peer.acks().err(),
            Load::Idle => return None,
        };
        if payload_bytes > peer.payload_bytes_max() {
            return Some("its lines are too short for this payload");
        }
        if self.durable && !peer.has_history() {
            return Some("keeps no history");
        }
        None
    }

    /// Does it. An error is a loss, a hang, or a server that is gone.
    pub(crate) fn run(&self, trial: &mut Trial<'_>) -> anyhow::Result<Figures> {
        match &self.load {
            Load::FanOut(fan_out) => fan_out.run(trial),
            Load::Talkers => talkers::run(trial),
            Load::Idle => idle::run(trial),
            Load::SlowReader => slow_reader::run(trial),
            Load::Durable(durable) => durable.run(trial),
        }
    }
}

/// All of them, in the order they are run and printed.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (payload_bytes, window) in [(64, 2048), (1024, 512)] {
        for members in [1, 10, 100, 1000] {
            let name = format!("fanout-{payload_bytes}-{members}");
            all.push(Scenario::new(
                name,
                Load::FanOut(FanOut {
                    members,
                    payload_bytes,
                    window,
                }),
            ));
        }
    }
    let fan_out = FanOut {
        members: 100,
        payload_bytes: 64,
        window: 2048,
    };
    all.push(Scenario::new("fanout-64-100", Load::FanOut(fan_out)).with_history());
    all.push(Scenario::new("talkers", Load::Talkers));
    for (connections, in_flight) in [(1, 256), (16, 16)] {
        let load = Load::Durable(Durable {
            connections,
            in_flight,
        });
        let scenario = Scenario::new(format!("durable-{connections}"), load);
        all.push(Scenario {
            durable: true,
            ..scenario
        });
    }
    all.push(Scenario::new("idle", Load::Idle));
    all.push(Scenario::new("slow-reader", Load::SlowReader));
    all.push(Scenario::new("slow-reader", Load::SlowReader).with_history());
    all
}

/// Those whose name is, or else contains, one of the patterns; all without patterns.
pub(crate) fn matching(patterns: &[String]) -> anyhow::Result<Vec<Scenario>> {
    let mut chosen = all();
    if patterns.is_empty() {
        return Ok(chosen);
    }
    let names: Vec<String> = chosen
        .iter()
        .map(|scenario| scenario.name.clone())
        .collect();
    chosen.retain(|scenario| {
        patterns.iter().any(|pattern| {
            if names.contains(pattern) {
                scenario.name == *pattern
            } else {
                scenario.name.contains(pattern.as_str())
            }
        })
    });
    anyhow::ensure!(
        !chosen.is_empty(),
        "no scenario matches; they are: {}",
        names.join(", ")
    );
    Ok(chosen)
}

/// Makes a [`Figures`] of pairs.
fn figures<const N: usize>(pairs: [(&str, f64); N]) -> Figures {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

const MIB: f64 = 1024.0 * 1024.0;

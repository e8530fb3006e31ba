//! What is measured: one file a kind of load, and here the list of them all.

mod copy;
mod durable;
mod echo;
mod fan_out;
mod idle;
mod slow_reader;
mod talkers;

use crate::hub::Hub;
use crate::launch::Launch;
use crate::pace::Pace;
use crate::peer::Peer;
use crate::record::Figures;
use crate::server::Server;
use crate::tool::Tool;
use crate::trial::Trial;

use copy::Copy;
use durable::Durable;
use echo::Echo;
use fan_out::FanOut;

/// One row of the comparison.
pub(crate) struct Scenario {
    pub name: String,
    load: Load,
    /// Whether hubs that can are to keep what is published on disk.
    pub durable: bool,
}

enum Load {
    Hub(HubLoad),
    Tool(ToolLoad),
}

enum HubLoad {
    FanOut(FanOut),
    WebSocket(FanOut),
    Talkers,
    Idle,
    SlowReader,
    Durable(Durable),
}

enum ToolLoad {
    Echo(Echo),
    Copy(Copy),
}

/// Which columns a scenario's figures fill.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    FanOut,
    WebSocket,
    Talkers,
    Idle,
    SlowReader,
    Durable,
    Echo,
    Copy,
}

impl Scenario {
    fn of_hubs(name: impl Into<String>, load: HubLoad) -> Self {
        Self {
            name: name.into(),
            load: Load::Hub(load),
            durable: false,
        }
    }

    fn of_tools(name: impl Into<String>, load: ToolLoad) -> Self {
        Self {
            name: name.into(),
            load: Load::Tool(load),
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
        match &self.load {
            Load::Hub(HubLoad::FanOut(_)) => Family::FanOut,
            Load::Hub(HubLoad::WebSocket(_)) => Family::WebSocket,
            Load::Hub(HubLoad::Talkers) => Family::Talkers,
            Load::Hub(HubLoad::Idle) => Family::Idle,
            Load::Hub(HubLoad::SlowReader) => Family::SlowReader,
            Load::Hub(HubLoad::Durable(_)) => Family::Durable,
            Load::Tool(ToolLoad::Echo(_)) => Family::Echo,
            Load::Tool(ToolLoad::Copy(_)) => Family::Copy,
        }
    }

    /// The scenario and the server its figures are divided by. With history on, Sockhop is held
    /// against servers that keep nothing; in copies, against socat with the large blocks that
    /// suit it there; over WebSockets, against itself without.
    pub(crate) fn base(&self) -> (&str, &'static str) {
        let server = match self.family() {
            Family::Talkers | Family::Durable => "redis",
            Family::WebSocket => "json",
            Family::FanOut | Family::Idle | Family::SlowReader => "nats",
            Family::Echo => "socat",
            Family::Copy => "socat-64k",
        };
        (
            self.name.strip_suffix("-history").unwrap_or(&self.name),
            server,
        )
    }

    /// Whether it is for this kind of peer at all.
    pub(crate) fn suits(&self, peer: &Peer) -> bool {
        match (&self.load, peer) {
            (Load::Hub(_), Peer::Hub(hub)) => hub.takes_part_in(self.family()),
            (Load::Tool(_), Peer::Tool(_)) => true,
            (Load::Hub(_), Peer::Tool(_)) | (Load::Tool(_), Peer::Hub(_)) => false,
        }
    }

    /// Why this peer, whose kind it is for, is not asked to do this, if so.
    pub(crate) fn refusal(&self, peer: &Peer) -> Option<&'static str> {
        let (Load::Hub(load), Peer::Hub(hub)) = (&self.load, peer) else {
            return None;
        };
        if let Some(reason) = hub.left_out_of(self.family()) {
            return Some(reason);
        }
        let payload_bytes = match load {
            HubLoad::FanOut(fan_out) | HubLoad::WebSocket(fan_out) => fan_out.payload_bytes,
            HubLoad::Talkers => talkers::PAYLOAD_BYTES,
            HubLoad::SlowReader => slow_reader::PAYLOAD_BYTES,
            HubLoad::Durable(_) => return hub.acks().err(),
            HubLoad::Idle => return None,
        };
        if payload_bytes > hub.payload_bytes_max() {
            return Some("its lines are too short for this payload");
        }
        if self.durable && !hub.has_history() {
            return Some("keeps no history");
        }
        None
    }

    /// Does it. An error is a loss, a hang, or a process that is gone.
    pub(crate) fn run(&self, peer: &Peer, launch: &Launch, pace: &Pace) -> anyhow::Result<Figures> {
        match (&self.load, peer) {
            (Load::Hub(load), Peer::Hub(hub)) => load.run(hub.as_ref(), launch, pace),
            (Load::Tool(load), Peer::Tool(tool)) => load.run(tool, launch, pace),
            (Load::Hub(_), Peer::Tool(_)) | (Load::Tool(_), Peer::Hub(_)) => {
                anyhow::bail!("{} is not for {}", self.name, peer.name())
            }
        }
    }
}

impl HubLoad {
    fn run(&self, hub: &dyn Hub, launch: &Launch, pace: &Pace) -> anyhow::Result<Figures> {
        let command = hub.command(launch)?;
        let server = Server::start(launch, &command, hub.ready_line(), launch.open_log()?)?;
        let trial = &mut Trial::new(hub, &server, pace)?;
        match self {
            Self::FanOut(fan_out) | Self::WebSocket(fan_out) => fan_out.run(trial),
            Self::Talkers => talkers::run(trial),
            Self::Idle => idle::run(trial),
            Self::SlowReader => slow_reader::run(trial),
            Self::Durable(durable) => durable.run(trial),
        }
    }
}

impl ToolLoad {
    fn run(&self, tool: &Tool, launch: &Launch, pace: &Pace) -> anyhow::Result<Figures> {
        match self {
            Self::Echo(echo) => echo.run(tool, launch, pace),
            Self::Copy(copy) => copy.run(tool, launch),
        }
    }
}

/// All of them, in the order they are run and printed.
pub(crate) fn all() -> Vec<Scenario> {
    let mut all = Vec::new();
    for (payload_bytes, window) in [(64, 2048), (1024, 512)] {
        for members in [1, 10, 100, 1000] {
            let name = format!("fanout-{payload_bytes}-{members}");
            all.push(Scenario::of_hubs(
                name,
                HubLoad::FanOut(FanOut {
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
    all.push(Scenario::of_hubs("fanout-64-100", HubLoad::FanOut(fan_out)).with_history());
    for members in [1, 10, 100, 1000] {
        let fan_out = FanOut {
            members,
            payload_bytes: 64,
            window: 2048,
        };
        let name = format!("websocket-64-{members}");
        all.push(Scenario::of_hubs(name, HubLoad::WebSocket(fan_out)));
    }
    all.push(Scenario::of_hubs("talkers", HubLoad::Talkers));
    for (connections, in_flight) in [(1, 256), (16, 16)] {
        let load = HubLoad::Durable(Durable {
            connections,
            in_flight,
        });
        let scenario = Scenario::of_hubs(format!("durable-{connections}"), load);
        all.push(Scenario {
            durable: true,
            ..scenario
        });
    }
    all.push(Scenario::of_hubs("idle", HubLoad::Idle));
    all.push(Scenario::of_hubs("slow-reader", HubLoad::SlowReader));
    all.push(Scenario::of_hubs("slow-reader", HubLoad::SlowReader).with_history());
    for (name, clients, in_flight) in [("echo-64", 1, 1), ("echo-50", 50, 64)] {
        let load = ToolLoad::Echo(Echo { clients, in_flight });
        all.push(Scenario::of_tools(name, load));
    }
    for (name, piped) in [("copy-1g", false), ("copy-1g-pipe", true)] {
        all.push(Scenario::of_tools(name, ToolLoad::Copy(Copy { piped })));
    }
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

//! A whole comparison: rounds over scenarios over servers, one server alive at a time.
//!
//! The order is A B C for each scenario, and all of that again for each round, so whatever else
//! the machine is doing falls on all servers alike.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit};

use crate::pace::Pace;
use crate::peer::{self, Peer};
use crate::record::{Figures, Outcome, Record};
use crate::scenario::Scenario;
use crate::server::{self, Server};
use crate::trial::Trial;

/// Files a process needs besides its connections.
const SPARE_FILES: u64 = 100;
/// What a comparison may open, in the generator and in a server alike.
const FILES_WANTED: u64 = 20_000;

/// What is to be run.
pub(crate) struct Plan {
    pub pace: Pace,
    pub rounds: u32,
    pub scenarios: Vec<Scenario>,
    pub peers: Vec<Box<dyn Peer>>,
    pub minutes_max: u64,
    pub sockhop: PathBuf,
    pub out: PathBuf,
}

impl Plan {
    /// Runs it all, and writes the results file anew after each trial.
    pub(crate) fn run(&self) -> anyhow::Result<Vec<Record>> {
        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot create {}", self.out.display()))?;
        let started_at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let results = self.out.join(format!("results-{started_at}.json"));
        let files = raise_file_limit();
        let deadline = Instant::now() + Duration::from_secs(60 * self.minutes_max);
        let total = self.rounds as usize * self.scenarios.len() * self.peers.len();

        let mut records = Vec::new();
        let mut skipped = 0;
        for round in 1..=self.rounds {
            for scenario in &self.scenarios {
                for peer in &self.peers {
                    if Instant::now() > deadline {
                        skipped += 1;
                        continue;
                    }
                    let started = Instant::now();
                    let outcome = self.outcome(scenario, peer.as_ref(), files);
                    let record = Record {
                        scenario: scenario.name.clone(),
                        server: peer.name().into(),
                        round,
                        outcome,
                    };
                    records.push(record);
                    let last = &records[records.len() - 1];
                    eprintln!(
                        "[{}/{total}] {} ({:.1?})",
                        records.len(),
                        summary(last),
                        started.elapsed()
                    );
                    fs::write(&results, serde_json::to_string_pretty(&records)?)?;
                }
            }
        }
        if skipped > 0 {
            eprintln!("out of time: {skipped} of {total} trials were not run");
        }
        eprintln!("raw results: {}", results.display());
        Ok(records)
    }

    fn outcome(&self, scenario: &Scenario, peer: &dyn Peer, files: u64) -> Outcome {
        if let Some(reason) = scenario.refusal(peer) {
            return Outcome::NotApplicable(reason.into());
        }
        if files < self.pace.idle_connections as u64 + SPARE_FILES {
            return Outcome::NotApplicable(format!("only {files} open files are allowed"));
        }
        let program = if peer.program() == peer::SOCKHOP {
            Some(self.sockhop.clone()).filter(|path| path.is_file())
        } else {
            server::find_program(peer.program())
        };
        let Some(program) = program else {
            return Outcome::NotApplicable(format!("{} is not installed", peer.program()));
        };
        let measured = Server::start(peer, scenario.durable, &program, &self.out)
            .and_then(|server| self.measure(scenario, peer, &server));
        match measured {
            Ok(figures) => Outcome::Measured(figures),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
    }

    fn measure(
        &self,
        scenario: &Scenario,
        peer: &dyn Peer,
        server: &Server,
    ) -> anyhow::Result<Figures> {
        scenario.run(&mut Trial::new(peer, server, &self.pace)?)
    }
}

/// Raises the limit of open files, which servers inherit, and says what it now is.
fn raise_file_limit() -> u64 {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let allowed = limit.maximum.unwrap_or(FILES_WANTED);
    let wanted = Rlimit {
        current: Some(allowed),
        maximum: limit.maximum,
    };
    match rustix::process::setrlimit(Resource::Nofile, wanted) {
        Ok(()) => allowed,
        Err(_) => limit.current.unwrap_or(FILES_WANTED),
    }
}

fn summary(record: &Record) -> String {
    let head = format!(
        "round {} {} {}",
        record.round, record.scenario, record.server
    );
    match &record.outcome {
        Outcome::Failed(reason) => format!("{head}: FAILED, {reason}"),
        Outcome::NotApplicable(reason) => format!("{head}: n/a, {reason}"),
        Outcome::Measured(figures) => {
            let figures: Vec<String> = figures
                .iter()
                .map(|(name, value)| {
                    let digits = if *value < 100.0 && value.fract() != 0.0 {
                        2
                    } else {
                        0
                    };
                    format!("{name} {value:.digits$}")
                })
                .collect();
            format!("{head}: {}", figures.join(", "))
        }
    }
}

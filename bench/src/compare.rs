//! A whole comparison: rounds over scenarios over servers, one server alive at a time.
//!
//! The order is A B C for each scenario, and all of that again for each round, so whatever else
//! the machine is doing falls on all servers alike.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit};

use crate::launch::{Launch, find_program};
use crate::pace::Pace;
use crate::peer::{Peer, SOCKHOP};
use crate::record::{Outcome, Record};
use crate::scenario::Scenario;

/// Files a process needs besides its connections.
const SPARE_FILES: u64 = 100;
/// What a comparison may open, in the generator and in a server alike.
const FILES_WANTED: u64 = 20_000;

/// What is to be run.
pub(crate) struct Plan {
    pub pace: Pace,
    pub rounds: u32,
    pub scenarios: Vec<Scenario>,
    pub peers: Vec<Peer>,
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
        let pairs = self.pairs();
        anyhow::ensure!(
            !pairs.is_empty(),
            "none of these scenarios is for any of these servers"
        );
        let total = self.rounds as usize * pairs.len();

        let mut records = Vec::new();
        let mut skipped = 0;
        for round in 1..=self.rounds {
            for &(scenario, peer) in &pairs {
                if Instant::now() > deadline {
                    skipped += 1;
                    continue;
                }
                let started = Instant::now();
                let record = Record {
                    scenario: scenario.name.clone(),
                    server: peer.name().into(),
                    round,
                    outcome: self.outcome(scenario, peer, files),
                };
                eprintln!(
                    "[{}/{total}] {} ({:.1?})",
                    records.len() + 1,
                    summary(&record),
                    started.elapsed()
                );
                records.push(record);
                fs::write(&results, serde_json::to_string_pretty(&records)?)?;
            }
        }
        if skipped > 0 {
            eprintln!("out of time: {skipped} of {total} trials were not run");
        }
        eprintln!("raw results: {}", results.display());
        Ok(records)
    }

    /// What one round does, in order.
    fn pairs(&self) -> Vec<(&Scenario, &Peer)> {
        let pairs = self
            .scenarios
            .iter()
            .flat_map(|scenario| self.peers.iter().map(move |peer| (scenario, peer)));
        pairs
            .filter(|(scenario, peer)| scenario.suits(peer))
            .collect()
    }

    fn outcome(&self, scenario: &Scenario, peer: &Peer, files: u64) -> Outcome {
        if let Some(reason) = scenario.refusal(peer) {
            return Outcome::NotApplicable(reason.into());
        }
        if files < self.pace.idle_connections as u64 + SPARE_FILES {
            return Outcome::NotApplicable(format!("only {files} open files are allowed"));
        }
        let program = if peer.program() == SOCKHOP {
            Some(self.sockhop.clone()).filter(|path| path.is_file())
        } else {
            find_program(peer.program())
        };
        let Some(program) = program else {
            return Outcome::NotApplicable(format!("{} is not installed", peer.program()));
        };
        if let Some(mut library) = peer.library(&program)
            && !library.is_installed()
        {
            return Outcome::NotApplicable(format!("{} is not installed", library.name));
        }
        let measured = Launch::prepare(peer.name(), program, scenario.durable, &self.out)
            .and_then(|launch| scenario.run(peer, &launch, &self.pace));
        match measured {
            Ok(figures) => Outcome::Measured(figures),
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
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

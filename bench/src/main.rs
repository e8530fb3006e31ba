//! Sockhop's load generator: the same scenarios against Sockhop and its peers, in turn.
//!
//! One thread and one epoll do all of the work, because the generator shares the machine with
//! the server it measures and whatever it burns, the server lacks. It never parses a message it
//! can merely count. Start reading at [`compare`]; what is measured is in [`scenario`], how each
//! hub is spoken to in [`hub`], and what the tools for plain sockets are asked in [`tool`].

#![expect(clippy::print_stdout, reason = "the table is this program's product")]
#![expect(
    clippy::print_stderr,
    reason = "progress goes where it cannot spoil the table"
)]

mod aim;
mod arrival;
mod clock;
mod compare;
mod counter;
mod histogram;
mod hub;
mod launch;
mod library;
mod pace;
mod pattern;
mod peer;
mod process;
mod readiness;
mod record;
mod report;
mod scenario;
mod server;
mod stamp;
mod swarm;
mod tool;
mod trial;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

/// Measures Sockhop beside NATS, Redis, mosquitto and ngircd, beside WebSocket servers, and beside
/// socat and ncat, on this machine.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every scenario on every server, round after round, and print the table of ratios
    Compare(CompareFlags),
    /// Print the table of an earlier run again, from its results file
    Table {
        /// A results-*.json file
        results: PathBuf,
    },
    /// List the scenarios and the servers
    List,
}

#[derive(Args)]
struct CompareFlags {
    /// One short round: a first impression in a few minutes, too noisy to quote
    #[arg(long)]
    quick: bool,
    /// Only scenarios whose name contains this (may be repeated)
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Only these servers, for example nats,redis,frame
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    peers: Vec<String>,
    /// Rounds over the whole list; the figures are medians over the rounds [default: 3]
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// Start no further measurement after this many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = 25)]
    minutes: u64,
    /// Sockhop's binary
    #[arg(long, value_name = "PATH", default_value = "target/release/sockhop")]
    sockhop: PathBuf,
    /// Where results, server logs and (while a server runs) its data go
    #[arg(long, value_name = "DIR", default_value = "bench/out")]
    out: PathBuf,
}

fn main() -> anyhow::Result<ExitCode> {
    match Cli::parse().command {
        Command::Compare(flags) => {
            let pace = pace::Pace::new(flags.quick);
            let plan = compare::Plan {
                rounds: flags.rounds.unwrap_or(pace.rounds),
                pace,
                scenarios: scenario::matching(&flags.only)?,
                peers: peer::named(&flags.peers)?,
                minutes_max: flags.minutes,
                sockhop: flags.sockhop,
                out: flags.out,
            };
            let records = plan.run()?;
            println!("{}", report::render(&records));
            let failed = records.iter().any(record::Record::is_failure);
            Ok(if failed {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            })
        }
        Command::Table { results } => {
            let text = std::fs::read_to_string(&results)
                .with_context(|| format!("cannot read {}", results.display()))?;
            let records: Vec<record::Record> = serde_json::from_str(&text)
                .with_context(|| format!("{} is not a results file", results.display()))?;
            println!("{}", report::render(&records));
            Ok(ExitCode::SUCCESS)
        }
        Command::List => {
            for scenario in scenario::all() {
                println!("scenario {}", scenario.name);
            }
            for peer in peer::all() {
                println!("server   {}", peer.name());
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

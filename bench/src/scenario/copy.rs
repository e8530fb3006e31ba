//! A gibibyte from one process of a tool to another: how long, and how much CPU time in both.
//!
//! As in `connect < file` and `listen > /dev/null`, or with pipes at both ends. It goes twice,
//! and the first time is not measured: then all that arrives comes through a pipe, and each byte
//! is looked at.
//!
//! No tool is asked to send as much through an echo and back: socat and ncat hang there, as each
//! end waits for the other to read before it reads itself.

mod drain;
mod source;

use std::io::{self, PipeReader};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::launch::Launch;
use crate::pattern::Pattern;
use crate::process::Process;
use crate::record::Figures;
use crate::server::Server;
use crate::tool::{Job, Tool};
use crate::usage::Usage;

use super::figures;
use source::Source;

const BYTES: u64 = 1 << 30;
/// How long the sender may take in all, and the receiver to end after it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the bytes come from and go to.
#[derive(Clone, Copy)]
pub(crate) struct Copy {
    /// Pipes at both ends, in place of a file and `/dev/null`.
    pub piped: bool,
}

/// What becomes of the bytes that arrive.
#[derive(Clone, Copy)]
enum Arrivals {
    /// `/dev/null`: only how the processes end tells that they are all there.
    Unseen,
    Counted,
    Compared,
}

/// What one copy has taken.
struct Spent {
    wall: Duration,
    sender_cpu_ns: u64,
    receiver_cpu_ns: u64,
}

impl Copy {
    pub(crate) fn run(self, tool: &Tool, launch: &Launch) -> anyhow::Result<Figures> {
        let pattern = Pattern::new();
        let source = Source::new(&pattern, BYTES)?;
        let measured = if self.piped {
            Arrivals::Counted
        } else {
            Arrivals::Unseen
        };
        self.pass(tool, launch, &source, &pattern, Arrivals::Compared)?;
        let spent = self.pass(tool, launch, &source, &pattern, measured)?;
        let cpu_ns = spent.sender_cpu_ns + spent.receiver_cpu_ns;
        Ok(figures([
            ("seconds", spent.wall.as_secs_f64()),
            ("cpu_s", cpu_ns as f64 / 1e9),
            ("sender_cpu_s", spent.sender_cpu_ns as f64 / 1e9),
            ("receiver_cpu_s", spent.receiver_cpu_ns as f64 / 1e9),
        ]))
    }

    fn pass(
        self,
        tool: &Tool,
        launch: &Launch,
        source: &Source,
        pattern: &Pattern,
        arrivals: Arrivals,
    ) -> anyhow::Result<Spent> {
        let (output, arrived) = arrivals.open()?;
        let (input, feed) = source.open(self.piped)?;
        let cpu_before_ns = ended_cpu_ns()?;
        let command = tool.command(Job::Receive, launch);
        let mut receiver = Server::start(launch, &command, None, output)?;
        thread::scope(|scope| {
            let started = Instant::now();
            // Whatever fails below ends the sender, and so the feeder, which the scope waits for.
            let command = tool.command(Job::Send, launch);
            let mut sender = Process::start(launch, &command, input, Stdio::null())?;
            let feeder = feed.map(|pipe| scope.spawn(move || source.feed(pipe)));
            if let Some(pipe) = arrived {
                arrivals.check(&pipe, pattern)?;
            }
            sender.wait(PATIENCE).context("the sender")?;
            let sender_ended_cpu_ns = ended_cpu_ns()?;
            receiver.process.wait(PATIENCE).context("the receiver")?;
            let wall = started.elapsed();

            let read = match feeder {
                Some(feeder) => feeder.join().expect("feeding does not panic")?,
                None => source.read_so_far()?,
            };
            anyhow::ensure!(read == BYTES, "the sender read {read} of {BYTES} bytes");
            Ok(Spent {
                wall,
                sender_cpu_ns: sender_ended_cpu_ns - cpu_before_ns,
                receiver_cpu_ns: ended_cpu_ns()? - sender_ended_cpu_ns,
            })
        })
    }
}

impl Arrivals {
    /// Where the receiver is to put them, and where they can be seen.
    fn open(self) -> io::Result<(Stdio, Option<PipeReader>)> {
        if matches!(self, Self::Unseen) {
            return Ok((Stdio::null(), None));
        }
        let (reader, writer) = io::pipe()?;
        Ok((writer.into(), Some(reader)))
    }

    /// Takes them, until the receiver has ended.
    fn check(self, pipe: &PipeReader, pattern: &Pattern) -> anyhow::Result<()> {
        let bytes = match self {
            Self::Compared => drain::compare(pipe, pattern)?,
            Self::Counted | Self::Unseen => drain::count(pipe)?,
        };
        anyhow::ensure!(bytes == BYTES, "{bytes} of {BYTES} bytes arrived");
        Ok(())
    }
}

/// What all processes that are started here, and have ended, have used.
fn ended_cpu_ns() -> anyhow::Result<u64> {
    Usage::of_self().ended_children_cpu_ns()
}

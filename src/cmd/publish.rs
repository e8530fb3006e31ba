//! `sockhop publish`: words, a file or standard input, into a room; each message acked.

mod input;
mod progress;

use std::collections::VecDeque;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use sockhop_client::{Ack, Body, Client, Draft, PublishError, Publishing};
use sockhop_proto::json::JSON;
use sockhop_proto::{Event, Id};

use crate::reach::{self, HubArgs, Link};
use crate::room;
use crate::stop::Stop;
use input::Input;
use progress::Progress;

/// Say something in a room: words, a file, or standard input, one message a line.
///
/// Ends once the hub has acked everything: then each message is in the room's log and, where the
/// hub keeps history, on disk. If the connection breaks, or the hub is restarted, it goes on where
/// it was: no line is lost, and none is said twice.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sockhop publish lobby Hello, everyone!
  sockhop publish telemetry/log --file flight.csv
  ./read-sensor | sockhop publish telemetry/imu
  sockhop publish photos --data --type image/jpeg --file photo.jpg

A line ends with LF or CRLF, which are not part of the message; an empty line is an empty message,
except on a terminal, where it is nothing. A line that is not UTF-8 is sent as bytes.

Exit code: 0 if everything was acked, 1 if not, 2 for wrong usage.")]
pub(crate) struct Args {
    /// The room, such as lobby or telemetry/imu
    #[arg(value_parser = room::name)]
    room: String,
    /// What to say; several words are one message. Without any, standard input is read
    #[arg(allow_negative_numbers = true)]
    words: Vec<String>,
    /// Read this file instead of standard input
    #[arg(long, short, value_name = "FILE", conflicts_with = "words")]
    file: Option<PathBuf>,
    /// Send bytes rather than text, and the whole input as one message
    #[arg(long)]
    data: bool,
    /// Say what a message is, such as image/png or application/json
    #[arg(long = "type", value_name = "TYPE")]
    media_type: Option<String>,
    /// Do not keep it in history: only those who follow the room now will see it
    #[arg(long)]
    ephemeral: bool,
    /// Print each ack as a JSON line: {"ev":"ack","id":1,"room":"lobby","seq":17,…}; id counts the
    /// messages
    #[arg(long)]
    json: bool,
    /// Show no progress and no summary, only failures
    #[arg(long, short)]
    quiet: bool,
    /// Give up when messages have waited for so long without an ack, such as 90 (seconds) or 5m
    #[arg(long, value_name = "TIME", default_value = "30", value_parser = reach::seconds)]
    timeout: Duration,
    #[command(flatten, next_help_heading = "Hub")]
    hub: HubArgs,
}

pub(crate) fn run(args: Args) -> Result<()> {
    crate::event_loop::block_on(publish(args))
}

async fn publish(args: Args) -> Result<()> {
    let mut stop = Stop::new()?;
    let input = Input::open(&args.words, args.file.as_deref(), args.data)?;
    let client = args.hub.open(|config| config.patience(args.timeout))?;
    let mut link = Link::new(&client, args.quiet);
    if !reach::welcomed(&client, &mut link, &mut stop).await? {
        return Err(anyhow!(
            "interrupted before the hub was there; nothing was published"
        ));
    }
    if input.is_typed() && !args.quiet {
        reach::say(&format!(
            "each line is a message in {}; Ctrl-D ends",
            args.room
        ));
    }
    let quiet = args.quiet || input.is_typed();
    let mut run = Run {
        progress: Progress::new(quiet || !std::io::stderr().is_terminal()),
        args,
        input: Some(input),
        next: None,
        on_their_way: VecDeque::new(),
        tally: Tally::default(),
        failure: None,
    };
    let outcome = run.go(&client, &mut link, &mut stop).await;
    match run.failure {
        Some(Failure::Interrupted) => client.abandon().await,
        _ => reach::goodbye(client).await,
    }
    outcome.and_then(|()| run.report())
}

/// One publish of many messages.
struct Run {
    args: Args,
    /// None at its end.
    input: Option<Input>,
    /// What waits for a place among those on their way.
    next: Option<Draft>,
    on_their_way: VecDeque<Publishing>,
    tally: Tally,
    failure: Option<Failure>,
    progress: Progress,
}

#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    acked: u64,
    last: Option<Ack>,
}

/// Why it has not all been published.
enum Failure {
    /// This message was refused.
    Refused(u64, PublishError),
    /// Nothing gets through any more.
    Ended(PublishError),
    Interrupted,
}

impl Run {
    /// Publishes until the input has ended and everything is settled, or nothing more can be.
    async fn go(&mut self, client: &Client, link: &mut Link, stop: &mut Stop) -> Result<()> {
        while self.has_more() {
            let can_read = self.next.is_none();
            // Cancel-safe, all of them: what is read, queued or acked is taken by its branch alone.
            tokio::select! {
                body = read(&mut self.input), if can_read && self.input.is_some() => {
                    match body? {
                        Some(body) => self.next = Some(self.draft(body)),
                        None => self.input = None,
                    }
                }
                queued = queue(client, self.next.as_ref()), if self.next.is_some() => {
                    self.next = None;
                    self.tally.sent += 1;
                    match queued {
                        Ok(publishing) => self.on_their_way.push_back(publishing),
                        Err(error) => self.fail(self.tally.sent, error),
                    }
                }
                acked = first(&mut self.on_their_way), if !self.on_their_way.is_empty() => {
                    self.on_their_way.pop_front();
                    self.settle(acked)?;
                }
                words = link.changed() => self.progress.say(&words),
                () = stop.wait() => {
                    // Typing is ended by Ctrl-C as well as by Ctrl-D.
                    if !self.on_their_way.is_empty() || self.next.is_some() {
                        self.failure.get_or_insert(Failure::Interrupted);
                    }
                    break;
                }
            }
        }
        self.progress.finish();
        Ok(())
    }

    fn has_more(&self) -> bool {
        self.input.is_some() || self.next.is_some() || !self.on_their_way.is_empty()
    }

    fn draft(&self, body: Body) -> Draft {
        let mut draft = Draft::new(&self.args.room, body);
        if let Some(media_type) = &self.args.media_type {
            draft = draft.media_type(media_type);
        }
        if self.args.ephemeral {
            draft = draft.ephemeral();
        }
        draft
    }

    fn settle(&mut self, acked: Result<Ack, PublishError>) -> Result<()> {
        match acked {
            Ok(ack) => {
                self.tally.acked += 1;
                self.progress.count(self.tally.acked);
                if self.args.json {
                    print_json(&ack)?;
                }
                self.tally.last = Some(ack);
            }
            Err(error) => {
                let number = self.tally.sent - self.on_their_way.len() as u64;
                self.fail(number, error);
            }
        }
        Ok(())
    }

    /// Reads no more: what comes after a message that was not published would leave a hole behind.
    fn fail(&mut self, number: u64, error: PublishError) {
        self.input = None;
        self.next = None;
        self.failure.get_or_insert(match error {
            PublishError::Ended(_) => Failure::Ended(error),
            error => Failure::Refused(number, error),
        });
    }

    fn report(self) -> Result<()> {
        let Tally { sent, acked, last } = self.tally;
        let error = match self.failure {
            None => {
                if !self.args.quiet && std::io::stderr().is_terminal() {
                    reach::say(&summary(&self.args.room, acked, last.as_ref()));
                }
                return Ok(());
            }
            Some(Failure::Refused(_, error)) if sent == 1 => return Err(error.into()),
            Some(Failure::Refused(number, error)) => {
                return Err(anyhow::Error::from(error)
                    .context(format!("message {number} was not published ({acked} were)")));
            }
            Some(Failure::Ended(PublishError::Ended(error))) => reach::explain(error),
            Some(Failure::Ended(error)) => error.into(),
            Some(Failure::Interrupted) => anyhow!("interrupted"),
        };
        Err(error.context(format!(
            "{} not acked, {acked} were",
            messages(sent - acked)
        )))
    }
}

async fn read(input: &mut Option<Input>) -> Result<Option<Body>> {
    match input {
        Some(input) => input.next().await,
        None => Ok(None),
    }
}

async fn queue(client: &Client, draft: Option<&Draft>) -> Result<Publishing, PublishError> {
    match draft {
        Some(draft) => client.queue(draft.clone()).await,
        None => std::future::pending().await,
    }
}

async fn first(on_their_way: &mut VecDeque<Publishing>) -> Result<Ack, PublishError> {
    match on_their_way.front_mut() {
        Some(publishing) => publishing.await,
        None => std::future::pending().await,
    }
}

fn print_json(ack: &Ack) -> Result<()> {
    let event = Event::Ack {
        id: Id::Number(ack.id),
        place: Some((ack.room.clone(), ack.seq)),
        time: ack.time,
    };
    let mut out = std::io::stdout().lock();
    out.write_all(&JSON.encoded(&event))
        .and_then(|()| out.flush())
        .context("the acks cannot be written to standard output")
}

fn summary(room: &str, acked: u64, last: Option<&Ack>) -> String {
    match last {
        Some(last) => format!("{} in {room}, last seq {}", messages(acked), last.seq),
        None => format!("nothing to say in {room}: the input was empty"),
    }
}

fn messages(count: u64) -> String {
    match count {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

//! `sockhop subscribe`: rooms, onto standard output or into a command.

mod exec;
mod form;
#[cfg(unix)]
mod hangup;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::BytesMut;
use sockhop_client::{Client, Heard, Origin, Seq, SubscribeError, Subscription};
use sockhop_proto::Filter;
use tokio::io::{AsyncWriteExt as _, Stdout};

use crate::reach::{self, HubArgs, Link};
use crate::room;
use crate::stop::Stop;
use exec::Exec;
use form::Form;

/// How much is written at once, about.
const WRITE_BYTES: usize = 64 << 10;

/// Follow rooms: every message once, in order, on standard output or into a command.
///
/// Goes on until Ctrl-C, or until --count messages have come. If the connection breaks, or the hub
/// is restarted, it goes on where it was: no message is lost, and none comes twice. Where messages
/// are gone for good, because the room is not kept or the hub keeps no history, standard error says
/// which.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sockhop subscribe lobby
  sockhop subscribe 'telemetry/#' --last 10
  sockhop subscribe telemetry/imu --raw > imu.csv
  sockhop subscribe photos --raw --count 1 > photo.jpg
  sockhop subscribe alarms --exec 'notify-send \"$SOCKHOP_FROM says\" \"$(cat)\"'

A message reads `<nick> text`, with its room in front where several are followed. Characters that
could move the cursor are shown as symbols; bytes are shown as their number. --raw writes the bodies
alone and unchanged, with a newline after each text that does not end in one, and nothing after
bytes.

--exec runs its command through the shell, once for each message and one after the other. Its
standard input is the body as by --raw, or with --json the event; its environment has SOCKHOP_ROOM,
SOCKHOP_SEQ, SOCKHOP_FROM, SOCKHOP_TYPE (empty, where the publisher gave none) and SOCKHOP_TIME_US
(microseconds since 1970). A command that fails is reported, and the next message is run all the
same.

Exit code: 0 when it was ended or --count was reached, 1 if it could not go on, 2 for wrong usage.")]
pub(crate) struct Args {
    /// Rooms such as lobby, or patterns such as 'telemetry/#': + is any one level, a last # all the
    /// rest. A room is joined, and the others there see it; rooms by patterns are only watched
    #[arg(required = true, value_name = "ROOM", value_parser = room::pattern)]
    rooms: Vec<String>,
    /// Begin with the last N messages of each room
    #[arg(long, value_name = "N", conflicts_with = "since")]
    last: Option<u64>,
    /// Begin with the message of this number
    #[arg(long, value_name = "SEQ")]
    since: Option<Seq>,
    /// End after N messages
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// One JSON object a line: {"ev":"message","room":"lobby","seq":17,"time_us":…,"from":…,
    /// "text":…}; bytes are "data", in base64
    #[arg(long, conflicts_with = "raw")]
    json: bool,
    /// The bodies alone, as they are. They are not made safe for a terminal
    #[arg(long)]
    raw: bool,
    /// Run a command for each message, with the message on its standard input
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Also show who comes, leaves or takes another name
    #[arg(long, conflicts_with_all = ["raw", "exec"])]
    presence: bool,
    /// Say nothing on standard error but why it ended
    #[arg(long, short)]
    quiet: bool,
    /// Give up when the hub has been gone for so long, such as 90 (seconds) or 5m [default: never]
    #[arg(long, value_name = "TIME", value_parser = reach::seconds)]
    timeout: Option<Duration>,
    #[command(flatten, next_help_heading = "Hub")]
    hub: HubArgs,
}

impl Args {
    fn origin(&self) -> Origin {
        match (self.last, self.since) {
            (Some(last), _) => Origin::Last(last),
            (None, Some(since)) => Origin::Since(since),
            (None, None) => Origin::Now,
        }
    }

    fn form(&self) -> Form {
        match (self.json, self.raw || self.exec.is_some()) {
            (true, _) => Form::Json,
            (false, true) => Form::Raw,
            (false, false) => Form::Text {
                with_room: self.rooms.len() > 1 || Filter::is_wild(&self.rooms[0]),
            },
        }
    }
}

pub(crate) fn run(args: Args) -> Result<()> {
    crate::event_loop::block_on(subscribe(args))
}

async fn subscribe(args: Args) -> Result<()> {
    let mut stop = Stop::new()?;
    let client = args.hub.open(|config| match args.timeout {
        Some(timeout) => config.patience(timeout),
        None => config,
    })?;
    let mut link = Link::new(&client, args.quiet);
    if !reach::welcomed(&client, &mut link, &mut stop).await? {
        return Ok(());
    }
    // Whatever is under way when it is told to stop is dropped where it stands.
    let followed = tokio::select! {
        followed = follow(&client, &args, &mut link) => Some(followed),
        () = stop.wait() => None,
        () = hung_up(), if args.exec.is_none() => None,
    };
    match followed {
        Some(Ok(())) => reach::goodbye(client).await,
        Some(Err(error)) if !is_broken_pipe(&error) => return Err(error),
        Some(Err(_)) | None => client.abandon().await,
    }
    Ok(())
}

/// Follows until enough has come.
async fn follow(client: &Client, args: &Args, link: &mut Link) -> Result<()> {
    let mut run = Run {
        form: args.form(),
        left: args.count.unwrap_or(u64::MAX),
        exec: args.exec.as_deref().map(Exec::new),
        presence: args.presence,
        quiet: args.quiet,
        output: BytesMut::new(),
        stdout: tokio::io::stdout(),
    };
    let subscribe = client.subscribe_all(args.rooms.iter(), args.origin());
    let mut subscription = subscribe.await.map_err(failed)?;
    if !args.quiet && io::stdout().is_terminal() {
        let nick = client.nick().map(|nick| format!(" as {nick}"));
        let rooms = args.rooms.join(", ");
        reach::say(&format!(
            "following {rooms}{}; Ctrl-C ends",
            nick.unwrap_or_default()
        ));
    }
    while run.left > 0 {
        // Cancel-safe, both: what is heard or said is taken by its branch alone.
        tokio::select! {
            heard = subscription.next() => match heard.map_err(failed)? {
                Some(heard) => run.take(heard, &mut subscription).await?,
                None => return Ok(()),
            },
            words = link.changed() => reach::say(&words),
        }
    }
    Ok(())
}

/// What becomes of what is heard.
struct Run {
    form: Form,
    /// How many messages are still wanted.
    left: u64,
    exec: Option<Exec>,
    presence: bool,
    quiet: bool,
    output: BytesMut,
    stdout: Stdout,
}

impl Run {
    /// Takes `heard`, and whatever else is there already, so that a burst is one write.
    async fn take(&mut self, heard: Heard, subscription: &mut Subscription) -> Result<()> {
        let mut heard = Some(heard);
        while let Some(taken) = heard {
            self.note(&taken);
            match (&taken, &self.exec) {
                (Heard::Message(message), Some(exec)) => {
                    exec.run(message, &self.form.bytes(&taken)).await?;
                }
                (_, Some(_)) => {}
                (_, None) if self.shows(&taken) => self.form.put(&taken, &mut self.output),
                (_, None) => {}
            }
            if matches!(taken, Heard::Message(_)) {
                self.left -= 1;
            }
            let more = self.left > 0 && self.output.len() < WRITE_BYTES;
            heard = more.then(|| subscription.try_next()).flatten();
        }
        self.write().await
    }

    fn shows(&self, heard: &Heard) -> bool {
        match heard {
            Heard::Joined { .. }
            | Heard::Left { .. }
            | Heard::Renamed { .. }
            | Heard::Presence { .. } => self.presence,
            // Said in words on standard error; a program is told in its own.
            Heard::Missed { .. } => matches!(self.form, Form::Json),
            Heard::Trouble(_) => false,
            _ => true,
        }
    }

    /// Says what is no output, and yet should be known.
    fn note(&self, heard: &Heard) {
        let words = match heard {
            // Numbers rather than messages: a hub that crashed leaves out those it may have used.
            Heard::Missed { room, from, to } => format!(
                "{room}: numbers {from} to {to} are passed over, as no longer kept or left out when the hub crashed"
            ),
            Heard::Restarted { room } => {
                format!("{room} begins anew: its hub was restarted, and keeps no history")
            }
            Heard::Trouble(refusal) => format!("the hub says: {refusal}"),
            _ => return,
        };
        if !self.quiet {
            reach::say(&words);
        }
    }

    async fn write(&mut self) -> Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = self.output.split();
        let written = async {
            self.stdout.write_all(&output).await?;
            self.stdout.flush().await
        };
        written.await.context("standard output cannot be written")
    }
}

/// Whoever read standard output has gone, as `head` does: that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<io::Error>();
    cause.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Waits until whoever reads standard output has gone, where the system can tell.
async fn hung_up() {
    #[cfg(unix)]
    hangup::wait().await;
    #[cfg(not(unix))]
    std::future::pending::<()>().await;
}

fn failed(error: SubscribeError) -> anyhow::Error {
    match error {
        SubscribeError::Ended(error) => reach::explain(error),
        error => error.into(),
    }
}

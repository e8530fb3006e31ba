//! One connection, from the first byte to the last: both halves at once, each with its own end.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use sockhop_net::fault::Cause;
use sockhop_net::{Fault, Language, Leave, Link, Peer, Receiver, Sender, Stage};

use crate::toolkit::input::Input;
use crate::toolkit::printer::Printer;

/// Where the other side's end cannot be waited for, so long a silence is one.
const LAST_ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// How the halves of a transport end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// Each by itself: a stream.
    Apart,
    /// Both at once: a WebSocket.
    Together,
    /// Not at all: datagrams.
    Never,
}

/// What a conversation goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// It ends when nothing has moved for so long.
    pub(super) silence_max: Option<Duration>,
    pub(super) ends: Ends,
    /// Whether the end of the other side's half means that it is gone, and will be back.
    pub(super) takes_end_for_loss: bool,
    /// Whether anything but a failure is worth a word.
    pub(super) talks: bool,
    /// Whether what comes is what the other side's own language begins with, and what goes has no
    /// bounds of its own.
    pub(super) is_bare: bool,
}

/// How far it has come, for the halves to tell each other.
struct Progress<'a> {
    printer: &'a Printer,
    heard: Cell<bool>,
    asked_http: Cell<bool>,
}

/// Why a half broke off.
enum Broken {
    Left(Leave),
    Input(anyhow::Error),
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self::Left(fault.into())
    }
}

/// Sends what is typed and takes in what comes, and says how it ended.
///
/// # Errors
/// Standard input cannot be read.
pub(super) async fn hold(
    link: &mut Link,
    input: &mut Input,
    manners: Manners,
    printer: &Printer,
) -> Result<Leave> {
    match converse(link, input, manners, printer).await {
        Ok(leave) | Err(Broken::Left(leave)) => Ok(leave),
        Err(Broken::Input(error)) => Err(error),
    }
}

async fn converse(
    link: &mut Link,
    input: &mut Input,
    manners: Manners,
    printer: &Printer,
) -> Result<Leave, Broken> {
    let (peer, pulse) = (link.peer().clone(), link.pulse());
    let is_typed = input.is_typed();
    let progress = Progress {
        printer,
        heard: Cell::new(false),
        asked_http: Cell::new(false),
    };
    let Link { receiver, sender } = link;
    let mut state = State::default();
    {
        let hearing = hear(receiver, &progress, manners);
        let speaking = speak(sender, input, &progress, manners);
        tokio::pin!(hearing, speaking);
        while !state.is_over(manners) {
            tokio::select! {
                heard = &mut hearing, if !state.all_heard => {
                    heard.map_err(|broken| in_vain(broken, &peer, &progress))?;
                    state.all_heard = true;
                    // In a pipe, what is still to be sent is sent: the other side may have ended
                    // its half alone. A person would type into the void.
                    let is_end = is_typed || manners.takes_end_for_loss;
                    if !state.all_said && is_end {
                        return Ok(state.end(&peer, &progress, manners));
                    }
                    if !state.all_said && progress.heard.get() && manners.talks {
                        progress.printer.say(&format!(
                            "{peer} has ended its half; what standard input still brings is sent"
                        ));
                    }
                }
                said = &mut speaking, if !state.all_said => {
                    state.all_said = true;
                    match said {
                        // The last answer may say why.
                        Err(Broken::Left(Leave::Fault(fault))) if may_still_hear(&fault) => {
                            state.broken = Some(fault);
                        }
                        said => said?,
                    }
                }
                silent = pulse.stopped(state.patience(manners, &progress)) => {
                    if state.talks_to_nobody(&progress) {
                        return Ok(state.end(&peer, &progress, manners));
                    }
                    if !state.waits_for_last_answer(manners) {
                        return Ok(Leave::Silent { silent });
                    }
                    state.all_heard = true;
                    state.heard_enough = true;
                }
            }
        }
    }
    if manners.ends == Ends::Together {
        // Whoever has left already needs no goodbye.
        let _ = sender.finish().await;
    }
    Ok(state.end(&peer, &progress, manners))
}

/// Which half has ended, and how.
#[derive(Debug, Default)]
struct State {
    all_heard: bool,
    all_said: bool,
    /// That was for this side to say.
    heard_enough: bool,
    /// Nothing more can be said.
    broken: Option<Fault>,
}

impl State {
    fn is_over(&self, manners: Manners) -> bool {
        match manners.ends {
            Ends::Together => self.all_heard,
            Ends::Apart | Ends::Never => self.all_heard && self.all_said,
        }
    }

    /// Whether everything is said, and nothing but silence tells that the answers are over.
    fn waits_for_last_answer(&self, manners: Manners) -> bool {
        self.all_said && (manners.ends != Ends::Apart || self.broken.is_some())
    }

    /// Whether the other side has ended without a word, while there was more to say: it may read on,
    /// or be gone.
    fn talks_to_nobody(&self, progress: &Progress<'_>) -> bool {
        self.all_heard && !self.all_said && !progress.heard.get()
    }

    fn patience(&self, manners: Manners, progress: &Progress<'_>) -> Option<Duration> {
        let last = self.waits_for_last_answer(manners) || self.talks_to_nobody(progress);
        manners.silence_max.or(last.then_some(LAST_ANSWER_WITHIN))
    }

    /// How it has ended.
    fn end(self, peer: &Peer, progress: &Progress<'_>, manners: Manners) -> Leave {
        // A WebSocket was an answer already.
        let is_stream = manners.ends == Ends::Apart;
        let said_in_vain = is_stream && (!self.all_said || self.broken.is_some());
        match self.broken {
            _ if said_in_vain && !progress.heard.get() => {
                Fault::closed_before_answer(peer.as_str()).into()
            }
            Some(fault) => fault.into(),
            None if self.heard_enough => Leave::Done,
            None => Leave::Closed,
        }
    }
}

/// A connection that is broken off before anything came on it, as far as it can be explained.
fn in_vain(broken: Broken, peer: &Peer, progress: &Progress<'_>) -> Broken {
    match broken {
        Broken::Left(Leave::Fault(fault))
            if matches!(fault.cause(), Cause::Reset) && !progress.heard.get() =>
        {
            Fault::closed_before_answer(peer.as_str()).into()
        }
        broken => broken,
    }
}

/// Whether what broke is this side's half alone, as far as is known.
fn may_still_hear(fault: &Fault) -> bool {
    fault.stage() == Stage::Transfer && !matches!(fault.cause(), Cause::Refused)
}

/// Takes in what comes. Whoever watches the link shows it.
async fn hear(
    receiver: &mut Receiver,
    progress: &Progress<'_>,
    manners: Manners,
) -> Result<(), Broken> {
    while let Some(message) = next(receiver, progress).await? {
        if !progress.heard.replace(true)
            && manners.is_bare
            && let Some(language) = Language::recognise(&message)
        {
            betray(language, receiver.peer(), progress, manners)?;
        }
    }
    Ok(())
}

/// The next message; none at the end. Half of all TLS programs end without the goodbye of TLS, so
/// that is worth a word, but is no failure.
async fn next(receiver: &mut Receiver, progress: &Progress<'_>) -> Result<Option<Bytes>, Broken> {
    match receiver.receive().await {
        Err(fault) if matches!(fault.cause(), Cause::CutOff) => {
            progress.printer.say(&fault.with_advice());
            Ok(None)
        }
        received => Ok(received?),
    }
}

/// Says what the other side seems to speak, where nobody would type it, unless that is just what it
/// was asked in. Who answers in TLS has not understood a word.
fn betray(
    language: Language,
    peer: &Peer,
    progress: &Progress<'_>,
    manners: Manners,
) -> Result<(), Broken> {
    let fault = Fault::foreign(peer.as_str(), language);
    let is_mistaken = match language {
        Language::Tls => return Err(fault.into()),
        Language::Http => !progress.asked_http.get(),
        Language::Ssh | Language::Vnc => true,
        _ => false,
    };
    if is_mistaken && manners.talks {
        progress.printer.say(&fault.with_advice());
    }
    Ok(())
}

async fn speak(
    sender: &mut Sender,
    input: &mut Input,
    progress: &Progress<'_>,
    manners: Manners,
) -> Result<(), Broken> {
    let is_typed = input.is_typed();
    while let Some(piece) = input.next().await.map_err(Broken::Input)? {
        if is_http(&piece) {
            progress.asked_http.set(true);
        }
        let put = match manners.is_bare && !is_typed {
            true => sender.put_bytes(piece),
            false => sender.put(piece),
        };
        match put {
            // A person can type it again, shorter.
            Err(fault) if is_typed => progress.printer.say(&fault.with_advice()),
            put => put?,
        }
        sender.flush().await?;
    }
    match manners.ends {
        Ends::Apart => Ok(sender.finish().await?),
        Ends::Together | Ends::Never => Ok(()),
    }
}

fn is_http(piece: &[u8]) -> bool {
    let methods = [
        "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ",
    ];
    methods
        .iter()
        .any(|method| piece.starts_with(method.as_bytes()))
}

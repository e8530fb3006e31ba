//! One connection, from the first byte to the last: both halves at once, each with its own end.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use sockhop_net::fault::Cause;
use sockhop_net::{Fault, Language, Leave, Link, Peer, Receiver, Sender};
use tokio::time::{Instant, sleep_until};

use crate::toolkit::input::Input;
use crate::toolkit::printer::Printer;

/// Datagrams have no end. Once everything is said, so long a silence is one.
const LAST_ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// What a conversation goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// It ends when nothing has moved for so long.
    pub(super) silence_max: Option<Duration>,
    /// Whether the transport can say that nothing more comes.
    pub(super) has_end: bool,
    /// Whether the end of the other side's half means that it is gone, and will be back.
    pub(super) takes_end_for_loss: bool,
    /// Whether anything but a failure is worth a word.
    pub(super) talks: bool,
    /// Whether what comes is what the other side's own language begins with.
    pub(super) is_bare: bool,
}

/// How far it has come, for the halves to tell each other.
struct Progress<'a> {
    printer: &'a Printer,
    moved_at: Cell<Instant>,
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
    let peer = link.peer().clone();
    let is_typed = input.is_typed();
    let progress = Progress {
        printer,
        moved_at: Cell::new(Instant::now()),
        heard: Cell::new(false),
        asked_http: Cell::new(false),
    };
    let Link { receiver, sender } = link;
    let hearing = hear(receiver, &progress, manners);
    let speaking = speak(sender, input, &progress);
    tokio::pin!(hearing, speaking);
    let (mut all_heard, mut all_said) = (false, false);
    loop {
        let silence_max = match all_said && !manners.has_end {
            true => manners.silence_max.or(Some(LAST_ANSWER_WITHIN)),
            false => manners.silence_max,
        };
        tokio::select! {
            heard = &mut hearing, if !all_heard => {
                heard?;
                all_heard = true;
                if !progress.heard.get() && !all_said {
                    return Err(Fault::closed_before_answer(peer.as_str()).into());
                }
                // In a pipe, what is still to be sent is sent: the other side may have ended its
                // half alone. A person sees nothing come, and would type into the void.
                if is_typed || manners.takes_end_for_loss {
                    return Ok(Leave::Closed);
                }
                if !all_said && manners.talks {
                    progress.printer.say(&format!(
                        "{peer} has ended its half; what standard input still brings is sent"
                    ));
                }
            }
            said = &mut speaking, if !all_said => {
                said?;
                all_said = true;
            }
            silent = silence(&progress, silence_max) => {
                return Ok(match manners.has_end || !all_said {
                    true => Leave::Silent { silent },
                    false => Leave::Done,
                });
            }
        }
        if all_heard && all_said {
            return Ok(Leave::Closed);
        }
    }
}

/// Takes in what comes. Whoever watches the link shows it.
async fn hear(
    receiver: &mut Receiver,
    progress: &Progress<'_>,
    manners: Manners,
) -> Result<(), Broken> {
    while let Some(message) = next(receiver, progress, manners).await? {
        progress.moved_at.set(Instant::now());
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
async fn next(
    receiver: &mut Receiver,
    progress: &Progress<'_>,
    manners: Manners,
) -> Result<Option<Bytes>, Broken> {
    match receiver.receive().await {
        Err(fault) if matches!(fault.cause(), Cause::CutOff) => {
            if manners.talks {
                progress.printer.say(&fault.with_advice());
            }
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
) -> Result<(), Broken> {
    let is_typed = input.is_typed();
    while let Some(piece) = input.next().await.map_err(Broken::Input)? {
        if is_http(&piece) {
            progress.asked_http.set(true);
        }
        match sender.put(piece) {
            // A person can type it again, shorter.
            Err(fault) if is_typed => progress.printer.say(&fault.with_advice()),
            put => put?,
        }
        sender.flush().await?;
        progress.moved_at.set(Instant::now());
    }
    Ok(sender.finish().await?)
}

fn is_http(piece: &[u8]) -> bool {
    let methods = [
        "GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ",
    ];
    methods
        .iter()
        .any(|method| piece.starts_with(method.as_bytes()))
}

/// Waits until nothing has moved for `silence_max`.
async fn silence(progress: &Progress<'_>, silence_max: Option<Duration>) -> Duration {
    let Some(silence_max) = silence_max else {
        return std::future::pending().await;
    };
    loop {
        let over_at = progress.moved_at.get() + silence_max;
        if over_at <= Instant::now() {
            return silence_max;
        }
        sleep_until(over_at).await;
    }
}

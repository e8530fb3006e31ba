//! A chat: each line is passed on to all others, behind the nickname of whoever said it.
//!
//!     cargo run --example chat                     # on this computer, port 5000
//!     cargo run --example chat -- 0.0.0.0:5000     # or for every computer on the network
//!     nc 127.0.0.1 5000                            # in several terminals: type something
//!
//! Who comes gets a random nick, and `/nick NAME` changes it. `sockhop listen 5000 --relay` passes
//! on too, without nicks; `sockhop serve` is a chat with rooms, history and much else.
//!
//! All that is said goes through one channel that keeps the last 256 lines, and each client reads
//! it at its own speed. So whoever stops reading holds nobody up: it misses some lines, and is told
//! so.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it tells who comes and goes"
)]

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sockhop_net::{Fault, Framing, Incoming, Link, Listener, Peer, Sender};
use tokio::signal::ctrl_c;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::task::yield_now;

/// What has been said lately, for those who read slowly.
const LINES_KEPT: usize = 256;
const LINE_BYTES_MAX: usize = 4096;
const NICK_CHARS_MAX: usize = 32;

const MOODS: [&str; 8] = [
    "brave", "calm", "eager", "gentle", "happy", "lucky", "quick", "witty",
];
const ANIMALS: [&str; 8] = [
    "badger", "falcon", "fox", "heron", "lynx", "otter", "seal", "wren",
];

/// What all clients share.
struct Chat {
    lines: broadcast::Sender<Line>,
    nicks: Mutex<BTreeSet<String>>,
}

/// What was said, and by whom: nobody hears themselves.
#[derive(Clone)]
struct Line {
    by: Peer,
    text: Arc<str>,
}

/// A nick that nobody else has, as long as this lives.
struct Nick {
    chat: Arc<Chat>,
    name: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        ended = serve() => ended,
        _ = ctrl_c() => Ok(()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or("5000".to_owned());
    let listening = Listener::on(&endpoint.parse()?).await;
    let mut listener = listening.map_err(|fault| fault.with_advice())?;
    println!("listening on {}", listener.endpoint());
    let chat = Arc::new(Chat {
        lines: broadcast::Sender::new(LINES_KEPT),
        nicks: Mutex::default(),
    });
    loop {
        let incoming = listener.accept().await?;
        let chat = Arc::clone(&chat);
        tokio::spawn(async move {
            let peer = incoming.peer.clone();
            let mut nick = Nick::random(chat);
            println!("connected {peer}, {}", nick.name);
            match talk(incoming, &mut nick).await {
                Ok(()) => println!("left {peer}, {}", nick.name),
                Err(fault) => println!("{fault} ({})", nick.name),
            }
            nick.chat.say(&peer, format!("* {} has left", nick.name));
        });
    }
}

/// One client, from its arrival to its leaving.
async fn talk(incoming: Incoming, nick: &mut Nick) -> Result<(), Fault> {
    let link = Link::accept(incoming).await?;
    let mut link = link.framed_within(Framing::Line, LINE_BYTES_MAX);
    let peer = link.peer().clone();
    let chat = Arc::clone(&nick.chat);
    // From here on nothing that is said is missed, so this comes before anything else.
    let mut lines = chat.lines.subscribe();
    let others = chat.nicks().len() - 1;
    let welcome = format!(
        "* You are {}. Others here: {others}. /nick NAME renames you.",
        nick.name
    );
    link.sender.send(welcome.as_bytes()).await?;
    chat.say(&peer, format!("* {} is here", nick.name));
    loop {
        // Both can be dropped half-way without losing anything, so neither waits for the other.
        tokio::select! {
            typed = link.receiver.receive() => match typed? {
                Some(typed) => {
                    let typed = String::from_utf8_lossy(&typed);
                    if let Some(answer) = nick.hear(&peer, typed.trim()) {
                        link.sender.send(answer.as_bytes()).await?;
                    }
                    // Who says a thousand lines at once lets the others keep up with them.
                    yield_now().await;
                }
                None => break,
            },
            line = lines.recv() => match line {
                Ok(line) if line.by == peer => {}
                Ok(line) => link.sender.send(line.text.as_bytes()).await?,
                Err(RecvError::Lagged(missed)) => tell_missed(&mut link.sender, missed).await?,
                Err(RecvError::Closed) => break,
            },
        }
    }
    link.sender.finish().await
}

async fn tell_missed(sender: &mut Sender, missed: u64) -> Result<(), Fault> {
    let notice = format!("* You were too slow for the last {missed} lines.");
    sender.send(notice.as_bytes()).await
}

impl Chat {
    /// Tells everybody but `by`.
    fn say(&self, by: &Peer, text: String) {
        let line = Line {
            by: by.clone(),
            text: text.into(),
        };
        // It fails only if nobody is listening.
        let _ = self.lines.send(line);
    }

    fn nicks(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.nicks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Nick {
    fn random(chat: Arc<Chat>) -> Self {
        let mut nicks = chat.nicks();
        let mut name = format!("{}-{}", pick(&MOODS), pick(&ANIMALS));
        while !nicks.insert(name.clone()) {
            name.push(fastrand::digit(10));
        }
        drop(nicks);
        Self { chat, name }
    }

    /// Does what was typed, and gives the answer to it, if there is one.
    fn hear(&mut self, peer: &Peer, typed: &str) -> Option<String> {
        // Control characters would let a line do as it likes with the others' terminals.
        let typed = typed.replace(char::is_control, "\u{fffd}");
        let old = self.name.clone();
        match typed.split_once(' ') {
            _ if typed.is_empty() => return None,
            Some(("/nick", name)) => match self.rename(name.trim()) {
                Ok(()) => self.chat.say(peer, format!("* {old} is now {name}")),
                Err(why) => return Some(format!("* {why}")),
            },
            _ if typed.starts_with('/') => return Some("* There is only /nick NAME.".to_owned()),
            _ => self.chat.say(peer, format!("<{old}> {typed}")),
        }
        None
    }

    fn rename(&mut self, name: &str) -> Result<(), &'static str> {
        if name.is_empty() || name.contains(' ') || name.chars().count() > NICK_CHARS_MAX {
            return Err("A nick has 1 to 32 characters and no spaces.");
        }
        let mut nicks = self.chat.nicks();
        if !nicks.insert(name.to_owned()) {
            return Err("Somebody has that nick.");
        }
        nicks.remove(&self.name);
        self.name = name.to_owned();
        Ok(())
    }
}

impl Drop for Nick {
    fn drop(&mut self) {
        self.chat.nicks().remove(&self.name);
    }
}

fn pick(words: &[&'static str]) -> &'static str {
    words[fastrand::usize(..words.len())]
}

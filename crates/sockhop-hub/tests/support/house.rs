//! A hub, a store and a clock, moved by hand.

use std::collections::VecDeque;

use sockhop_hub::history::History as _;
use sockhop_hub::{Config, Entropy, Fetch, Flow, Hub, Polled, SessionKey};
use sockhop_proto::json::JSON;
use sockhop_proto::text::TEXT;
use sockhop_proto::{CloseReason, Decoded, Limits, Micros, Protocol};

use super::BEGIN;
use super::bell::Bell;
use super::store::{Store, disk_full};
use super::summary::summary;
use super::wire::{self, Heard};

/// See the module.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) hub: Hub,
    pub(crate) store: Store,
    pub(crate) now: Micros,
    /// How its hubs are set up.
    setup: fn(&mut Config),
    disk: Bell,
}

/// Whoever has a connection.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) key: SessionKey,
    protocol: &'static Protocol,
    bell: Bell,
}

fn hub(setup: fn(&mut Config), store: &mut Store) -> Hub {
    let mut token = 0xfeed_u128;
    let entropy = Entropy(Box::new(move || {
        token += 1;
        token
    }));
    let mut config = Config::new("house", 7, entropy);
    setup(&mut config);
    let rooms = if config.keeps_history {
        store.rooms().unwrap()
    } else {
        Vec::new()
    };
    Hub::new(config, rooms)
}

impl House {
    /// A house whose hub is set up by `setup`.
    pub(crate) fn with(setup: fn(&mut Config)) -> Self {
        let mut store = Store::default();
        Self {
            hub: hub(setup, &mut store),
            store,
            now: BEGIN,
            setup,
            disk: Bell::new(),
        }
    }

    /// A house without a store.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A house with a store.
    pub(crate) fn keeping() -> Self {
        Self::with(|config| config.keeps_history = true)
    }

    pub(crate) fn open(&mut self, protocol: &'static Protocol) -> Guest {
        let key = self.hub.open(protocol, None, self.now);
        Guest {
            key,
            protocol,
            bell: Bell::new(),
        }
    }

    /// A program under `nick`, which has heard its welcome.
    pub(crate) fn program(&mut self, nick: &str) -> Guest {
        let guest = self.open(&JSON);
        self.say(&guest, &format!(r#"{{"op":"hello","nick":"{nick}"}}"#));
        assert_eq!(self.hear(&guest), [format!("welcome {nick}")]);
        guest
    }

    /// A program called ann, which follows the lobby and has heard of nothing else yet.
    pub(crate) fn listener(&mut self) -> Guest {
        let ann = self.program("ann");
        self.say(&ann, r#"{"op":"subscribe","room":"lobby"}"#);
        self.hear(&ann);
        ann
    }

    /// A program with a token of its own.
    pub(crate) fn resume(&mut self, token: &str) -> Guest {
        let guest = self.open(&JSON);
        self.say(&guest, &format!(r#"{{"op":"hello","session":"{token}"}}"#));
        guest
    }

    /// A person, who has read the greeting.
    pub(crate) fn person(&mut self) -> Guest {
        let guest = self.open(&TEXT);
        assert_eq!(self.hear(&guest).len(), 2);
        guest
    }

    /// Says a line, as `guest` would send it.
    pub(crate) fn say(&mut self, guest: &Guest, line: &str) -> Flow {
        let line = format!("{line}\n");
        match (guest.protocol.decode)(&mut line.as_bytes().to_vec(), 0, &Limits::default()) {
            Decoded::Command { command, .. } => self.hub.handle(guest.key, command, self.now),
            other => panic!("{line} is {other:?}"),
        }
    }

    /// Says several.
    pub(crate) fn say_all(&mut self, guest: &Guest, lines: &[&str]) {
        for line in lines {
            self.say(guest, line);
        }
    }

    /// Publishes each of `texts` to `room`.
    pub(crate) fn publish(&mut self, guest: &Guest, room: &str, texts: &[&str]) {
        for text in texts {
            self.say(
                guest,
                &format!(r#"{{"op":"publish","room":"{room}","text":"{text}"}}"#),
            );
        }
    }

    /// Everything there is for `guest` just now; how it ended comes last.
    pub(crate) fn hear(&mut self, guest: &Guest) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let mut out = VecDeque::new();
            let polled = self
                .hub
                .poll_output(guest.key, guest.bell.waker(), &mut out);
            heard.extend(
                wire::read(guest.protocol, &mut out)
                    .into_iter()
                    .map(|it| match it {
                        Heard::Event(event) => summary(&event),
                        Heard::Line(line) => line,
                    }),
            );
            match polled {
                Polled::More => {}
                Polled::Parked => break,
                Polled::Ended(reason) => {
                    heard.push(format!("ended {reason}"));
                    break;
                }
            }
        }
        guest.bell.rang();
        heard
    }

    /// What there is for `guest`, which must have been woken for it.
    pub(crate) fn hear_woken(&mut self, guest: &Guest) -> Vec<String> {
        assert!(guest.bell.rang(), "nobody woke it");
        self.hear(guest)
    }

    /// The connection is lost.
    pub(crate) fn lose(&mut self, guest: &Guest) {
        self.hub.close(guest.key, CloseReason::Reset, self.now);
    }

    /// Writes the next batch, if there is one.
    pub(crate) fn write(&mut self) -> bool {
        let Some(batch) = self.hub.poll_batch(self.disk.waker()) else {
            return false;
        };
        self.store.commit(&batch).unwrap();
        self.hub.handle_committed(Ok(()));
        true
    }

    /// The disk is full when the next batch comes.
    pub(crate) fn fail_to_write(&mut self) {
        self.hub
            .poll_batch(self.disk.waker())
            .expect("nothing to write");
        self.hub.handle_committed(Err(disk_full()));
    }

    /// Takes the next question to history, unanswered.
    pub(crate) fn question(&mut self) -> Option<Fetch> {
        self.hub.poll_fetch(self.disk.waker())
    }

    /// Answers `question` with what the store has now.
    pub(crate) fn answer(&mut self, question: &Fetch) {
        let answer = question.wanted.ask(&mut self.store);
        self.hub.handle_fetched(question, answer);
    }

    /// Writes and answers until there is nothing to do, and says whether there was anything.
    pub(crate) fn settle(&mut self) -> bool {
        let mut busy = false;
        while self.write() {
            busy = true;
        }
        while let Some(question) = self.question() {
            self.answer(&question);
            busy = true;
        }
        busy
    }

    /// Everything there is for `guest` once the disk has done all it can.
    pub(crate) fn hear_all(&mut self, guest: &Guest) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let more = self.hear(guest);
            let quiet = more.is_empty();
            heard.extend(more);
            let ended = heard.last().is_some_and(|last| last.starts_with("ended"));
            if ended || (!self.settle() && quiet) {
                return heard;
            }
        }
    }

    /// A second passes.
    pub(crate) fn tick(&mut self) {
        self.now += 1_000_000;
        self.hub.tick(self.now);
    }

    /// The hub dies, and another begins with what is on disk.
    pub(crate) fn crash(&mut self) {
        self.hub = hub(self.setup, &mut self.store);
    }
}

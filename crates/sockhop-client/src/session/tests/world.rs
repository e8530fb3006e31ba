//! Sessions, the model hub, and the network between them, in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::BytesMut;
use sockhop_proto::{Message, Origin};

use super::hub::{ConnId, Hub, Kind};
use super::text;
use crate::config::Config;
use crate::draft::Draft;
use crate::error::ConnectError;
use crate::heard::Heard;
use crate::session::{FollowId, Now, Session};

/// How many publishes one session has under way at most.
const IN_FLIGHT_MAX: u64 = 6;

pub(super) struct World {
    seed: u64,
    random: fastrand::Rng,
    pub(super) hub: Hub,
    pub(super) now: Now,
    peers: Vec<Peer>,
    conns: ConnId,
    pub(super) cuts: bool,
    pub(super) crashes: bool,
    pub(super) readers_read: bool,
    pub(super) hub_stores: bool,
    frozen: bool,
}

struct Peer {
    session: Session,
    follow: Option<FollowId>,
    names: Vec<String>,
    echo: bool,
    link: Option<Link>,
    input: BytesMut,
    token: String,
    published: u64,
    acked: u64,
    heard: Vec<Heard>,
}

struct Link {
    id: ConnId,
    to_hub: BytesMut,
    to_client: BytesMut,
    /// The hub has closed it; what is on its way still arrives.
    closed: bool,
}

impl World {
    pub(super) fn new(seed: u64, kind: Kind) -> Self {
        Self {
            seed,
            random: fastrand::Rng::with_seed(seed),
            hub: Hub::new(kind),
            now: Now::ZERO,
            peers: Vec::new(),
            conns: 0,
            cuts: false,
            crashes: false,
            readers_read: true,
            hub_stores: true,
            frozen: false,
        }
    }

    /// Adds a session that follows `names`.
    pub(super) fn add(&mut self, names: &[&str], origin: Origin) -> usize {
        self.add_with(Config::default().wait(true), names, origin)
    }

    pub(super) fn add_with(&mut self, config: Config, names: &[&str], origin: Origin) -> usize {
        let token = format!("{:032}", self.peers.len());
        let echo = config.echo;
        let session = Session::new(config, token.clone(), self.random.u64(..));
        self.peers.push(Peer {
            session,
            follow: None,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            echo,
            link: None,
            input: BytesMut::new(),
            token,
            published: 0,
            acked: 0,
            heard: Vec::new(),
        });
        let at = self.peers.len() - 1;
        if !names.is_empty() {
            self.peers[at].follow = Some(self.follow(at, names, origin));
        }
        at
    }

    pub(super) fn follow(&mut self, peer: usize, names: &[&str], origin: Origin) -> FollowId {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        self.peers[peer]
            .session
            .follows
            .add(&names, origin)
            .unwrap()
    }

    pub(super) fn session(&mut self, peer: usize) -> &mut Session {
        &mut self.peers[peer].session
    }

    pub(super) fn is_answered(&self, peer: usize) -> bool {
        let peer = &self.peers[peer];
        let following = peer
            .follow
            .and_then(|follow| peer.session.follows.get(follow));
        following.is_some_and(|following| following.answer() == Some(Ok(())))
    }

    pub(super) fn publish(&mut self, peer: usize, room: &str, body: &str) {
        let now = self.now;
        let peer = &mut self.peers[peer];
        peer.session.publishing.add(Draft::new(room, text(body)));
        peer.session.note_expectation(now);
        peer.published += 1;
    }

    /// Something happens somewhere.
    pub(super) fn step(&mut self) {
        let peer = self.random.usize(..self.peers.len());
        match self.random.u32(..100) {
            0..15 => {
                // What it says before it follows is history to it, and heard like any other.
                let Peer {
                    published,
                    acked,
                    follow,
                    ..
                } = &self.peers[peer];
                let may = follow.is_none() || self.is_answered(peer);
                if may && published - acked < IN_FLIGHT_MAX {
                    let room = *self.random.choice(&["a/x", "a/y", "b/x"]).unwrap();
                    let body = format!("{peer}:{}", published + 1);
                    self.publish(peer, room, &body);
                }
            }
            15 if self.crashes && self.random.u32(..4) == 0 => self.crash(),
            _ => self.network(),
        }
    }

    /// Bytes travel, or time passes, or the hub stores, or a connection is cut.
    pub(super) fn network(&mut self) {
        let peer = self.random.usize(..self.peers.len());
        match self.random.u32(..200) {
            0..2 if self.cuts => self.cut(peer),
            2 => self.pass(15_000),
            3..20 => self.pass(200),
            20..30 if self.hub_stores => self.hub.store(),
            30..90 => self.carry_to_hub(peer, 300),
            90..150 => self.carry_to_client(peer, 300),
            _ => self.work(peer),
        }
    }

    /// Time passes, and every session does what is due.
    pub(super) fn pass(&mut self, most_ms: u64) {
        self.now += Duration::from_millis(self.random.u64(..most_ms));
        self.tick();
    }

    fn tick(&mut self) {
        for at in 0..self.peers.len() {
            let now = self.now;
            if let Err(lost) = self.peers[at].session.handle_timeout(now) {
                self.lose(at, lost);
            }
        }
    }

    /// The client dials, sends, and reads what it has heard.
    fn work(&mut self, at: usize) {
        let now = self.now;
        let peer = &mut self.peers[at];
        if peer.session.poll_dial(now) {
            self.conns += 1;
            self.hub.open(self.conns);
            let (to_hub, to_client) = (BytesMut::new(), BytesMut::new());
            peer.link = Some(Link {
                id: self.conns,
                to_hub,
                to_client,
                closed: false,
            });
            peer.input.clear();
            peer.session.handle_connected(now);
        }
        if let Some(link) = &mut peer.link {
            peer.session.poll_transmit(now, &mut link.to_hub);
        }
        while let Some((id, outcome)) = peer.session.publishing.poll_settled() {
            assert!(
                outcome.is_ok(),
                "{id}: {outcome:?}, SOCKHOP_SEED={}",
                self.seed
            );
            peer.acked += 1;
        }
        if self.readers_read && self.random.bool() {
            self.read(at);
        }
    }

    fn read(&mut self, at: usize) {
        let peer = &mut self.peers[at];
        let Some(following) = peer.follow.and_then(|id| peer.session.follows.get_mut(id)) else {
            return;
        };
        // Nothing is seen of a subscription before its answer.
        while following.answer().is_some()
            && let Some(heard) = following.poll_heard()
        {
            peer.heard.push(heard);
        }
    }

    fn carry_to_hub(&mut self, at: usize, most: usize) {
        let Some(link) = &mut self.peers[at].link else {
            return;
        };
        if self.frozen || link.closed {
            return;
        }
        let count = link.to_hub.len().min(self.random.usize(1..=most));
        let bytes = link.to_hub.split_to(count);
        let keeps = self.hub.read(link.id, &bytes);
        link.to_client.extend_from_slice(&self.hub.write(link.id));
        link.closed = !keeps;
    }

    fn carry_to_client(&mut self, at: usize, most: usize) {
        let now = self.now;
        let peer = &mut self.peers[at];
        let Some(link) = &mut peer.link else { return };
        if self.frozen {
            return;
        }
        link.to_client.extend_from_slice(&self.hub.write(link.id));
        if !peer.session.poll_wants_input(now) {
            return;
        }
        let count = link.to_client.len().min(self.random.usize(1..=most));
        peer.input
            .extend_from_slice(&link.to_client.split_to(count));
        let at_end = link.closed && link.to_client.is_empty();
        let outcome = peer.session.handle_input(&mut peer.input, now);
        let lost = match outcome {
            Err(lost) => lost,
            Ok(()) if at_end => peer.session.hung_up(None),
            Ok(()) => return,
        };
        self.lose(at, lost);
    }

    fn lose(&mut self, at: usize, lost: ConnectError) {
        let peer = &mut self.peers[at];
        if let Some(link) = peer.link.take()
            // The hub may not have noticed.
            && self.random.bool()
        {
            self.hub.close(link.id);
        }
        peer.session.handle_lost(lost, self.now);
    }

    /// The connection breaks wherever its bytes are; the hub may have got more of them.
    fn cut(&mut self, at: usize) {
        if self.peers[at].link.is_some() {
            self.carry_to_hub(at, 400);
            let lost = self.peers[at].session.hung_up(None);
            self.lose(at, lost);
        }
    }

    /// The hub is killed and starts again.
    pub(super) fn crash(&mut self) {
        self.hub.crash();
        for at in 0..self.peers.len() {
            if let Some(link) = &mut self.peers[at].link {
                // What was on its way still arrives, or some of it.
                let left = self.random.usize(..=link.to_client.len());
                link.to_client.truncate(left);
                link.closed = true;
            }
        }
    }

    /// Nothing gets through any more, and nobody is told.
    pub(super) fn freeze(&mut self) {
        self.frozen = true;
    }

    /// The network is well, until there is nothing left to do.
    pub(super) fn heal(&mut self) {
        self.cuts = false;
        self.settle();
        for at in 0..self.peers.len() {
            if self.peers[at].session.ended().is_none() {
                assert!(
                    self.peers[at].link.is_some(),
                    "{at}, SOCKHOP_SEED={}",
                    self.seed
                );
            }
        }
    }

    pub(super) fn settle(&mut self) {
        for _ in 0..100 {
            self.now += Duration::from_millis(200);
            self.tick();
            for at in 0..self.peers.len() {
                for _ in 0..4 {
                    self.work(at);
                    self.carry_to_hub(at, 100_000);
                    self.carry_to_client(at, 100_000);
                }
                if self.readers_read {
                    self.read(at);
                }
            }
            if self.hub_stores {
                self.hub.store();
            }
        }
    }

    /// What a session has heard, shortly.
    pub(super) fn heard(&self, peer: usize) -> Vec<String> {
        let short = |heard: &Heard| match heard {
            Heard::Message(message) => {
                let body = String::from_utf8_lossy(message.body.as_bytes());
                format!("{} {} {body}", message.room, message.seq)
            }
            Heard::Restarted { room } => format!("{room} restarted"),
            other => format!("{other:?}"),
        };
        self.peers[peer].heard.iter().map(short).collect()
    }

    /// How many publishes have been acked.
    pub(super) fn acked(&self) -> u64 {
        self.peers.iter().map(|peer| peer.acked).sum()
    }

    /// Everything was said once, in order, and heard once, in order.
    pub(super) fn check(&self) {
        let seed = self.seed;
        for (at, peer) in self.peers.iter().enumerate() {
            assert_eq!(
                peer.acked, peer.published,
                "acks of {at}, SOCKHOP_SEED={seed}"
            );
            let mut said: BTreeMap<u64, usize> = BTreeMap::new();
            for (room, log) in &self.hub.rooms {
                let mine = log
                    .entries
                    .values()
                    .filter(|entry| entry.token == peer.token);
                let numbers: Vec<u64> = mine.map(|entry| number(&entry.message)).collect();
                assert!(
                    numbers.is_sorted(),
                    "order of {at} in {room}, SOCKHOP_SEED={seed}"
                );
                for number in numbers {
                    *said.entry(number).or_default() += 1;
                }
            }
            assert_eq!(
                said.len() as u64,
                peer.published,
                "said by {at}, SOCKHOP_SEED={seed}"
            );
            assert!(
                said.values().all(|times| *times == 1),
                "{at} once, SOCKHOP_SEED={seed}"
            );
            self.check_heard(at);
        }
    }

    fn check_heard(&self, at: usize) {
        let peer = &self.peers[at];
        for (room, log) in &self.hub.rooms {
            let follows = peer
                .names
                .iter()
                .any(|name| sockhop_proto::Filter::parse(name).unwrap().matches(room));
            let expected: Vec<_> = log
                .entries
                .values()
                .filter(|entry| follows && (peer.echo || entry.token != peer.token))
                .map(|entry| entry.message.seq)
                .collect();
            let heard: Vec<_> = peer
                .heard
                .iter()
                .filter_map(|heard| match heard {
                    Heard::Message(message) if message.room == *room => Some(message.seq),
                    _ => None,
                })
                .collect();
            assert_eq!(
                heard,
                expected,
                "{at} in {room}, SOCKHOP_SEED={} {:?}",
                self.seed,
                self.heard(at)
            );
        }
    }
}

/// The number a message was published under, which its body ends with.
fn number(message: &Message) -> u64 {
    let body = String::from_utf8_lossy(message.body.as_bytes());
    body.rsplit(':')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(1)
}

//! How the hub is doing, for whoever asks: plain figures, made while its lock is held, so the work
//! is bounded. How they are shown is not decided here.

use std::net::SocketAddr;
use std::sync::Arc;

use sockhop_proto::{CloseReason, Micros, Nick, RoomName, Seq};

use super::Hub;
use crate::session::{Followed, Session};
use crate::tally::{Counts, Durations, ProtocolFigures, Traffic};

/// A session that is more messages behind than this is a slow consumer.
const SLOW_MESSAGES: u64 = 1000;

/// How many cursors are looked at for one set of figures. Those of sessions that have read
/// everything need no look.
const CURSORS_MAX: usize = 1 << 14;

/// What there is to know of the hub without looking around in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vitals {
    /// Its name.
    pub hub: Arc<str>,
    /// Its version.
    pub version: Arc<str>,
    /// How long it has been there.
    pub uptime_us: Micros,
    /// What has passed.
    pub counts: Counts,
    /// How many connections there are.
    pub connections: usize,
    /// How many rooms there are.
    pub rooms: usize,
    /// Whether there is a store.
    pub keeps_history: bool,
    /// Messages that wait for it.
    pub queue_messages: usize,
    /// Bytes that wait for it.
    pub queue_bytes: usize,
    /// How long batches took to reach it.
    pub commits: Durations,
}

/// The hub as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// What is known at once.
    pub vitals: Vitals,
    /// What has passed in each protocol that was ever spoken, by name.
    pub protocols: Vec<ProtocolFigures>,
    /// How often sessions ended for which reason, by its word.
    pub closes: Vec<(CloseReason, u64)>,
    /// How many members all rooms have together.
    pub members: usize,
    /// How many readers, members and watchers.
    pub readers: usize,
    /// Bytes of recent messages in memory.
    pub tails_bytes: usize,
    /// How far readers are behind.
    pub lag: Lag,
}

/// How far readers are behind their rooms' heads, just now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lag {
    /// Cursors that are not at the head.
    pub readers: u64,
    /// How many messages all of them have yet to read.
    pub messages: u64,
    /// How many the farthest has.
    pub messages_max: u64,
    /// Sessions more than a thousand messages behind, or behind what is in memory, or that leave
    /// their answers unread.
    pub slow_consumers: u64,
}

/// The first of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T> {
    /// How many there are.
    pub count: usize,
    /// Those that were asked for.
    pub listed: Vec<T>,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// Its session's nick.
    pub nick: Nick,
    /// What it speaks.
    pub protocol: &'static str,
    /// Where it comes from; none for a Unix socket.
    pub peer: Option<SocketAddr>,
    /// When it came.
    pub since: Micros,
    /// What it sent.
    pub received: Traffic,
    /// What it was sent.
    pub sent: Traffic,
    /// How many messages it has yet to read, in all its rooms.
    pub behind: u64,
    /// How many rooms it follows.
    pub rooms: usize,
    /// What its client calls itself.
    pub client: Option<Box<str>>,
}

/// One room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomFigures {
    /// Its name.
    pub room: RoomName,
    /// Its last `seq`.
    pub head: Seq,
    /// How many members it has.
    pub members: usize,
    /// How many sessions follow it, members and watchers.
    pub readers: usize,
    /// Messages said in it since the hub began, and the bytes of their bodies.
    pub said: Traffic,
}

impl Hub {
    /// Whether the hub is well. Costs next to nothing, so anybody may ask.
    #[must_use]
    pub fn vitals(&self, now: Micros) -> Vitals {
        Vitals {
            hub: Arc::clone(&self.config.name),
            version: Arc::clone(&self.config.version),
            uptime_us: now.saturating_sub(self.tally.began.unwrap_or(now)),
            counts: self.tally.counts,
            connections: self.sessions.len(),
            rooms: self.rooms.len(),
            keeps_history: self.config.keeps_history,
            queue_messages: self.storage.messages(),
            queue_bytes: self.storage.bytes(),
            commits: self.tally.commits.clone(),
        }
    }

    /// How the hub is doing.
    #[must_use]
    pub fn figures(&self, now: Micros) -> Figures {
        let rooms = || self.rooms.iter().map(|(_, room)| room);
        Figures {
            vitals: self.vitals(now),
            protocols: self.tally.protocols(),
            closes: self.tally.closes(),
            members: rooms().map(|room| room.members.len()).sum(),
            readers: rooms().map(|room| room.readers).sum(),
            tails_bytes: self.tails_bytes(),
            lag: self.lag(),
        }
    }

    /// At most `limit` connections, the oldest first.
    #[must_use]
    pub fn connections(&self, limit: usize) -> Listed<ConnectionInfo> {
        let sessions = self.sessions.values().map(|session| &**session).collect();
        let listed = first(sessions, limit, |session| session.since);
        Listed {
            count: self.sessions.len(),
            listed: listed.iter().map(|it| self.connection(it)).collect(),
        }
    }

    /// At most `limit` rooms, by name.
    #[must_use]
    pub fn room_figures(&self, limit: usize) -> Listed<RoomFigures> {
        let rooms = self.rooms.iter().map(|(_, room)| room).collect();
        let listed = first(rooms, limit, |room| room.name.as_str());
        let listed = listed.iter().map(|room| RoomFigures {
            room: room.name.clone(),
            head: room.log.head(),
            members: room.members.len(),
            readers: room.readers,
            said: room.said,
        });
        Listed {
            count: self.rooms.len(),
            listed: listed.collect(),
        }
    }

    fn connection(&self, session: &Session) -> ConnectionInfo {
        let behind = if session.may_lag() {
            let followed = session.all_followed().iter();
            followed.map(|followed| self.behind(followed)).sum()
        } else {
            0
        };
        let client = session.extras.as_ref().and_then(|it| it.client.clone());
        ConnectionInfo {
            nick: session.nick.clone(),
            protocol: session.protocol.name,
            peer: session.peer,
            since: session.since,
            received: session.received,
            sent: session.sent,
            behind,
            rooms: session.all_followed().len(),
            client,
        }
    }

    fn lag(&self) -> Lag {
        let mut lag = Lag::default();
        let mut looks = CURSORS_MAX;
        for session in self.sessions.values() {
            let mut slow = session.is_full();
            if session.may_lag() {
                let followed = session.all_followed();
                let followed = &followed[..followed.len().min(looks)];
                looks -= followed.len();
                let behind = self.add_lag(followed, &mut lag);
                slow |= behind > SLOW_MESSAGES || followed.iter().any(|it| self.has_dropped(it));
            }
            lag.slow_consumers += u64::from(slow);
        }
        lag
    }

    /// Adds what these cursors lag behind, and says how much that is.
    fn add_lag(&self, followed: &[Followed], lag: &mut Lag) -> u64 {
        let mut sum = 0;
        for behind in followed.iter().map(|followed| self.behind(followed)) {
            lag.readers += u64::from(behind > 0);
            lag.messages_max = lag.messages_max.max(behind);
            sum += behind;
        }
        lag.messages += sum;
        sum
    }

    fn behind(&self, followed: &Followed) -> u64 {
        self.rooms
            .get(followed.room)
            .map_or(0, |room| room.log.behind(&followed.cursor))
    }

    fn has_dropped(&self, followed: &Followed) -> bool {
        self.rooms
            .get(followed.room)
            .is_some_and(|room| room.log.has_dropped(&followed.cursor))
    }
}

/// The first `limit` of `all` in order of `by`, without sorting the rest.
fn first<'a, T, K: Ord>(mut all: Vec<&'a T>, limit: usize, by: impl Fn(&'a T) -> K) -> Vec<&'a T> {
    if limit < all.len() {
        all.select_nth_unstable_by_key(limit, |it| by(it));
        all.truncate(limit);
    }
    all.sort_unstable_by_key(|it| by(it));
    all
}

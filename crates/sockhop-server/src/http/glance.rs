//! What the page shows at a glance, as JSON: `/-/connections`, `/-/rooms`, `/-/health`. Counts only
//! grow, so that whoever asks twice has the rate.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde::Serialize;
use sockhop_hub::{ConnectionInfo, Listed, RoomFigures, Vitals};
use sockhop_proto::Micros;

/// How long a round trip to a client takes, in microseconds, where that is known.
pub(crate) type RoundTrips = HashMap<SocketAddr, u32>;

/// `/-/connections`: who is connected, how, and who is behind.
pub(crate) fn connections(
    connections: &Listed<ConnectionInfo>,
    round_trips: &RoundTrips,
    now: Micros,
) -> String {
    let rows = connections.listed.iter();
    json(&Connections {
        time_us: now,
        count: connections.count,
        connections: rows.map(|it| connection(it, round_trips)).collect(),
    })
}

/// `/-/rooms`: what rooms there are, and how much is said in each.
pub(crate) fn rooms(rooms: &Listed<RoomFigures>) -> String {
    json(&Rooms {
        count: rooms.count,
        rooms: rooms.listed.iter().map(Room::from).collect(),
    })
}

/// `/-/health`: whether all is well, in a few numbers.
pub(crate) fn health(vitals: &Vitals) -> String {
    json(&Health {
        hub: &vitals.hub,
        version: &vitals.version,
        uptime_s: vitals.uptime_us / 1_000_000,
        connections: vitals.connections,
        rooms: vitals.rooms,
        messages: vitals.counts.messages,
        history: History {
            kept: vitals.keeps_history,
            queue_bytes: vitals.queue_bytes,
            commit_us: vitals.commits.last_us,
            failed: vitals.counts.batches_failed,
        },
    })
}

fn json(it: &impl Serialize) -> String {
    serde_json::to_string(it).expect("numbers and strings under fixed names")
}

#[derive(Debug, Serialize)]
struct Connections<'a> {
    time_us: Micros,
    /// Of all there are; the list may be shorter.
    count: usize,
    connections: Vec<Connection<'a>>,
}

#[derive(Debug, Serialize)]
struct Connection<'a> {
    nick: &'a str,
    protocol: &'a str,
    /// Null for a Unix socket.
    peer: Option<String>,
    since_us: Micros,
    rtt_us: Option<u32>,
    messages_in: u64,
    messages_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    /// Messages it has yet to read.
    behind: u64,
    rooms: usize,
    client: Option<&'a str>,
}

fn connection<'a>(it: &'a ConnectionInfo, round_trips: &RoundTrips) -> Connection<'a> {
    Connection {
        nick: it.nick.as_str(),
        protocol: it.protocol,
        peer: it.peer.map(|peer| canonical(peer).to_string()),
        since_us: it.since,
        rtt_us: it.peer.and_then(|peer| round_trip(peer, round_trips)),
        messages_in: it.received.messages,
        messages_out: it.sent.messages,
        bytes_in: it.received.bytes,
        bytes_out: it.sent.bytes,
        behind: it.behind,
        rooms: it.rooms,
        client: it.client.as_deref(),
    }
}

/// An IPv4 client on an IPv6 listener shows as what it is.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// The system knows a peer by address and port alone, and an IPv4 one as its listener sees it.
fn round_trip(peer: SocketAddr, round_trips: &RoundTrips) -> Option<u32> {
    let seen = SocketAddr::new(peer.ip(), peer.port());
    let known = round_trips.get(&seen);
    known.or_else(|| round_trips.get(&canonical(peer))).copied()
}

#[derive(Debug, Serialize)]
struct Rooms<'a> {
    /// Of all there are; the list may be shorter.
    count: usize,
    rooms: Vec<Room<'a>>,
}

#[derive(Debug, Serialize)]
struct Room<'a> {
    room: &'a str,
    head: u64,
    members: usize,
    readers: usize,
    messages: u64,
    bytes: u64,
}

impl<'a> From<&'a RoomFigures> for Room<'a> {
    fn from(it: &'a RoomFigures) -> Self {
        Self {
            room: it.room.as_str(),
            head: it.head,
            members: it.members,
            readers: it.readers,
            messages: it.said.messages,
            bytes: it.said.bytes,
        }
    }
}

#[derive(Debug, Serialize)]
struct Health<'a> {
    hub: &'a str,
    version: &'a str,
    uptime_s: u64,
    connections: usize,
    rooms: usize,
    messages: u64,
    history: History,
}

#[derive(Debug, Serialize)]
struct History {
    kept: bool,
    queue_bytes: usize,
    /// How long the last batch took; null before the first.
    commit_us: Option<u64>,
    failed: u64,
}

#[cfg(test)]
mod tests;

//! What is counted as it passes. What the hub cannot see, whoever owns it reports here.

use super::Hub;
use crate::session::SessionKey;
use crate::tally::Told;

/// What datagrams are counted as.
const DATAGRAMS: &str = "udp";

impl Hub {
    /// So many bytes were read from the session's connection.
    pub fn note_read(&mut self, key: SessionKey, bytes: usize) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.received.bytes += bytes as u64;
            self.tally.get_mut(session.lane).received.bytes += bytes as u64;
        }
    }

    /// A batch took so long to reach the disk, or to fail.
    pub fn note_commit(&mut self, us: u64) {
        self.tally.commits.note(us);
    }

    /// A datagram of so many bytes has come, for the hub to handle.
    pub fn note_datagram(&mut self, bytes: usize) {
        self.tally.counts.datagrams += 1;
        let lane = self.tally.lane(DATAGRAMS);
        self.tally.get_mut(lane).received.bytes += bytes as u64;
    }

    /// A datagram of so many bytes has come that means nothing.
    pub fn note_datagram_dropped(&mut self, bytes: usize) {
        self.note_datagram(bytes);
        self.tally.counts.datagrams_dropped += 1;
    }

    /// A connection was refused at the door.
    pub fn note_turned_away(&mut self) {
        self.tally.counts.turned_away += 1;
    }

    /// The hub has taken a message from a session.
    pub(super) fn count_received(&mut self, key: SessionKey) {
        if let Some(session) = self.sessions.get_mut(key) {
            session.received.messages += 1;
            self.tally.get_mut(session.lane).received.messages += 1;
        }
    }

    /// The hub has taken the message of a datagram, or not.
    pub(super) fn count_datagram(&mut self, taken: bool) {
        if taken {
            let lane = self.tally.lane(DATAGRAMS);
            self.tally.get_mut(lane).received.messages += 1;
        } else {
            self.tally.counts.datagrams_dropped += 1;
        }
    }

    /// A session was handed so much.
    pub(super) fn count_sent(&mut self, key: SessionKey, told: Told) {
        if let Some(session) = self.sessions.get_mut(key) {
            let lane = self.tally.get_mut(session.lane);
            for sent in [&mut session.sent, &mut lane.sent] {
                sent.messages += told.messages;
                sent.bytes += told.bytes;
            }
            lane.missed += told.missed;
        }
    }
}

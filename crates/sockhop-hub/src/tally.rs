//! What has passed through the hub since it began: plain additions, next to what they count, under
//! the hub's lock. Sums and comparisons are left to whoever asks: see `hub/figures.rs`.

use sockhop_proto::{CloseReason, Micros};

/// Messages and bytes that went one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages.
    pub messages: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What has passed through the hub since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages appended to rooms.
    pub messages: u64,
    /// Messages that are on disk.
    pub messages_stored: u64,
    /// Batches that did not reach the disk.
    pub batches_failed: u64,
    /// Datagrams that came.
    pub datagrams: u64,
    /// Those of them that were not published.
    pub datagrams_dropped: u64,
    /// Connections that were refused at the door.
    pub turned_away: u64,
}

/// What has passed in one protocol. Several that share a name are counted as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolFigures {
    /// The protocol.
    pub name: &'static str,
    /// Its connections just now.
    pub connections: u64,
    /// All it ever had.
    pub opened: u64,
    /// What clients sent: the messages of theirs that were taken, and every byte.
    pub received: Traffic,
    /// What clients were sent: messages out of rooms and history, direct ones, and every byte.
    pub sent: Traffic,
    /// Messages clients were told they missed.
    pub missed: u64,
}

/// One protocol's place in the tally.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lane(u8);

/// What one read handed out, or said was missed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) missed: u64,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    /// When the hub first looked at the clock.
    pub(crate) began: Option<Micros>,
    /// Few: names are words in the program, never a client's.
    lanes: Vec<ProtocolFigures>,
    closes: Vec<(CloseReason, u64)>,
    pub(crate) commits: Durations,
}

impl Tally {
    /// The lane of the protocols called `name`.
    pub(crate) fn lane(&mut self, name: &'static str) -> Lane {
        let at = self.lanes.iter().position(|lane| lane.name == name);
        let at = at.unwrap_or_else(|| {
            self.lanes.push(ProtocolFigures {
                name,
                connections: 0,
                opened: 0,
                received: Traffic::default(),
                sent: Traffic::default(),
                missed: 0,
            });
            self.lanes.len() - 1
        });
        Lane(u8::try_from(at).expect("there are fewer than 256 protocols"))
    }

    pub(crate) fn get_mut(&mut self, lane: Lane) -> &mut ProtocolFigures {
        &mut self.lanes[usize::from(lane.0)]
    }

    pub(crate) fn opened(&mut self, lane: Lane) {
        let lane = self.get_mut(lane);
        lane.connections += 1;
        lane.opened += 1;
    }

    pub(crate) fn closed(&mut self, lane: Lane, reason: CloseReason) {
        self.get_mut(lane).connections -= 1;
        match self.closes.iter_mut().find(|(other, _)| *other == reason) {
            Some((_, count)) => *count += 1,
            None => self.closes.push((reason, 1)),
        }
    }

    /// Every protocol that was ever spoken, by name.
    pub(crate) fn protocols(&self) -> Vec<ProtocolFigures> {
        let mut protocols = self.lanes.clone();
        protocols.sort_unstable_by_key(|protocol| protocol.name);
        protocols
    }

    /// How often sessions ended for which reason, by its word.
    pub(crate) fn closes(&self) -> Vec<(CloseReason, u64)> {
        let mut closes = self.closes.clone();
        closes.sort_unstable_by_key(|(reason, _)| reason.as_str());
        closes
    }
}

/// The upper bounds of the classes [`Durations`] are counted in, in microseconds.
const BOUNDS_US: [u64; 13] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000,
];

/// How long something took, time and again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations {
    /// How many fell into each class and none before it; the last is for all that took longer.
    classes: [u64; BOUNDS_US.len() + 1],
    /// All of them together.
    pub sum_us: u64,
    /// The latest.
    pub last_us: Option<u64>,
}

impl Durations {
    pub(crate) fn note(&mut self, us: u64) {
        let class = BOUNDS_US.partition_point(|bound| *bound < us);
        self.classes[class] += 1;
        self.sum_us = self.sum_us.saturating_add(us);
        self.last_us = Some(us);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.classes.iter().sum()
    }

    /// For each bound, in microseconds, how many took no longer.
    pub fn up_to(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        BOUNDS_US
            .iter()
            .zip(&self.classes)
            .scan(0, |sum, (bound, count)| {
                *sum += count;
                Some((*bound, *sum))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_of_one_name_share_a_lane() {
        let mut tally = Tally::default();
        let (one, two) = (tally.lane("websocket"), tally.lane("json"));
        let three = tally.lane("websocket");
        tally.opened(one);
        tally.opened(two);
        tally.opened(three);
        tally.closed(three, CloseReason::Reset);
        let all: Vec<_> = tally
            .protocols()
            .iter()
            .map(|it| (it.name, it.connections, it.opened))
            .collect();
        assert_eq!(all, [("json", 1, 1), ("websocket", 1, 2)]);
        assert_eq!(tally.closes(), [(CloseReason::Reset, 1)]);
    }

    #[test]
    fn durations_fall_into_classes() {
        let mut durations = Durations::default();
        assert_eq!(durations.last_us, None);
        for us in [0, 250, 251, 2_500_000, 2_500_001, 9_000_000] {
            durations.note(us);
        }
        let up_to: Vec<_> = durations.up_to().collect();
        assert_eq!(up_to[..3], [(250, 2), (500, 3), (1_000, 3)]);
        assert_eq!(up_to.last(), Some(&(2_500_000, 4)));
        assert_eq!(durations.count(), 6);
        assert_eq!(durations.sum_us, 14_000_502);
        assert_eq!(durations.last_us, Some(9_000_000));
    }
}

//! Who has which nick. One holder each, without regard to case.

use std::collections::HashMap;

use sockhop_proto::Nick;

use crate::session::SessionKey;

/// Who holds a nick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A session that is here.
    Session(SessionKey),
    /// A lost session that may come back: see [`crate::lost`].
    Lost,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Nicks {
    by_folded: HashMap<Box<str>, Holder>,
}

impl Nicks {
    pub(crate) fn holder(&self, nick: &Nick) -> Option<Holder> {
        self.by_folded.get(&*nick.folded()).copied()
    }

    pub(crate) fn find(&self, name: &str) -> Option<SessionKey> {
        match self.by_folded.get(&*name.to_lowercase()) {
            Some(Holder::Session(key)) => Some(*key),
            _ => None,
        }
    }

    pub(crate) fn set(&mut self, nick: &Nick, holder: Holder) {
        self.by_folded
            .insert(nick.folded().into_boxed_str(), holder);
    }

    /// Takes `nick` from `holder`, if it is that one who has it.
    pub(crate) fn free(&mut self, nick: &Nick, holder: Holder) {
        if self.holder(nick) == Some(holder) {
            self.by_folded.remove(&*nick.folded());
        }
    }

    /// A nick like `brave-otter` that nobody has; with a number behind it once such pairs run out.
    pub(crate) fn random(&self, random: &mut fastrand::Rng) -> Nick {
        const TRIES_UNNUMBERED: u32 = 8;
        for attempt in 0u32.. {
            let quality = QUALITIES[random.usize(..QUALITIES.len())];
            let animal = ANIMALS[random.usize(..ANIMALS.len())];
            let name = if attempt < TRIES_UNNUMBERED {
                format!("{quality}-{animal}")
            } else {
                format!("{quality}-{animal}-{}", random.u32(2..1_000_000))
            };
            let nick = Nick::parse(&name).expect("short words and a number");
            if self.holder(&nick).is_none() {
                return nick;
            }
        }
        unreachable!("there are more numbers than sessions")
    }
}

const QUALITIES: &[&str] = &[
    "amber", "brave", "bright", "brisk", "calm", "clever", "cosmic", "curious", "daring", "dapper",
    "eager", "early", "fancy", "fleet", "gentle", "glad", "golden", "grand", "happy", "hardy",
    "honest", "jolly", "keen", "kind", "lively", "lucky", "lunar", "mellow", "merry", "mighty",
    "misty", "neat", "nimble", "noble", "patient", "plucky", "polite", "proud", "quick", "quiet",
    "rapid", "rosy", "royal", "rustic", "silver", "sleek", "snowy", "solar", "spry", "steady",
    "stellar", "sunny", "swift", "tidy", "trusty", "vivid", "warm", "wise", "witty", "zesty",
];

const ANIMALS: &[&str] = &[
    "ant", "badger", "bat", "bear", "beaver", "bee", "bison", "camel", "cat", "cobra", "condor",
    "crab", "crane", "crow", "deer", "dingo", "dolphin", "dove", "eagle", "eel", "elk", "falcon",
    "ferret", "finch", "fox", "frog", "gecko", "goat", "goose", "hare", "hawk", "heron", "ibex",
    "ibis", "jackal", "jay", "koala", "lark", "lemur", "lion", "llama", "lynx", "magpie", "marten",
    "mole", "moose", "moth", "newt", "ocelot", "orca", "otter", "owl", "panda", "pigeon", "pike",
    "puffin", "quail", "rabbit", "raven", "robin", "salmon", "seal", "shark", "sloth", "snail",
    "sparrow", "squid", "stork", "swan", "tapir", "tiger", "toad", "trout", "turtle", "viper",
    "walrus", "wasp", "weasel", "whale", "wolf", "wombat", "wren", "yak", "zebra",
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn one_holder_without_regard_to_case() {
        let mut nicks = Nicks::default();
        let [ann, other] = ["Ann", "aNN"].map(|nick| Nick::parse(nick).unwrap());
        nicks.set(&ann, Holder::Session(SessionKey::default()));
        assert_eq!(
            nicks.holder(&other),
            Some(Holder::Session(SessionKey::default()))
        );
        assert_eq!(nicks.find("ANN"), Some(SessionKey::default()));
        nicks.set(&other, Holder::Lost);
        assert_eq!(nicks.find("ann"), None, "held, but nobody is there");
        nicks.free(&ann, Holder::Session(SessionKey::default()));
        assert_eq!(nicks.holder(&ann), Some(Holder::Lost), "no longer its own");
        nicks.free(&ann, Holder::Lost);
        assert_eq!(nicks.holder(&other), None);
    }

    #[test]
    fn random_ones_are_nobodys() {
        let mut nicks = Nicks::default();
        let mut random = fastrand::Rng::with_seed(1);
        let mut given = HashSet::new();
        // More than there are pairs of words.
        for _ in 0..10_000 {
            let nick = nicks.random(&mut random);
            assert!(given.insert(nick.folded()), "{nick} twice");
            nicks.set(&nick, Holder::Lost);
        }
    }
}

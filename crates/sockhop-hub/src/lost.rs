//! Sessions that were lost without `bye`, and may come back: their nicks and numbered publishes
//! are held for a while.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use sockhop_proto::{Micros, Nick};

use crate::session::Numbered;

/// How many are held at most; the oldest go first.
const LOST_MAX: usize = 10_000;

/// One of them.
#[derive(Debug)]
pub(crate) struct LostSession {
    pub(crate) nick: Nick,
    pub(crate) published: Option<VecDeque<Numbered>>,
    until: Micros,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    by_token: HashMap<Arc<str>, LostSession>,
    /// In order of `until`.
    order: VecDeque<(Micros, Arc<str>)>,
}

impl Lost {
    /// Holds a session's belongings until `until`. What had to go to make room is returned.
    pub(crate) fn hold(
        &mut self,
        token: Arc<str>,
        nick: Nick,
        published: Option<VecDeque<Numbered>>,
        until: Micros,
    ) -> Vec<LostSession> {
        self.order.push_back((until, Arc::clone(&token)));
        self.by_token.insert(
            token,
            LostSession {
                nick,
                published,
                until,
            },
        );
        self.expire_while(|lost, _| lost.order.len() > LOST_MAX)
    }

    pub(crate) fn take(&mut self, token: &str) -> Option<LostSession> {
        self.by_token.remove(token)
    }

    pub(crate) fn get_mut(&mut self, token: &str) -> Option<&mut LostSession> {
        self.by_token.get_mut(token)
    }

    /// Gives up those nobody came back for by `now`.
    pub(crate) fn expire(&mut self, now: Micros) -> Vec<LostSession> {
        self.expire_while(|_, until| until <= now)
    }

    fn expire_while(&mut self, due: impl Fn(&Self, Micros) -> bool) -> Vec<LostSession> {
        let mut gone = Vec::new();
        while let Some((until, _)) = self.order.front()
            && due(self, *until)
            && let Some((until, token)) = self.order.pop_front()
        {
            // It may have come back and been lost again since.
            if self
                .by_token
                .get(&token)
                .is_some_and(|lost| lost.until == until)
            {
                gone.extend(self.by_token.remove(&token));
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(lost: &mut Lost, token: &str, until: Micros) -> Vec<String> {
        let nick = Nick::parse(token).unwrap();
        names(lost.hold(token.into(), nick, None, until))
    }

    fn names(gone: Vec<LostSession>) -> Vec<String> {
        gone.into_iter().map(|lost| lost.nick.to_string()).collect()
    }

    #[test]
    fn they_are_given_up_in_their_time() {
        let mut lost = Lost::default();
        hold(&mut lost, "ann", 10);
        hold(&mut lost, "bob", 20);
        assert_eq!(names(lost.expire(9)), [""; 0]);
        assert_eq!(names(lost.expire(10)), ["ann"]);
        assert!(lost.take("ann").is_none());
        assert_eq!(names(lost.expire(99)), ["bob"]);
    }

    #[test]
    fn who_came_back_and_was_lost_again_has_its_time_anew() {
        let mut lost = Lost::default();
        hold(&mut lost, "ann", 10);
        assert!(lost.take("ann").is_some());
        hold(&mut lost, "ann", 20);
        assert_eq!(names(lost.expire(15)), [""; 0]);
        assert!(lost.get_mut("ann").is_some());
        assert_eq!(names(lost.expire(20)), ["ann"]);
    }

    #[test]
    fn the_oldest_make_room() {
        let mut lost = Lost::default();
        for at in 0..LOST_MAX {
            assert_eq!(hold(&mut lost, &format!("n{at}"), at as u64), [""; 0]);
        }
        assert_eq!(hold(&mut lost, "one-more", u64::MAX), ["n0"]);
    }
}

//! `GET /ROOM`: what was said there, and with `?follow` what is.

use std::borrow::Cow;

use sockhop_proto::http::{
    BODIES, EVENTS, EVENTS_WATCHED, ITEMS, LINES, LINES_WATCHED, NDJSON, event_id,
};
use sockhop_proto::{Command, Filter, NameError, Origin, Protocol, Refusal, RoomName, Seq};

use super::accept::Form;
use super::answer::{self, Answer};
use super::desk::Desk;
use super::output::{Output, Shape};
use super::query::Query;
use super::visit::Visit;
use super::who::Who;

/// What is to be read, and how.
#[derive(Debug)]
pub(super) struct Read<'a> {
    pub(super) room: &'a str,
    pub(super) form: Form,
    pub(super) query: &'a Query,
    /// The `seq` of the last message an EventSource has read.
    pub(super) last_event_id: Option<Seq>,
    /// Whether the answer itself is wanted, or only what it would be like.
    pub(super) wants_body: bool,
    pub(super) who: &'a Who,
}

impl Read<'_> {
    /// Begins to read.
    ///
    /// # Errors
    /// Why that may not be.
    pub(super) fn answer(&self, desk: &Desk) -> Result<Answer, Refusal> {
        let (form, media_type, shape) = self.form();
        if !self.query.follow {
            // Before the hub is asked, which knows no rooms of such a name.
            RoomName::parse(self.room).map_err(NameError::refusal)?;
        }
        let mut visit = Visit::begin(&desk.shared, form, desk.peer);
        visit.introduce(self.who)?;
        if self.query.follow && self.wants_body {
            if let Some(nick) = &self.who.nick {
                visit.take_nick(nick)?;
            }
            let origin = self.origin();
            let begins_now = origin == Origin::Now;
            let head = visit.follow(self.room, origin)?;
            if begins_now && form == &EVENTS {
                // Else the address says again where it begins, should the link be lost at once.
                visit.say_first(event_id(head).into());
            }
            let endless = desk.following.begin();
            return Ok(answer::streamed(
                media_type,
                Output::new(visit, shape, Some(endless)),
            ));
        }
        // Who only looks up what was said is nobody's company, and needs no nick.
        visit.ask(self.history())?;
        visit.finish();
        Ok(answer::streamed(
            media_type,
            Output::new(visit, shape, None),
        ))
    }

    /// The protocol it is read in, the type of that, and what its bytes add up to.
    fn form(&self) -> (&'static Protocol, &'static str, Shape) {
        let several = Filter::is_wild(self.room);
        if self.query.raw {
            // Plain text, whatever it is: nobody's words are to be shown as a page.
            return (&BODIES, answer::TEXT, Shape::Bare);
        }
        match self.form {
            Form::Json if !self.query.follow => (&ITEMS, answer::JSON, Shape::Array),
            Form::Json | Form::Ndjson => (&NDJSON, answer::NDJSON, Shape::Told),
            Form::Events if several => (&EVENTS_WATCHED, answer::EVENTS, Shape::Told),
            Form::Events => (&EVENTS, answer::EVENTS, Shape::Told),
            Form::Lines | Form::Page if several => (&LINES_WATCHED, answer::TEXT, Shape::Told),
            Form::Lines | Form::Page => (&LINES, answer::TEXT, Shape::Told),
        }
    }

    /// From which message on.
    fn since(&self) -> Option<Seq> {
        match self.last_event_id {
            Some(last) => Some(last.saturating_add(1)),
            None => self.query.since,
        }
    }

    fn origin(&self) -> Origin {
        match (self.since(), self.query.last) {
            // One number says nothing about several rooms.
            (Some(since), _) if !Filter::is_wild(self.room) => Origin::Since(since),
            (_, Some(last)) if last > 0 => Origin::Last(last),
            (_, _) => Origin::Now,
        }
    }

    fn history(&self) -> Command<'_> {
        let since = self.since();
        Command::History {
            room: Some(Cow::Borrowed(self.room)),
            before: self.query.before,
            since,
            limit: match (self.wants_body, self.query.last, since) {
                (false, _, _) => Some(0),
                (true, None, Some(_)) => Some(u64::MAX),
                (true, last, _) => last,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a follower would begin, and how much of history would be asked for.
    fn asked(query: &str, last_event_id: Option<Seq>) -> (Origin, Option<u64>) {
        let (query, who) = (Query::of(query).expect("a query"), Who::default());
        let read = Read {
            room: "lobby",
            form: Form::Events,
            query: &query,
            last_event_id,
            wants_body: true,
            who: &who,
        };
        match read.history() {
            Command::History { limit, .. } => (read.origin(), limit),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reader_begins_where_it_says() {
        assert_eq!(asked("", None), (Origin::Now, None));
        assert_eq!(asked("last=5", None), (Origin::Last(5), Some(5)));
        assert_eq!(asked("since=7", None), (Origin::Since(7), Some(u64::MAX)));
        assert_eq!(asked("since=7&last=5", None), (Origin::Since(7), Some(5)));
    }

    #[test]
    fn an_event_source_goes_on_behind_what_it_has() {
        assert_eq!(asked("since=7", Some(9)).0, Origin::Since(10));
        assert_eq!(asked("", Some(Seq::MAX)).0, Origin::Since(Seq::MAX));
    }

    #[test]
    fn each_form_has_its_type() {
        let who = Who::default();
        for (room, form, query, media_type, shape) in [
            ("lobby", Form::Json, "", answer::JSON, Shape::Array),
            ("lobby", Form::Json, "follow", answer::NDJSON, Shape::Told),
            ("lobby", Form::Ndjson, "", answer::NDJSON, Shape::Told),
            ("a/#", Form::Events, "follow", answer::EVENTS, Shape::Told),
            ("lobby", Form::Page, "raw", answer::TEXT, Shape::Bare),
            ("lobby", Form::Json, "raw", answer::TEXT, Shape::Bare),
        ] {
            let query = Query::of(query).unwrap();
            let read = Read {
                room,
                form,
                query: &query,
                last_event_id: None,
                wants_body: true,
                who: &who,
            };
            let (_, its_type, its_shape) = read.form();
            assert_eq!(
                (its_type, its_shape),
                (media_type, shape),
                "{form:?} {query:?}"
            );
        }
    }
}

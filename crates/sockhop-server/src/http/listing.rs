//! What the hub says of itself: `/-/rooms`, `/-/connections`, `/-/health`, `/-/metrics`.

use std::fmt::Write as _;

use hyper::StatusCode;
use sockhop_hub::{Listed, RoomFigures};
use sockhop_proto::Refusal;
use sockhop_proto::http::ANSWERS;

use super::accept::Form;
use super::answer::{self, Answer};
use super::desk::Desk;
use super::visit::Visit;
use super::who::Who;
use super::{glance, metrics};
use crate::round_trips;

/// Most connections or rooms in one answer.
const LISTED_MAX: usize = 1000;

/// `/-/rooms`, for programs or for people.
pub(super) fn rooms(desk: &Desk, who: &Who, form: Form) -> Result<Answer, Refusal> {
    check_trust(desk, who)?;
    // Bound first, here and below, so that the hub is let go before anything is written.
    let rooms = desk.shared.hub().room_figures(LISTED_MAX);
    Ok(match form {
        Form::Lines => answer::whole(StatusCode::OK, answer::TEXT, lines(&rooms)),
        Form::Page | Form::Json | Form::Ndjson | Form::Events => json(glance::rooms(&rooms)),
    })
}

/// `/-/connections`.
pub(super) fn connections(desk: &Desk, who: &Who) -> Result<Answer, Refusal> {
    check_trust(desk, who)?;
    let connections = desk.shared.hub().connections(LISTED_MAX);
    let round_trips = round_trips::measured(&desk.shared.ports);
    let now = desk.shared.clock.now();
    Ok(json(glance::connections(&connections, &round_trips, now)))
}

/// `/-/health`, for everyone: it tells nothing of what is said.
pub(super) fn health(desk: &Desk) -> Answer {
    let vitals = desk.shared.hub().vitals(desk.shared.clock.now());
    json(glance::health(&vitals))
}

/// `/-/metrics`.
pub(super) fn metrics(desk: &Desk, who: &Who) -> Result<Answer, Refusal> {
    check_trust(desk, who)?;
    let figures = desk.shared.hub().figures(desk.shared.clock.now());
    let page = metrics::render(&figures);
    Ok(answer::whole(StatusCode::OK, answer::METRICS, page))
}

/// The hub's secret is asked for by the hub.
fn check_trust(desk: &Desk, who: &Who) -> Result<(), Refusal> {
    if !desk.shared.hub().asks_for_secret() {
        return Ok(());
    }
    let visit = Visit::begin(&desk.shared, &ANSWERS, desk.peer);
    visit.introduce(who)
}

fn json(mut json: String) -> Answer {
    json.push('\n');
    answer::whole(StatusCode::OK, answer::JSON, json)
}

/// A room a line: its name first, as that is what a script wants.
fn lines(rooms: &Listed<RoomFigures>) -> String {
    let mut lines = String::new();
    for room in &rooms.listed {
        let members = match room.members {
            1 => "1 member".to_owned(),
            many => format!("{many} members"),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(lines, "{} ({members}, {} said)", room.room, room.head);
    }
    if rooms.count > rooms.listed.len() {
        let _ = writeln!(lines, "* and {} more", rooms.count - rooms.listed.len());
    }
    lines
}

//! The page in a real Chromium. Each story lives in `tests/node`; what no page may ever do, write an
//! error to its console or ask anybody but the hub, ends any of them (`browser.mjs`).

mod common;

use common::Hub;
use common::toolkit::Program;
use common::web::node;

/// Has a browser tell one of the stories of `file`. Each of its steps has a deadline, and it says that it
/// goes on: as a whole it may take as long as this machine needs.
fn tell(hub: &Hub, file: &str, story: &str) {
    let mut teller = Program::start(&mut node(file, &[story, &hub.port()]));
    loop {
        match teller.hear_next().as_str() {
            "told to its end" => break,
            "failed" => panic!("{}", teller.rest().join("\n")),
            _ => {}
        }
    }
    assert_eq!(teller.wait(), Some(0));
}

fn page(story: &str) {
    tell(&Hub::start(&["--max-publishes", "0"]), "page.mjs", story);
}

/// The same of what it must not do, and must do for everyone.
fn limits(story: &str) {
    tell(&Hub::start(&["--max-publishes", "0"]), "limits.mjs", story);
}

#[test]
fn two_pages_and_a_socket_are_in_one_room() {
    page("together");
}

#[test]
fn nobody_is_there_who_is_not() {
    page("ghosts");
}

#[test]
fn what_was_said_is_found_again() {
    page("history");
}

#[test]
fn what_is_private_stays_so() {
    page("privately");
}

#[test]
fn markup_stays_text() {
    limits("markup");
}

#[test]
fn it_works_by_keyboard_and_by_ear() {
    limits("access");
}

#[test]
fn storage_is_not_believed() {
    limits("memory");
}

#[test]
fn it_is_little() {
    limits("weight");
}

#[test]
fn foreign_pages_stay_outside() {
    limits("foreign");
}

/// The same of what is measured.
fn instruments(story: &str) {
    tell(
        &Hub::start(&["--max-publishes", "0"]),
        "instruments.mjs",
        story,
    );
}

/// The same of what is steered.
fn pads(story: &str) {
    tell(&Hub::start(&[]), "pads.mjs", story);
}

#[test]
fn numbers_draw_themselves() {
    instruments("plot");
}

#[test]
fn a_thumb_drives_and_lets_go() {
    pads("touch");
}

#[test]
fn a_frozen_link_ends_the_drive() {
    pads("stall");
}

#[test]
fn a_gamepad_drives_and_is_unplugged() {
    pads("gamepad");
}

#[test]
fn who_is_slow_is_seen() {
    instruments("glance");
}

/// Pictures of every screen, in `target/screenshots`.
#[test]
fn every_screen_fits() {
    instruments("looks");
}

#[test]
fn it_asks_for_the_secret() {
    tell(
        &Hub::start(&["--secret", "größe 100%"]),
        "limits.mjs",
        "secret",
    );
}

#[test]
fn it_comes_back_when_the_hub_does() {
    let mut hub = Hub::start(&[]);
    let mut page = Program::start(&mut node("page.mjs", &["reconnect", &hub.port()]));
    page.hear("kill the hub");
    hub.kill();
    page.say("it is gone");
    page.hear("start the hub");
    hub.restart();
    page.say("it is back");
    page.hear("stop the hub");
    assert_eq!(hub.stop(), Some(0));
    page.say("it has stopped");
    page.hear("start the hub");
    hub.restart();
    page.say("it is back");
    page.hear("told to its end");
}

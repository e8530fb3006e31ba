//! The words for every cause, and real failures of real sockets.

mod agreed;
mod network;
#[cfg(unix)]
mod real;
mod spoken;

use std::io;
use std::time::Duration;

use super::*;

/// Sees that `fault` says all of `words`, and that it says it well.
#[track_caller]
fn says(fault: &Fault, code: &str, words: &[&str]) {
    let said = fault.with_advice();
    for word in words {
        assert!(said.contains(word), "{word:?} is missing in {said:?}");
    }
    assert_eq!(fault.code(), code, "{said}");
    let sentence = fault.to_string();
    assert!(!sentence.ends_with(['.', '?', ':', ' ']), "{sentence}");
    assert!(!said.contains("os error"), "{said}");
    assert!(
        !said.contains('_') || code == "bad_name",
        "a code for words: {said}"
    );
    if let Some(advice) = fault.advice() {
        assert!(advice.ends_with(['.', '?']), "{advice}");
    }
}

fn endpoint(text: &str) -> Endpoint {
    text.parse().expect("an endpoint")
}

/// A connection that failed at once.
fn refused_with(kind: io::ErrorKind, text: &str) -> Fault {
    Fault::connect(&endpoint(text), &kind.into(), Duration::ZERO)
}

#[test]
fn of_several_addresses_the_one_that_answered_is_heard_of() {
    let refused = refused_with(io::ErrorKind::ConnectionRefused, "gs:1");
    let silent = Fault::connect_timed_out(&endpoint("gs:1"), Duration::from_secs(5));
    let nowhere = refused_with(io::ErrorKind::NetworkUnreachable, "gs:1");
    let unknown = Fault::unknown_name(&endpoint("gs:1"));
    assert!(refused.tells_more_than(&silent) && silent.tells_more_than(&nowhere));
    assert!(nowhere.tells_more_than(&unknown) && !unknown.tells_more_than(&refused));
}

#[test]
fn the_stage_is_where_it_stopped() {
    let stage = |kind, text| refused_with(kind, text).stage().as_str();
    assert_eq!(stage(io::ErrorKind::ConnectionRefused, "gs:1"), "tcp");
    assert_eq!(stage(io::ErrorKind::ConnectionRefused, "wss://gs"), "tcp");
    assert_eq!(stage(io::ErrorKind::PermissionDenied, "udp://gs:1"), "udp");
    assert_eq!(stage(io::ErrorKind::NotFound, "unix:/x"), "unix");
    assert_eq!(stage(io::ErrorKind::NetworkUnreachable, "gs:1"), "route");
}

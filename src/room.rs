//! Rooms, as they are typed on the command line.

use percent_encoding::percent_decode_str;
use sockhop_proto::name::LOBBY;
use sockhop_proto::{Filter, NameError, RoomName};

use crate::shell::quoted;

/// One room.
pub(crate) fn name(text: &str) -> Result<String, String> {
    checked(text, RoomName::parse(text))
}

/// One room, or a pattern of many.
pub(crate) fn pattern(text: &str) -> Result<String, String> {
    checked(text, Filter::parse(text))
}

/// `text`, if it is what it was read as.
fn checked<T>(text: &str, read: Result<T, NameError>) -> Result<String, String> {
    match read.err() {
        None => Ok(text.to_owned()),
        Some(error) => Err(instead_of_address(text).unwrap_or_else(|| error.to_string())),
    }
}

/// What to type instead of an address, as a browser shows it. No room has one: `//` is an empty
/// level.
fn instead_of_address(text: &str) -> Option<String> {
    let (_, address) = text.split_once("://")?;
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (hub, path) = address.split_once('/').unwrap_or((address, ""));
    let room = percent_decode_str(path.trim_matches('/')).decode_utf8_lossy();
    let room = if room.is_empty() { LOBBY } else { &room };
    Some(format!(
        "this is an address; the hub and the room are two words here: --hub {} {}",
        quoted(hub),
        quoted(room)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_to_type_instead() {
        for (address, typed) in [
            ("http://127.0.0.1:1337/lobby", "127.0.0.1:1337 lobby"),
            ("http://gs:80/telemetry/imu?plot#17", "gs:80 telemetry/imu"),
            ("http://gs/telemetry/%23?follow", "gs 'telemetry/#'"),
            ("http://gs:1337/#secret=hush", "gs:1337 lobby"),
            ("any://[::1]:1337", "'[::1]:1337' lobby"),
        ] {
            let error = name(address).unwrap_err();
            assert!(error.ends_with(&format!(": --hub {typed}")), "{error}");
            assert_eq!(pattern(address), Err(error));
        }
    }

    #[test]
    fn what_is_only_misspelt_is_told_so() {
        assert!(name("a//b").unwrap_err().contains("empty level"));
        assert!(name("a/+").unwrap_err().contains("wildcards"));
        assert_eq!(pattern("a/+").as_deref(), Ok("a/+"));
    }
}

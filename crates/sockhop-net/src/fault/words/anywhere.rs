//! What means the same at every stage.

use std::fmt;

use super::super::cause::Cause;
use super::super::{Fault, system};
use super::place;

/// Only why: what failed has been said.
pub(super) fn reason(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fault.cause() {
        Cause::TooManyFiles => f.write_str(
            "this program, or the whole system, has as many files and connections open as it may",
        ),
        Cause::NoFamily if place(fault).is_none() => f.write_str("this system has no Unix sockets"),
        Cause::NoFamily => f.write_str("this system does not speak that version of IP"),
        Cause::PathTooLong { bytes_max } => {
            write!(
                f,
                "a socket's path has at most {bytes_max} bytes, and this one has more"
            )
        }
        Cause::TooLarge => f.write_str("that is more than one datagram can hold"),
        Cause::System { kind, number } => f.write_str(&system::words(*kind, *number)),
        // Each of the others has its stage, where it is in words. Should it turn up elsewhere, its
        // code still tells what it is.
        other => f.write_str(&other.code().replace('_', " ")),
    }
}

pub(super) fn advice(fault: &Fault) -> Option<&'static str> {
    Some(match fault.cause() {
        Cause::TooManyFiles => {
            "`ulimit -n` shows how many a program may have; `ulimit -n 4096` before starting it allows more."
        }
        Cause::NoFamily if place(fault).is_some() => {
            "Use an address of the other version: 127.0.0.1 in place of ::1, 0.0.0.0 in place of [::]."
        }
        Cause::PathTooLong { .. } => "Choose a shorter one, such as in /tmp.",
        Cause::TooLarge => {
            "A datagram holds at most 65507 bytes, and above about 1400 the network cuts it in pieces: send less at a time, or use tcp://."
        }
        _ => return None,
    })
}

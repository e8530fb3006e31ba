//! Carrying what is said, on a connection that worked.

use std::fmt;

use super::super::cause::Cause;
use super::super::{Fault, system};
use super::anywhere;

pub(super) fn sentence(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with = &fault.0;
    match fault.cause() {
        Cause::Reset => write!(
            f,
            "{with} reset the connection: it was broken off there, and what was on its way may be lost"
        ),
        Cause::BrokenPipe => write!(f, "{with} had closed the connection when more was sent"),
        Cause::Refused => write!(
            f,
            "{with} refused the datagram: the machine is there, but nothing listens on that UDP port"
        ),
        Cause::LinkLost => write!(
            f,
            "{with} no longer answers: the link is down, or the machine is off"
        ),
        Cause::CutOff => write!(
            f,
            "{with} ended the connection without a goodbye: what it sent last may be missing"
        ),
        Cause::NotPermitted => write!(
            f,
            "nothing may be sent to {with}: this machine does not permit it"
        ),
        Cause::TooLarge => {
            write!(f, "{with} cannot be sent that: ")?;
            anywhere::reason(fault, f)
        }
        Cause::Program { kind, number } => write!(
            f,
            "the program {with} cannot be started: {}",
            system::words(*kind, *number)
        ),
        _ => {
            write!(f, "the connection with {with} broke: ")?;
            anywhere::reason(fault, f)
        }
    }
}

pub(super) fn advice(fault: &Fault) -> Option<String> {
    let words = match fault.cause() {
        Cause::Reset => {
            "The program there crashed, or closed without reading all that was sent to it, or a router in between has forgotten the connection."
        }
        Cause::Refused => {
            "Start the receiver first; most datagrams that nobody takes are lost without a word."
        }
        Cause::LinkLost => "Is its WiFi or cable still connected, and the machine still on?",
        Cause::BrokenPipe => "It has ended, or had enough: what does it say on its own screen?",
        Cause::CutOff => {
            "The program there may have crashed: check that its last message is whole."
        }
        Cause::NotPermitted => {
            "A firewall of this machine forbids it, or the address is that of a whole network."
        }
        _ => return None,
    };
    Some(words.to_owned())
}

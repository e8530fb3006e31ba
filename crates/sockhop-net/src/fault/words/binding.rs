//! An address of this machine could not be made one's own.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use super::super::Fault;
use super::super::cause::Cause;
use super::super::holder::Holder;
use super::plain::list;
use super::{anywhere, command, host, place};
use crate::endpoint::Endpoint;

pub(super) fn sentence(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with = &fault.0;
    if let Cause::CannotListen = fault.cause() {
        return write!(
            f,
            "{with} cannot be listened on: this program speaks WebSocket as a client only"
        );
    }
    write!(f, "cannot bind {with}: ")?;
    match fault.cause() {
        Cause::InUse { holder } => write!(f, "{holder} has it already"),
        Cause::FileInTheWay => f.write_str("a file of that name is there, and it is not a socket"),
        Cause::NotOurs { .. } => match with.address {
            Some(address) => write!(f, "{} is not an address of this machine", address.ip()),
            None => write!(f, "{} is not an address of this machine", host(fault)),
        },
        Cause::Privileged { first_free, .. } => write!(
            f,
            "ports below {first_free} are for services of the system, and need privilege"
        ),
        Cause::NotPermitted => f.write_str("this machine does not permit it"),
        Cause::NoFolder => write!(f, "there is no folder {}", folder(fault).display()),
        Cause::FolderClosed => write!(
            f,
            "nothing may be made in the folder {}",
            folder(fault).display()
        ),
        _ => anywhere::reason(fault, f),
    }
}

pub(super) fn advice(fault: &Fault) -> Option<String> {
    Some(match fault.cause() {
        Cause::CannotListen => format!(
            "`sockhop listen tcp://{}` shows the request that a WebSocket client begins with.",
            place(fault)?
        ),
        Cause::InUse { holder } => in_use(fault, holder),
        Cause::FileInTheWay => {
            "Choose another path, or remove the file if nobody needs it.".to_owned()
        }
        Cause::NotOurs { ours } => not_ours(fault, ours)?,
        Cause::Privileged {
            first_free,
            first_given,
        } => privileged(place(fault)?.port, *first_free, *first_given),
        Cause::NotPermitted => {
            "A sandbox or a security policy that this program runs under forbids it.".to_owned()
        }
        Cause::NoFolder => format!("`mkdir -p {}` makes it.", folder(fault).display()),
        Cause::FolderClosed => {
            "Choose a folder that is yours, or /tmp, which is everybody's.".to_owned()
        }
        _ => return None,
    })
}

fn in_use(fault: &Fault, holder: &Holder) -> String {
    let other = match fault.endpoint() {
        Some(Endpoint::Unix(_)) => "choose another path",
        _ => "choose another port (0 takes any free one)",
    };
    let shows = fault.endpoint().and_then(command::holder_of);
    match (holder, shows) {
        (Holder::Process { pid, .. }, _) => {
            format!("Stop it (`{}`), or {other}.", command::end(*pid))
        }
        (Holder::Ourselves, _) => format!("To listen once more, {other}."),
        (Holder::User(_) | Holder::Unknown, Some(shows)) => {
            format!("`{shows}` shows which program it is: stop that, or {other}.")
        }
        (Holder::User(_) | Holder::Unknown, None) => format!("Stop it, or {other}."),
    }
}

fn not_ours(fault: &Fault, ours: &[IpAddr]) -> Option<String> {
    let place = place(fault)?;
    let v6 = match fault.0.address {
        Some(address) => address.is_ipv6(),
        None => place.host.contains(':'),
    };
    // [::] is both versions at once.
    let ours: Vec<_> = ours.iter().filter(|ip| v6 || ip.is_ipv4()).collect();
    let has = match &*ours {
        [] => "127.0.0.1 always is one".to_owned(),
        ours => format!("It has {}", list(ours)),
    };
    let every = match (v6, place.port) {
        (true, 0) => "::".to_owned(),
        (true, port) => format!("[::]:{port}"),
        (false, 0) => "0.0.0.0".to_owned(),
        (false, port) => format!("0.0.0.0:{port}"),
    };
    Some(format!("{has}; {every} stands for all of them."))
}

fn privileged(port: u16, first_free: u16, first_given: u16) -> String {
    let free = first_free..first_given.max(first_free.saturating_add(1));
    // 80 is better known as 8080 than as 8000.
    let alike = if port == 80 {
        8080
    } else {
        port.saturating_add(8000)
    };
    let instead = if free.contains(&alike) {
        alike
    } else {
        first_free
    };
    let last = free.end - 1;
    format!(
        "Choose one from {first_free} to {last}, such as {instead} (those above are handed out by the system itself), or start it with `sudo`."
    )
}

/// Where the file of a Unix socket was to be.
fn folder(fault: &Fault) -> &Path {
    let folder = match fault.endpoint() {
        Some(Endpoint::Unix(path)) => path.parent(),
        _ => None,
    };
    folder
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

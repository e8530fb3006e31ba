//! The name, the way, and the other machine's first answer.

use std::fmt;
use std::time::Duration;

use super::super::Fault;
use super::super::cause::Cause;
use super::super::neighbour::Neighbour;
use super::super::stage::{Carrier, Stage};
use super::plain::Span;
use super::{anywhere, command, host, place};
use crate::endpoint::{Endpoint, Place};

/// Sooner than this, and somebody said no; later, and nobody answered: the system asks three times,
/// a second apart, for whoever has an address.
const AT_ONCE: Duration = Duration::from_secs(1);

pub(super) fn sentence(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with = &fault.0;
    match fault.cause() {
        Cause::UnknownName => write!(f, "no machine is known by the name {}", host(fault)),
        Cause::NoNameServer { .. } => write!(
            f,
            "nobody answered who could say which machine {} is: the network, or its name server, is out of reach",
            host(fault)
        ),
        Cause::PortZero => write!(
            f,
            "{with} cannot be connected to: port 0 means any free one to whoever listens, and is no place to go"
        ),
        Cause::NoRoute => write!(
            f,
            "there is no way from here to {with}: this machine is in no network that leads there"
        ),
        Cause::ClosedRoute => write!(
            f,
            "there is no way from here to {with}: the one that leads there is closed, or it starts at another address than this side was to come from"
        ),
        Cause::NoZone => write!(
            f,
            "{with} cannot be reached: an address that starts with fe80 is good on one link only, and it does not say on which"
        ),
        Cause::Unreachable { took, neighbour } => unreachable(fault, *took, *neighbour, f),
        Cause::TimedOut { waited, neighbour } => {
            write!(f, "{with} did not answer within {}: ", Span(*waited))?;
            f.write_str(match neighbour {
                Some(Neighbour::Known) => {
                    "the machine is there, so a firewall drops the connection"
                }
                Some(Neighbour::Silent) => "no machine in this network has that address just now",
                Some(Neighbour::Beyond(_)) => {
                    "the machine is off or has another address, or a firewall there or on the way drops the connection"
                }
                None => {
                    "the machine is off or has another address, or a firewall drops the connection"
                }
            })
        }
        Cause::Refused => refused(fault, f),
        Cause::NoSocket => write!(f, "{with} is not there: nothing has made that socket"),
        Cause::NotASocket => write!(f, "{with} is a file, but not a socket"),
        Cause::Busy => write!(
            f,
            "{with} is busy: the program there listens, but accepts no connections just now"
        ),
        Cause::NotPermitted => write!(
            f,
            "{with} may not be connected to: this machine does not permit it"
        ),
        Cause::Reset => write!(f, "{with} broke the connection off as soon as it was made"),
        _ => {
            write!(f, "{with} cannot be connected to: ")?;
            anywhere::reason(fault, f)
        }
    }
}

fn unreachable(
    fault: &Fault,
    took: Duration,
    neighbour: Option<Neighbour>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    write!(f, "{} cannot be reached: ", fault.0)?;
    match (is_nobody(took, neighbour), neighbour) {
        (false, _) => f.write_str("a firewall, there or on the way, rejects the connection"),
        (true, Some(Neighbour::Beyond(_))) => write!(
            f,
            "a router says after {} that no machine behind it has that address just now",
            Span(took)
        ),
        (true, _) => f.write_str("no machine in this network has that address just now"),
    }
}

/// Whether nobody has the address, rather than somebody said no.
fn is_nobody(took: Duration, neighbour: Option<Neighbour>) -> bool {
    match neighbour {
        Some(Neighbour::Silent) => true,
        Some(Neighbour::Known) => false,
        Some(Neighbour::Beyond(_)) | None => took >= AT_ONCE,
    }
}

fn refused(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with = &fault.0;
    if let Stage::Connect(Carrier::Unix) = fault.stage() {
        return write!(
            f,
            "{with} refused the connection: the socket is there, but nothing listens on it any more"
        );
    }
    let layered = matches!(
        fault.endpoint(),
        Some(Endpoint::Tls(_) | Endpoint::WebSocket { .. })
    );
    let what = if layered {
        "TCP connection"
    } else {
        "connection"
    };
    write!(
        f,
        "{with} refused the {what}: the machine is there, but nothing listens on that port"
    )
}

pub(super) fn advice(fault: &Fault) -> Option<String> {
    Some(match fault.cause() {
        Cause::UnknownName => unknown_name(host(fault)),
        Cause::NoNameServer { .. } => {
            "Is this machine connected to the right network? If it is, give the other's address instead, such as 192.168.1.20."
                .to_owned()
        }
        Cause::PortZero => "Give the port that the server shows when it starts.".to_owned(),
        Cause::NoRoute => format!(
            "Is its WiFi or cable connected, to the right network? `{}` lists the networks it knows a way to.",
            command::routes()
        ),
        Cause::ClosedRoute => format!(
            "`{}` shows the way and the address it starts at. With --bind, choose that address.",
            command::route_to(&tried(fault))
        ),
        Cause::NoZone => {
            let place = place(fault)?;
            format!(
                "Say on which: [{}%wlan0]:{}, with the name that `{}` gives instead of wlan0.",
                place.host,
                place.port,
                command::links()
            )
        }
        Cause::Unreachable { took, neighbour } => {
            let nobody = is_nobody(*took, *neighbour);
            silent(fault, if nobody { *neighbour } else { Some(Neighbour::Known) })
        }
        Cause::TimedOut { neighbour, .. } => silent(fault, *neighbour),
        Cause::Refused => start_it(fault)?,
        Cause::NoSocket => format!(
            "Start the server first (`sockhop listen {}` is one), or check the path.",
            fault.0
        ),
        Cause::NotASocket => "Check the path.".to_owned(),
        Cause::Busy => "It may hang: stop it, and start it again.".to_owned(),
        Cause::NotPermitted => match fault.endpoint()? {
            Endpoint::Unix(path) => format!(
                "Its file belongs to another user: `ls -l {}` shows to whom.",
                path.display()
            ),
            _ => "Its own firewall (`sudo nft list ruleset` shows the rules), or the sandbox this program runs in, forbids it."
                .to_owned(),
        },
        Cause::Reset => {
            "It may be full, or only take connections from certain addresses: what does it say on its own screen?"
                .to_owned()
        }
        _ => return None,
    })
}

fn unknown_name(host: &str) -> String {
    let check = "Check its spelling, or give its address instead, such as 192.168.1.20.";
    if host.ends_with(".local") {
        format!(
            "{check} Whoever has a name in .local tells it itself: that machine must be on, in this network, and run avahi or Bonjour."
        )
    } else {
        check.to_owned()
    }
}

/// Nobody answered; or somebody did, in place of the machine.
fn silent(fault: &Fault, neighbour: Option<Neighbour>) -> String {
    let port = place(fault).map_or(0, |place| place.port);
    let address = tried(fault);
    match neighbour {
        Some(Neighbour::Known) => format!(
            "Allow port {port} in the firewall there: `sudo ufw allow {port}` on many Linux systems; on Windows allow the program and make the network a private one."
        ),
        Some(Neighbour::Silent) => format!(
            "It is off, or has another address by now (`ip address` there shows it), or the access point keeps its clients apart (\"client isolation\" in its settings). `ping {address}` tells when it is there."
        ),
        Some(Neighbour::Beyond(router)) => format!(
            "It is in another network, behind the router {router}: `{}` shows how far the way leads. If it was to be in this network, its address is wrong.",
            command::trace_to(&address)
        ),
        None => format!(
            "Check its address, and that both machines are in the same network. If `ping {address}` gets an answer, allow port {port} in the firewall there."
        ),
    }
}

/// The very address that was tried, where a name has several.
fn tried(fault: &Fault) -> String {
    match fault.0.address {
        Some(address) => Place::from(address).host,
        None => host(fault).to_owned(),
    }
}

fn start_it(fault: &Fault) -> Option<String> {
    let endpoint = fault.endpoint()?;
    if let Stage::Connect(Carrier::Unix) = fault.stage() {
        return Some(format!(
            "The program that made it has ended: start it again (`sockhop listen {endpoint}` takes its place)."
        ));
    }
    let port = place(fault)?.port;
    Some(if endpoint.is_here() {
        format!(
            "Start the server first (`--wait` waits for it), or look which port it uses: `{}` lists those that are listened on.",
            command::listening()
        )
    } else {
        format!(
            "Start the server there first (`--wait` waits for it), or look which port it uses. If it runs, it may listen on 127.0.0.1, which is for its own machine only: 0.0.0.0:{port} is for others too."
        )
    })
}

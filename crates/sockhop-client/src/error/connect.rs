//! Why there is no connection: each stage of getting one fails in words of its own.

use std::io;
use std::time::Duration;

use sockhop_proto::{Code, Refusal};

use crate::address::HubAddress;

/// Why there is no connection to the hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    // This machine, and the network between.
    /// A session is known by a random number, and there are none.
    #[error("this system gives no random numbers, and a session needs one")]
    NoRandomness,
    /// The name has no address.
    #[error(
        "no machine is known by the name {host}: check its spelling, or give its address, such as 192.168.1.20"
    )]
    UnknownName {
        /// The name.
        host: String,
    },
    /// Nobody answered who knows about names.
    #[error(
        "nobody could say within {waited:?} which machine {host} is: the network or its name server does not answer. Give the machine's address instead, such as 192.168.1.20"
    )]
    NoNameServer {
        /// The name.
        host: String,
        /// For how long.
        waited: Duration,
    },
    /// Nothing listens there.
    #[error(
        "{hub} refused the connection: the machine is there, but nothing listens on that port{}",
        is_it_running(hub)
    )]
    Refused {
        /// Where.
        hub: HubAddress,
    },
    /// Nothing came back at all.
    #[error(
        "{hub} did not answer within {waited:?}: the machine is off or has another address, or a firewall drops the connection. Check the address, and that both machines are on the same network"
    )]
    NoAnswer {
        /// Where.
        hub: HubAddress,
        /// For how long.
        waited: Duration,
    },
    /// The network says that nobody is there.
    #[error(
        "{hub} cannot be reached: no machine has that address just now, or a firewall rejects the connection. Is it on, and on the same network as this one?"
    )]
    Unreachable {
        /// Where.
        hub: HubAddress,
    },
    /// There is no way to that network.
    #[error(
        "there is no way from here to {hub}: this machine is in no network that leads there. Is its WiFi or cable connected, to the right network?"
    )]
    NoRoute {
        /// Where.
        hub: HubAddress,
    },
    /// This machine's own rules forbid it.
    #[error(
        "{hub} may not be connected to: this machine does not permit it{}",
        permission_advice(hub)
    )]
    NotPermitted {
        /// Where.
        hub: HubAddress,
    },
    /// There is no such Unix socket.
    #[error(
        "{hub} is not there: nothing has made that socket. Is `sockhop serve --listen {hub}` running?"
    )]
    NoSocket {
        /// Where.
        hub: HubAddress,
    },
    /// Anything else the system says.
    #[error("{hub} cannot be connected to: {kind}")]
    System {
        /// Where.
        hub: HubAddress,
        /// What the system said.
        kind: io::ErrorKind,
    },

    // The other end.
    /// Something listens there that does not speak as a hub does.
    #[error(
        "{hub} is not a Sockhop hub: what listens there answered in another language. Is it the right port? A hub's is usually 1337"
    )]
    NotAHub {
        /// Where.
        hub: HubAddress,
    },
    /// Something listens there, and says nothing.
    #[error(
        "{hub} took the connection and then said nothing for {waited:?}: either it is not a Sockhop hub, or it hangs"
    )]
    Mute {
        /// Where.
        hub: HubAddress,
        /// For how long.
        waited: Duration,
    },
    /// The connection was closed before the hub said welcome.
    #[error(
        "{hub} took the connection and closed it without a word: either it is not a Sockhop hub, or it is just stopping"
    )]
    HungUp {
        /// Where.
        hub: HubAddress,
    },
    /// A connection that worked was closed by the other end.
    #[error("{hub} closed the connection: the hub was stopped, or crashed")]
    Closed {
        /// Where.
        hub: HubAddress,
    },
    /// A connection that worked was broken.
    #[error("the connection to {hub} broke: {kind}")]
    Broken {
        /// Where.
        hub: HubAddress,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// A connection that worked fell silent.
    #[error("{hub} has fallen silent for {waited:?}: the link is down, or the hub hangs")]
    Silent {
        /// Where.
        hub: HubAddress,
        /// For how long.
        waited: Duration,
    },
    /// The hub sent what this library cannot read.
    #[error(
        "{hub} sent something that cannot be read ({detail}): is the hub much newer than this program?"
    )]
    Garbled {
        /// Where.
        hub: HubAddress,
        /// What is wrong with it.
        detail: String,
    },

    // The hub's own decision.
    /// The hub ended a connection that worked.
    #[error("the hub at {hub} ended the connection: {refusal}")]
    Expelled {
        /// Where.
        hub: HubAddress,
        /// Why.
        refusal: Refusal,
    },
    /// The hub said goodbye.
    #[error("the hub at {hub} is shutting down")]
    ShuttingDown {
        /// Where.
        hub: HubAddress,
    },
    /// The hub does not let this client in.
    #[error("the hub at {hub} does not let this client in: {}", denied(refusal))]
    Denied {
        /// Where.
        hub: HubAddress,
        /// Why.
        refusal: Refusal,
    },
}

impl ConnectError {
    /// Whether trying again is pointless until something is changed on this side.
    #[must_use]
    pub fn is_final(&self) -> bool {
        let Self::Denied { refusal, .. } = self else {
            return false;
        };
        matches!(
            refusal.code,
            Code::SecretRequired | Code::WrongSecret | Code::BadNick | Code::BadSession
        )
    }

    /// The code of the hub's refusal, if it was one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Denied { refusal, .. } => Some(refusal.code),
            _ => None,
        }
    }
}

fn is_it_running(hub: &HubAddress) -> &'static str {
    if hub.is_here() {
        ". Is `sockhop serve` running?"
    } else {
        " for other machines. Is `sockhop serve --lan` running there?"
    }
}

fn permission_advice(hub: &HubAddress) -> &'static str {
    match hub {
        HubAddress::Unix(_) => ". The socket belongs to another user",
        HubAddress::Tcp { .. } => ". Its firewall, or the sandbox this program runs in, forbids it",
    }
}

/// A refusal of `hello`, with advice for a program's user rather than for someone typing.
fn denied(refusal: &Refusal) -> String {
    let advice = match refusal.code {
        Code::SecretRequired | Code::WrongSecret => {
            Some("`sockhop serve` showed its secret when it was started")
        }
        Code::NickTaken => Some(
            "choose another. If that was you: a nick is held for a minute after its connection was lost",
        ),
        _ => refusal.hint.as_deref(),
    };
    match advice {
        Some(advice) => format!("{refusal}; {advice}"),
        None => refusal.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(text: &str) -> HubAddress {
        text.parse().unwrap()
    }

    #[test]
    fn refused_says_what_to_start() {
        let here = ConnectError::Refused { hub: hub("1337") }.to_string();
        assert!(here.ends_with("Is `sockhop serve` running?"), "{here}");
        let there = ConnectError::Refused {
            hub: hub("gs.local"),
        }
        .to_string();
        assert!(
            there.ends_with("Is `sockhop serve --lan` running there?"),
            "{there}"
        );
    }

    #[test]
    fn only_what_the_user_must_change_is_final() {
        let denied = |code| ConnectError::Denied {
            hub: HubAddress::default(),
            refusal: Refusal::new(code, "no"),
        };
        assert!(denied(Code::WrongSecret).is_final());
        assert!(!denied(Code::TooManyConnections).is_final());
        assert!(!denied(Code::NickTaken).is_final());
        assert!(
            !ConnectError::Refused {
                hub: HubAddress::default()
            }
            .is_final()
        );
    }
}

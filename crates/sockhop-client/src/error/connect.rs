//! Why there is no connection: each stage of getting one fails in words of its own.

use std::time::Duration;

use sockhop_net::fault::{Carrier, Cause};
use sockhop_net::{Fault, Language, Stage};
use sockhop_proto::{Code, Refusal};

use crate::address::HubAddress;

/// Why there is no connection to the hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    // This machine, and the network between.
    /// A session is known by a random number, and there are none.
    #[error("this system gives no random numbers, and a session needs one")]
    NoRandomness,
    /// It cannot be reached.
    #[error("{fault}{}", and_try(hub, fault))]
    Dial {
        /// Where.
        hub: HubAddress,
        /// Why.
        fault: Fault,
    },

    // The other end.
    /// Something listens there that does not speak as a hub does.
    #[error(
        "{hub} is not a Sockhop hub: what listens there {}. Is it the right port? A hub's is usually 1337",
        sounds_like(*language)
    )]
    NotAHub {
        /// Where.
        hub: HubAddress,
        /// What it speaks instead, where that is known.
        language: Option<Language>,
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
    #[error("{fault}. The hub was stopped or has crashed, or the network between has failed")]
    Broken {
        /// Where.
        hub: HubAddress,
        /// How.
        fault: Fault,
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

/// What to try. Where it is a hub that is missing, that is more than can be said of any server.
fn and_try(hub: &HubAddress, fault: &Fault) -> String {
    let missing = matches!(fault.cause(), Cause::Refused | Cause::NoSocket);
    let advice = match (missing, fault.stage()) {
        (true, Stage::Connect(Carrier::Unix)) => {
            Some(format!("Is `sockhop serve --listen {hub}` running?"))
        }
        (true, _) if hub.is_here() => Some("Is `sockhop serve` running?".to_owned()),
        (true, _) => Some(
            "Without --lan a hub is for its own machine only. Is `sockhop serve --lan` running there?"
                .to_owned(),
        ),
        (false, _) => fault.advice(),
    };
    advice.map_or_else(String::new, |advice| format!(". {advice}"))
}

fn sounds_like(language: Option<Language>) -> String {
    match language {
        Some(Language::Hub) | None => "answered in another language".to_owned(),
        Some(language) => format!("sounds like {language}"),
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
    use std::io;

    use super::*;

    fn hub(text: &str) -> HubAddress {
        text.parse().unwrap()
    }

    fn refused(text: &str) -> ConnectError {
        let hub = hub(text);
        let refused = io::ErrorKind::ConnectionRefused.into();
        let fault = Fault::connect(&hub.endpoint(), &refused, Duration::ZERO);
        ConnectError::Dial { hub, fault }
    }

    #[test]
    fn refused_says_what_to_start() {
        for (text, words) in [
            ("1337", "Is `sockhop serve` running?"),
            ("gs.local", "Is `sockhop serve --lan` running there?"),
            (
                "unix:/nowhere/x",
                "Is `sockhop serve --listen unix:/nowhere/x` running?",
            ),
        ] {
            let said = refused(text).to_string();
            assert!(said.contains("refused the connection"), "{said}");
            assert!(said.ends_with(words), "{said}");
        }
    }

    #[test]
    fn what_could_befall_any_server_is_said_as_of_any() {
        let hub = hub("gs.locl");
        let fault = Fault::unknown_name(&hub.endpoint());
        let said = ConnectError::Dial { hub, fault }.to_string();
        assert!(said.contains("no machine is known by the name gs.locl"));
        assert!(said.contains("Check its spelling"), "{said}");
    }

    #[test]
    fn another_server_is_known_by_its_language() {
        let not_a_hub = |language| {
            let hub = hub("80");
            ConnectError::NotAHub { hub, language }.to_string()
        };
        assert!(not_a_hub(Some(Language::Http)).contains("sounds like HTTP"));
        assert!(not_a_hub(None).contains("another language"));
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
        assert!(!refused("1337").is_final());
    }
}

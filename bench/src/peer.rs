//! Whom Sockhop is measured beside, and Sockhop itself: hubs, and tools for plain sockets.
//!
//! The two are asked for different things, and no scenario is for both.

use std::path::Path;

use crate::hub::{self, Hub};
use crate::library::Library;
use crate::tool::{self, Tool};

/// The one program that is not installed but built.
pub(crate) const SOCKHOP: &str = "sockhop";

/// One row of a table.
pub(crate) enum Peer {
    Hub(Box<dyn Hub>),
    Tool(&'static Tool),
}

impl Peer {
    /// The name in tables and for `--peers`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Hub(hub) => hub.name(),
            Self::Tool(tool) => tool.name,
        }
    }

    /// The program it runs as.
    pub(crate) fn program(&self) -> &'static str {
        match self {
            Self::Hub(hub) => hub.program(),
            Self::Tool(tool) => tool.program,
        }
    }

    /// What it needs besides its program, which is at this path.
    pub(crate) fn library(&self, program: &Path) -> Option<Library> {
        match self {
            Self::Hub(hub) => hub.library(program),
            Self::Tool(_) => None,
        }
    }
}

/// All of them, in the order they are run and printed.
pub(crate) fn all() -> Vec<Peer> {
    let hubs = hub::all().into_iter().map(Peer::Hub);
    hubs.chain(tool::ALL.iter().map(Peer::Tool)).collect()
}

/// Those with these names; all of them without names.
pub(crate) fn named(names: &[String]) -> anyhow::Result<Vec<Peer>> {
    let mut chosen = all();
    let known: Vec<&str> = chosen.iter().map(Peer::name).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        anyhow::bail!(
            "no server is called {unknown}; they are: {}",
            known.join(", ")
        );
    }
    chosen.retain(|peer| names.is_empty() || names.iter().any(|name| name == peer.name()));
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_peer() {
        for peer in all() {
            let found = named(&[peer.name().to_owned()]).expect("the name is known");
            assert_eq!(found.len(), 1, "{}", peer.name());
        }
    }
}

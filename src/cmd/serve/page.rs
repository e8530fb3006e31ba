//! What `serve` prints once it accepts connections: lines for programs, and for a newcomer what to
//! do next: on a terminal a page, elsewhere a few lines in the log.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use sockhop_server::ListenUrl;
use tracing::info;

use super::args::Settled;
use super::invitation;
use super::secret::Secret;
use crate::lan::{from_elsewhere, from_here};

/// Prints `listening on URL` for each listener, then `ready`; on a terminal the page as well.
pub(super) fn announce(settled: &Settled, urls: &[ListenUrl], secret: Option<&Secret>) {
    let mut text = String::new();
    for url in urls {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "listening on {url}");
    }
    text.push_str("ready\n");
    let mut out = std::io::stdout();
    let is_terminal = out.is_terminal();
    if is_terminal {
        text.push('\n');
        text.push_str(&page(settled, urls, secret.map(|secret| &*secret.word)));
    }
    // Nobody may be reading: the hub runs all the same.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
    if !is_terminal {
        note(urls, secret);
    }
}

/// Says in the log where the page is, and what is asked for there. The secret itself stays out.
fn note(urls: &[ListenUrl], secret: Option<&Secret>) {
    if let Some(address) = invitation::page_at(urls) {
        let there = from_elsewhere(address);
        let here = there.is_empty().then(|| from_here(address));
        for address in there.into_iter().chain(here) {
            info!("the page is at http://{address}/");
        }
    }
    match secret.map(|secret| &secret.kept_in) {
        Some(Some(path)) => info!("everyone is asked for the secret in {}", path.display()),
        Some(None) => info!("everyone is asked for the secret this hub was given"),
        None if urls.iter().any(ListenUrl::is_public) => {
            info!("nobody on the network is asked for a secret");
        }
        None => {}
    }
}

fn page(settled: &Settled, urls: &[ListenUrl], secret: Option<&str>) -> String {
    let mut page = String::new();
    let _ = writeln!(
        page,
        "Sockhop {}, hub \"{}\"",
        env!("CARGO_PKG_VERSION"),
        settled.name
    );
    match (urls.iter().any(ListenUrl::is_public), secret) {
        (false, _) => {
            page.push_str("Reachable from this computer only; --lan opens it to the network.\n");
        }
        (true, Some(secret)) => {
            let _ = writeln!(
                page,
                "Reachable from the network, for those who know the secret: {secret}"
            );
        }
        (true, None) => {
            page.push_str("Reachable from the network, for everyone: no secret is asked for.\n");
        }
    }
    if settled.history {
        let _ = writeln!(
            page,
            "History in {}",
            settled.data.join("history.db").display()
        );
    } else {
        page.push_str("Nothing is kept on disk (--no-history).\n");
    }
    page.push_str(&invitation::to(urls, secret));
    page.push_str("\nCtrl-C stops the hub.\n\n");
    page
}

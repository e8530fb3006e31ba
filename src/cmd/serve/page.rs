//! What `serve` prints once it accepts connections: lines for programs, and on a terminal a page
//! that tells a newcomer what to type next.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};

use sockhop_server::ListenUrl;

use super::args::Settled;
use super::invitation;

/// Prints `listening on URL` for each listener, then `ready`; on a terminal the page as well.
pub(super) fn announce(settled: &Settled, urls: &[ListenUrl], secret: Option<&str>) {
    let mut text = String::new();
    for url in urls {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "listening on {url}");
    }
    text.push_str("ready\n");
    let mut out = std::io::stdout();
    if out.is_terminal() {
        text.push('\n');
        text.push_str(&page(settled, urls, secret));
    }
    // Nobody may be reading: the hub runs all the same.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
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

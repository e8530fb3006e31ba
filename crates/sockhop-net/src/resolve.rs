//! From a name to its addresses, and from what each of them met to what is worth telling.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::endpoint::{Endpoint, Place};
use crate::event::{Event, Watch};
use crate::fault::Fault;

/// The addresses of `place` in `endpoint`, in the order the system likes them. Names are looked up
/// every time: the address of a machine may have changed since yesterday.
pub(crate) async fn resolve(
    endpoint: &Endpoint,
    place: &Place,
    within: Duration,
    watch: &dyn Watch,
) -> Result<Vec<SocketAddr>, Fault> {
    // One with a zone is looked up all the same: the system knows its links by name.
    if let Ok(ip) = place.host.parse() {
        return Ok(vec![SocketAddr::new(ip, place.port)]);
    }
    let host = &*place.host;
    let began = Instant::now();
    let looked_up = timeout(within, lookup_host((host, place.port))).await;
    let addresses: Vec<_> = looked_up
        .map_err(|_| Fault::no_name_server(endpoint, within))?
        .map_err(|error| match is_unanswered(&error) {
            true => Fault::no_name_server(endpoint, began.elapsed()),
            false => Fault::unknown_name(endpoint),
        })?
        .collect();
    if addresses.is_empty() {
        return Err(Fault::unknown_name(endpoint));
    }
    if place.ip().is_none() {
        let addresses = &addresses;
        watch.see(None, &Event::Resolved { host, addresses });
    }
    Ok(addresses)
}

/// Which to tell of what one address met, and what those before it did: of two that say as much, the
/// first.
pub(crate) fn more_telling(fault: Fault, before: Option<Fault>) -> Fault {
    match before {
        Some(before) if !fault.tells_more_than(&before) => before,
        _ => fault,
    }
}

/// Whether nobody said anything about a name. The standard library has no kind for that, only the
/// system's words.
fn is_unanswered(error: &io::Error) -> bool {
    let words = error.to_string().to_lowercase();
    words.contains("temporary failure") || words.contains("try again")
}

//! Who may come in: so many connections in all, and so many from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use sockhop_proto::{Code, Micros, Refusal};

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    inside: Arc<Mutex<Inside>>,
    connections_max: usize,
    per_address_max: usize,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    by_address: HashMap<IpAddr, Caller>,
}

/// What is known of one address.
#[derive(Debug, Default)]
struct Caller {
    connections: usize,
    /// When its last HTTP request came; 0 if there was none.
    requested: Micros,
}

/// How far from a request a browser opens connections to spare, in microseconds.
const SPARE_WITHIN_US: Micros = 3_000_000;

/// Leave to be inside; given back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    inside: Arc<Mutex<Inside>>,
    address: Option<IpAddr>,
}

impl Door {
    pub(crate) fn new(connections_max: usize, per_address_max: usize) -> Self {
        Self {
            inside: Arc::default(),
            connections_max,
            per_address_max,
        }
    }

    /// Lets one more in. Unix sockets have no address, and count only to the whole.
    ///
    /// # Errors
    /// Which limit is reached, in words for the one refused.
    pub(crate) fn enter(&self, address: Option<IpAddr>) -> Result<Pass, Refusal> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.all >= self.connections_max {
            let words = format!(
                "this hub has {} connections, the most it may have",
                inside.all
            );
            return Err(Refusal::new(Code::TooManyConnections, words)
                .hint("try again later; --max-connections sets the most"));
        }
        if let Some(address) = address {
            let count = &mut inside.by_address.entry(address).or_default().connections;
            if *count >= self.per_address_max {
                let words =
                    format!("{address} has {count} connections to this hub, the most it may have");
                return Err(Refusal::new(Code::TooManyConnections, words)
                    .hint("close some; --max-per-address sets the most"));
            }
            *count += 1;
        }
        inside.all += 1;
        Ok(Pass {
            inside: Arc::clone(&self.inside),
            address,
        })
    }

    /// Somebody at `address` asks for something by HTTP.
    pub(crate) fn note_request(&self, address: IpAddr, now: Micros) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(caller) = inside.by_address.get_mut(&address) {
            caller.requested = now;
        }
    }

    /// Whether somebody at `address` asked for something by HTTP about when a connection from there
    /// began: browsers open more of them than they use.
    pub(crate) fn is_browsing(&self, address: IpAddr, began: Micros) -> bool {
        let inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.by_address.get(&address).is_some_and(|caller| {
            caller.requested > 0 && caller.requested.abs_diff(began) < SPARE_WITHIN_US
        })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        if let Some(address) = self.address
            && let Some(caller) = inside.by_address.get_mut(&address)
        {
            caller.connections -= 1;
            if caller.connections == 0 {
                inside.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_and_passes_come_back() {
        let door = Door::new(3, 2);
        let home = Some(IpAddr::from([127, 0, 0, 1]));
        let first = door.enter(home).unwrap();
        let _second = door.enter(home).unwrap();
        assert_eq!(door.enter(home).unwrap_err().code, Code::TooManyConnections);
        let _third = door.enter(None).unwrap();
        assert_eq!(door.enter(None).unwrap_err().code, Code::TooManyConnections);
        drop(first);
        assert!(door.enter(home).is_ok());
    }

    #[test]
    fn a_connection_begun_about_when_a_request_came_may_be_to_spare() {
        let door = Door::new(9, 9);
        let home = IpAddr::from([127, 0, 0, 1]);
        door.note_request(home, 50_000_000);
        assert!(!door.is_browsing(home, 50_000_000), "nobody is inside");
        let pass = door.enter(Some(home)).unwrap();
        door.note_request(home, 50_000_000);
        assert!(door.is_browsing(home, 49_000_000) && door.is_browsing(home, 51_000_000));
        assert!(!door.is_browsing(home, 40_000_000) && !door.is_browsing(home, 60_000_000));
        assert!(!door.is_browsing(IpAddr::from([10, 0, 0, 1]), 50_000_000));
        drop(pass);
        assert!(!door.is_browsing(home, 50_000_000));
    }
}

//! Who may come in: so many connections in all, and so many from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use sockhop_proto::{Code, Refusal};

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
    by_address: HashMap<IpAddr, usize>,
}

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
            let count = inside.by_address.entry(address).or_insert(0);
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
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all -= 1;
        if let Some(address) = self.address
            && let Some(count) = inside.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
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
}

//! The addresses this machine has, for whoever asked for one that it has not, or wants to name it to
//! others.
//!
//! Read from `/proc/net/fib_trie` and `/proc/net/if_inet6`, so on Linux only.

use std::net::IpAddr;

/// All that a socket of this machine can be bound to, but for link-local ones; none where they
/// cannot be known.
#[cfg(target_os = "linux")]
#[must_use]
pub fn addresses() -> Vec<IpAddr> {
    let read = |table: &str| std::fs::read_to_string(table).unwrap_or_default();
    let mut addresses = v4(&read("/proc/net/fib_trie"));
    addresses.extend(v6(&read("/proc/net/if_inet6")));
    addresses
}

/// Other systems are to be asked by whoever wants to know.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn addresses() -> Vec<IpAddr> {
    Vec::new()
}

/// The leaves of the routing table that are this machine's own. Each is there once for each table.
#[cfg(any(target_os = "linux", test))]
fn v4(trie: &str) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = Vec::new();
    let mut leaf = None;
    for line in trie.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = leaf
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found.sort_by_key(|address| !address.is_loopback());
    found
}

#[cfg(any(target_os = "linux", test))]
fn v6(table: &str) -> Vec<IpAddr> {
    let addresses = table.lines().filter_map(|line| {
        let digits = line.split_whitespace().next()?;
        let address = u128::from_str_radix(digits, 16).ok()?;
        Some(std::net::Ipv6Addr::from(address))
    });
    addresses
        .filter(|address| !address.is_unicast_link_local())
        .map(IpAddr::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_give_every_address_once() {
        let trie = "\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
        |-- 192.168.1.7
           /32 host LOCAL
        |-- 192.168.1.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
Local:
        |-- 127.0.0.1
           /32 host LOCAL
";
        let expected: [IpAddr; 2] = [[127, 0, 0, 1].into(), [192, 168, 1, 7].into()];
        assert_eq!(v4(trie), expected);
        let table = "\
00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000505400fffe123456 02 40 20 80    wlan0
";
        assert_eq!(v6(table), ["::1".parse::<IpAddr>().unwrap()]);
        assert!(v4("?").is_empty() && v6("?").is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_has_itself() {
        assert!(addresses().contains(&[127, 0, 0, 1].into()));
    }
}

//! Which ports are for whom on this machine.

/// The first port that needs no privilege.
pub(super) fn first_free() -> u16 {
    number("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap_or(1024)
}

/// The first port of those the system gives to whoever connects from here.
pub(super) fn first_given() -> u16 {
    number("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or(49152)
}

/// The first number in a file, where there is such a file.
fn number(file: &str) -> Option<u16> {
    let text = std::fs::read_to_string(file).ok()?;
    text.split_whitespace().next()?.parse().ok()
}

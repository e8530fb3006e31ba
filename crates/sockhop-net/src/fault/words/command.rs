//! Commands that show more, by the names they have on this system.

use crate::endpoint::{Endpoint, Place};

const LINUX: bool = cfg!(any(target_os = "linux", target_os = "android"));

/// One of three: for Linux, for Windows, for the rest.
fn here(linux: &'static str, windows: &'static str, others: &'static str) -> &'static str {
    if LINUX {
        linux
    } else if cfg!(windows) {
        windows
    } else {
        others
    }
}

/// Who has `endpoint`.
pub(super) fn holder_of(endpoint: &Endpoint) -> Option<String> {
    let udp = matches!(endpoint, Endpoint::Udp(_));
    Some(match endpoint {
        Endpoint::Unix(_) if LINUX => "sudo ss -lxp".to_owned(),
        Endpoint::Unix(path) => format!("sudo lsof {}", path.display()),
        _ => {
            let Place { port, .. } = endpoint.place()?;
            if LINUX {
                let kind = if udp { 'u' } else { 't' };
                format!("sudo ss -ln{kind}p 'sport = :{port}'")
            } else if cfg!(windows) {
                format!("netstat -ano | findstr :{port}")
            } else {
                let kind = if udp { "UDP" } else { "TCP" };
                format!("sudo lsof -nP -i{kind}:{port}")
            }
        }
    })
}

/// Ends a program.
pub(super) fn end(pid: u32) -> String {
    if cfg!(windows) {
        format!("taskkill /PID {pid}")
    } else {
        format!("kill {pid}")
    }
}

/// What listens on this machine.
pub(super) fn listening() -> &'static str {
    here("ss -ltn", "netstat -an", "netstat -an")
}

/// The networks this machine knows a way to.
pub(super) fn routes() -> &'static str {
    here("ip route", "route print", "netstat -rn")
}

/// The way to an address, and where it starts.
pub(super) fn route_to(address: &str) -> String {
    let ask = here("ip route get", "pathping -n", "route get");
    format!("{ask} {address}")
}

/// How far the way to an address leads.
pub(super) fn trace_to(address: &str) -> String {
    let trace = here("tracepath -n", "tracert -d", "traceroute -n");
    format!("{trace} {address}")
}

/// The networks' names.
pub(super) fn links() -> &'static str {
    here(
        "ip link",
        "netsh interface ipv6 show interfaces",
        "ifconfig",
    )
}

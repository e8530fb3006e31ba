//! Why an endpoint is none, and how it is written.

/// Why an endpoint is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Nothing that could be a name or an address.
    #[error(
        "{0:?} names no machine; an endpoint looks like 5000, 192.168.1.20:5000, gs.local:5000 or [fe80::1%eth0]:5000"
    )]
    Host(String),
    /// A port, and no host or a `*`: common elsewhere for every address of this machine.
    #[error(
        "{text:?} does not say where: {port} alone is this machine only, 0.0.0.0:{port} every IPv4 network it is in, [::]:{port} IPv6 as well"
    )]
    Anywhere {
        /// What was written.
        text: String,
        /// The port in it.
        port: u16,
    },
    /// A host without its port.
    #[error("{0:?} has no port: write {host}:5000, with the port of the server", host = in_brackets(.0))]
    NoPort(String),
    /// An IPv6 address that may or may not end in a port.
    #[error(
        "{0:?} is an IPv6 address, whose port cannot be told from it: write {meant}",
        meant = suggested(.0)
    )]
    Brackets(String),
    /// Not a number that fits.
    #[error(
        "{0:?} is no port: ports are numbers up to 65535. Those below 1024 are for services of the system and need privilege, those from 49152 on are handed out by the system itself: choose one between, such as 5000 (0 takes any free one)"
    )]
    Port(String),
    /// One slash short.
    #[error("write {scheme}://{rest}, with two slashes")]
    Slashes {
        /// What stood before the colon.
        scheme: String,
        /// What stood behind it.
        rest: String,
    },
    /// The address of a page.
    #[error(
        "http{0}://{rest} is the address of a page: fetch it with `curl http{0}://{rest}`, write ws{0}://{rest} for WebSocket, or {1}://HOST:PORT to type the request yourself",
        if *secure { "s" } else { "" },
        if *secure { "tls" } else { "tcp" }
    )]
    Http {
        /// Whether it is `https`.
        secure: bool,
        /// What stood behind the slashes.
        rest: String,
    },
    /// The address of a hub, as `sockhop serve` writes it.
    #[error(
        "{scheme}:// is how `sockhop serve --listen` names a hub's protocols; write tcp://{rest} for the plain connection"
    )]
    Hub {
        /// What stood before the slashes.
        scheme: String,
        /// What stood behind them.
        rest: String,
    },
    /// A scheme that is none of ours.
    #[error(
        "{0}:// is not known here: an endpoint is PORT, HOST:PORT, tcp://, udp://, tls://, ws://, wss:// or unix:PATH"
    )]
    Scheme(String),
    /// A path where there can be none.
    #[error("{0:?} has no meaning here: only ws:// and wss:// have a path behind the port")]
    Path(String),
    /// A path that no request can hold.
    #[error(
        "{0:?} cannot be asked for: write spaces and special characters as in a browser's address, such as %20"
    )]
    BadPath(String),
    /// `unix:` and nothing behind it.
    #[error("unix: needs a path, such as unix:/tmp/sockhop.sock")]
    NoPath,
}

fn in_brackets(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// `::1:5000` was most likely meant as `[::1]:5000`.
fn suggested(text: &str) -> String {
    match text.rsplit_once(':') {
        Some((host, port))
            if port.len() == 4
                && host.parse::<std::net::Ipv6Addr>().is_ok()
                && port.parse::<u16>().is_ok() =>
        {
            format!("[{host}]:{port}")
        }
        _ => format!("[{text}]:5000"),
    }
}

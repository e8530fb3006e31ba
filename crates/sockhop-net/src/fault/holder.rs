//! Who has a port, or a Unix socket's name, already.
//!
//! On Linux the kernel lists all sockets with their inodes (`/proc/net/tcp` and its like), and each
//! process its own (`/proc/*/fd`). Other people's processes are shown to the administrator only: what
//! is left then is whose it is.

use std::fmt;

use crate::endpoint::Endpoint;

/// Who has an address already.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// A program.
    Process {
        /// What it is called.
        name: String,
        /// Its process number.
        pid: u32,
    },
    /// This very program.
    Ourselves,
    /// Some program of that user.
    User(String),
    /// Nothing can be known of it.
    Unknown,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { name, pid } => write!(f, "{name} (process {pid})"),
            Self::Ourselves => f.write_str("this program itself"),
            Self::User(user) => write!(f, "a program of the user {user}"),
            Self::Unknown => f.write_str("another program"),
        }
    }
}

impl Holder {
    /// Who has `endpoint`, which could not be bound.
    #[cfg(target_os = "linux")]
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        linux::holder_of(endpoint)
    }

    /// Other systems do not say without being asked in a language of their own.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn of(_endpoint: &Endpoint) -> Self {
        Self::Unknown
    }
}

#[cfg(any(target_os = "linux", test))]
mod table;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::net::{IpAddr, SocketAddr};
    use std::path::Path;

    use super::table::{self, Row};
    use super::{Endpoint, Holder};

    /// For how many sockets all processes are looked through.
    const ROWS_MAX: usize = 4;

    pub(super) fn holder_of(endpoint: &Endpoint) -> Holder {
        let rows = match endpoint {
            Endpoint::Unix(path) => unix_rows(path),
            Endpoint::Udp(place) => place.ip().map(|ip| rows("udp", ip, place.port)),
            _ => {
                let place = endpoint.place();
                place.and_then(|place| place.ip().map(|ip| rows("tcp", ip, place.port)))
            }
        };
        let mut rows = rows.unwrap_or_default();
        // Whoever listens is in the way rather than the connections it has taken, of which there
        // may be thousands.
        rows.sort_by_key(|row| !row.listens);
        rows.truncate(ROWS_MAX);
        let Some(first) = rows.first() else {
            return Holder::Unknown;
        };
        match rows.iter().find_map(|row| process_with(row.inode)) {
            Some((_, pid)) if pid == std::process::id() => Holder::Ourselves,
            Some((name, pid)) => Holder::Process { name, pid },
            None => match first.uid.and_then(user) {
                Some(user) => Holder::User(user),
                None => Holder::Unknown,
            },
        }
    }

    fn rows(protocol: &str, ip: IpAddr, port: u16) -> Vec<Row> {
        let wanted = SocketAddr::new(ip, port);
        let tables = [protocol.to_owned(), format!("{protocol}6")];
        let texts = tables
            .iter()
            .filter_map(|table| fs::read_to_string(Path::new("/proc/net").join(table)).ok());
        texts
            .flat_map(|text| table::in_the_way(&text, wanted))
            .collect()
    }

    fn unix_rows(path: &Path) -> Option<Vec<Row>> {
        let text = fs::read_to_string("/proc/net/unix").ok()?;
        Some(table::with_path(&text, path))
    }

    /// The program that has the socket of that inode.
    fn process_with(inode: u64) -> Option<(String, u32)> {
        let link = format!("socket:[{inode}]");
        let processes = fs::read_dir("/proc").ok()?;
        processes.filter_map(Result::ok).find_map(|process| {
            let pid: u32 = process.file_name().to_str()?.parse().ok()?;
            let mut files = fs::read_dir(process.path().join("fd")).ok()?;
            let has_it = files.any(|file| {
                file.and_then(|file| fs::read_link(file.path()))
                    .is_ok_and(|target| *target == *link)
            });
            if !has_it {
                return None;
            }
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            Some((name.trim().to_owned(), pid))
        })
    }

    fn user(uid: u32) -> Option<String> {
        let users = fs::read_to_string("/etc/passwd").ok()?;
        table::user(&users, uid)
    }
}

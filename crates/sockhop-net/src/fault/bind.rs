//! Faults of listening: an address of this machine could not be made one's own.

use std::io;
use std::path::Path;

use super::cause::Cause;
use super::certificate::FileProblem;
use super::holder::Holder;
use super::stage::Stage;
use super::{Fault, ours, ports};
use crate::endpoint::{Endpoint, Place};

impl Fault {
    /// `bind` or `listen` has failed with `error`.
    #[must_use]
    pub fn bind(endpoint: &Endpoint, error: &io::Error) -> Self {
        let cause = match endpoint {
            Endpoint::Unix(path) => unix(endpoint, path, error),
            _ => network(endpoint, error),
        };
        Self::of(endpoint, Stage::Bind, cause)
    }

    /// Nothing here can be a server of the kind `endpoint` asks for.
    #[must_use]
    pub fn cannot_listen(endpoint: &Endpoint) -> Self {
        Self::of(endpoint, Stage::Bind, Cause::CannotListen)
    }

    /// `accept` has failed with `error`, which is no single client's fault.
    #[must_use]
    pub fn accept(endpoint: &Endpoint, error: &io::Error) -> Self {
        Self::of(endpoint, Stage::Bind, Cause::system(error))
    }

    /// The certificate or key in `path`, given for `endpoint`, cannot be used.
    #[must_use]
    pub fn file(endpoint: &Endpoint, path: &Path, problem: FileProblem) -> Self {
        let path = path.to_owned();
        Self::of(endpoint, Stage::Tls, Cause::File { path, problem })
    }
}

fn network(endpoint: &Endpoint, error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::AddrInUse => Cause::InUse {
            holder: Holder::of(endpoint),
        },
        io::ErrorKind::AddrNotAvailable => Cause::NotOurs {
            ours: ours::addresses(),
        },
        io::ErrorKind::PermissionDenied => forbidden(endpoint.place()),
        _ => Cause::system(error),
    }
}

fn forbidden(place: Option<&Place>) -> Cause {
    let first_free = ports::first_free();
    match place {
        Some(place) if (1..first_free).contains(&place.port) => Cause::Privileged {
            first_free,
            first_given: ports::first_given(),
        },
        _ => Cause::NotPermitted,
    }
}

fn unix(endpoint: &Endpoint, path: &Path, error: &io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::AddrInUse if is_other_file(path) => Cause::FileInTheWay,
        io::ErrorKind::AddrInUse => Cause::InUse {
            holder: Holder::of(endpoint),
        },
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Cause::NoFolder,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Cause::FolderClosed,
        io::ErrorKind::InvalidInput => path_too_long(),
        io::ErrorKind::Unsupported => Cause::NoFamily,
        _ => Cause::system(error),
    }
}

/// A socket's path does not fit into its address, whose size the system has fixed.
pub(super) fn path_too_long() -> Cause {
    let bytes_max = if cfg!(any(target_os = "linux", target_os = "android")) {
        107
    } else {
        103
    };
    Cause::PathTooLong { bytes_max }
}

/// Whether `path` is something that cannot be a socket.
pub(super) fn is_other_file(path: &Path) -> bool {
    #[cfg(unix)]
    let is_socket = |kind: std::fs::FileType| std::os::unix::fs::FileTypeExt::is_socket(&kind);
    // Where sockets cannot be told from files, it may be one.
    #[cfg(not(unix))]
    let is_socket = |_: std::fs::FileType| true;
    std::fs::metadata(path).is_ok_and(|metadata| !is_socket(metadata.file_type()))
}

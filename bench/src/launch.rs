//! What the programs of one trial are started with: a free port, a folder and a log.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Dropping it removes the folder, so it must outlive the programs.
pub(crate) struct Launch {
    pub port: u16,
    /// Empty at first, for configuration and data.
    pub folder: PathBuf,
    /// Whether messages are to survive a crash, with every one on disk before it is acked.
    pub durable: bool,
    /// What to run.
    pub program: PathBuf,
    /// Where what the programs print goes: `out/NAME.log`.
    pub log: PathBuf,
}

impl Launch {
    pub(crate) fn prepare(
        name: &str,
        program: PathBuf,
        durable: bool,
        out: &Path,
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = out.join(format!("data-{name}-{port}"));
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let log = out.join(format!("{name}.log"));
        File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
        Ok(Self {
            port,
            folder: folder.canonicalize()?,
            durable,
            program,
            log,
        })
    }

    /// Where a server is to listen.
    pub(crate) fn address(&self) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, self.port)
    }

    /// The log, to be written to by one more program.
    pub(crate) fn open_log(&self) -> anyhow::Result<File> {
        let log = File::options().append(true).open(&self.log);
        log.with_context(|| format!("cannot open {}", self.log.display()))
    }
}

impl Drop for Launch {
    fn drop(&mut self) {
        // What stays behind is in the run's own folder, and in nobody's way.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Looks a program up in the PATH and where distributions put servers.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// A port that is free now. Nothing else on a quiet machine takes it in the few milliseconds
/// until the server does; if something did, the server would say so and the trial fail.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

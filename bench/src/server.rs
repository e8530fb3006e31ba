//! One server process: started on a free port, watched, and ended by its process id.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::peer::Peer;
use crate::usage::Usage;

const START_PATIENCE: Duration = Duration::from_secs(10);

/// What a server is started with.
pub(crate) struct Launch {
    pub port: u16,
    /// An empty folder for its configuration and data, removed when it has ended.
    pub folder: PathBuf,
    /// Whether messages are to survive a crash, with every one on disk before it is acked.
    pub durable: bool,
    /// What to run.
    pub program: PathBuf,
}

/// A running server. Dropping it kills the process: whatever ends a trial ends its server.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddrV4,
}

impl Server {
    /// Starts the peer's server and waits until it accepts connections. What it prints goes to
    /// `out/NAME.log`.
    pub(crate) fn start(
        peer: &dyn Peer,
        durable: bool,
        program: &Path,
        out: &Path,
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = out.join(format!("data-{}-{port}", peer.name()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let log_path = out.join(format!("{}.log", peer.name()));
        let log = File::create(&log_path)?;
        let launch = Launch {
            port,
            folder: folder.clone(),
            durable,
            program: program.into(),
        };
        let child = outliving_nobody(&peer.command(&launch)?)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", peer.name()))?;
        let address = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let mut server = Self {
            child,
            folder,
            address,
        };
        server.wait_until_ready(peer, &log_path)?;
        Ok(server)
    }

    /// What the process has used so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.child.id())
    }

    fn wait_until_ready(&mut self, peer: &dyn Peer, log: &Path) -> anyhow::Result<()> {
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let ready = match peer.ready_line() {
                Some(line) => std::fs::read_to_string(log)?
                    .lines()
                    .any(|printed| printed == line),
                None => TcpStream::connect(self.address).is_ok(),
            };
            if ready {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("{} ended with {status}; see {}", peer.name(), log.display());
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "{} was not ready within {START_PATIENCE:?}; see {}",
                peer.name(),
                log.display()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Neither can fail in a way that leaves the process running: it is our own child.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The same command under `setpriv --pdeathsig`, where there is one: should the generator itself
/// be killed, the kernel ends the server.
fn outliving_nobody(command: &Command) -> Command {
    let Some(setpriv) = find_program("setpriv") else {
        let mut same = Command::new(command.get_program());
        same.args(command.get_args());
        return same;
    };
    let mut wrapped = Command::new(setpriv);
    wrapped
        .args(["--pdeathsig", "KILL", "--"])
        .arg(command.get_program())
        .args(command.get_args());
    wrapped
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

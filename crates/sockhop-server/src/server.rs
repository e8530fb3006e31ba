//! Starts the listeners, the disk and the clock's tick, and stops them in the right order.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use sockhop_hub::history::{History, Recall};
use sockhop_hub::retention::Retention;
use sockhop_hub::{Config, Hub};
use sockhop_proto::{Limits, Refusal};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::clock::Clock;
use crate::connection::{self, Ending};
use crate::datagram;
use crate::disk::Disk;
use crate::door::{Door, Pass};
use crate::http::Web;
use crate::listen::{Listener, Spoken};
use crate::shared::Shared;
use crate::socket::Socket;

/// How long goodbyes may take at shutdown.
const GOODBYE_MAX: Duration = Duration::from_secs(3);
/// How many clients beyond the limit are told so at once; more are closed at the door.
const TURNED_AWAY_MAX: usize = 64;
/// How long to wait when the system has no more connections to give.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);
/// The hub's own clock.
const TICK: Duration = Duration::from_secs(1);

/// The limits a server keeps beside the hub's.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Sizes of messages.
    pub limits: Limits,
    /// Most connections in all.
    pub connections_max: usize,
    /// Most connections from one address.
    pub per_address_max: usize,
    /// How long half a message may stay half.
    pub half_message_max: Duration,
    /// How long a link may be dead before it is closed.
    pub silence_max: Duration,
    /// Bytes of unfinished messages, over all connections.
    pub inbound_bytes_max: usize,
    /// Who may come from other pages.
    pub web: Web,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            connections_max: 16_384,
            per_address_max: 4_096,
            half_message_max: Duration::from_secs(30),
            silence_max: Duration::from_secs(30),
            inbound_bytes_max: 256 << 20,
            web: Web::default(),
        }
    }
}

/// Where old messages are kept.
pub struct Store {
    /// The writing side.
    pub history: Box<dyn History>,
    /// The reading side.
    pub recall: Box<dyn Recall>,
}

/// A running hub.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    disk: Option<Disk>,
    tasks: TaskTracker,
}

impl Server {
    /// Starts a hub on `listeners`, its connections spread over `workers`. Must be called within a
    /// runtime.
    ///
    /// # Errors
    /// What keeps the store or its threads from starting.
    pub fn start(
        config: Config,
        settings: Settings,
        store: Option<Store>,
        listeners: Vec<Listener>,
        workers: &[Handle],
    ) -> Result<Self, StartError> {
        let retention = config.retention.clone();
        let (rooms, store) = match store {
            Some(mut store) => (store.history.rooms()?, Some(store)),
            None => (Vec::new(), None),
        };
        let config = Config {
            keeps_history: store.is_some(),
            ..config
        };
        let door = Door::new(settings.connections_max, settings.per_address_max);
        let silence_max = settings.silence_max;
        let shared = Arc::new(Shared::new(
            Hub::new(config, rooms),
            Clock::start(),
            settings,
            ports(&listeners),
            door,
        ));
        let disk = store
            .map(|store| start_disk(&shared, store, retention))
            .transpose()?;
        let server = Self {
            shared,
            disk,
            tasks: TaskTracker::new(),
        };
        let entrance = Entrance {
            shared: Arc::clone(&server.shared),
            tasks: server.tasks.clone(),
            workers: workers.into(),
            silence_max,
            turned_away: Arc::new(Semaphore::new(TURNED_AWAY_MAX)),
        };
        for listener in listeners {
            let entrance = entrance.clone();
            match listener {
                Listener::Tcp(spoken, tcp) => {
                    server.until_stopped(async move { entrance.accept_tcp(tcp, spoken).await });
                }
                Listener::Unix(unix, path) => server.until_stopped(async move {
                    // Removed when the listener is.
                    let _path = path;
                    entrance.accept_unix(unix).await;
                }),
                Listener::Udp(socket) => {
                    server.until_stopped(datagram::serve(socket, Arc::clone(&server.shared)));
                }
            }
        }
        server.until_stopped(tick(Arc::clone(&server.shared)));
        Ok(server)
    }

    /// Spawns what runs until the server stops, and is then dropped where it stands.
    fn until_stopped(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.shared.stopping.clone();
        self.tasks
            .spawn(async move { stop.run_until_cancelled(task).await });
    }

    /// Says goodbye to every session, and returns once all is on disk.
    pub async fn stop(self) {
        self.shared.stopping.cancel();
        self.shared.hub().shut_down();
        self.tasks.close();
        if timeout(GOODBYE_MAX, self.tasks.wait()).await.is_err() {
            warn!("some clients did not take their goodbye");
        }
        if let Some(disk) = self.disk {
            // Blocks this thread: nothing else is left to run on it.
            disk.stop();
        }
    }
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store cannot be read.
    #[error(transparent)]
    History(#[from] sockhop_hub::history::HistoryError),
    /// The system gives no threads.
    #[error("the system gives no threads for history: {}", .0.kind())]
    Threads(#[from] io::Error),
}

fn ports(listeners: &[Listener]) -> Vec<u16> {
    let addresses = listeners.iter().filter_map(|listener| match listener {
        Listener::Tcp(_, tcp) => tcp.local_addr().ok(),
        Listener::Unix(..) | Listener::Udp(_) => None,
    });
    addresses.map(|address| address.port()).collect()
}

fn start_disk(shared: &Arc<Shared>, store: Store, retention: Retention) -> io::Result<Disk> {
    Disk::start(shared, store.history, store.recall, retention)
}

/// Lets the hub do what is due. Cancel-safe: between two ticks.
async fn tick(shared: Arc<Shared>) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        shared.hub().tick(shared.clock.now());
    }
}

/// Where connections come in and are given to a worker.
#[derive(Debug, Clone)]
struct Entrance {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    workers: Arc<[Handle]>,
    silence_max: Duration,
    turned_away: Arc<Semaphore>,
}

impl Entrance {
    async fn accept_tcp(self, listener: TcpListener, spoken: Spoken) {
        let mut turn = 0;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let worker = self.worker(&mut turn);
                    self.admit_tcp(stream, peer, spoken, &worker);
                }
                Err(error) => self.pause(&error).await,
            }
        }
    }

    async fn accept_unix(self, listener: UnixListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => match self.shared.door.enter(None) {
                    Ok(pass) => {
                        let worker = Handle::current();
                        self.serve(Socket::Unix(stream), Spoken::Any, pass, &worker);
                    }
                    Err(refusal) => self.turn_away(Socket::Unix(stream), refusal),
                },
                Err(error) => self.pause(&error).await,
            }
        }
    }

    /// The system is out of something, or the client left before it was let in.
    async fn pause(&self, error: &io::Error) {
        if error.kind() != io::ErrorKind::ConnectionAborted {
            warn!(error = %error.kind(), "no connection can be accepted just now; is `ulimit -n` too low?");
            sleep(EXHAUSTED_PAUSE).await;
        }
    }

    fn worker(&self, turn: &mut usize) -> Handle {
        *turn += 1;
        match self.workers.len() {
            0 => Handle::current(),
            count => self.workers[*turn % count].clone(),
        }
    }

    fn admit_tcp(&self, stream: TcpStream, peer: SocketAddr, spoken: Spoken, worker: &Handle) {
        let address = canonical(peer.ip());
        // The client may be gone again already; then there is nothing to serve.
        let Ok(socket) =
            on_worker(stream, worker).and_then(|s| Socket::tcp(s, peer, self.silence_max))
        else {
            return;
        };
        match self.shared.door.enter(Some(address)) {
            Ok(pass) => self.serve(socket, spoken, pass, worker),
            Err(refusal) => self.turn_away(socket, refusal),
        }
    }

    fn serve(&self, mut socket: Socket, spoken: Spoken, pass: Pass, worker: &Handle) {
        let shared = Arc::clone(&self.shared);
        let task = async move {
            debug!(peer = %Peer(socket.peer()), "connected");
            let (ending, protocol) = connection::serve(&mut socket, spoken, &shared).await;
            drop(pass);
            let peer = Peer(socket.peer());
            match ending {
                Ending::Closed(reason) => info!(%peer, protocol, %reason, "disconnected"),
                Ending::Knock(_) => info!(%peer, protocol, "refused: not spoken here"),
            }
        };
        self.tasks.spawn_on(task, worker);
    }

    fn turn_away(&self, socket: Socket, refusal: Refusal) {
        self.shared.hub().note_turned_away();
        warn!(%refusal, "turned away");
        if let Ok(permit) = Arc::clone(&self.turned_away).try_acquire_owned() {
            self.tasks.spawn(async move {
                connection::turn_away(socket, refusal).await;
                drop(permit);
            });
        }
    }
}

/// Where a client comes from, for the log.
struct Peer(Option<SocketAddr>);

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("unix"),
        }
    }
}

/// An IPv4 client on an IPv6 listener counts as what it is.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Moves a stream to the runtime that will serve it.
fn on_worker(stream: TcpStream, worker: &Handle) -> io::Result<TcpStream> {
    if worker.id() == Handle::current().id() {
        return Ok(stream);
    }
    let stream = stream.into_std()?;
    let _inside = worker.enter();
    TcpStream::from_std(stream)
}

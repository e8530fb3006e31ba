//! `sockhop serve`: configure, bind, announce, wait, drain.

mod args;
mod invitation;
mod page;
mod secret;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result};
use sockhop_history::SqliteHistory;
use sockhop_hub::{Config, Entropy};
use sockhop_server::{Listener, Server, Store};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;

pub(crate) use args::Args;
use args::Settled;

use super::BadUsage;
use crate::event_loop;
use crate::stop::Stop;

pub(crate) fn run(args: Args) -> Result<()> {
    let settled = args.settle()?;
    crate::log::start(&settled.log, settled.log_json)?;
    // More connections than the usual 1024: as many as the system lets us ask for.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let workers = Workers::start(settled.threads)?;
    workers.main.block_on(serve(settled, &workers.handles))
}

async fn serve(settled: Settled, workers: &[Handle]) -> Result<()> {
    let secret = secret::of(&settled)?;
    let listeners: Vec<Listener> = settled
        .listen
        .iter()
        .map(sockhop_server::ListenUrl::bind)
        .collect::<Result<_, _>>()?;
    let urls = listeners
        .iter()
        .map(Listener::url)
        .collect::<Result<Vec<_>, _>>()?;
    let store = match settled.history.then(|| history_path(&settled.data)) {
        Some(path) => Some(open_store(&path)?),
        None => None,
    };
    let mut stop = Stop::new()?;
    let config = Config {
        secret: secret.as_ref().map(|secret| secret.word.clone()),
        ..hub_config(&settled)?
    };
    let server = Server::start(config, settled.server.clone(), store, listeners, workers)?;
    page::announce(&settled, &urls, secret.as_ref());
    stop.wait().await;
    tracing::info!("stopping");
    server.stop().await;
    Ok(())
}

fn hub_config(settled: &Settled) -> Result<Config> {
    // Asked once here, so that a system without randomness is said at the start.
    let seed = getrandom::u64().context("this system gives no random numbers")?;
    let entropy = Entropy(Box::new(|| {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("it gave some at the start");
        u128::from_ne_bytes(bytes)
    }));
    let defaults = Config::new(settled.name.as_str(), seed, entropy);
    Ok(Config {
        retention: settled.retention.clone(),
        rooms_max: settled.max_rooms,
        subscriptions_max: settled.max_subscriptions,
        publishes_per_second_max: settled.max_publishes,
        tail_bytes_max: settled.tail.0,
        tails_bytes_max: settled.memory.0,
        ..defaults
    })
}

fn history_path(data: &Path) -> PathBuf {
    data.join("history.db")
}

fn open_store(path: &Path) -> Result<Store> {
    let opened = SqliteHistory::open(path)
        .and_then(|history| history.recall().map(|recall| (history, recall)));
    let (history, recall) =
        opened.context("history cannot be kept (--no-history starts a hub that keeps none)")?;
    Ok(Store {
        history: Box::new(history),
        recall: Box::new(recall),
    })
}

/// The threads that serve connections: the main one, and others that end when this is dropped.
struct Workers {
    main: Runtime,
    handles: Vec<Handle>,
    /// Dropping one ends its thread.
    _stops: Vec<oneshot::Sender<()>>,
}

impl Workers {
    fn start(threads: usize) -> Result<Self> {
        let main = event_loop::new()?;
        let mut handles = vec![main.handle().clone()];
        let mut stops = Vec::new();
        for number in 1..threads {
            let runtime = event_loop::new()?;
            let (stop, stopped) = oneshot::channel::<()>();
            handles.push(runtime.handle().clone());
            stops.push(stop);
            thread::Builder::new()
                .name(format!("worker-{number}"))
                .spawn(move || {
                    // Either way it is over: the sender has been dropped.
                    let _ = runtime.block_on(stopped);
                })?;
        }
        Ok(Self {
            main,
            handles,
            _stops: stops,
        })
    }
}

/// Where a platform's programs keep their data.
fn default_data() -> Result<PathBuf, BadUsage> {
    directories::ProjectDirs::from("", "", "sockhop")
        .map(|dirs| dirs.data_dir().to_owned())
        .ok_or_else(|| {
            BadUsage(
                "this system names no home folder; say where to keep history with --data DIR"
                    .into(),
            )
        })
}

fn default_name() -> Arc<str> {
    gethostname::gethostname().to_string_lossy().into()
}

//! One socket, many conversations: each datagram goes to the inbox of the address it came from.
//!
//! One task reads the socket, so that a conversation nobody reads holds up no other. It ends when
//! the listener and all its conversations are gone; the conversations survive the listener.
//!
//! Bounds: so many conversations, so many datagrams in each inbox, so many bytes in all inboxes
//! together. What is beyond any of them is dropped, as the network itself would.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::net::UdpSocket;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{DATAGRAM_BYTES_MAX, Datagrams};

/// What a datagram in an inbox costs beside its own bytes, about.
const OVERHEAD_BYTES: usize = 64;
/// How long to leave a socket alone that gives an error instead of a datagram.
const PAUSE: Duration = Duration::from_millis(100);

/// How much a listener for datagrams keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatagramLimits {
    /// Conversations at once. Datagrams from further addresses are dropped.
    pub conversations_max: usize,
    /// Datagrams that wait to be read in one conversation. Further ones are dropped.
    pub waiting_max: usize,
    /// Bytes that wait to be read in all conversations together. Further ones are dropped.
    pub waiting_bytes_max: usize,
}

impl Default for DatagramLimits {
    fn default() -> Self {
        Self {
            conversations_max: 1024,
            waiting_max: 256,
            waiting_bytes_max: 32 << 20,
        }
    }
}

/// Conversations as they begin: the listener's end of the sorter.
#[derive(Debug)]
pub(crate) struct Sorted {
    begun: mpsc::Receiver<Datagrams>,
    /// Keeps the sorter going.
    _table: Arc<Table>,
}

impl Sorted {
    /// The next conversation, with its first datagram in its inbox. Cancel-safe. `None` if the
    /// socket will never be read again.
    pub(crate) async fn next(&mut self) -> Option<Datagrams> {
        self.begun.recv().await
    }
}

/// One datagram, and the room it takes.
type Waiting = (Bytes, OwnedSemaphorePermit);

/// Where one conversation's datagrams wait.
#[derive(Debug)]
pub(super) struct Inbox {
    waiting: mpsc::Receiver<Waiting>,
    source: SocketAddr,
    table: Arc<Table>,
}

impl Inbox {
    /// The next datagram. Cancel-safe.
    pub(super) async fn receive(&mut self) -> io::Result<Bytes> {
        match self.waiting.recv().await {
            Some((datagram, _room)) => Ok(datagram),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.table.inboxes().remove(&self.source);
    }
}

/// Who is being talked to. Whoever holds it keeps the sorter going.
#[derive(Debug)]
struct Table {
    inboxes: Mutex<HashMap<SocketAddr, mpsc::Sender<Waiting>>>,
    _ends_the_sorter: DropGuard,
}

impl Table {
    fn inboxes(&self) -> MutexGuard<'_, HashMap<SocketAddr, mpsc::Sender<Waiting>>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to sort what comes to `socket`.
pub(crate) fn sort(socket: UdpSocket, limits: DatagramLimits) -> Sorted {
    let ended = CancellationToken::new();
    let table = Arc::new(Table {
        inboxes: Mutex::default(),
        _ends_the_sorter: ended.clone().drop_guard(),
    });
    // As long as the table: each conversation in it is announced once.
    let (announce, begun) = mpsc::channel(limits.conversations_max.clamp(1, 1 << 16));
    let sorter = Sorter {
        socket: Arc::new(socket),
        room: Arc::new(Semaphore::new(limits.waiting_bytes_max)),
        limits,
        table: Arc::downgrade(&table),
        announce,
    };
    // Ended by the token, once nobody holds the table.
    tokio::spawn(async move { ended.run_until_cancelled(sorter.run()).await });
    Sorted {
        begun,
        _table: table,
    }
}

struct Sorter {
    socket: Arc<UdpSocket>,
    room: Arc<Semaphore>,
    limits: DatagramLimits,
    table: Weak<Table>,
    announce: mpsc::Sender<Datagrams>,
}

impl Sorter {
    async fn run(self) {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            match self.socket.recv_from(&mut buffer).await {
                Ok((len, source)) => self.deliver(&buffer[..len], source),
                // Some systems tell here that an earlier answer found nobody.
                Err(error) if is_about_another(&error) => {}
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    fn deliver(&self, datagram: &[u8], source: SocketAddr) {
        let Some(table) = self.table.upgrade() else {
            return;
        };
        let Some(room) = self.room_for(datagram) else {
            return;
        };
        let waiting = (Bytes::copy_from_slice(datagram), room);
        let mut inboxes = table.inboxes();
        if let Some(inbox) = inboxes.get(&source) {
            // Full: the newest is dropped.
            let _ = inbox.try_send(waiting);
            return;
        }
        if inboxes.len() >= self.limits.conversations_max || self.announce.is_closed() {
            return;
        }
        let (inbox, waiting_to_be_read) = mpsc::channel(self.limits.waiting_max.max(1));
        let _ = inbox.try_send(waiting);
        inboxes.insert(source, inbox);
        // Whoever drops a conversation needs the table.
        drop(inboxes);
        let inbox = Inbox {
            waiting: waiting_to_be_read,
            source,
            table,
        };
        let datagrams = Datagrams::accepted(Arc::clone(&self.socket), source, inbox);
        let _ = self.announce.try_send(datagrams);
    }

    fn room_for(&self, datagram: &[u8]) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(datagram.len() + OVERHEAD_BYTES).ok()?;
        Arc::clone(&self.room).try_acquire_many_owned(bytes).ok()
    }
}

fn is_about_another(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
    )
}

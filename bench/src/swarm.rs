//! All of the generator's connections on one epoll.
//!
//! Edge-triggered with one large buffer for all: a wake costs one `read`, since a read that did
//! not fill the buffer has emptied the socket. Knows nothing of protocols.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use anyhow::Context as _;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketType};

/// Large enough that a read seldom fills it, small enough to stay in the second-level cache.
const BUFFER_BYTES: usize = 256 * 1024;
const EVENTS_MAX: usize = 1024;

/// Encoded bytes that a socket has not taken yet.
#[derive(Clone, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    /// How much of them is written. They are let go of together, once all are.
    written: usize,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// To append to.
    pub(crate) fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Writes what the connection's socket takes.
    pub(crate) fn flush(&mut self, swarm: &mut Swarm, index: usize) -> anyhow::Result<()> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        self.written += swarm.write(index, &self.bytes[self.written..])?;
        if self.written == self.bytes.len() {
            self.bytes.clear();
            self.written = 0;
        }
        Ok(())
    }
}

/// Connections to one server, numbered from 0 in the order they were opened.
pub(crate) struct Swarm {
    epoll: OwnedFd,
    streams: Vec<TcpStream>,
    events: Vec<epoll::Event>,
    buffer: Vec<u8>,
}

impl Swarm {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC).context("cannot create an epoll")?,
            streams: Vec::new(),
            events: Vec::with_capacity(EVENTS_MAX),
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    /// Connects from a given loopback address. Blocking: on loopback a connect ends at once
    /// unless the server's backlog is full, which [`crate::arrival`] takes care of.
    pub(crate) fn open(&mut self, server: SocketAddrV4, source: Ipv4Addr) -> anyhow::Result<usize> {
        let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)
            .context("cannot create a socket (is the limit of open files high enough?)")?;
        rustix::net::bind(&socket, &SocketAddrV4::new(source, 0))
            .with_context(|| format!("cannot bind to {source}"))?;
        rustix::net::connect(&socket, &server)
            .with_context(|| format!("cannot connect to {server} from {source}"))?;
        let stream = TcpStream::from(socket);
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let index = self.streams.len();
        self.streams.push(stream);
        self.listen_to(index)?;
        Ok(index)
    }

    /// Delivers this connection's bytes from now on, also those that already wait.
    pub(crate) fn listen_to(&mut self, index: usize) -> anyhow::Result<()> {
        let interest = epoll::EventFlags::IN
            | epoll::EventFlags::OUT
            | epoll::EventFlags::RDHUP
            | epoll::EventFlags::ET;
        let data = epoll::EventData::new_u64(index as u64);
        epoll::add(&self.epoll, &self.streams[index], data, interest)
            .context("cannot watch a socket")
    }

    /// Reads nothing more from this connection until [`Swarm::listen_to`].
    pub(crate) fn turn_away_from(&mut self, index: usize) -> anyhow::Result<()> {
        epoll::delete(&self.epoll, &self.streams[index]).context("cannot stop watching a socket")
    }

    /// Writes what the socket takes; 0 when it is full. [`Swarm::poll`] returns once it is not.
    pub(crate) fn write(&mut self, index: usize, bytes: &[u8]) -> anyhow::Result<usize> {
        loop {
            match (&self.streams[index]).write(bytes) {
                Ok(written) => return Ok(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(error).context(format!("cannot write to connection {index}"));
                }
            }
        }
    }

    /// Waits for bytes and hands them out, as `(connection, bytes)`. Empty bytes mean that the
    /// server closed the connection. Returns whether anything happened before the timeout.
    pub(crate) fn poll(
        &mut self,
        timeout: Duration,
        mut on_bytes: impl FnMut(usize, &[u8]),
    ) -> anyhow::Result<bool> {
        self.events.clear();
        let timeout = Timespec::try_from(timeout).expect("timeouts are seconds, not centuries");
        let events = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, events, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("cannot wait for sockets"),
        }
        for event in &self.events {
            let flags = event.flags;
            let index = event.data.u64() as usize;
            let readable = epoll::EventFlags::IN
                | epoll::EventFlags::RDHUP
                | epoll::EventFlags::HUP
                | epoll::EventFlags::ERR;
            if !flags.intersects(readable) {
                continue;
            }
            let ending = flags.intersects(readable.difference(epoll::EventFlags::IN));
            loop {
                match (&self.streams[index]).read(&mut self.buffer) {
                    Ok(0) => {
                        on_bytes(index, &[]);
                        break;
                    }
                    Ok(read) => {
                        on_bytes(index, &self.buffer[..read]);
                        if read < self.buffer.len() && !ending {
                            break;
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_reset) => {
                        on_bytes(index, &[]);
                        break;
                    }
                }
            }
        }
        Ok(!self.events.is_empty())
    }

    /// Reads and drops until nothing has come for `quiet`, for `patience` at most.
    pub(crate) fn settle(&mut self, quiet: Duration, patience: Duration) -> anyhow::Result<()> {
        let started = std::time::Instant::now();
        let mut closed = None;
        loop {
            let mut bytes_read = 0;
            let deadline = std::time::Instant::now() + quiet;
            while let Some(left) = deadline.checked_duration_since(std::time::Instant::now()) {
                self.poll(left, |index, bytes| {
                    bytes_read += bytes.len();
                    if bytes.is_empty() {
                        closed = Some(index);
                    }
                })?;
                if let Some(index) = closed {
                    anyhow::bail!("the server closed connection {index} before the load began");
                }
                if bytes_read > 0 {
                    break;
                }
            }
            if bytes_read == 0 {
                return Ok(());
            }
            anyhow::ensure!(
                started.elapsed() < patience,
                "the server did not go quiet within {patience:?} of everyone's arrival"
            );
        }
    }
}

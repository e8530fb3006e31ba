//! All clients of a server, to be spoken to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::BytesMut;
use sockhop_proto::framing::{Framing, FramingError};
use tokio::sync::Notify;

use super::outbox::{Outbox, Parcel};
use crate::peer::Peer;

/// See the module. What is said to many is framed once, and its bytes are shared.
#[derive(Debug)]
pub struct Crowd {
    framing: Framing,
    members: Mutex<BTreeMap<Peer, Arc<Outbox>>>,
    joined: Notify,
    hushed: AtomicBool,
    ended: AtomicBool,
}

/// A client's place in the crowd, which it leaves when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    crowd: Arc<Crowd>,
    peer: Peer,
    pub(super) outbox: Arc<Outbox>,
}

impl Crowd {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            framing,
            members: Mutex::default(),
            joined: Notify::new(),
            hushed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }
    }

    fn members(&self) -> MutexGuard<'_, BTreeMap<Peer, Arc<Outbox>>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn join(self: &Arc<Self>, peer: &Peer) -> Place {
        let outbox = Arc::new(Outbox::new());
        if self.ended.load(Ordering::Relaxed) {
            outbox.end();
        }
        self.members().insert(peer.clone(), Arc::clone(&outbox));
        self.joined.notify_waiters();
        Place {
            crowd: Arc::clone(self),
            peer: peer.clone(),
            outbox,
        }
    }

    /// Who is here, in the order of their names.
    #[must_use]
    pub fn peers(&self) -> Vec<Peer> {
        self.members().keys().cloned().collect()
    }

    /// Waits until somebody is here. Cancel-safe.
    pub async fn gathered(&self) {
        loop {
            let joined = self.joined.notified();
            if !self.members().is_empty() {
                return;
            }
            joined.await;
        }
    }

    /// Sends `message` to all who are here but `except`, and waits while it is too much for some
    /// who go on reading it. Who has stopped reading holds nobody up.
    ///
    /// # Errors
    /// The message fits no frame.
    pub async fn tell(&self, message: &[u8], except: Option<&Peer>) -> Result<(), FramingError> {
        let parcel = self.parcel(message)?;
        let told: Vec<_> = {
            let members = self.members();
            let others = members.iter().filter(|(peer, _)| Some(*peer) != except);
            others.map(|(_, outbox)| Arc::clone(outbox)).collect()
        };
        for outbox in &told {
            outbox.put(&parcel);
        }
        for outbox in &told {
            outbox.room().await;
        }
        Ok(())
    }

    /// Sends `message` to one, and says whether it is here.
    ///
    /// # Errors
    /// The message fits no frame.
    pub fn tell_one(&self, peer: &Peer, message: &[u8]) -> Result<bool, FramingError> {
        let parcel = self.parcel(message)?;
        let outbox = self.members().get(peer).cloned();
        if let Some(outbox) = &outbox {
            outbox.put(&parcel);
        }
        Ok(outbox.is_some())
    }

    /// Nobody will say anything from here: who ends its half has nothing to wait for.
    pub fn hush(&self) {
        self.hushed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_hushed(&self) -> bool {
        self.hushed.load(Ordering::Relaxed)
    }

    /// Ends this side's half towards all who are here, once what waits for them is sent, and
    /// towards all who will come.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        for outbox in self.members().values() {
            outbox.end();
        }
    }

    fn parcel(&self, message: &[u8]) -> Result<Parcel, FramingError> {
        // Copied once, for all: a slice of what was read would keep all of it in memory.
        let mut frame = BytesMut::with_capacity(message.len());
        self.framing.encode(message, &mut frame)?;
        let frame = frame.freeze();
        let begins_at = match self.framing {
            Framing::None | Framing::Line | Framing::Fixed(_) => 0,
            _ => frame.len() - message.len(),
        };
        let message = frame.slice(begins_at..begins_at + message.len());
        Ok(Parcel { message, frame })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut members = self.crowd.members();
        // Somebody may have come back from the same address already.
        if members
            .get(&self.peer)
            .is_some_and(|outbox| Arc::ptr_eq(outbox, &self.outbox))
        {
            members.remove(&self.peer);
        }
    }
}

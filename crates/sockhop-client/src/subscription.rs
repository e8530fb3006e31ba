//! A subscription's handle.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::client::Alive;
use crate::error::{ClientError, SubscribeError};
use crate::heard::Heard;
use crate::session::FollowId;

/// What is said in the rooms it follows, in order, each message once.
///
/// About a thousand messages, or 4 MiB, are held ready. If they are not read, the client stops
/// reading from the hub: nothing is lost, and the hub keeps the rest in the room's log. Meanwhile
/// publishing goes on. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    alive: Arc<Alive>,
    id: FollowId,
    notify: Arc<Notify>,
}

impl Subscription {
    pub(crate) fn new(alive: Arc<Alive>, id: FollowId, notify: Arc<Notify>) -> Self {
        Self { alive, id, notify }
    }

    /// Waits until the hub has answered it.
    pub(crate) async fn answered(&self) -> Result<(), SubscribeError> {
        loop {
            if let Some(answer) = self.alive.shared.answer(self.id) {
                return answer;
            }
            self.notify.notified().await;
        }
    }

    /// The next thing heard; none once the client was closed. Cancel-safe: nothing is lost if it
    /// is dropped before it returns.
    ///
    /// # Errors
    /// Why there will be no more.
    pub async fn next(&mut self) -> Result<Option<Heard>, SubscribeError> {
        loop {
            match self.alive.shared.heard(self.id) {
                Ok(Some(heard)) => return Ok(Some(heard)),
                Ok(None) => self.notify.notified().await,
                Err(SubscribeError::Ended(ClientError::Closed)) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// The next thing heard, if there is one already.
    pub fn try_next(&mut self) -> Option<Heard> {
        self.alive.shared.heard(self.id).ok().flatten()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.alive.shared.unfollow(self.id);
    }
}

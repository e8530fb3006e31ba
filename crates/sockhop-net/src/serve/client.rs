//! One client, from its arrival to its leaving.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::crowd::{Crowd, Place};
use super::exec;
use super::outbox::{Next, Parcel};
use super::turns::Turn;
use super::{Answer, Terms};
use crate::event::{Event, Watch};
use crate::fault::{Cause, Stage};
use crate::leave::Leave;
use crate::link::{Link, Receiver, Sender};
use crate::listener::Incoming;
use crate::peer::Peer;
use crate::transport::Transport;
use crate::whole::Whole;

/// Who has ended its half is still sent what others say within this time. Longer, and those who
/// have left altogether, which looks the same from here, would seem to be still there.
const LINGER: Duration = Duration::from_millis(500);

/// How long what is still on its way to a client may take when its connection is ended from here.
const PART_WITHIN: Duration = Duration::from_secs(1);

/// See the module.
pub(super) struct Client {
    pub(super) terms: Arc<Terms>,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) crowd: Arc<Crowd>,
    pub(super) stop: CancellationToken,
}

impl Client {
    /// Serves whoever has come, and says why it left.
    pub(super) async fn serve(self, incoming: Incoming) -> Leave {
        let peer = incoming.peer.clone();
        let local = incoming.local;
        self.watch.see(Some(&peer), &Event::Accepted { local });
        let opened = tokio::select! {
            opened = incoming.open(&*self.watch) => opened.map_err(Leave::from),
            () = self.stop.cancelled() => Err(Leave::Stopped),
        };
        let (reason, bytes_in, bytes_out) = match opened {
            Ok(transport) => self.entertain(transport, &peer).await,
            Err(reason) => (reason, 0, 0),
        };
        let left = Event::Left {
            reason: &reason,
            bytes_in,
            bytes_out,
        };
        self.watch.see(Some(&peer), &left);
        reason
    }

    /// Talks until one side has had enough, and says why, and how much went in and out.
    async fn entertain(&self, transport: Transport, peer: &Peer) -> (Leave, u64, u64) {
        let Terms {
            framing,
            message_bytes_max,
            ..
        } = *self.terms;
        let mut link = Link::watched(transport, peer.clone(), Arc::clone(&self.watch))
            .framed_within(framing, message_bytes_max);
        let reason = tokio::select! {
            reason = self.talk(&mut link) => reason,
            () = self.stop.cancelled() => Leave::Stopped,
        };
        if parts_slowly(&reason) {
            link.part(PART_WITHIN).await;
        }
        let reason = match reason {
            // Half of all TLS clients close without the goodbye of TLS. What they sent was theirs to
            // send; whether there was more only the framing can tell.
            Leave::Fault(fault) if matches!(fault.cause(), Cause::CutOff) => Leave::Closed,
            reason => reason,
        };
        (reason, link.receiver.bytes_in(), link.sender.bytes_out())
    }

    async fn talk(&self, link: &mut Link) -> Leave {
        if let Some(greeting) = &self.terms.greeting
            && let Err(fault) = link.sender.send(greeting).await
        {
            return fault.into();
        }
        let silence_max = self.terms.silence_max;
        let mut turn = match &self.terms.answer {
            Answer::Echo => Turn::Echo,
            Answer::Upper => Turn::Upper(self.reads_cut_characters(link).then(Whole::default)),
            Answer::Reply(reply) => Turn::Reply(reply.clone()),
            Answer::Exec(command) => {
                return exec::run(command, link, &self.terms, &*self.watch).await;
            }
            Answer::Relay | Answer::Hand => return self.mingle(link).await,
        };
        turn.take(link, silence_max).await
    }

    fn reads_cut_characters(&self, link: &Link) -> bool {
        self.terms.framing.is_none() && !link.sender.keeps_bounds()
    }

    /// In the crowd: hears one client and tells it what is said to it, both at once.
    async fn mingle(&self, link: &mut Link) -> Leave {
        let place = self.crowd.join(link.peer());
        let Link { receiver, sender } = link;
        let silence_max = self.terms.silence_max;
        // The one that ends first ends the others: there is nobody left to hear or to tell.
        let leave = tokio::select! {
            leave = speak(&place, sender) => leave,
            leave = self.listen(&place, receiver, silence_max) => leave,
            waiting_bytes = place.outbox.overflow() => Leave::StoppedReading { waiting_bytes },
        };
        match leave {
            // Who has left altogether takes no more; that it had ended its half was the leaving.
            Leave::Fault(fault) if receiver.has_ended() && fault.stage() == Stage::Transfer => {
                Leave::Closed
            }
            leave => leave,
        }
    }

    async fn listen(
        &self,
        place: &Place,
        receiver: &mut Receiver,
        silence_max: Option<Duration>,
    ) -> Leave {
        loop {
            let message = match hear(receiver, silence_max).await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(leave) => return leave,
            };
            if self.terms.answer == Answer::Relay
                && let Err(error) = self.crowd.tell(&message, Some(receiver.peer())).await
            {
                return receiver.bad_frame(error).into();
            }
        }
        if !self.crowd.is_hushed() {
            place.outbox.idle_for(LINGER).await;
        }
        Leave::Closed
    }
}

/// Whether there may be something on its way to a client that leaves for `reason`.
fn parts_slowly(reason: &Leave) -> bool {
    match reason {
        Leave::ProgramEnded | Leave::Silent { .. } => true,
        Leave::Fault(fault) => fault.stage() == Stage::Protocol,
        _ => false,
    }
}

/// Tells one client what is put into its outbox.
async fn speak(place: &Place, sender: &mut Sender) -> Leave {
    loop {
        let spoken = match place.outbox.next().await {
            Next::Parcels(parcels) => {
                let bytes = parcels.iter().map(Parcel::cost_bytes).sum();
                for parcel in parcels {
                    sender.put_frame(&parcel.message, parcel.frame);
                }
                let flushed = sender.flush().await;
                place.outbox.wrote(bytes);
                flushed
            }
            Next::End => {
                let finished = sender.finish().await;
                if finished.is_ok() {
                    std::future::pending::<()>().await;
                }
                finished
            }
        };
        if let Err(fault) = spoken {
            return fault.into();
        }
    }
}

/// The next message, unless it takes too long. Cancel-safe.
pub(super) async fn hear(
    receiver: &mut Receiver,
    silence_max: Option<Duration>,
) -> Result<Option<Bytes>, Leave> {
    let heard = match silence_max {
        None => receiver.receive().await,
        Some(silent) => match timeout(silent, receiver.receive()).await {
            Ok(heard) => heard,
            Err(_) => return Err(Leave::Silent { silent }),
        },
    };
    Ok(heard?)
}

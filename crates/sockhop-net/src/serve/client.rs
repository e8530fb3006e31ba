//! One client, from its arrival to its leaving.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::crowd::{Crowd, Place};
use super::exec;
use super::outbox::{Next, Parcel};
use super::turns::Turn;
use super::{Answer, Terms};
use crate::event::{Event, Watch};
use crate::fault::{Cause, Fault, Stage};
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
/// How long a last word may take that nobody may be there to hear.
const GOODBYE_WITHIN: Duration = Duration::from_millis(200);

/// See the module.
pub(super) struct Client {
    pub(super) terms: Arc<Terms>,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) crowd: Arc<Crowd>,
    pub(super) stop: CancellationToken,
    /// Is told that there is a connection with one.
    pub(super) met: Arc<Notify>,
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
            Ok(transport) => {
                self.met.notify_one();
                self.entertain(transport, &peer).await
            }
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
        let pulse = link.pulse();
        // A program is given time to end, so its answer sees to silence and stop by itself.
        let has_program = matches!(self.terms.answer, Answer::Exec(_));
        let reason = tokio::select! {
            reason = self.talk(&mut link) => reason,
            silent = pulse.stopped(self.terms.silence_max), if !has_program => Leave::Silent { silent },
            () = self.stop.cancelled(), if !has_program => Leave::Stopped,
        };
        self.part(&mut link, &reason).await;
        let reason = match reason {
            // Half of all TLS clients close without the goodbye of TLS. What they sent was theirs to
            // send; whether there was more only the framing can tell.
            Leave::Fault(fault) if matches!(fault.cause(), Cause::CutOff) => Leave::Closed,
            reason => reason,
        };
        (reason, link.receiver.bytes_in(), link.sender.bytes_out())
    }

    /// Takes leave as far as the other side can still hear it.
    async fn part(&self, link: &mut Link, reason: &Leave) {
        match reason {
            // There may be something on its way.
            Leave::ProgramEnded | Leave::Silent { .. } => link.part(PART_WITHIN).await,
            Leave::Fault(fault) if fault.stage() == Stage::Protocol => link.part(PART_WITHIN).await,
            Leave::Closed | Leave::Stopped => {
                let _ = timeout(GOODBYE_WITHIN, link.sender.say_goodbye()).await;
            }
            _ => {}
        }
    }

    async fn talk(&self, link: &mut Link) -> Leave {
        if let Some(greeting) = &self.terms.greeting
            && let Err(fault) = link.sender.send(greeting).await
        {
            return fault.into();
        }
        let mut turn = match &self.terms.answer {
            Answer::Echo => Turn::Echo,
            Answer::Upper => Turn::Upper(self.reads_cut_characters(link).then(Whole::default)),
            Answer::Reply(reply) => Turn::Reply(reply.clone()),
            Answer::Exec(command) => {
                return exec::run(command, link, &self.terms, &*self.watch, &self.stop).await;
            }
            Answer::Relay | Answer::Hand => return self.mingle(link).await,
        };
        match turn.take(link).await {
            Ok(()) => Leave::Closed,
            Err(fault) => fault.into(),
        }
    }

    fn reads_cut_characters(&self, link: &Link) -> bool {
        self.terms.framing.is_none() && !link.sender.keeps_bounds()
    }

    /// In the crowd: hears one client and tells it what is said to it, both at once.
    async fn mingle(&self, link: &mut Link) -> Leave {
        let place = self.crowd.join(link.peer());
        let Link { receiver, sender } = link;
        // The one that ends first ends the others: there is nobody left to hear or to tell.
        let leave = tokio::select! {
            leave = speak(&place, sender) => leave,
            leave = self.listen(&place, receiver) => leave,
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

    async fn listen(&self, place: &Place, receiver: &mut Receiver) -> Leave {
        loop {
            let message = match receiver.receive().await {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(fault) => return fault.into(),
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

/// Writes all that was put, and says of each write that the client goes on reading.
async fn flush(place: &Place, sender: &mut Sender) -> Result<(), Fault> {
    while !sender.flush_some().await? {
        place.outbox.moved();
    }
    Ok(())
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
                let flushed = flush(place, sender).await;
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

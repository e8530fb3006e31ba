//! For tests: a watch that writes down what it sees.

use std::sync::{Arc, Mutex};

use tokio::net::UnixStream;
use tokio::runtime::{Builder, Runtime};

use crate::event::{Event, Watch};
use crate::link::Link;
use crate::peer::Peer;
use crate::stream::Stream;

/// What was seen, in short: `read 28`, `received 1: hello`, `left closed`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    /// What was seen since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no test fails while it writes"))
    }
}

impl Watch for Diary {
    fn see(&self, _peer: Option<&Peer>, event: &Event<'_>) {
        let line = match event {
            Event::Accepted { .. } => "accepted".to_owned(),
            Event::Read { bytes } => format!("read {}", bytes.len()),
            Event::Wrote { bytes } => format!("wrote {}", bytes.len()),
            Event::Received { n, message } => {
                format!("received {n}: {}", String::from_utf8_lossy(message))
            }
            Event::Sent { n, message } => {
                format!("sent {n}: {}", String::from_utf8_lossy(message))
            }
            Event::Unfinished { pending } => {
                format!("unfinished {} of {:?}", pending.bytes, pending.missing)
            }
            Event::PeerEnded => "peer ended".to_owned(),
            Event::WeEnded => "we ended".to_owned(),
            Event::Left { reason, .. } => format!("left {}", reason.code()),
            Event::TurnedAway { clients_max } => format!("turned away from {clients_max}"),
            Event::Exited { status } => format!("exited {:?}", status.code()),
            _ => return,
        };
        self.0
            .lock()
            .expect("no test fails while it writes")
            .push(line);
    }
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A watched link, and the bare stream at its other end. Needs a runtime.
pub(crate) fn link() -> (Link, UnixStream, Diary) {
    let (near, far) = UnixStream::pair().expect("a pair of sockets");
    let diary = Diary::default();
    let transport = Stream::Unix(near).into();
    let link = Link::watched(transport, Peer::named("far"), Arc::new(diary.clone()));
    (link, far, diary)
}

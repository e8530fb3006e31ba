//! A screen to put events on, at fixed times.

use std::io;
use std::net::SocketAddr;

use bytes::BytesMut;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sockhop_net::endpoint::Endpoint;
use sockhop_net::event::Event;
use sockhop_net::fault::Fault;
use sockhop_net::leave::Leave;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::{Framing, Pending};

use super::{Form, Role, Screen, Settings};

/// 2026-07-01, 12:00:01.031 UTC, as in the documentation.
const NOON: Timestamp = Timestamp::constant(1_782_907_201, 31_000_000);

pub(super) fn settings() -> Settings {
    Settings {
        role: Role::Listen,
        framing: Framing::None,
        form: Form::Plain,
        trace: false,
        explain: false,
        hex: false,
        quiet: false,
        colour: false,
        is_terminal: false,
        shows_messages: true,
        zone: TimeZone::UTC,
    }
}

/// A failure with advice.
pub(super) fn fault() -> Fault {
    let endpoint: Endpoint = "tcp://127.0.0.1:5000".parse().expect("an endpoint");
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    Fault::connect(&endpoint, &refused, std::time::Duration::ZERO)
}

pub(super) struct Stage {
    screen: Screen,
    role: Role,
    peer: Option<Peer>,
    out: BytesMut,
}

impl Stage {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            role: settings.role,
            screen: Screen::new(settings),
            peer: None,
            out: BytesMut::new(),
        }
    }

    /// Whom the next events happen to.
    pub(super) fn peer(&mut self, name: &str) {
        self.peer = Some(Peer::named(name));
    }

    pub(super) fn put(&mut self, event: &Event<'_>) {
        self.screen
            .put(NOON, self.peer.as_ref(), event, &mut self.out);
    }

    pub(super) fn bound(&mut self, endpoint: &str) {
        let endpoint = &endpoint.parse().expect("an endpoint");
        self.put(&Event::Bound { endpoint });
    }

    pub(super) fn listening(&mut self, endpoint: &str) {
        let endpoint = &endpoint.parse().expect("an endpoint");
        let backlog = 1024;
        self.put(&Event::Listening {
            endpoint,
            backlog,
            fingerprint: None,
        });
    }

    pub(super) fn connecting(&mut self, endpoint: &str, address: Option<&str>) {
        let endpoint = &endpoint.parse().expect("an endpoint");
        let address = address.map(socket_address);
        self.put(&Event::Connecting { endpoint, address });
    }

    pub(super) fn connected(&mut self, local: Option<&str>) {
        let local = local.map(socket_address);
        self.put(&Event::Connected { local });
    }

    pub(super) fn accepted(&mut self, peer: &str) {
        self.peer(peer);
        self.put(&Event::Accepted { local: None });
    }

    pub(super) fn read(&mut self, bytes: &[u8]) {
        self.put(&Event::Read { bytes });
    }

    pub(super) fn wrote(&mut self, bytes: &[u8]) {
        self.put(&Event::Wrote { bytes });
    }

    pub(super) fn received(&mut self, n: u64, message: &[u8]) {
        self.put(&Event::Received { n, message });
    }

    pub(super) fn unfinished(&mut self, bytes: usize, missing: Option<usize>) {
        let pending = Pending { bytes, missing };
        self.put(&Event::Unfinished { pending });
    }

    pub(super) fn left(&mut self, reason: &Leave) {
        self.put(&Event::Left {
            reason,
            bytes_in: 5,
            bytes_out: 5,
        });
    }

    /// Every kind of event that `endpoint` may bring, to either side.
    pub(super) fn everything(&mut self, endpoint: &str) {
        self.put(&Event::Resolved {
            host: "localhost",
            addresses: &[],
        });
        self.bound(endpoint);
        match self.role {
            Role::Listen => {
                self.listening(endpoint);
                self.accepted("127.0.0.1:50412");
            }
            Role::Connect => {
                self.connecting(endpoint, None);
                self.connected(None);
                self.peer("127.0.0.1:5000");
            }
        }
        for verified in [true, false] {
            self.put(&Event::Secured {
                version: "TLS 1.3",
                fingerprint: Some("ab12"),
                verified,
            });
        }
        self.put(&Event::Upgraded);
        self.read(b"x");
        self.received(1, b"x");
        self.put(&Event::Sent {
            n: 1,
            message: b"x",
        });
        self.wrote(b"x");
        self.unfinished(1, None);
        self.put(&Event::PeerEnded);
        self.put(&Event::WeEnded);
        if self.role == Role::Listen {
            self.put(&Event::TurnedAway { clients_max: 1 });
            let status = std::process::ExitStatus::default();
            self.put(&Event::Exited { status });
        }
        self.left(&Leave::Closed);
    }

    /// What has been shown since it was last asked.
    pub(super) fn shown(&mut self) -> String {
        String::from_utf8(self.out.split().to_vec()).expect("people get UTF-8")
    }

    #[track_caller]
    pub(super) fn assert_shown(&mut self, expected: &str) {
        let shown = self.shown();
        assert!(shown == expected, "shown:\n{shown}\nexpected:\n{expected}");
    }
}

fn socket_address(text: &str) -> SocketAddr {
    text.parse().expect("a socket address")
}

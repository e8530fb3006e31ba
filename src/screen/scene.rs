//! What is known of the socket all of it happens on.

use std::net::SocketAddr;

use sockhop_net::endpoint::Endpoint;
use sockhop_net::event::Event;

/// What a connection is made of, as far as the words differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Wire {
    #[default]
    Tcp,
    Tls,
    Unix,
    WebSocket,
    Datagrams,
}

/// Learnt from the events that get a socket; the rest happens on that one.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) wire: Wire,
    /// Where this side listens, or connects to.
    pub(super) endpoint: Option<Endpoint>,
    /// Which of the endpoint's addresses was tried last.
    pub(super) address: Option<SocketAddr>,
}

impl Scene {
    pub(super) fn see(&mut self, event: &Event<'_>) {
        match event {
            Event::Bound { endpoint } | Event::Listening { endpoint, .. } => {
                self.is_at(endpoint, None);
            }
            Event::Connecting { endpoint, address } => self.is_at(endpoint, *address),
            _ => {}
        }
    }

    fn is_at(&mut self, endpoint: &Endpoint, address: Option<SocketAddr>) {
        self.wire = match endpoint {
            Endpoint::Tcp(_) => Wire::Tcp,
            Endpoint::Tls(_) => Wire::Tls,
            Endpoint::Udp(_) => Wire::Datagrams,
            Endpoint::WebSocket { .. } => Wire::WebSocket,
            Endpoint::Unix(_) => Wire::Unix,
        };
        self.endpoint = Some(endpoint.clone());
        self.address = address;
    }

    /// The endpoint, and the address behind its name: `tcp://gs.local:5000 (192.168.1.20)`.
    pub(super) fn whereto(&self) -> String {
        let Some(endpoint) = &self.endpoint else {
            return String::new();
        };
        let host = endpoint.place().map(|place| place.host.as_str());
        match self.address.map(|address| address.ip().to_string()) {
            Some(ip) if host != Some(ip.as_str()) => format!("{endpoint} ({ip})"),
            _ => endpoint.to_string(),
        }
    }
}

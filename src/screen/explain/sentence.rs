//! The sentences. Calls have the names they have in C and in Python's `socket`.

use std::borrow::Cow;
use std::net::IpAddr;

use sockhop_net::endpoint::{Endpoint, Place};
use sockhop_net::event::Event;
use sockhop_net::peer::Peer;
use sockhop_proto::framing::Framing;

use crate::screen::Role;
use crate::screen::scene::{Scene, Wire};
use crate::screen::words::Number;

/// What the words depend on, besides the event.
pub(super) struct About<'a> {
    pub(super) role: Role,
    pub(super) framing: Framing,
    pub(super) scene: &'a Scene,
    pub(super) peer: Option<&'a Peer>,
}

type Sentence = Cow<'static, str>;

/// What `event` is; none, where another sentence has said it.
pub(super) fn sentence(about: &About<'_>, event: &Event<'_>) -> Option<Sentence> {
    Some(match event {
        Event::Resolved { host, .. } => format!(
            "getaddrinfo: sockets know addresses, not names, so the system is asked which addresses {host} has. It looks into its own list (the hosts file), then asks a name server. The addresses are tried in this order."
        )
        .into(),
        Event::Bound { endpoint } => bind(about, endpoint),
        Event::Listening { backlog, .. } => listen(about, *backlog),
        Event::Connecting { .. } => connect(about),
        Event::Connected { .. } => return connected(about),
        Event::Accepted { .. } => accept(about),
        Event::Secured { verified, .. } => secure(about, *verified).into(),
        Event::Upgraded => "WebSocket: this began as an HTTP request that asked to `Upgrade: websocket`, and the server answered `101 Switching Protocols`. From now on both sides send whole messages, each with its length in front.".into(),
        Event::Read { .. } => read(about),
        Event::Wrote { .. } => write(about).into(),
        Event::Received { .. } | Event::Sent { .. } => return frame(about.framing),
        Event::Unfinished { .. } => "pending: the last recv ended inside a frame. What came of it is kept, and put together with what the next recv brings. A program that takes each recv for one message goes wrong exactly here.".into(),
        Event::PeerEnded => peer_ended(about).into(),
        Event::WeEnded => we_ended(about).into(),
        Event::Left { .. } => leave(about).into(),
        Event::TurnedAway { .. } => "accept, then close: a client cannot be refused before it is accepted, because the system has already completed its connection. This one finds it closed at once. --max-clients says how many may be here.".into(),
        Event::Exited { .. } => "waitpid: the program that --exec started for this client has ended. By custom, status 0 means that all went well; a signal means that it crashed, or was ended from outside.".into(),
        _ => return None,
    })
}

fn bind(about: &About<'_>, endpoint: &Endpoint) -> Sentence {
    let Some(place) = endpoint.place() else {
        return format!(
            "bind: the socket now has a name in the file system, and {endpoint} is where programs on this machine find it. There is no port, and no other machine can reach it."
        )
        .into();
    };
    if about.role == Role::Connect {
        return format!(
            "bind: this side's own address is now {place}. Without --bind, connect would have picked one."
        )
        .into();
    }
    let Place { host, port } = place;
    let reach = reach(endpoint, place);
    format!("bind: the socket now owns port {port} of {host}, and no other program can have it meanwhile. {reach}").into()
}

/// From where an address can be reached, and with what it would be otherwise.
fn reach(endpoint: &Endpoint, place: &Place) -> String {
    let with = |host: &str| {
        let place = Place {
            host: host.to_owned(),
            port: place.port,
        };
        match endpoint {
            Endpoint::Tcp(_) => place.to_string(),
            _ => format!("{}://{place}", endpoint.scheme()),
        }
    };
    match place.host.parse() {
        Ok(IpAddr::V4(ip)) if ip.is_unspecified() => format!(
            "0.0.0.0 stands for all addresses of this machine, so other machines can reach it too; `sockhop listen {}` would keep it to this one.",
            with("127.0.0.1")
        ),
        Ok(IpAddr::V6(ip)) if ip.is_unspecified() => format!(
            ":: stands for all addresses of this machine, so other machines can reach it too; `sockhop listen {}` would keep it to this one.",
            with("::1")
        ),
        Ok(IpAddr::V4(ip)) if !ip.is_loopback() => {
            "Others reach it at this address alone; 0.0.0.0 would stand for all that this machine has.".to_owned()
        }
        Ok(IpAddr::V6(ip)) if !ip.is_loopback() => {
            "Others reach it at this address alone; :: would stand for all that this machine has.".to_owned()
        }
        Ok(IpAddr::V6(_)) => format!(
            "Only programs on this machine can reach ::1; `sockhop listen {}` can be reached from its networks too.",
            with("::")
        ),
        _ => format!(
            "Only programs on this machine can reach {}; `sockhop listen {}` can be reached from its networks too.",
            place.host,
            with("0.0.0.0")
        ),
    }
}

fn listen(about: &About<'_>, backlog: u32) -> Sentence {
    if about.scene.wire == Wire::Datagrams {
        return "UDP needs neither listen nor accept, because it has no connections: this one socket receives the datagrams of everybody who sends to its port.".into();
    }
    let backlog = Number(backlog.into());
    format!("listen: from now on the system completes connections by itself, and keeps up to {backlog} of them waiting for accept. Before listen, whoever tried to connect was refused.").into()
}

fn accept(about: &About<'_>) -> Sentence {
    let client = about.peer.map(Peer::as_str).unwrap_or("the client");
    match about.scene.wire {
        Wire::Datagrams => format!(
            "recvfrom: has brought a first datagram from {client}. UDP has no connections: all that comes from one address is called one client here, and is answered with sendto."
        ),
        Wire::Unix => "accept: takes a waiting connection and gives a new socket for it, beside the one that listens: each client has a socket of its own. Clients of a Unix socket have no address, so they are numbered.".to_owned(),
        _ => format!(
            "accept: takes a waiting connection and gives a new socket for it, beside the one that listens: each client has a socket of its own. {client} is the client's end; its system picked that port when it called connect. With --once, this would be the only client."
        ),
    }
    .into()
}

fn connect(about: &About<'_>) -> Sentence {
    match about.scene.wire {
        Wire::Datagrams => "connect: on a UDP socket it sends nothing. It only fixes where send goes, and that recv takes datagrams from there alone. Whether anybody is there shows when an answer comes.".into(),
        Wire::Unix => format!(
            "connect: asks whoever listens at {} for a connection. Both programs are on this machine, and no network is involved.",
            about.scene.whereto()
        )
        .into(),
        Wire::Tcp | Wire::Tls | Wire::WebSocket => "connect: asks the machine at that address for a connection. Three packets settle it: SYN there, SYN-ACK back, ACK there. The system picks the port of this side, unless --bind names one.".into(),
    }
}

fn connected(about: &About<'_>) -> Option<Sentence> {
    match about.scene.wire {
        Wire::Tcp => Some("connected: the other system has agreed. The program there may not know yet: its system completes connections by itself (that is what listen asked for), and they wait until it calls accept.".into()),
        Wire::Unix => Some("connected: the other program may not know yet: connections wait until it calls accept.".into()),
        // A certificate or an HTTP answer came from the program itself; datagrams connect nothing.
        Wire::Tls | Wire::WebSocket | Wire::Datagrams => None,
    }
}

fn secure(about: &About<'_>, verified: bool) -> &'static str {
    match (about.role, verified) {
        (Role::Listen, _) => {
            "TLS handshake: both sides have agreed on keys, so nobody on the way can read or change what is sent. A client that does not trust the certificate it is shown leaves at this point; --cert and --key give another."
        }
        (Role::Connect, true) => {
            "TLS handshake: both sides have agreed on keys, so nobody on the way can read or change what is sent. The certificate was checked, so it is known who is at the other end."
        }
        (Role::Connect, false) => {
            "TLS handshake: both sides have agreed on keys, so nobody on the way can read or change what is sent. But the certificate was not checked, so the other end could be anybody; --fingerprint would insist on the one it should have."
        }
    }
}

fn read(about: &About<'_>) -> Sentence {
    match (about.scene.wire, about.framing) {
        (Wire::Datagrams, _) => {
            let call = match about.role {
                Role::Listen => "recvfrom",
                Role::Connect => "recv",
            };
            format!("{call}: gives one datagram, whole, as it was sent; never a part of one, nor two at once. What UDP does not promise is that each arrives, and arrives once, and in order.").into()
        }
        (Wire::WebSocket, _) => "One WebSocket message, whole: its length came in front, and however many calls of recv it took are not shown.".into(),
        (Wire::Tls, Framing::None) => "recv: gives what has arrived by now, at least 1 byte, here already decrypted. A stream has no messages, over TLS as without: what one send sent may come in pieces, and what several sent may come as one. A framing, such as --frame line, finds messages in it.".into(),
        (_, Framing::None) => "recv: gives what has arrived by now, at least 1 byte. A stream has no messages: what one send sent may come in pieces, and what several sent may come as one. A framing, such as --frame line, finds messages in it.".into(),
        (_, framing) => format!("recv: gives what has arrived by now, at least 1 byte. It knows nothing of frames: it may bring several, and end in the middle of one. With --frame {framing} messages come out whole all the same.").into(),
    }
}

fn write(about: &About<'_>) -> &'static str {
    match (about.scene.wire, about.role) {
        (Wire::Datagrams, Role::Listen) => {
            "sendto: one call is one datagram. Nothing tells whether it arrives. Above about 1,400 bytes it travels in parts, and is lost if one of them is."
        }
        (Wire::Datagrams, Role::Connect) => {
            "send: one call is one datagram. Nothing tells whether it arrives. Above about 1,400 bytes it travels in parts, and is lost if one of them is."
        }
        (Wire::WebSocket, _) => {
            "One WebSocket message. Its length goes in front, and a client has to mask its bytes, so on the wire they look different."
        }
        _ => {
            "send: hands bytes to the system, which copies them and sends them when it can. That send returns does not mean that they have arrived: only an answer shows that. It may take fewer than it is given; the rest is sent by another call, as Python's sendall does."
        }
    }
}

fn frame(framing: Framing) -> Option<Sentence> {
    Some(match framing {
        Framing::None => return None,
        Framing::Line => r"frame: a newline (\n, or \r\n) ends each message and is no part of it. So a message cannot hold one; a length in front, as with --frame u16, allows any bytes.".into(),
        Framing::U8 => "frame: 1 byte in front of each message says how long it is, so it has at most 255 bytes, of any kind. In Python: bytes([len(m)]) + m".into(),
        Framing::U16 => "frame: 2 bytes in front of each message say how long it is, the high one first (big-endian, the network's order), so it has at most 65,535 bytes. In Python: struct.pack('>H', len(m)) + m".into(),
        Framing::U32 => "frame: 4 bytes in front of each message say how long it is, the highest first (big-endian, the network's order). In Python: struct.pack('>I', len(m)) + m. --max-frame says how long is too long.".into(),
        Framing::U16Le => "frame: 2 bytes in front of each message say how long it is, the low one first (little-endian, as PCs keep numbers), so it has at most 65,535 bytes. In Python: struct.pack('<H', len(m)) + m".into(),
        Framing::U32Le => "frame: 4 bytes in front of each message say how long it is, the lowest first (little-endian, as PCs keep numbers). In Python: struct.pack('<I', len(m)) + m. --max-frame says how long is too long.".into(),
        Framing::Varint => "frame: a length stands in front of each message, 7 bits in each byte, the lowest first, as protobuf writes it: 1 byte up to 127, 2 up to 16,383.".into(),
        Framing::Fixed(bytes) => format!("frame: every {bytes} bytes are one message. Nothing marks its end, so both sides have to know the size. A shorter message is filled up with spaces before it is sent.").into(),
    })
}

fn peer_ended(about: &About<'_>) -> &'static str {
    match about.scene.wire {
        Wire::WebSocket => {
            "A Close message: the other side is done, and everything it sent before has arrived."
        }
        _ => {
            "recv of 0 bytes (b'' in Python): the other side has ended its half, with shutdown or close or because its program ended, and everything it sent before has arrived. It is no empty message: every further recv would give 0 bytes again. Sending to it may still work."
        }
    }
}

fn we_ended(about: &About<'_>) -> &'static str {
    match (about.scene.wire, about.role) {
        (Wire::WebSocket, _) => {
            "A Close message: tells the other side that nothing more comes from here."
        }
        (_, Role::Listen) => {
            "shutdown(SHUT_WR): tells the other side that nothing more comes from here; its recv gives 0 bytes once it has read the rest. This side could still receive: only close ends both halves."
        }
        (_, Role::Connect) => {
            "shutdown(SHUT_WR): tells the other side that nothing more comes from here, as at the end of standard input; its recv gives 0 bytes once it has read the rest. This side still receives: only close ends both halves."
        }
    }
}

fn leave(about: &About<'_>) -> &'static str {
    match (about.scene.wire, about.role) {
        (Wire::Datagrams, Role::Listen) => {
            "Nothing is closed: UDP has no connections, and the socket is everybody's. This address is merely forgotten; with its next datagram it would be a client again."
        }
        (Wire::Datagrams, Role::Connect) => {
            "close: gives the socket back. The other side is not told, because UDP has no connection that could end."
        }
        (Wire::Unix, Role::Listen) => {
            "close: gives this client's socket back; the one that listens stays."
        }
        (_, Role::Listen) => {
            "close: gives this client's socket back; the one that listens stays. Whichever side closes first remembers the connection for about a minute (TIME_WAIT), so that late packets are not taken for those of a new one; SO_REUSEADDR lets a server bind its port again in the meantime."
        }
        (_, Role::Connect) => {
            "close: gives the socket back; the connection is over in both directions. What was sent before is still delivered."
        }
    }
}

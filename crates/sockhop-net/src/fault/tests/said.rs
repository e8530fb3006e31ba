//! What is said, cause by cause.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use sockhop_proto::framing::FramingError;
use tokio_tungstenite::tungstenite;

use super::super::*;
use super::{endpoint, refused_with};
use crate::language::Language;
use crate::peer::Peer;

/// Sees that `fault` says all of `words`, and that it says it well.
#[track_caller]
fn says(fault: &Fault, code: &str, words: &[&str]) {
    let said = fault.with_advice();
    for word in words {
        assert!(said.contains(word), "{word:?} is missing in {said:?}");
    }
    assert_eq!(fault.code(), code, "{said}");
    let sentence = fault.to_string();
    assert!(!sentence.ends_with(['.', '?', ':', ' ']), "{sentence}");
    assert!(!said.contains("os error"), "{said}");
    assert!(
        !said.contains('_') || code == "bad_name",
        "a code for words: {said}"
    );
    if let Some(advice) = fault.advice() {
        assert!(advice.ends_with(['.', '?']), "{advice}");
    }
}

fn at(fault: Fault, neighbour: Option<Neighbour>) -> Fault {
    let mut fault = fault;
    if let Cause::TimedOut {
        neighbour: known, ..
    }
    | Cause::Unreachable {
        neighbour: known, ..
    } = &mut fault.0.cause
    {
        *known = neighbour;
    }
    fault
}

#[test]
fn names() {
    let gs = endpoint("gs.locl:5000");
    let unknown = Fault::unknown_name(&gs);
    says(
        &unknown,
        "unknown_name",
        &["no machine", "gs.locl", "spelling", "192.168.1.20"],
    );
    let unknown = Fault::unknown_name(&endpoint("gs.local:5000"));
    says(&unknown, "unknown_name", &["avahi"]);
    let nobody = Fault::no_name_server(&gs, Duration::from_secs(5));
    says(&nobody, "no_name_server", &["gs.locl", "name server"]);
}

#[test]
fn refusals() {
    use io::ErrorKind::ConnectionRefused;
    says(
        &refused_with(ConnectionRefused, "5000"),
        "refused",
        &[
            "tcp://127.0.0.1:5000 refused the connection: the machine is there, but nothing listens on that port",
            "Start the server first",
            "--wait",
        ],
    );
    says(
        &refused_with(ConnectionRefused, "192.168.1.20:5000"),
        "refused",
        &["Start the server there first", "0.0.0.0:5000"],
    );
    says(
        &refused_with(ConnectionRefused, "tls://gs:443"),
        "refused",
        &["tls://gs:443 refused the TCP connection"],
    );
    says(
        &refused_with(ConnectionRefused, "gs:5000").at(([192, 168, 1, 20], 5000).into()),
        "refused",
        &["tcp://gs:5000 (192.168.1.20) refused"],
    );
    says(
        &refused_with(ConnectionRefused, "unix:/nowhere/x"),
        "refused",
        &[
            "nothing listens on it any more",
            "`sockhop listen unix:/nowhere/x`",
        ],
    );
    says(
        &Fault::carry("10.0.0.1:9", &ConnectionRefused.into()),
        "refused",
        &[
            "10.0.0.1:9 refused the datagram",
            "UDP port",
            "receiver first",
        ],
    );
    says(
        &Fault::port_zero(&endpoint("0")),
        "port_zero",
        &["port 0", "no place to go"],
    );
}

#[test]
fn silence_means_what_the_neighbour_table_knows() {
    let gs = endpoint("192.168.77.20:5000");
    let silent = Fault::connect_timed_out(&gs, Duration::from_secs(5));
    let router = Neighbour::Beyond(IpAddr::from([192, 168, 77, 1]));
    for (neighbour, words) in [
        (
            Some(Neighbour::Known),
            [
                "the machine is there, so a firewall drops",
                "Allow port 5000",
            ],
        ),
        (
            Some(Neighbour::Silent),
            [
                "no machine in this network has that address",
                "client isolation",
            ],
        ),
        (
            Some(router),
            [
                "a firewall there or on the way",
                "behind the router 192.168.77.1",
            ],
        ),
        (None, ["or a firewall drops", "`ping 192.168.77.20`"]),
    ] {
        let fault = at(silent.clone(), neighbour);
        says(&fault, "timed_out", &["did not answer within 5 s"]);
        says(&fault, "timed_out", &words);
    }
}

#[test]
fn unreachable_at_once_is_a_firewall_and_after_a_while_nobody() {
    let gs = endpoint("192.168.77.20:5000");
    let met = |ms| {
        let error = io::ErrorKind::HostUnreachable.into();
        Fault::connect(&gs, &error, Duration::from_millis(ms))
    };
    let router = Neighbour::Beyond(IpAddr::from([192, 168, 77, 1]));
    for (ms, neighbour, words) in [
        (
            2,
            None,
            [
                "a firewall, there or on the way, rejects",
                "Allow port 5000",
            ],
        ),
        (
            3070,
            None,
            ["no machine in this network has", "same network"],
        ),
        (
            2,
            Some(Neighbour::Silent),
            ["no machine in this network has", "client isolation"],
        ),
        (
            3070,
            Some(Neighbour::Known),
            ["a firewall, there or on the way, rejects", "Allow port"],
        ),
        (
            2,
            Some(router),
            ["a firewall, there or on the way, rejects", "Allow port"],
        ),
        (
            3070,
            Some(router),
            [
                "a router says after 3 s that no machine",
                "behind the router",
            ],
        ),
    ] {
        says(&at(met(ms), neighbour), "unreachable", &words);
    }
}

#[test]
fn ways_that_lead_nowhere() {
    use io::ErrorKind as Kind;
    says(
        &refused_with(Kind::NetworkUnreachable, "10.9.9.9:1"),
        "no_route",
        &["no way from here to tcp://10.9.9.9:1", "`ip route`"],
    );
    says(
        &refused_with(Kind::InvalidInput, "10.9.9.9:1"),
        "no_route",
        &["no way from here", "`ip route get 10.9.9.9`"],
    );
    says(
        &refused_with(Kind::InvalidInput, "[fe80::1]:5000"),
        "no_zone",
        &["one link only", "[fe80::1%wlan0]:5000"],
    );
    says(
        &refused_with(Kind::PermissionDenied, "10.9.9.9:1"),
        "not_permitted",
        &["does not permit it", "firewall"],
    );
    says(
        &refused_with(Kind::PermissionDenied, "unix:/x"),
        "not_permitted",
        &["another user", "`ls -l /x`"],
    );
    says(
        &refused_with(Kind::ConnectionReset, "gs:1"),
        "reset",
        &["as soon as it was made"],
    );
    says(
        &refused_with(Kind::WouldBlock, "unix:/x"),
        "busy",
        &["accepts no connections"],
    );
}

#[test]
fn addresses_of_this_machine() {
    use io::ErrorKind as Kind;
    let bind = |kind: Kind, text| Fault::bind(&endpoint(text), &kind.into());
    let in_use = |holder| {
        let mut fault = bind(Kind::AddrInUse, "udp://0.0.0.0:5000");
        fault.0.cause = Cause::InUse { holder };
        fault
    };
    let (name, pid) = ("python3".to_owned(), 4711);
    says(
        &in_use(Holder::Process { name, pid }),
        "in_use",
        &[
            "cannot bind udp://0.0.0.0:5000: python3 (process 4711) has it already",
            "`kill 4711`",
        ],
    );
    says(
        &in_use(Holder::User("ann".into())),
        "in_use",
        &["of the user ann", "shows which"],
    );
    says(
        &in_use(Holder::Unknown),
        "in_use",
        &["another program", "shows which", "5000"],
    );
    says(
        &in_use(Holder::Ourselves),
        "in_use",
        &["this program itself", "another port"],
    );

    let mut not_ours = bind(Kind::AddrNotAvailable, "192.0.2.1:5000");
    not_ours.0.cause = Cause::NotOurs {
        ours: vec![
            [127, 0, 0, 1].into(),
            [192, 168, 1, 7].into(),
            [0, 0, 0, 0, 0, 0, 0, 1].into(),
        ],
    };
    says(
        &not_ours,
        "not_ours",
        &[
            "192.0.2.1 is not an address of this machine",
            "It has 127.0.0.1 and 192.168.1.7; 0.0.0.0:5000",
            "0.0.0.0:5000",
        ],
    );

    let mut privileged = bind(Kind::PermissionDenied, "0.0.0.0:80");
    let (first_free, first_given) = (1024, 32768);
    privileged.0.cause = Cause::Privileged {
        first_free,
        first_given,
    };
    says(
        &privileged,
        "privileged",
        &[
            "ports below 1024",
            "from 1024 to 32767",
            "such as 8080",
            "`sudo`",
        ],
    );
    says(
        &bind(Kind::PermissionDenied, "60000"),
        "not_permitted",
        &["security policy"],
    );
    says(
        &Fault::cannot_listen(&endpoint("ws://8080")),
        "cannot_listen",
        &["tcp://127.0.0.1:8080"],
    );
}

#[test]
fn certificates() {
    let gs = endpoint("tls://gs:443");
    let met = |error: CertificateError| {
        let error = rustls::Error::InvalidCertificate(error);
        Fault::handshake(&gs, &io::Error::new(io::ErrorKind::InvalidData, error)).showing("ab12")
    };
    says(
        &met(CertificateError::UnknownIssuer),
        "untrusted_certificate",
        &[
            "tls://gs:443 cannot be trusted",
            "`--fingerprint ab12`",
            "--ca FILE",
            "--insecure",
        ],
    );
    says(
        &met(CertificateError::NotValidForNameContext {
            expected: "gs".try_into().expect("a name"),
            presented: vec!["DnsName(\"gs.example\")".to_owned()],
        }),
        "wrong_name_certificate",
        &["is not for gs but for gs.example", "such as gs.example"],
    );
    let day = |n: u64| UnixTime::since_unix_epoch(Duration::from_secs(n * 86_400));
    says(
        &met(CertificateError::ExpiredContext {
            time: day(30),
            not_after: day(27),
        }),
        "expired_certificate",
        &["expired 3 days ago", "clocks"],
    );
    says(
        &met(CertificateError::NotValidYet),
        "early_certificate",
        &["not valid yet", "clocks"],
    );
    says(
        &met(CertificateError::Revoked),
        "bad_certificate",
        &["revoked"],
    );
    says(
        &Fault::other_certificate(&gs, "ab12", "cd34"),
        "other_certificate",
        &["cd34", "somebody else answers in its place"],
    );
    says(
        &Fault::nobody_trusted(&gs),
        "nobody_trusted",
        &["ca-certificates"],
    );
    says(
        &Fault::file(&gs, Path::new("/x/key.pem"), FileProblem::OtherKey),
        "bad_file",
        &["/x/key.pem holds a private key that does not belong"],
    );
    let missing = FileProblem::Unreadable(io::ErrorKind::NotFound);
    let missing = Fault::file(&gs, Path::new("/x/key.pem"), missing);
    says(
        &missing,
        "bad_file",
        &["/x/key.pem cannot be read", "Check the path"],
    );
}

#[test]
fn handshakes() {
    let gs = endpoint("tls://gs:443");
    let met = |error: rustls::Error| {
        Fault::handshake(&gs, &io::Error::new(io::ErrorKind::InvalidData, error))
    };
    says(
        &met(rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType,
        )),
        "no_tls",
        &["tls://gs:443 does not speak TLS", "tcp://gs:443"],
    );
    says(
        &met(rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure,
        )),
        "tls_refused",
        &["no version or cipher of TLS in common"],
    );
    says(
        &met(rustls::Error::DecryptError),
        "tls_failed",
        &["rules of TLS"],
    );
    says(
        &Fault::handshake(&gs, &io::ErrorKind::UnexpectedEof.into()),
        "closed_before_answer",
        &["during the TLS handshake", "tcp://gs:443"],
    );
    says(
        &Fault::handshake_timed_out(&gs, Duration::from_secs(10)),
        "timed_out",
        &["did not finish the TLS handshake within 10 s"],
    );
    let http = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    says(
        &met(http).answering(b"HTTP/1.1 400 Bad Request\r\n"),
        "no_tls",
        &["it answered in plain HTTP"],
    );
    let name = rustls::pki_types::ServerName::try_from("-").expect_err("no name");
    says(
        &Fault::handshake(&gs, &io::Error::other(name)),
        "bad_name",
        &["--fingerprint"],
    );
}

#[test]
fn clients_of_a_tls_server() {
    let peer = Peer::named("127.0.0.1:50412");
    let odd = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
    let odd = io::Error::new(io::ErrorKind::InvalidData, odd);
    says(
        &Fault::client_handshake(&peer, &odd, b"GET / HTTP/1.1\r\n"),
        "no_tls",
        &[
            "127.0.0.1:50412 does not speak TLS: it began with plain HTTP",
            "tls://HOST:PORT",
        ],
    );
    says(
        &Fault::client_handshake(&peer, &odd, b"hello\n"),
        "no_tls",
        &["it began with something else"],
    );
    let alert = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
    let alert = io::Error::new(io::ErrorKind::InvalidData, alert);
    says(
        &Fault::client_handshake(&peer, &alert, b"\x16\x03\x01"),
        "distrusts_us",
        &["does not trust the certificate", "--cert FILE"],
    );
    says(
        &Fault::carry(peer.as_str(), &alert),
        "distrusts_us",
        &["does not trust the certificate"],
    );
}

#[test]
fn languages() {
    let met = |language| Fault::foreign("gs:80", language);
    says(
        &met(Language::Tls),
        "speaks_tls",
        &["gs:80 speaks TLS", "tls:// instead of tcp://"],
    );
    says(
        &met(Language::Http),
        "foreign_protocol",
        &["it sounds like HTTP", "right port"],
    );
    says(
        &met(Language::Hub),
        "foreign_protocol",
        &["`sockhop subscribe`"],
    );
    says(
        &Fault::closed_before_answer("gs:80"),
        "closed_before_answer",
        &["gs:80 closed the connection before it answered anything"],
    );
}

#[test]
fn websockets() {
    let ws = endpoint("ws://gs:80/x");
    let met = |error| Fault::websocket(&ws, &error);
    let status = |status: u16| {
        let response = tungstenite::http::Response::builder().status(status);
        let response = response.body(None).expect("a response");
        met(tungstenite::Error::Http(response.into()))
    };
    says(
        &status(404),
        "websocket_refused",
        &[
            "it has nothing at that path (status 404)",
            "`curl -i http://gs:80/x`",
        ],
    );
    says(
        &status(200),
        "websocket_refused",
        &["it has a page there instead"],
    );
    says(
        &met(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::HandshakeIncomplete,
        )),
        "closed_before_answer",
        &["before it answered anything"],
    );
    says(
        &met(tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::WrongHttpVersion,
        )),
        "websocket_refused",
        &["knows no WebSocket", "`curl -i http://gs:80/x`"],
    );
    says(
        &Fault::websocket_timed_out(&ws, Duration::from_secs(5)),
        "timed_out",
        &["took the connection, but did not answer within 5 s"],
    );
    let too_long = tungstenite::error::CapacityError::MessageTooLong {
        size: 100,
        max_size: 10,
    };
    says(
        &Fault::websocket_broke("gs:80", &tungstenite::Error::Capacity(too_long)),
        "bad_frame",
        &["100 bytes", "--max-frame"],
    );
}

#[test]
fn frames() {
    let bytes_max = 1 << 20;
    let too_large = |bytes| FramingError::TooLarge { bytes, bytes_max };
    let http = Fault::frame(
        "gs:80",
        too_large(1_213_486_160),
        b"HTTP/1.1 400 Bad Request\r\n",
    );
    says(
        &http,
        "bad_frame",
        &["1213486160 is how HTTP reads as a length", "right port"],
    );
    let text = Fault::frame("gs:80", too_large(0x4e6f_2042), b"No Button is Pressed");
    says(
        &text,
        "bad_frame",
        &["is how the text \"No B\" reads as a length", "--frame line"],
    );
    let swapped = Fault::frame("gs:80", too_large(0x1400_0000), b"\x14\0\0\0No");
    says(
        &swapped,
        "bad_frame",
        &["in the other order it says 20", "`--frame u32le`"],
    );
    let cut = FramingError::Cut {
        bytes: 8,
        missing: Some(12),
    };
    says(
        &Fault::frame("gs:80", cut, b"No Butto"),
        "cut_frame",
        &["8 bytes", "12", "--trace"],
    );
    let line = FramingError::LineTooLong { bytes_max };
    says(
        &Fault::frame("gs:80", line, b"xx"),
        "bad_frame",
        &["newline", "--max-frame"],
    );
    says(
        &Fault::frame("gs:80", FramingError::HoldsLineEnd, b""),
        "unsendable",
        &["--frame u32"],
    );
}

#[test]
fn connections_that_worked() {
    use io::ErrorKind as Kind;
    let met = |kind: Kind| Fault::carry("10.0.0.1:9", &kind.into());
    says(
        &met(Kind::ConnectionReset),
        "reset",
        &["10.0.0.1:9 reset the connection", "crashed"],
    );
    says(
        &met(Kind::BrokenPipe),
        "broken_pipe",
        &["had closed the connection"],
    );
    says(
        &met(Kind::TimedOut),
        "link_lost",
        &["no longer answers", "WiFi"],
    );
    says(&met(Kind::UnexpectedEof), "cut_off", &["without a goodbye"]);
    says(
        &met(Kind::OutOfMemory),
        "system",
        &["the connection with 10.0.0.1:9 broke: out of memory"],
    );
    says(
        &Fault::program("./missing", &Kind::NotFound.into()),
        "no_program",
        &["the program ./missing cannot be started"],
    );
}

#[test]
fn a_fault_goes_where_it_is_needed() {
    fn anywhere<T: Clone + Send + Sync + std::error::Error + 'static>(_: &T) {}
    let fault = Fault::closed_before_answer("gs:80");
    anywhere(&fault);
    anywhere(&Arc::new(fault));
}

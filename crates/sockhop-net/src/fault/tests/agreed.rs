//! What is said when two sides do not get on: TLS, certificates, WebSocket.

use std::io;
use std::path::Path;
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use tokio_tungstenite::tungstenite;

use super::super::*;
use super::{endpoint, says};
use crate::peer::Peer;

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
        &["/x/key.pem is not there", "Check the path"],
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

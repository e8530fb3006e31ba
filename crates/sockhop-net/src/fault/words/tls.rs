//! Agreeing on keys, and on who is who.

use std::fmt;
use std::io;
use std::path::Path;

use super::super::cause::Cause;
use super::super::certificate::{FileProblem, Refusal};
use super::super::{Fault, system};
use super::plain::{Long, Span, list};
use super::{anywhere, host};
use crate::endpoint::Endpoint;

pub(super) fn sentence(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let with = &fault.0;
    match fault.cause() {
        Cause::UntrustedCertificate
        | Cause::WrongNameCertificate { .. }
        | Cause::ExpiredCertificate { .. }
        | Cause::EarlyCertificate
        | Cause::BadCertificate
        | Cause::BadName
        | Cause::NobodyTrusted => {
            write!(f, "{with} cannot be trusted: ")?;
            distrusted(fault, f)
        }
        Cause::OtherCertificate { fingerprint, .. } => write!(
            f,
            "{with} is not the one it should be: the fingerprint of its certificate is {fingerprint}"
        ),
        Cause::DistrustsUs | Cause::TlsRefused { .. } => {
            write!(f, "{with} called the TLS handshake off: ")?;
            f.write_str(called_off(fault.cause()))
        }
        Cause::NoTls { language } => {
            write!(f, "{with} does not speak TLS: ")?;
            match (language, fault.endpoint()) {
                (Some(language), Some(_)) => write!(f, "it answered in plain {language}"),
                (Some(language), None) => write!(f, "it began with plain {language}"),
                (None, Some(_)) => f.write_str("it answered the TLS handshake with something else"),
                (None, None) => f.write_str("it began with something else than a TLS handshake"),
            }
        }
        Cause::ClosedBeforeAnswer => {
            write!(f, "{with} closed the connection during the TLS handshake")
        }
        Cause::Reset => write!(
            f,
            "{with} broke the connection off during the TLS handshake"
        ),
        Cause::TimedOut { waited, .. } => write!(
            f,
            "{with} did not finish the TLS handshake within {}",
            Span(*waited)
        ),
        Cause::TlsFailed => write!(
            f,
            "{with} broke the rules of TLS, or somebody has changed what was on its way"
        ),
        Cause::File { path, problem } => file(path, *problem, f),
        _ => {
            write!(f, "TLS with {with} failed: ")?;
            anywhere::reason(fault, f)
        }
    }
}

/// Why its certificate is not good enough.
fn distrusted(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fault.cause() {
        Cause::WrongNameCertificate { names } if names.is_empty() => {
            write!(f, "its certificate is not for {}", host(fault))
        }
        Cause::WrongNameCertificate { names } => write!(
            f,
            "its certificate is not for {} but for {}",
            host(fault),
            list(names)
        ),
        Cause::ExpiredCertificate { ago: Some(ago) } => {
            write!(f, "its certificate expired {} ago", Long(*ago))
        }
        Cause::ExpiredCertificate { ago: None } => f.write_str("its certificate has expired"),
        Cause::EarlyCertificate => f.write_str("its certificate is not valid yet"),
        Cause::BadCertificate => {
            f.write_str("its certificate is damaged, revoked, or not meant for this use")
        }
        Cause::BadName => write!(f, "no certificate can be made for the name {}", host(fault)),
        Cause::NobodyTrusted => {
            f.write_str("this machine has no list of those who may vouch for others")
        }
        _ => f.write_str(
            "its certificate was made by itself, or by somebody this machine does not know",
        ),
    }
}

fn called_off(cause: &Cause) -> &'static str {
    match cause {
        Cause::TlsRefused { refusal } => match refusal {
            Refusal::NothingInCommon => "the two sides have no version or cipher of TLS in common",
            Refusal::WantsCertificate => "it wants to see a certificate of this side",
            Refusal::UnknownName => "it does not go by that name",
            Refusal::Other => "it does not say why",
        },
        _ => "it does not trust the certificate it was shown",
    }
}

fn file(path: &Path, problem: FileProblem, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{} ", path.display())?;
    f.write_str(match problem {
        FileProblem::Unreadable(io::ErrorKind::NotFound) => "is not there",
        FileProblem::Unreadable(io::ErrorKind::PermissionDenied) => "may not be read by this user",
        FileProblem::Unreadable(kind) => {
            return write!(f, "cannot be read: {}", system::words(kind, None));
        }
        FileProblem::NotPem => "is not written in PEM",
        FileProblem::NoCertificate => "holds no certificate",
        FileProblem::NoKey => "holds no private key",
        FileProblem::BadCertificate => "holds a certificate that cannot be used",
        FileProblem::BadKey => "holds a private key that cannot be used",
        FileProblem::OtherKey => "holds a private key that does not belong to the certificate",
    })
}

pub(super) fn advice(fault: &Fault) -> Option<String> {
    let Some(endpoint) = fault.endpoint() else {
        return of_a_client(fault.cause()).map(str::to_owned);
    };
    let fingerprint = fault.0.fingerprint.as_deref().unwrap_or("HEX");
    Some(match fault.cause() {
        Cause::NoTls { .. } => format!("Without TLS it is {}.", plain(endpoint)),
        Cause::ClosedBeforeAnswer | Cause::Reset | Cause::TimedOut { .. } => format!(
            "Perhaps it does not speak TLS at all: without it, it is {}.",
            plain(endpoint)
        ),
        Cause::UntrustedCertificate => format!(
            "Compare its fingerprint with what the server shows; if they agree, trust it with `--fingerprint {fingerprint}`. Or give the certificate of whoever made it: `--ca FILE`. `--insecure` checks nothing, and is for trying out."
        ),
        Cause::OtherCertificate { .. } => {
            "It was renewed, or somebody else answers in its place: ask whoever runs the server for its fingerprint before you trust this one."
                .to_owned()
        }
        Cause::WrongNameCertificate { names } => {
            let names = match names.first() {
                Some(name) => format!("a name it is for, such as {name}"),
                None => "a name it is for".to_owned(),
            };
            format!(
                "Connect to {names}, or trust this very certificate with `--fingerprint {fingerprint}`."
            )
        }
        Cause::ExpiredCertificate { .. } | Cause::EarlyCertificate => format!(
            "Are the clocks of both machines right (`date`)? If so the server needs a new one. `--fingerprint {fingerprint}` trusts it as it is."
        ),
        Cause::NobodyTrusted => {
            "Install the package ca-certificates, or give `--ca FILE` or `--fingerprint HEX`."
                .to_owned()
        }
        Cause::BadName => "Use `--fingerprint HEX`, which needs no name.".to_owned(),
        Cause::TlsRefused { refusal } => match refusal {
            Refusal::NothingInCommon => {
                "This side speaks TLS 1.2 and 1.3: the other is too old, or set up too narrowly."
                    .to_owned()
            }
            Refusal::UnknownName => "Connect to it by a name it has.".to_owned(),
            _ => return None,
        },
        Cause::File { problem, .. } => match problem {
            FileProblem::Unreadable(_) => "Check the path, and whose file it is.",
            FileProblem::OtherKey => "Give the two that were made together.",
            _ => "A certificate is a text file with BEGIN CERTIFICATE in it, a key one with BEGIN PRIVATE KEY.",
        }
        .to_owned(),
        _ => return None,
    })
}

/// What to try when this side is the server.
fn of_a_client(cause: &Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::NoTls { .. } => {
            "Connect to it with TLS (`sockhop connect tls://HOST:PORT`), or listen on tcp:// instead of tls://."
        }
        Cause::DistrustsUs => {
            "Tell it this server's fingerprint (`sockhop connect` takes --fingerprint HEX), or listen with a certificate it trusts: --cert FILE --key FILE."
        }
        Cause::ClosedBeforeAnswer | Cause::Reset => {
            "Most likely it does not trust this server's certificate, or was only looking whether the port is open."
        }
        Cause::TlsRefused {
            refusal: Refusal::NothingInCommon,
        } => "This side speaks TLS 1.2 and 1.3: the client is too old, or set up too narrowly.",
        _ => return None,
    })
}

/// An endpoint as it is written without TLS.
fn plain(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::WebSocket { place, path, .. } => format!("ws://{place}{path}"),
        Endpoint::Tcp(place) | Endpoint::Udp(place) | Endpoint::Tls(place) => {
            format!("tcp://{place}")
        }
        Endpoint::Unix(_) => endpoint.to_string(),
    }
}

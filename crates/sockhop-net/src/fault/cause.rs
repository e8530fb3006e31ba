//! What was wrong: everything that is told apart, and the code of each.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use sockhop_proto::framing::FramingError;

use super::certificate::{FileProblem, Refusal};
use super::holder::Holder;
use super::neighbour::Neighbour;
use super::prefix::Prefix;
use crate::language::Language;

/// What was wrong. The words for each are [`Fault`](super::Fault)'s.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    // The name.
    /// No machine has it.
    UnknownName,
    /// Nobody answered who knows about names.
    NoNameServer {
        /// For how long.
        waited: Duration,
    },

    // This machine.
    /// Port 0 leads nowhere: it only means any free one.
    PortZero,
    /// This program cannot be a server of that kind.
    CannotListen,
    /// Somebody has that address and port already.
    InUse {
        /// Who.
        holder: Holder,
    },
    /// A file that is no socket has the name the socket was to have.
    FileInTheWay,
    /// The address is another machine's.
    NotOurs {
        /// Those this machine has, where they can be known.
        ours: Vec<IpAddr>,
    },
    /// The port is not for everybody.
    Privileged {
        /// The first port that is.
        first_free: u16,
        /// The first port that the system gives to whoever connects from here.
        first_given: u16,
    },
    /// A rule of this machine forbids it.
    NotPermitted,
    /// The folder of a Unix socket is not there.
    NoFolder,
    /// Nothing may be made in the folder of a Unix socket.
    FolderClosed,
    /// A Unix socket's path does not fit.
    PathTooLong {
        /// What fits.
        bytes_max: usize,
    },
    /// This program may open nothing more.
    TooManyFiles,
    /// This system does not speak that version of IP, or has no Unix sockets.
    NoFamily,
    /// A link-local address that does not say on which link.
    NoZone,
    /// A certificate or key that was given cannot be used.
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// This system has no list of those who may vouch for others.
    NobodyTrusted,

    // The network, and the other machine's.
    /// No way leads there.
    NoRoute,
    /// The way that leads there is closed, or does not start at the address it was to start from.
    ClosedRoute,
    /// Somebody on the way says that it cannot be reached, or nobody answers for it.
    Unreachable {
        /// After how long.
        took: Duration,
        /// What the neighbour table has of it.
        neighbour: Option<Neighbour>,
    },
    /// The machine is there, and nothing listens.
    Refused,
    /// Nothing came back.
    TimedOut {
        /// For how long.
        waited: Duration,
        /// What the neighbour table has of it.
        neighbour: Option<Neighbour>,
    },
    /// A Unix socket that nothing has made.
    NoSocket,
    /// A file that is no socket.
    NotASocket,
    /// It listens, and does not accept.
    Busy,

    // TLS.
    /// It answered the handshake with something else.
    NoTls {
        /// With what.
        language: Option<Language>,
    },
    /// It speaks TLS, and this side does not.
    SpeaksTls,
    /// Nobody who is trusted vouches for its certificate.
    UntrustedCertificate,
    /// Its certificate is not the one that was asked for.
    OtherCertificate {
        /// The SHA-256 of what was asked for, in hex.
        wanted: String,
        /// The SHA-256 of what it showed, in hex.
        fingerprint: String,
    },
    /// Its certificate is somebody else's.
    WrongNameCertificate {
        /// For whom it was made.
        names: Vec<String>,
    },
    /// Its certificate is no longer good.
    ExpiredCertificate {
        /// For how long it has not been.
        ago: Option<Duration>,
    },
    /// Its certificate is not good yet.
    EarlyCertificate,
    /// Its certificate is wrong in another way.
    BadCertificate,
    /// No certificate can be made for the name.
    BadName,
    /// The other side does not take our certificate.
    DistrustsUs,
    /// The other side called it off.
    TlsRefused {
        /// Why.
        refusal: Refusal,
    },
    /// It went wrong in another way.
    TlsFailed,

    // The language.
    /// Somebody who speaks something else.
    Foreign {
        /// What.
        language: Language,
    },
    /// It does not answer as a web server does.
    NotHttp,
    /// It is a web server, and does not speak WebSocket there.
    WebSocketRefused {
        /// Its status.
        status: u16,
    },
    /// It is a web server of a kind that knows no WebSocket.
    NoWebSocket,
    /// It broke the rules of WebSocket.
    BadWebSocket,
    /// What came cannot be taken apart into messages.
    BadFrame {
        /// What is wrong.
        error: FramingError,
        /// What seems to stand where a length was expected.
        prefix: Prefix,
    },

    // A working connection.
    /// It was broken off at the other end.
    Reset,
    /// It was closed before anything came.
    ClosedBeforeAnswer,
    /// It took nothing more.
    BrokenPipe,
    /// It ended without the goodbye that TLS and WebSocket have.
    CutOff,
    /// It no longer answers.
    LinkLost,
    /// A message that no datagram or frame can hold.
    TooLarge,

    /// The program that was to serve it does not start.
    Program {
        /// Of which kind is what the system says.
        kind: io::ErrorKind,
        /// Its number, where there is one.
        number: Option<i32>,
    },

    /// Anything else that the system says.
    System {
        /// Of which kind.
        kind: io::ErrorKind,
        /// Its number, where there is one.
        number: Option<i32>,
    },
}

impl Cause {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownName => "unknown_name",
            Self::NoNameServer { .. } => "no_name_server",
            Self::PortZero => "port_zero",
            Self::CannotListen => "cannot_listen",
            Self::InUse { .. } => "in_use",
            Self::FileInTheWay => "file_in_the_way",
            Self::NotOurs { .. } => "not_ours",
            Self::Privileged { .. } => "privileged",
            Self::NotPermitted => "not_permitted",
            Self::NoFolder => "no_folder",
            Self::FolderClosed => "folder_closed",
            Self::PathTooLong { .. } => "path_too_long",
            Self::TooManyFiles => "too_many_files",
            Self::NoFamily => "no_family",
            Self::NoZone => "no_zone",
            Self::File { .. } => "bad_file",
            Self::NobodyTrusted => "nobody_trusted",
            Self::NoRoute | Self::ClosedRoute => "no_route",
            Self::Unreachable { .. } => "unreachable",
            Self::Refused => "refused",
            Self::TimedOut { .. } => "timed_out",
            Self::NoSocket => "no_socket",
            Self::NotASocket => "not_a_socket",
            Self::Busy => "busy",
            Self::NoTls { .. } => "no_tls",
            Self::SpeaksTls => "speaks_tls",
            Self::UntrustedCertificate => "untrusted_certificate",
            Self::OtherCertificate { .. } => "other_certificate",
            Self::WrongNameCertificate { .. } => "wrong_name_certificate",
            Self::ExpiredCertificate { .. } => "expired_certificate",
            Self::EarlyCertificate => "early_certificate",
            Self::BadCertificate => "bad_certificate",
            Self::BadName => "bad_name",
            Self::DistrustsUs => "distrusts_us",
            Self::TlsRefused { .. } => "tls_refused",
            Self::TlsFailed => "tls_failed",
            Self::Foreign { .. } | Self::NotHttp => "foreign_protocol",
            Self::WebSocketRefused { .. } | Self::NoWebSocket => "websocket_refused",
            Self::BadWebSocket => "bad_websocket",
            Self::BadFrame { error, .. } => frame_code(error),
            Self::Reset => "reset",
            Self::ClosedBeforeAnswer => "closed_before_answer",
            Self::BrokenPipe => "broken_pipe",
            Self::CutOff => "cut_off",
            Self::LinkLost => "link_lost",
            Self::TooLarge => "too_large",
            Self::Program { .. } => "no_program",
            Self::System { .. } => "system",
        }
    }
}

fn frame_code(error: &FramingError) -> &'static str {
    match error {
        FramingError::Cut { .. } => "cut_frame",
        FramingError::DoesNotFit { .. } | FramingError::HoldsLineEnd => "unsendable",
        _ => "bad_frame",
    }
}

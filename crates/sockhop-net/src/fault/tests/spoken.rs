//! What is said of connections that were there: what came on them, and how they broke.

use std::io;
use std::sync::Arc;

use sockhop_proto::framing::FramingError;

use super::super::*;
use super::says;
use crate::language::Language;

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

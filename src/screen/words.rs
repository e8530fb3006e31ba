//! Words that more than one face uses.

use std::fmt::{self, Display};
use std::process::ExitStatus;
use std::time::Duration;

use sockhop_net::leave::Leave;
use sockhop_net::peer::Peer;

/// A number for people: `65,536`.
pub(super) struct Number(pub(super) u64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut grouped = String::with_capacity(digits.len() * 4 / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.write_str(&grouped)
    }
}

/// `1 byte`, `65,536 bytes`.
pub(super) fn bytes(count: u64) -> String {
    let unit = if count == 1 { "byte" } else { "bytes" };
    format!("{} {unit}", Number(count))
}

/// Why somebody left, and what was carried: `closed by the other side (5 bytes in, 5 out)`.
pub(super) fn left(peer: Option<&Peer>, reason: &Leave, bytes_in: u64, bytes_out: u64) -> String {
    let words = reason.to_string();
    // A fault names whom it is about; so does the line, already.
    let about = peer.and_then(|peer| words.strip_prefix(peer.as_str()));
    let why = about
        .and_then(|rest| rest.strip_prefix(": ").or_else(|| rest.strip_prefix(' ')))
        .unwrap_or(&words);
    format!("{why} ({} in, {} out)", bytes(bytes_in), Number(bytes_out))
}

/// How long until the next attempt: `1.5 s`.
pub(super) fn wait(wait: Duration) -> String {
    // Tenths, without a last `.0`.
    let tenths = wait.as_millis().div_ceil(100);
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        tenth => format!("{}.{tenth} s", tenths / 10),
    }
}

/// Why somebody could not come in.
pub(super) fn turned_away(clients_max: usize) -> String {
    match clients_max {
        1 => "1 client is here, the most there may be".to_owned(),
        _ => format!("{clients_max} clients are here, the most there may be"),
    }
}

/// How a program ended: `exit status 1`, `killed by signal 9`.
pub(super) fn exited(status: ExitStatus) -> String {
    match (status.code(), signal(status)) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => status.to_string(),
    }
}

/// The signal that ended a program, where there are signals.
#[cfg(unix)]
pub(super) fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// The signal that ended a program, where there are signals.
#[cfg(not(unix))]
pub(super) fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

#[cfg(test)]
mod tests {
    use sockhop_net::fault::Fault;

    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (65_536, "65,536"),
            (1_073_741_824, "1,073,741,824"),
        ] {
            assert_eq!(Number(number).to_string(), shown);
        }
        assert_eq!((bytes(1), bytes(0)), ("1 byte".into(), "0 bytes".into()));
    }

    #[cfg(unix)]
    #[test]
    fn programs_end_by_themselves_or_by_a_signal() {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(exited(ExitStatus::from_raw(1 << 8)), "exit status 1");
        assert_eq!(exited(ExitStatus::from_raw(9)), "killed by signal 9");
    }

    #[test]
    fn who_left_says_why_and_how_much() {
        assert_eq!(
            left(None, &Leave::Closed, 1, 65_536),
            "closed by the other side (1 byte in, 65,536 out)"
        );
        let peer = Peer::named("a:1");
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let fault = Fault::carry(peer.as_str(), &reset);
        let why = left(Some(&peer), &Leave::Fault(fault), 0, 0);
        assert!(why.starts_with("reset the connection"), "{why}");
    }
}

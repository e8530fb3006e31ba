//! The last frame: why the hub closes (RFC 6455, 5.5.1 and 7.4).

use bytes::{BufMut, BytesMut};

use super::head::{CONTROL_BYTES_MAX, Opcode};
use super::message::Fault;
use crate::close::CloseReason;

/// Appends the close frame for `reason`, its sentence inside.
pub(super) fn put(reason: CloseReason, out: &mut BytesMut) {
    let sentence = reason.sentence();
    let length = 2 + sentence.len();
    debug_assert!(length <= CONTROL_BYTES_MAX);
    out.put_u8(Opcode::Close.first_byte());
    out.put_u8(length as u8);
    out.put_u16(code(reason));
    out.put_slice(sentence.as_bytes());
}

/// What a client closes with: nothing, or a code and a reason. A code may be one that a client can
/// mean, or one that libraries and applications have agreed on.
///
/// # Errors
/// The rule it breaks (7.4).
pub(super) fn check(payload: &[u8]) -> Result<(), Fault> {
    match payload {
        [] => Ok(()),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
                return Err(Fault::CloseCode);
            }
            match str::from_utf8(reason) {
                Ok(_) => Ok(()),
                Err(_) => Err(Fault::CloseReason),
            }
        }
        [_] => Err(Fault::CloseCode),
    }
}

/// The status code: those of the RFC's registry where one fits, else one of the private range, which
/// begins at 4000.
fn code(reason: CloseReason) -> u16 {
    match reason {
        CloseReason::Bye | CloseReason::Parted | CloseReason::Closed => 1000,
        CloseReason::Shutdown => 1001,
        CloseReason::BadInput => 1002,
        CloseReason::BadUtf8 => 1007,
        CloseReason::WrongSecret | CloseReason::SlowConsumer | CloseReason::TimedOut => 1008,
        CloseReason::TooLarge => 1009,
        CloseReason::Overloaded => 1013,
        CloseReason::Resumed => 4001,
        CloseReason::Reset | CloseReason::Silent | CloseReason::Switched | CloseReason::Other => {
            4000
        }
    }
}

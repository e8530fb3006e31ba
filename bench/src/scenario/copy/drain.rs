//! The far end of a copy: takes what arrives until the receiver closes its standard output.

use std::fs::File;
use std::io::{PipeReader, Read as _};
use std::time::Duration;

use anyhow::Context as _;
use rustix::pipe::SpliceFlags;

use crate::pattern::Pattern;
use crate::readiness;

/// With nothing coming for this long, a copy has failed.
const STANDSTILL_MAX: Duration = Duration::from_secs(10);
/// As much as a pipe can hold.
const BUFFER_BYTES: usize = 64 * 1024;

/// Counts the bytes without touching them: they are the receiver's cost, and nobody else's.
pub(super) fn count(pipe: &PipeReader) -> anyhow::Result<u64> {
    let nowhere = File::options().write(true).open("/dev/null")?;
    drain(pipe, |pipe, _| {
        rustix::pipe::splice(pipe, None, &nowhere, None, 1 << 20, SpliceFlags::empty())
            .context("cannot read what arrives")
    })
}

/// Compares them with the pattern.
pub(super) fn compare(pipe: &PipeReader, pattern: &Pattern) -> anyhow::Result<u64> {
    let mut buffer = vec![0; BUFFER_BYTES];
    drain(pipe, |mut pipe, place| {
        let read = pipe.read(&mut buffer).context("cannot read what arrives")?;
        anyhow::ensure!(
            pattern.is_at(place, &buffer[..read]),
            "what arrived after {place} bytes is not what was sent"
        );
        Ok(read)
    })
}

/// Calls `take` with the number of bytes so far, until it has taken none.
fn drain(
    pipe: &PipeReader,
    mut take: impl FnMut(&PipeReader, u64) -> anyhow::Result<usize>,
) -> anyhow::Result<u64> {
    let mut bytes = 0;
    loop {
        anyhow::ensure!(
            readiness::wait(pipe, STANDSTILL_MAX)?,
            "nothing came for {STANDSTILL_MAX:?} after {bytes} bytes"
        );
        match take(pipe, bytes)? {
            0 => return Ok(bytes),
            taken => bytes += taken as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn filled(pattern: &Pattern, place: u64) -> PipeReader {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        writer
            .write_all(pattern.slice(place, 5000))
            .expect("a pipe holds that much");
        reader
    }

    #[test]
    fn all_that_arrives_is_counted_and_compared() {
        let pattern = Pattern::new();
        assert_eq!(count(&filled(&pattern, 0)).expect("counted"), 5000);
        assert_eq!(
            compare(&filled(&pattern, 0), &pattern).expect("compared"),
            5000
        );
        assert!(compare(&filled(&pattern, 1), &pattern).is_err());
    }
}

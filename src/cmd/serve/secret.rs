//! The secret of a hub that others can reach: made once, and kept beside its history.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sockhop_server::ListenUrl;

use super::args::Settled;
use crate::cmd::BadUsage;

/// Letters and digits nobody confuses when they read them aloud.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Five bits each: 60 bits cannot be guessed through a network.
const LENGTH: usize = 12;

/// What the hub asks everyone for.
#[derive(Debug)]
pub(super) struct Secret {
    pub(super) word: String,
    /// The file it is in, unless the operator chose it.
    pub(super) kept_in: Option<PathBuf>,
}

/// The secret the hub asks for, if it asks for one.
pub(super) fn of(settled: &Settled) -> Result<Option<Secret>> {
    if let Some(word) = settled.secret.clone() {
        check(&word)?;
        let kept_in = None;
        return Ok(Some(Secret { word, kept_in }));
    }
    if settled.open || !settled.listen.iter().any(ListenUrl::is_public) {
        return Ok(None);
    }
    let path = settled.data.join("secret");
    let word = match fs::read_to_string(&path) {
        Ok(word) if !word.trim().is_empty() => word.trim().to_owned(),
        Ok(_) => make(&path)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?,
        Err(error) => {
            return Err(error)
                .with_context(|| format!("cannot read the secret in {}", path.display()));
        }
    };
    let kept_in = Some(path);
    Ok(Some(Secret { word, kept_in }))
}

/// People have to be able to type it: `/secret WORD`.
fn check(word: &str) -> Result<(), BadUsage> {
    let wrong = match word {
        "" => "is empty; without --secret and SOCKHOP_SECRET the hub makes one where it needs it",
        _ if word.trim() != word => "begins or ends with a space, which nobody can type in `nc`",
        _ if word.contains(char::is_control) => {
            "holds a control character, which nobody can type in `nc`"
        }
        _ => return Ok(()),
    };
    Err(BadUsage(format!("the secret {wrong}")))
}

fn make(path: &Path) -> Result<String> {
    let mut random = [0; LENGTH];
    getrandom::fill(&mut random).context("this system gives no random numbers")?;
    let secret: String = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    write(path, &secret)
        .with_context(|| format!("cannot keep the secret in {}", path.display()))?;
    Ok(secret)
}

/// Readable by its owner only.
fn write(path: &Path, secret: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{secret}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_can_be_typed() {
        for word in ["hush", "two words", "it's", "größer"] {
            assert!(check(word).is_ok(), "{word}");
        }
        for word in ["", " ", "hush ", "a\nb", "\u{1b}"] {
            assert!(check(word).is_err(), "{word:?}");
        }
    }
}

//! The secret of a hub that others can reach: made once, and kept beside its history.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use sockhop_server::ListenUrl;

use super::args::Settled;

/// Letters and digits nobody confuses when they read them aloud.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Five bits each: 60 bits cannot be guessed through a network.
const LENGTH: usize = 12;

/// The secret the hub asks for, if it asks for one.
pub(super) fn of(settled: &Settled) -> Result<Option<String>> {
    if settled.secret.is_some() {
        return Ok(settled.secret.clone());
    }
    if settled.open || !settled.listen.iter().any(ListenUrl::is_public) {
        return Ok(None);
    }
    let path = settled.data.join("secret");
    match fs::read_to_string(&path) {
        Ok(secret) if !secret.trim().is_empty() => Ok(Some(secret.trim().to_owned())),
        Ok(_) => make(&path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path).map(Some),
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the secret in {}", path.display()))
        }
    }
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

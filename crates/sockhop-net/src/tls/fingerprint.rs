//! The fingerprint of a certificate: what a person compares, or a program remembers, in place of
//! asking an authority.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};

/// SHA-256 of a certificate, as it is encoded (DER). Written in lowercase hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Why something is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// The wrong length.
    #[error("a fingerprint has 64 hex digits (SHA-256 of the certificate), and this has {digits}")]
    Length {
        /// How many digits it has.
        digits: usize,
    },
    /// Something that is no digit.
    #[error("{0:?} is no hex digit: a fingerprint has 0 to 9 and a to f, and colons if you like")]
    Digit(char),
}

impl Fingerprint {
    /// That of `certificate`.
    #[must_use]
    pub fn of(certificate: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    /// Reads it as this or other programs write it: in either case, with or without colons.
    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let mut digits = Vec::with_capacity(64);
        for digit in text.trim().chars().filter(|&c| c != ':' && c != ' ') {
            let value = digit.to_digit(16).ok_or(FingerprintError::Digit(digit))?;
            // At most 15.
            digits.push(value as u8);
        }
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() {
            return Err(FingerprintError::Length {
                digits: digits.len(),
            });
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of nothing.
    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn it_is_written_as_it_is_read() {
        let fingerprint = Fingerprint::of(&CertificateDer::from(Vec::new()));
        assert_eq!(fingerprint.to_string(), EMPTY);
        assert_eq!(EMPTY.parse(), Ok(fingerprint));
        let pairs: Vec<&str> = (0..32).map(|at| &EMPTY[2 * at..2 * at + 2]).collect();
        assert_eq!(pairs.join(":").to_uppercase().parse(), Ok(fingerprint));
    }

    #[test]
    fn what_is_none_says_why() {
        let error = |text: &str| text.parse::<Fingerprint>().unwrap_err();
        assert_eq!(error("e3b0"), FingerprintError::Length { digits: 4 });
        assert_eq!(error(""), FingerprintError::Length { digits: 0 });
        assert_eq!(
            error(&EMPTY.replace('c', "x")),
            FingerprintError::Digit('x')
        );
    }
}

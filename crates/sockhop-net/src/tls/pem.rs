//! Files of certificates and keys, in the one format everything writes: PEM.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::endpoint::Endpoint;
use crate::fault::{Fault, FileProblem};

/// A file that is of no use.
#[derive(Debug)]
pub(super) struct BadFile {
    path: PathBuf,
    problem: FileProblem,
}

impl BadFile {
    pub(super) fn new(path: &Path, problem: FileProblem) -> Self {
        let path = path.to_owned();
        Self { path, problem }
    }

    /// Given for `endpoint`.
    pub(super) fn fault(&self, endpoint: &Endpoint) -> Fault {
        Fault::file(endpoint, &self.path, self.problem)
    }
}

/// All certificates in the file, and at least one.
pub(super) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BadFile> {
    let none = FileProblem::NoCertificate;
    let bad = |error| BadFile::new(path, problem(&error, none));
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .map_err(bad)?
        .collect::<Result<_, _>>()
        .map_err(bad)?;
    match certificates.is_empty() {
        true => Err(BadFile::new(path, none)),
        false => Ok(certificates),
    }
}

/// The first private key in the file.
pub(super) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, BadFile> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| BadFile::new(path, problem(&error, FileProblem::NoKey)))
}

fn problem(error: &pem::Error, none: FileProblem) -> FileProblem {
    match error {
        pem::Error::Io(error) => FileProblem::Unreadable(error.kind()),
        pem::Error::NoItemsFound => none,
        _ => FileProblem::NotPem,
    }
}

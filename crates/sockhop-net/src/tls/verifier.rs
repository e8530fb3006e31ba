//! Ways to find a server's certificate good that do not ask the system's authorities.
//!
//! Whichever it is, the server has to prove that it holds the key to the certificate it shows:
//! without that, anybody could show anybody's.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::Fingerprint;
use super::trust::Shown;

/// See the module.
#[derive(Debug)]
pub(super) struct Verifier {
    belief: Belief,
    /// Told of the certificate, good or not.
    shown: Shown,
    provider: Arc<CryptoProvider>,
}

/// Whose certificate is good.
#[derive(Debug)]
pub(super) enum Belief {
    /// Anybody's.
    Anything,
    /// The one with this fingerprint.
    Fingerprint(Fingerprint),
    /// Those for which `by` finds an authority, and those of the authorities themselves.
    Vouched {
        by: Arc<WebPkiServerVerifier>,
        themselves: Vec<CertificateDer<'static>>,
    },
}

impl Verifier {
    pub(super) fn new(belief: Belief, shown: Shown, provider: Arc<CryptoProvider>) -> Self {
        Self {
            belief,
            shown,
            provider,
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Fingerprint::of(end_entity);
        // A server shows one certificate in a handshake.
        let _ = self.shown.set(shown);
        match &self.belief {
            Belief::Fingerprint(known) if shown != *known => {
                Err(CertificateError::UnknownIssuer.into())
            }
            Belief::Anything | Belief::Fingerprint(_) => Ok(ServerCertVerified::assertion()),
            Belief::Vouched { by, themselves } => by
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                .or_else(|error| match themselves.contains(end_entity) {
                    true => is_itself(error, end_entity, server_name),
                    false => Err(error),
                }),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Whether a certificate that was given as an authority's, and failed with `error`, will do for the
/// server itself. `openssl req -x509` makes such: they call themselves an authority, and are
/// refused for that alone.
fn is_itself(
    error: Error,
    shown: &CertificateDer<'_>,
    name: &ServerName<'_>,
) -> Result<ServerCertVerified, Error> {
    match error {
        // Said after its dates were found good, and before its name was looked at.
        Error::InvalidCertificate(CertificateError::Other(_)) => {
            verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
            Ok(ServerCertVerified::assertion())
        }
        error => Err(error),
    }
}

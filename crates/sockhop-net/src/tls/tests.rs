//! Who is believed, and who is not.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::dial::{Dial, Dialed};
use crate::event::Unwatched;
use crate::fault::Cause;
use crate::language::Language;
use crate::listener::{ListenOptions, Listener};
use crate::transport::tests::{accept, runtime, streams};

/// A certificate with its key, as files.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    _folder: tempfile::TempDir,
}

impl Files {
    fn new(certificate: &str, key: &KeyPair) -> Self {
        let folder = tempfile::tempdir().expect("there is room for files");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("there is room for files");
            path
        };
        Self {
            certificate: write("cert.pem", certificate),
            key: write("key.pem", &key.serialize_pem()),
            _folder: folder,
        }
    }

    fn self_signed(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = params.self_signed(&key).expect("it is in order");
        Self::new(&certificate.pem(), &key)
    }

    fn identity(&self) -> Identity {
        let endpoint = "tls://127.0.0.1:0".parse().expect("it is one");
        Identity::read(&endpoint, &self.certificate, &self.key).expect("they were just made")
    }

    fn authority(&self) -> TlsTrust {
        let endpoint = "tls://127.0.0.1:0".parse().expect("it is one");
        let authority = Authority::read(&endpoint, &self.certificate);
        TlsTrust::Authority(authority.expect("it was just made"))
    }
}

fn params(name: &str) -> CertificateParams {
    CertificateParams::new([name.to_owned()]).expect("it is a name")
}

/// What dialling a server that is `identity` comes to.
fn meet(identity: Identity, trust: TlsTrust) -> Result<Dialed, Fault> {
    runtime().block_on(async {
        let options = ListenOptions {
            identity: Some(identity),
            ..ListenOptions::default()
        };
        let endpoint: Endpoint = "tls://127.0.0.1:0".parse().expect("it is one");
        let mut listener = Listener::bind(&endpoint, &options, &Unwatched).await?;
        let dial = Dial::new(listener.endpoint().clone()).tls(trust);
        let (dialed, accepted) = tokio::join!(dial.connect(&Unwatched), accept(&mut listener));
        if dialed.is_ok() {
            accepted?;
        }
        dialed
    })
}

fn met(identity: Identity, trust: TlsTrust) -> Cause {
    let fault = meet(identity, trust).expect_err("it is not to be trusted");
    fault.cause().clone()
}

#[test]
fn a_fingerprint_is_enough_if_it_is_the_right_one() {
    let identity = Identity::self_signed(&[]).unwrap();
    let fingerprint = identity.fingerprint();
    meet(identity.clone(), TlsTrust::Fingerprint(fingerprint)).unwrap();

    let wanted = Identity::self_signed(&[]).unwrap().fingerprint();
    assert_eq!(
        met(identity, TlsTrust::Fingerprint(wanted)),
        Cause::OtherCertificate {
            wanted: wanted.to_string(),
            fingerprint: fingerprint.to_string(),
        }
    );
}

#[test]
fn the_system_does_not_know_who_vouches_for_himself() {
    let identity = Identity::self_signed(&[]).unwrap();
    let fingerprint = identity.fingerprint().to_string();
    let fault = meet(identity.clone(), TlsTrust::System).unwrap_err();
    // A machine may have nobody to trust.
    if *fault.cause() != Cause::NobodyTrusted {
        assert_eq!(*fault.cause(), Cause::UntrustedCertificate);
        // For those who know that it is the right one.
        assert!(fault.with_advice().contains(&fingerprint), "{fault:?}");
    }
    meet(identity, TlsTrust::Anything).unwrap();
}

#[test]
fn an_authority_vouches_for_those_it_has_signed() {
    let mut params_of_authority = CertificateParams::default();
    params_of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params_of_authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority =
        CertifiedIssuer::self_signed(params_of_authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params("127.0.0.1").signed_by(&key, &authority).unwrap();
    let server = Files::new(&certificate.pem(), &key);
    let trusted = Files::new(&authority.pem(), &key);
    meet(server.identity(), trusted.authority()).unwrap();

    let another = Identity::self_signed(&[]).unwrap();
    let cause = met(another, trusted.authority());
    assert_eq!(cause, Cause::UntrustedCertificate);
}

#[test]
fn who_vouches_for_himself_may_be_his_own_authority() {
    let mut authority = params("127.0.0.1");
    // As `openssl req -x509` makes them.
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for params in [params("127.0.0.1"), authority] {
        let files = Files::self_signed(&params);
        meet(files.identity(), files.authority()).unwrap();
    }
}

#[test]
fn a_certificate_for_another_name_is_told_by_its_name() {
    let mut authority = params("gs.local");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for params in [params("gs.local"), authority] {
        let files = Files::self_signed(&params);
        let cause = met(files.identity(), files.authority());
        assert!(
            matches!(&cause, Cause::WrongNameCertificate { names } if names.iter().any(|name| name.contains("gs.local"))),
            "{cause:?}"
        );
        // Its fingerprint says who it is, whatever its name.
        let fingerprint = files.identity().fingerprint();
        meet(files.identity(), TlsTrust::Fingerprint(fingerprint)).unwrap();
    }
}

#[test]
fn a_certificate_has_its_time() {
    let mut over = params("127.0.0.1");
    over.not_before = date_time_ymd(2001, 1, 1);
    over.not_after = date_time_ymd(2002, 1, 1);
    let files = Files::self_signed(&over);
    let cause = met(files.identity(), files.authority());
    assert!(
        matches!(cause, Cause::ExpiredCertificate { .. }),
        "{cause:?}"
    );
    let mut early = params("127.0.0.1");
    early.not_before = date_time_ymd(4000, 1, 1);
    let files = Files::self_signed(&early);
    assert_eq!(
        met(files.identity(), files.authority()),
        Cause::EarlyCertificate
    );
}

/// What dialling a server comes to that reads a little, and says `said`.
fn meet_foreigner(said: &'static [u8]) -> Fault {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has room");
    let address: SocketAddr = listener.local_addr().expect("it is bound");
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept()?;
        client.read_exact(&mut [0; 5])?;
        client.write_all(said)?;
        // Until the client has enough.
        client.read_to_end(&mut Vec::new())
    });
    let endpoint = format!("tls://{address}").parse().expect("it is one");
    let dial = Dial::new(endpoint).tls(TlsTrust::Anything);
    let fault = runtime()
        .block_on(dial.connect(&Unwatched))
        .expect_err("it has no TLS");
    // How it took the end does not matter.
    let _ = server.join().expect("it does not panic");
    fault
}

#[test]
fn a_server_without_tls_is_known_by_its_first_words() {
    let http = Some(Language::Http);
    for (said, language) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], http),
        (b"?", None),
    ] {
        let fault = meet_foreigner(said);
        assert_eq!(*fault.cause(), Cause::NoTls { language }, "{fault}");
    }
}

#[test]
fn an_end_without_goodbye_is_not_an_end() {
    runtime().block_on(async {
        let (mut client, mut server) = streams("tls://127.0.0.1:0").await;
        server.write_all(b"half of it").await.unwrap();
        server.flush().await.unwrap();
        drop(server);
        let mut read = Vec::new();
        let error = client.read_to_end(&mut read).await.unwrap_err();
        assert_eq!(read, b"half of it");
        assert_eq!(Fault::carry("it", &error).code(), "cut_off");
    });
}

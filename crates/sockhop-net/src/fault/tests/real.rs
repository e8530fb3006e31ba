//! Failures of real sockets.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::*;
use super::endpoint;

/// Makes [`holds_a_port`] hold one.
const HOLD: &str = "SOCKHOP_TEST_HOLDS_A_PORT";

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}

fn connect(text: &str, error: &io::Error) -> Fault {
    Fault::connect(&endpoint(text), error, Duration::ZERO)
}

#[test]
fn nothing_listens() {
    let free = free_port();
    let error = TcpStream::connect(free).unwrap_err();
    assert_eq!(*connect(&free.to_string(), &error).cause(), Cause::Refused);
}

#[test]
fn a_datagram_nobody_takes_is_refused() {
    let gone = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(gone).unwrap();
    socket.send(b"hello").unwrap();
    let error = socket.recv(&mut [0; 16]).unwrap_err();
    assert_eq!(Fault::carry("there", &error).code(), "refused");
}

#[test]
fn a_datagram_can_be_too_large() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let error = socket.send_to(&[0; 70_000], "127.0.0.1:9").unwrap_err();
    assert_eq!(Fault::carry("there", &error).code(), "too_large");
}

/// Not a test, but a program that holds a port until its standard input ends.
#[test]
fn holds_a_port() {
    if std::env::var_os(HOLD).is_some() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        println!("\nport {}", listener.local_addr().unwrap().port());
        io::stdout().flush().unwrap();
        io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_has_the_port_is_named() {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["holds_a_port", "--nocapture", "--test-threads=1"])
        .env(HOLD, "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Kept to the end: it says more when it has ended.
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines();
    let port: u16 = lines
        .find_map(|line| line.unwrap().strip_prefix("port ")?.parse().ok())
        .expect("it says which port it has");
    for text in [format!("127.0.0.1:{port}"), format!("0.0.0.0:{port}")] {
        let error = TcpListener::bind(&*text).unwrap_err();
        let fault = Fault::bind(&endpoint(&text), &error);
        let Cause::InUse {
            holder: Holder::Process { pid, name },
        } = fault.cause()
        else {
            panic!("nobody is named: {fault}");
        };
        assert_eq!(*pid, holder.id(), "{name}");
        assert!(fault.to_string().contains(name), "{fault}");
    }
    // A name is looked up before it is bound.
    let localhost = endpoint(&format!("localhost:{port}"));
    let in_use = io::ErrorKind::AddrInUse.into();
    let fault = Fault::bind(&localhost, &in_use).at(([127, 0, 0, 1], port).into());
    assert!(fault.to_string().contains("(process "), "{fault}");

    drop(holder.stdin.take());
    assert_eq!(lines.filter(Result::is_err).count(), 0);
    holder.wait().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn this_program_itself_may_be_in_the_way() {
    let ours = Cause::InUse {
        holder: Holder::Ourselves,
    };
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let error = UdpSocket::bind(address).unwrap_err();
    let fault = Fault::bind(&endpoint(&format!("udp://{address}")), &error);
    assert_eq!(*fault.cause(), ours);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let _listener = UnixListener::bind(&path).unwrap();
    let error = UnixListener::bind(&path).unwrap_err();
    let fault = Fault::bind(&Endpoint::Unix(path), &error);
    assert_eq!(*fault.cause(), ours);
}

#[test]
fn an_address_of_another_machine() {
    // Set aside for documentation: nobody has it.
    let error = TcpListener::bind("198.51.100.1:0").unwrap_err();
    let fault = Fault::bind(&endpoint("198.51.100.1:5000"), &error);
    assert_eq!(fault.code(), "not_ours");
    assert!(fault.with_advice().contains("127.0.0.1"), "{fault}");
}

#[test]
fn a_port_that_needs_privilege() {
    // The administrator, and a system without such ports, get it.
    if let Err(error) = TcpListener::bind("127.0.0.1:79") {
        let fault = Fault::bind(&endpoint("79"), &error);
        assert_eq!(fault.code(), "privileged");
    }
}

#[test]
fn unix_sockets_that_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let bind = |path: std::path::PathBuf| {
        let error = UnixListener::bind(&path).unwrap_err();
        Fault::bind(&Endpoint::Unix(path), &error)
    };
    let missing = bind(folder.path().join("no/x"));
    assert_eq!(missing.code(), "no_folder");
    assert!(missing.with_advice().contains("mkdir -p"), "{missing}");

    let file = folder.path().join("file");
    std::fs::write(&file, "text").unwrap();
    assert_eq!(bind(file.clone()).code(), "file_in_the_way");
    assert_eq!(bind(file.join("x")).code(), "no_folder");
    assert_eq!(
        bind(folder.path().join("x".repeat(200))).code(),
        "path_too_long"
    );
}

#[test]
fn unix_sockets_that_cannot_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    let connect = |name: &str| {
        let path = folder.path().join(name);
        let error = UnixStream::connect(&path).unwrap_err();
        Fault::connect(&Endpoint::Unix(path), &error, Duration::ZERO)
    };
    assert_eq!(connect("missing").code(), "no_socket");
    std::fs::write(folder.path().join("file"), "text").unwrap();
    assert_eq!(connect("file").code(), "not_a_socket");
    drop(UnixListener::bind(folder.path().join("left")).unwrap());
    assert_eq!(connect("left").code(), "refused");
    let _datagrams = UnixDatagram::bind(folder.path().join("datagrams")).unwrap();
    let other_kind = connect("datagrams").with_advice();
    assert!(!other_kind.contains("os error"), "{other_kind}");
}

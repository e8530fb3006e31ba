//! The real binary on a free port, and the clients we did not write.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "support for tests: each file uses its part"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub mod terminal;
pub mod toolkit;
pub mod web;

/// How long a test waits for what must come. Generous: it is only ever used up by a failure.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The program under test.
pub fn sockhop() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sockhop"))
}

/// A hub with a data folder of its own, killed when dropped.
pub struct Hub {
    child: Child,
    stdout: Receiver<String>,
    flags: Vec<String>,
    data: TempDir,
    listening: Vec<String>,
    tcp: SocketAddr,
    udp: SocketAddr,
}

impl Hub {
    /// `sockhop serve` on free ports, with `flags`, once it is ready.
    pub fn start(flags: &[&str]) -> Self {
        let flags = flags.iter().map(ToString::to_string).collect();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let data = TempDir::new().expect("a temporary folder");
        let (child, stdout, listening) = launch(&flags, data.path(), any, any);
        Self {
            child,
            stdout,
            flags,
            data,
            tcp: address(&listening, "any://"),
            udp: address(&listening, "udp://"),
            listening,
        }
    }

    /// Where it listens besides, for one of `flags`.
    pub fn listener(&self, scheme: &str) -> SocketAddr {
        address(&self.listening, scheme)
    }

    pub fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    pub fn udp(&self) -> SocketAddr {
        self.udp
    }

    pub fn port(&self) -> String {
        self.tcp.port().to_string()
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would: SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was ours");
    }

    /// Ends it as an operator would, and returns its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let pid = self.pid().to_string();
        let killed = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("kill");
        assert!(killed.success());
        self.child.wait().expect("it was ours").code()
    }

    /// How much of its memory is in use, in KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.expect("Linux");
        let resident = status.lines().find(|line| line.starts_with("VmRSS"));
        let kib = resident.and_then(|line| line.split_whitespace().nth(1));
        kib.expect("its memory").parse().expect("a number")
    }

    /// Starts it again, on the same ports and data, after [`Self::kill`] or [`Self::stop`].
    pub fn restart(&mut self) {
        (self.child, self.stdout, self.listening) =
            launch(&self.flags, self.data.path(), self.tcp, self.udp);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a hub, and returns it with what it says before `ready`.
fn launch(
    flags: &Vec<String>,
    data: &Path,
    tcp: SocketAddr,
    udp: SocketAddr,
) -> (Child, Receiver<String>, Vec<String>) {
    let mut child = sockhop()
        .args(["serve", "--name", "test", "--log", "warn"])
        .args([
            "--listen",
            &format!("any://{tcp}"),
            "--listen",
            &format!("udp://{udp}"),
        ])
        .arg("--data")
        .arg(data)
        .args(flags)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the hub starts");
    let stdout = lines(child.stdout.take().expect("it is piped"));
    let mut said = Vec::new();
    while said.last().is_none_or(|line: &String| line != "ready") {
        said.push(expect(&stdout, |_| true));
    }
    (child, stdout, said)
}

/// The address that a hub said it listens at.
fn address(listening: &[String], scheme: &str) -> SocketAddr {
    let line = listening
        .iter()
        .find(|line| line.contains(scheme))
        .unwrap_or_else(|| panic!("no {scheme} in {listening:#?}"));
    line.rsplit("://")
        .next()
        .expect("a URL")
        .parse()
        .expect("an address")
}

/// Reads lines in the background, so that a test can wait for one and give up.
pub fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (to, lines) = sync_channel(100_000);
    thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { break };
            let line = String::from_utf8_lossy(&line)
                .trim_end_matches('\r')
                .to_owned();
            if to.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// The first line that is as wanted; the test fails if it does not come.
pub fn expect(lines: &Receiver<String>, wanted: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    let mut passed = Vec::new();
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) if wanted(&line) => return line,
            Ok(line) => passed.push(clipped(&line)),
            Err(RecvTimeoutError::Timeout) => panic!("it did not come; before: {passed:#?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("closed without it; before: {passed:#?}"),
        }
    }
}

/// As much of a line as is worth showing.
fn clipped(line: &str) -> String {
    line.chars().take(200).collect()
}

/// Any client that talks through its standard input and output.
pub struct Talker {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Talker {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/test installs it"));
        let lines = lines(child.stdout.take().expect("it is piped"));
        let stdin = child.stdin.take();
        Self {
            child,
            stdin,
            lines,
        }
    }

    pub fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin
            .write_all(format!("{line}\n").as_bytes())
            .expect("it listens");
        stdin.flush().expect("it listens");
    }

    /// Waits for a line with `part` in it.
    pub fn expect(&self, part: &str) -> String {
        expect(&self.lines, |line| line.contains(part))
    }

    /// Ends its input.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for its end, and returns its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.close_input();
        self.child.wait().expect("it was ours").code()
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A bare TCP connection, read line by line.
pub struct Wire {
    pub stream: TcpStream,
    lines: Receiver<String>,
}

impl Wire {
    pub fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("the hub listens");
        let lines = lines(stream.try_clone().expect("a second handle"));
        Self { stream, lines }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream
            .write_all(bytes.as_ref())
            .expect("the hub reads");
    }

    pub fn expect(&self, part: &str) -> String {
        expect(&self.lines, |line| line.contains(part))
    }

    /// Everything until the hub closes.
    pub fn rest(&self) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        let mut rest = Vec::new();
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => rest.push(line),
                Err(RecvTimeoutError::Disconnected) => return rest,
                Err(RecvTimeoutError::Timeout) => panic!("it was not closed: {rest:#?}"),
            }
        }
    }
}

/// Sends one datagram.
pub fn datagram(to: SocketAddr, bytes: &[u8]) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.send_to(bytes, to).expect("loopback takes it");
}

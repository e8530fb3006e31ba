//! `sockhop listen` and `sockhop connect`, and the programs we did not write at their other end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Instant;

use super::{PATIENCE, expect, lines, sockhop};

/// A port of this machine that nobody listens on: it is the system's, and long out of use.
pub const NOBODY: &str = "127.0.0.1:1";

/// A running program: what it says, line by line, and how it ends. Killed when dropped.
pub struct Program {
    pid: u32,
    stdin: Option<ChildStdin>,
    output: Receiver<String>,
    error: Receiver<String>,
    exit: Receiver<ExitStatus>,
    status: Option<ExitStatus>,
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let mut child = spawn(command);
        let output = lines(child.stdout.take().expect("it is piped"));
        let error = lines(child.stderr.take().expect("it is piped"));
        Self {
            pid: child.id(),
            stdin: child.stdin.take(),
            output,
            error,
            exit: in_background(move || child.wait().expect("it was ours")),
            status: None,
        }
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub fn say(&mut self, line: &str) {
        self.send(format!("{line}\n").as_bytes());
    }

    pub fn send(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("its input is open");
        stdin.write_all(bytes).expect("it listens");
        stdin.flush().expect("it listens");
    }

    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line with `part` in it, on its standard output.
    pub fn hear(&self, part: &str) -> String {
        expect(&self.output, |line| line.contains(part))
    }

    /// The next line of its standard output.
    pub fn hear_next(&self) -> String {
        expect(&self.output, |_| true)
    }

    /// Waits for a line with `part` in it, on its standard error.
    pub fn hear_error(&self, part: &str) -> String {
        expect(&self.error, |line| line.contains(part))
    }

    /// All lines of its standard output that nobody has heard, to its end.
    pub fn rest(&self) -> Vec<String> {
        to_end(&self.output)
    }

    /// All lines of its standard error that nobody has heard, to its end.
    pub fn rest_of_errors(&self) -> Vec<String> {
        to_end(&self.error)
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.pid.to_string();
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &pid])
            .status()
            .expect("kill");
        assert!(sent.success());
    }

    /// Waits for its end, and returns its exit code; none if a signal ended it.
    pub fn wait(&mut self) -> Option<i32> {
        let status = self.status.take().unwrap_or_else(|| {
            self.exit
                .recv_timeout(PATIENCE)
                .expect("it did not end by itself")
        });
        self.status = Some(status);
        status.code()
    }

    /// Ctrl-C; then its exit code.
    pub fn interrupt(&mut self) -> Option<i32> {
        self.signal("INT");
        self.wait()
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.status = self.status.or_else(|| self.exit.try_recv().ok());
        if self.status.is_none() {
            // It may be ending by itself just now.
            let _ = Command::new("kill")
                .args(["-KILL", &self.pid.to_string()])
                .stderr(Stdio::null())
                .status();
        }
    }
}

fn spawn(command: &mut Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/test installs it"))
}

fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Receiver<T> {
    let (to, outcome) = sync_channel(1);
    thread::spawn(move || {
        // Who waited for it may have given up.
        let _ = to.send(work());
    });
    outcome
}

fn to_end(lines: &Receiver<String>) -> Vec<String> {
    let deadline = Instant::now() + PATIENCE;
    let mut rest = Vec::new();
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => rest.push(line),
            Err(RecvTimeoutError::Disconnected) => return rest,
            Err(RecvTimeoutError::Timeout) => panic!("no end; so far: {rest:#?}"),
        }
    }
}

/// A program that has run to its end.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub output: Vec<u8>,
    pub error: String,
}

impl Done {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// That it failed, and said all of `parts`.
    pub fn failed_with(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        for part in parts {
            assert!(self.error.contains(part), "no {part:?} in: {}", self.error);
        }
        assert!(!self.error.contains("os error"), "{}", self.error);
    }
}

/// Runs a program with `input` as its standard input, to its end.
pub fn run(command: &mut Command, input: impl AsRef<[u8]>) -> Done {
    let mut child = spawn(command);
    let pid = child.id().to_string();
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.as_ref().to_vec();
    // It may end without having read it all.
    thread::spawn(move || drop(stdin.write_all(&input)));
    let output = read_all(child.stdout.take().expect("it is piped"));
    let error = read_all(child.stderr.take().expect("it is piped"));
    let exit = in_background(move || child.wait().expect("it was ours"));
    let Ok(status) = exit.recv_timeout(PATIENCE) else {
        let _ = Command::new("kill").args(["-KILL", &pid]).status();
        let said = error.recv_timeout(PATIENCE).unwrap_or_default();
        panic!(
            "{command:?} does not end: {}",
            String::from_utf8_lossy(&said)
        );
    };
    let all = |from: Receiver<Vec<u8>>| from.recv_timeout(PATIENCE).expect("it has ended");
    Done {
        code: status.code(),
        output: all(output),
        error: String::from_utf8_lossy(&all(error)).into_owned(),
    }
}

fn read_all(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    in_background(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// `sockhop connect ENDPOINT FLAGS...`
pub fn connect(endpoint: &str, flags: &[&str]) -> Command {
    let mut command = sockhop();
    command.args(["connect", endpoint]).args(flags);
    command
}

/// `sockhop listen ENDPOINT FLAGS...`
pub fn listen(endpoint: &str, flags: &[&str]) -> Command {
    let mut command = sockhop();
    command.args(["listen", endpoint]).args(flags);
    command
}

/// One of the programs in `tests/python`.
pub fn python(script: &str, arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python");
    let mut command = Command::new("python3");
    command.arg("-u").arg(folder.join(script)).args(arguments);
    command
}

/// Any program by its name. `PORT` in its arguments is that of `server`.
pub fn program(name: &str, arguments: &[&str], server: &Server) -> Command {
    let port = server.port();
    let arguments = arguments.iter().map(|a| a.replace("PORT", &port));
    let mut command = Command::new(name);
    command.args(arguments);
    command
}

/// A server, ours or not, that says where it listens.
pub struct Server {
    pub program: Program,
    endpoint: String,
}

impl Server {
    /// Starts it, once it listens; it says so in a line with `listening` and an endpoint in it.
    pub fn start(command: &mut Command) -> Self {
        let program = Program::start(command);
        let line = program.hear("listening");
        Self::new(program, &line)
    }

    /// The same of one that says so on standard error, because its output is what arrives.
    pub fn start_raw(command: &mut Command) -> Self {
        let program = Program::start(command);
        let line = program.hear_error("listening");
        Self::new(program, &line)
    }

    fn new(program: Program, line: &str) -> Self {
        let mut words = line.split([' ', '"']);
        let endpoint = words
            .find(|word| word.contains("://") || word.starts_with("unix:"))
            .unwrap_or_else(|| panic!("no endpoint in {line:?}"))
            .to_owned();
        Self { program, endpoint }
    }

    /// `sockhop listen` on a free port, once it listens.
    pub fn listen(flags: &[&str]) -> Self {
        Self::start(&mut listen("0", flags))
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn address(&self) -> SocketAddr {
        let place = self.endpoint.rsplit("://").next().expect("a place");
        place.parse().expect("an address")
    }

    pub fn port(&self) -> String {
        self.address().port().to_string()
    }

    pub fn hear(&self, part: &str) -> String {
        self.program.hear(part)
    }

    /// Waits for a client, and returns who it is.
    pub fn accepts(&self) -> String {
        let line = self.hear("connected ");
        line.rsplit(' ').next().expect("a name").to_owned()
    }

    /// `sockhop connect` to it.
    pub fn connect(&self, flags: &[&str]) -> Command {
        connect(&self.endpoint, flags)
    }
}

/// A port that was free just now.
pub fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .local_addr()
        .expect("an address")
        .port()
        .to_string()
}

/// A folder for sockets and files of one test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::TempDir::new().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path as an argument.
    pub fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("it is text").to_owned()
    }

    /// A certificate for localhost that is its own authority, and its key, as OpenSSL makes them.
    pub fn certificate(&self) -> (String, String) {
        let (certificate, key) = (self.name("cert.pem"), self.name("key.pem"));
        let made = run(
            Command::new("openssl")
                .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
                .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
                .args([
                    "-subj",
                    "/CN=localhost",
                    "-keyout",
                    &key,
                    "-out",
                    &certificate,
                ])
                .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]),
            [],
        );
        assert_eq!(made.code, Some(0), "{made:?}");
        (certificate, key)
    }
}

/// Bytes of every value, in no order a program could rely on.
pub fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..count).map(next).collect()
}

/// Fails if `came` is not `sent`, without printing millions of bytes.
pub fn assert_same(came: &[u8], sent: &[u8]) {
    let differ = came.iter().zip(sent).position(|(came, sent)| came != sent);
    assert_eq!((came.len(), differ), (sent.len(), None));
}

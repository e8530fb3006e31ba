//! The hub's web side, and who asks it: curl, bare sockets, Node and Python.

use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::toolkit::{Done, run};
use super::{Hub, PATIENCE, Talker};

/// The URL of `path` at a hub.
pub fn url(hub: &Hub, path: &str) -> String {
    format!("http://{}{path}", hub.tcp())
}

/// `curl`, that asks for `path` as it is written, and nobody in between.
pub fn curl_command(hub: &Hub, path: &str, flags: &[&str]) -> Command {
    let mut command = Command::new("curl");
    command
        .args(["--disable", "--silent", "--show-error", "--noproxy", "*"])
        .args(["--globoff", "--path-as-is"])
        .args(flags)
        .arg(url(hub, path));
    command
}

/// What the hub answers curl.
pub fn curl(hub: &Hub, path: &str, flags: &[&str]) -> Answer {
    curl_with(hub, path, flags, "")
}

/// The same with `input` as curl's input, for `--data-binary @-`.
pub fn curl_with(hub: &Hub, path: &str, flags: &[&str], input: impl AsRef<[u8]>) -> Answer {
    let flags = [&["--include"], flags].concat();
    let done = run(&mut curl_command(hub, path, &flags), input);
    assert_eq!(done.code, Some(0), "{path}: {}", done.error);
    let mut from = &done.output[..];
    loop {
        let (answer, rest) = Answer::head_of(from);
        if answer.status >= 200 {
            // curl has joined the chunks.
            return Answer {
                body: rest.to_vec(),
                ..answer
            };
        }
        from = rest;
    }
}

/// What is in a room, as curl shows it.
pub fn read(hub: &Hub, path: &str, flags: &[&str]) -> String {
    let answer = curl(hub, path, flags);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.text()
}

/// Publishes `text` as `nick`, and returns its `seq`.
pub fn publish(hub: &Hub, path: &str, nick: &str, text: &str) -> u64 {
    let nick = format!("X-Nick: {nick}");
    let flags = ["--header", &nick, "--data-binary", "@-"];
    let answer = curl_with(hub, path, &flags, text);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["seq"].as_u64().expect("a seq")
}

/// curl that goes on reading `path`. What it prints is what the hub sends.
pub fn follow(hub: &Hub, path: &str, flags: &[&str]) -> Talker {
    Talker::start(&mut curl_command(
        hub,
        path,
        &[&["--no-buffer"], flags].concat(),
    ))
}

/// An answer of HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The header's value; the test fails if there is not exactly one.
    pub fn header(&self, name: &str) -> &str {
        let values: Vec<_> = self.values(name).collect();
        match values[..] {
            [value] => value,
            _ => panic!("{} times {name}: {self:#?}", values.len()),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Its media type, without parameters.
    pub fn media_type(&self) -> &str {
        let whole = self.header("content-type");
        whole.split(';').next().expect("the first part").trim()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error in JSON.
    pub fn code(&self) -> String {
        let json = self.json();
        let error = &json["error"];
        let message = error["message"].as_str().expect("a sentence");
        assert!(message.len() > 10, "{json}");
        error["code"].as_str().expect("a code").to_owned()
    }

    /// That it is an error of this status and code.
    pub fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code));
    }

    /// Reads a status line and headers, strictly, and returns what is behind them.
    fn head_of(bytes: &[u8]) -> (Self, &[u8]) {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).expect("a head is text");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("a status line");
        let status = status
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.strip_prefix(['0', '1'])?.strip_prefix(' '))
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .unwrap_or_else(|| panic!("{status:?} is no status line"));
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(':').expect("a header");
                (name.to_owned(), value.trim().to_owned())
            })
            .collect();
        let answer = Self {
            status,
            headers,
            body: Vec::new(),
        };
        (answer, &bytes[end + 4..])
    }

    /// Reads an answer with its body, as its headers say how long that is.
    fn first_of(bytes: &[u8]) -> (Self, &[u8]) {
        let (mut answer, mut rest) = Self::head_of(bytes);
        if answer.has("transfer-encoding") {
            assert_eq!(answer.header("transfer-encoding"), "chunked");
            loop {
                let end = rest.iter().position(|&byte| byte == b'\r').expect("a line");
                let size = std::str::from_utf8(&rest[..end]).expect("a size");
                let size = usize::from_str_radix(size, 16).expect("a size");
                let (chunk, behind) = rest[end + 2..].split_at(size);
                answer.body.extend(chunk);
                rest = behind.strip_prefix(b"\r\n").expect("the chunk's end");
                if size == 0 {
                    return (answer, rest);
                }
            }
        }
        if answer.status == 204 || answer.status == 304 {
            return (answer, rest);
        }
        let length = answer.header("content-length").parse().expect("a length");
        let (body, rest) = rest.split_at(length);
        answer.body = body.to_vec();
        (answer, rest)
    }
}

/// A bare connection that asks by HTTP.
pub struct Asker(TcpStream);

impl Asker {
    pub fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).expect("the hub listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(stream)
    }

    /// Sends what the hub may not care to read.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.0.write_all(bytes.as_ref());
        self
    }

    /// Ends its half.
    pub fn end(&mut self) -> &mut Self {
        let _ = self.0.shutdown(Shutdown::Write);
        self
    }

    /// Reads so many bytes that are there or will come.
    pub fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).expect("so much comes");
        bytes
    }

    /// Reads a head.
    pub fn head(&mut self) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(self.read(1));
        }
        Answer::head_of(&head).0
    }

    /// All that comes until the hub closes, which it does without a reset.
    pub fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        self.0
            .read_to_end(&mut rest)
            .unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&rest)));
        rest
    }

    /// The answers until the hub closes.
    pub fn answers(&mut self) -> Vec<Answer> {
        let rest = self.rest();
        let (mut from, mut answers) = (&rest[..], Vec::new());
        while !from.is_empty() {
            let (answer, behind) = Answer::first_of(from);
            answers.push(answer);
            from = behind;
        }
        answers
    }
}

/// Sends `bytes` on a connection of their own, and returns the answers until the hub closes.
pub fn ask(hub: &Hub, bytes: impl AsRef<[u8]>) -> Vec<Answer> {
    Asker::connect(hub.tcp()).send(bytes).answers()
}

/// The same of what has one answer.
pub fn ask_once(hub: &Hub, bytes: impl AsRef<[u8]>) -> Answer {
    let answers = ask(hub, &bytes);
    let [answer] = &answers[..] else {
        let asked = String::from_utf8_lossy(bytes.as_ref()).into_owned();
        panic!("{} answers to {asked:?}: {answers:#?}", answers.len());
    };
    answer.clone()
}

/// Asks until the answer is as wanted.
pub fn until<T: Debug>(ask: impl Fn() -> T, wanted: impl Fn(&T) -> bool) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = ask();
        if wanted(&answer) {
            return answer;
        }
        assert!(Instant::now() < deadline, "it stays {answer:?}");
    }
}

/// Where the project is.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What `scripts/test` puts somewhere.
fn installed(path: &str) -> PathBuf {
    let path = root().join(path);
    assert!(path.exists(), "no {path:?}; scripts/test installs it");
    path
}

/// One of the programs in `tests/node`.
pub fn node(script: &str, arguments: &[&str]) -> Command {
    installed("tests/node/node_modules");
    let mut command = Command::new("node");
    command
        .arg(root().join("tests/node").join(script))
        .args(arguments);
    command
}

/// One of the programs in `tests/python` that use packages.
pub fn python(script: &str, arguments: &[&str]) -> Command {
    let mut command = super::toolkit::python(script, arguments);
    command.env("PYTHONPATH", installed("target/clients/python"));
    command
}

/// Runs one of these to its end, which is to be a good one.
pub fn succeeds(command: &mut Command) -> Done {
    let done = run(command, "");
    assert_eq!(done.code, Some(0), "{}\n{}", done.text(), done.error);
    done
}

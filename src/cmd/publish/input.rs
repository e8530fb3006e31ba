//! Where messages come from: the command line, or a thread that reads lines. A read of standard
//! input cannot be broken off, so it must not keep the rest of the program waiting.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read};
use std::path::Path;
use std::thread;

use anyhow::{Context as _, Result, bail};
use sockhop_client::Body;
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Lines read ahead; the thread waits when nobody takes them.
const LINES_AHEAD: usize = 64;
/// The longest line, and the largest file as one message: what fits the protocol.
const BODY_BYTES_MAX: u64 = (16 << 20) - (64 << 10);
const READ_BYTES: usize = 64 << 10;

/// See the module.
#[derive(Debug)]
pub(super) enum Input {
    /// One message, or none any more.
    Words(Option<Body>),
    /// What the thread has read.
    Read {
        bodies: Receiver<Result<Body>>,
        is_typed: bool,
    },
}

impl Input {
    /// `words`, if there are any; else the lines of `file` or of standard input, or all of it as
    /// `one_message` of bytes.
    pub(super) fn open(words: &[String], file: Option<&Path>, one_message: bool) -> Result<Self> {
        if !words.is_empty() {
            let text = words.join(" ");
            return Ok(Self::Words(Some(match one_message {
                true => Body::Data(text.into_bytes().into()),
                false => Body::Text(text.into()),
            })));
        }
        let file = file.filter(|path| *path != Path::new("-"));
        let is_typed = file.is_none() && io::stdin().is_terminal();
        let reader: Box<dyn Read + Send> = match file {
            Some(path) => Box::new(open(path)?),
            None => Box::new(io::stdin()),
        };
        let (to, bodies) = mpsc::channel(LINES_AHEAD);
        let read = move || {
            let reader = BufReader::with_capacity(READ_BYTES, reader);
            if one_message {
                // Nobody may be listening any more; then there is nobody to tell.
                let _ = to.blocking_send(read_all(reader));
            } else {
                read_lines(reader, is_typed, &to);
            }
        };
        thread::Builder::new()
            .name("input".to_owned())
            .spawn(read)?;
        Ok(Self::Read { bodies, is_typed })
    }

    /// Whether a person types it.
    pub(super) fn is_typed(&self) -> bool {
        matches!(self, Self::Read { is_typed: true, .. })
    }

    /// The next message; none at the end. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Option<Body>> {
        match self {
            Self::Words(body) => Ok(body.take()),
            Self::Read { bodies, .. } => bodies.recv().await.transpose(),
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow::anyhow!("there is no file {}", path.display()),
        io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("no permission to read {}", path.display())
        }
        kind => anyhow::anyhow!("cannot read {}: {kind}", path.display()),
    })?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        bail!("{} is a folder; name a file in it", path.display());
    }
    Ok(file)
}

fn read_all(reader: impl Read) -> Result<Body> {
    let mut data = Vec::new();
    reader
        .take(BODY_BYTES_MAX + 1)
        .read_to_end(&mut data)
        .map_err(|error| unreadable(&error))?;
    if data.len() as u64 > BODY_BYTES_MAX {
        bail!("the input is more than 16 MB, which is too large for one message");
    }
    Ok(Body::Data(data.into()))
}

/// Sends every line, until there are no more, or nobody takes them.
fn read_lines(mut reader: BufReader<impl Read>, skip_empty: bool, to: &Sender<Result<Body>>) {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        // Room for a CRLF, and one byte more that tells too long from just fitting.
        let mut limited = reader.by_ref().take(BODY_BYTES_MAX + 3);
        let body = match limited.read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(_) => body(&line).with_context(|| format!("line {number}")),
            Err(error) => Err(unreadable(&error)),
        };
        let failed = body.is_err();
        let empty = body.as_ref().is_ok_and(|body| body.as_bytes().is_empty());
        if !(skip_empty && empty) && to.blocking_send(body).is_err() || failed {
            return;
        }
    }
}

/// The message a line is: without its end, and as text where it is UTF-8.
fn body(line: &[u8]) -> Result<Body> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() as u64 > BODY_BYTES_MAX {
        bail!(
            "it has no end after 16 MB, which is too large for one message; --data sends a whole file, if it is smaller"
        );
    }
    Ok(match std::str::from_utf8(line) {
        Ok(text) => Body::Text(text.into()),
        Err(_) => Body::Data(line.to_vec().into()),
    })
}

fn unreadable(error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("the input cannot be read: {}", error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(input: &[u8], skip_empty: bool) -> Vec<Body> {
        let (to, mut bodies) = mpsc::channel(100);
        read_lines(BufReader::new(input), skip_empty, &to);
        drop(to);
        std::iter::from_fn(|| bodies.blocking_recv())
            .map(Result::unwrap)
            .collect()
    }

    fn text(text: &str) -> Body {
        Body::Text(text.into())
    }

    #[test]
    fn lines_end_in_lf_or_crlf_or_with_the_input() {
        assert_eq!(
            bodies(b"a\r\n\nb\rc\nd", false),
            [text("a"), text(""), text("b\rc"), text("d")]
        );
        assert_eq!(bodies(b"a\n\r\nb\n", true), [text("a"), text("b")]);
        assert_eq!(bodies(b"", false), []);
    }

    #[test]
    fn what_is_not_text_is_bytes() {
        assert_eq!(
            bodies(b"\xff\xfe\n", false),
            [Body::Data(b"\xff\xfe"[..].into())]
        );
    }

    #[test]
    fn a_line_without_end_is_refused_with_its_number() {
        let mut input = b"a\n".to_vec();
        input.resize(BODY_BYTES_MAX as usize + 10, b'x');
        let (to, mut bodies) = mpsc::channel(100);
        read_lines(BufReader::new(&input[..]), false, &to);
        assert_eq!(bodies.blocking_recv().unwrap().unwrap(), text("a"));
        let error = format!("{:#}", bodies.blocking_recv().unwrap().unwrap_err());
        assert!(
            error.starts_with("line 2: it has no end after 16 MB"),
            "{error}"
        );
    }
}

//! Standard output and standard error, written to without a buffer in between.

use std::io;

/// Where something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paper {
    Output,
    Error,
}

impl Paper {
    /// Writes all of `bytes`, however long that takes.
    #[cfg(unix)]
    pub(crate) fn write_all(self, mut bytes: &[u8]) -> io::Result<()> {
        use rustix::event::{PollFd, PollFlags, poll};
        use rustix::io::Errno;

        let fd = match self {
            Self::Output => rustix::stdio::stdout(),
            Self::Error => rustix::stdio::stderr(),
        };
        while !bytes.is_empty() {
            match rustix::io::write(fd, bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                // Somebody who shares it has set it so.
                Err(Errno::AGAIN) => {
                    let _ = poll(&mut [PollFd::new(&fd, PollFlags::OUT)], None);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Writes all of `bytes`, however long that takes.
    #[cfg(not(unix))]
    pub(crate) fn write_all(self, bytes: &[u8]) -> io::Result<()> {
        use std::io::Write as _;
        match self {
            Self::Output => {
                let mut output = io::stdout().lock();
                output.write_all(bytes)?;
                output.flush()
            }
            Self::Error => io::stderr().lock().write_all(bytes),
        }
    }

    /// Whether nobody has to be waited for to write to it.
    pub(crate) fn is_file(self) -> bool {
        #[cfg(unix)]
        return match self {
            Self::Output => is_file(rustix::stdio::stdout()),
            Self::Error => is_file(rustix::stdio::stderr()),
        };
        #[cfg(not(unix))]
        false
    }
}

/// Whether nobody has to be waited for to read standard input.
pub(crate) fn input_is_file() -> bool {
    #[cfg(unix)]
    return is_file(rustix::stdio::stdin());
    #[cfg(not(unix))]
    false
}

/// Whether it is a file, or nothing at all, rather than a pipe, a terminal or a socket.
#[cfg(unix)]
fn is_file(fd: impl rustix::fd::AsFd) -> bool {
    use rustix::fs::{FileType, fstat, stat};

    let Ok(it) = fstat(fd) else {
        return false;
    };
    match FileType::from_raw_mode(it.st_mode) {
        FileType::RegularFile => true,
        FileType::CharacterDevice => {
            stat("/dev/null").is_ok_and(|nothing| nothing.st_rdev == it.st_rdev)
        }
        _ => false,
    }
}

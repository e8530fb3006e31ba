//! What is copied: a file in memory, so that no disk has a say in it.

use std::fs::File;
use std::io::{self, PipeWriter, Seek as _, Write as _};
use std::process::Stdio;

use anyhow::Context as _;
use rustix::fs::MemfdFlags;
use rustix::pipe::SpliceFlags;

use crate::pattern::Pattern;

/// A file full of the pattern.
pub(super) struct Source {
    file: File,
    bytes: u64,
}

impl Source {
    pub(super) fn new(pattern: &Pattern, bytes: u64) -> anyhow::Result<Self> {
        let memory = rustix::fs::memfd_create("sockhop-bench", MemfdFlags::CLOEXEC)
            .context("cannot create a file in memory")?;
        let mut file = File::from(memory);
        let mut written = 0;
        while written < bytes {
            let slice = pattern.slice(written, bytes - written);
            file.write_all(slice).context("no memory to copy from")?;
            written += slice.len() as u64;
        }
        Ok(Self { file, bytes })
    }

    /// The start of it, for a process to read: the file, or a pipe which is then to be fed.
    pub(super) fn open(&self, piped: bool) -> anyhow::Result<(Stdio, Option<PipeWriter>)> {
        if piped {
            let (reader, writer) = io::pipe()?;
            return Ok((reader.into(), Some(writer)));
        }
        (&self.file).rewind()?;
        // A duplicate shares its place in the file with the original.
        Ok((self.file.try_clone()?.into(), None))
    }

    /// How far the process has read in the file.
    pub(super) fn read_so_far(&self) -> anyhow::Result<u64> {
        Ok((&self.file).stream_position()?)
    }

    /// Puts all of it into a pipe, by reference, and closes that; says how much the reader took.
    pub(super) fn feed(&self, pipe: PipeWriter) -> anyhow::Result<u64> {
        let mut place = 0;
        while place < self.bytes {
            let left = (self.bytes - place) as usize;
            let from = Some(&mut place);
            rustix::pipe::splice(&self.file, from, &pipe, None, left, SpliceFlags::empty())
                .context("the sender closed its standard input")?;
        }
        drop(pipe);
        Ok(place)
    }
}

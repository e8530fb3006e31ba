//! A person at a terminal: a line editor with history, and the terminal as it was before.

use std::io;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Cmd, Config, Editor, KeyEvent};
use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;

use super::input::Cut;
use super::printer::Console;

/// What a person sees before what they type.
const PROMPT: &str = "> ";
/// What is printed above a line being typed is printed by the line editor, in its own time, and it
/// cannot be asked whether it has.
#[cfg(unix)]
const LAST_LINES_WITHIN: std::time::Duration = std::time::Duration::from_millis(50);

/// Leaves nothing of the prompt, and of what was typed behind it.
#[cfg(unix)]
const CLEAR_LINE: &[u8] = b"\r\x1b[J";

/// The line editor.
pub(super) struct Typing {
    editor: Editor<(), MemHistory>,
    cut: Cut,
}

impl Typing {
    pub(super) fn new(cut: Cut) -> Result<(Self, Console)> {
        let config = Config::builder()
            .auto_add_history(true)
            .bracketed_paste(false)
            .build();
        let mut editor = Editor::with_history(config, MemHistory::new())
            .context("this terminal gives no line to edit")?;
        // The editor would stop all threads but its own, and leave the terminal to a shell raw.
        editor.bind_sequence(KeyEvent::ctrl('Z'), Cmd::Noop);
        let console = editor
            .create_external_printer()
            .context("this terminal lets nothing be printed above what is typed")?;
        Ok((Self { editor, cut }, Box::new(console)))
    }

    /// Sends each line, until Ctrl-D ends them; Ctrl-C is told to `interrupt`.
    pub(super) fn read(mut self, to: &Sender<Result<Bytes>>, interrupt: &Notify) {
        loop {
            let typed = match self.editor.readline(PROMPT) {
                Ok(mut line) => {
                    if self.cut == Cut::Bytes {
                        line.push('\n');
                    }
                    Ok(line.into())
                }
                Err(ReadlineError::Interrupted) => {
                    interrupt.notify_one();
                    // Whoever waits to print above the line waits in vain.
                    drop(self.editor);
                    // An end of the input would mean something else than to stop.
                    loop {
                        std::thread::park();
                    }
                }
                Err(ReadlineError::Eof) => return,
                Err(error) => Err(anyhow::anyhow!("the terminal cannot be read: {error}")),
            };
            let failed = typed.is_err();
            if to.blocking_send(typed).is_err() || failed {
                return;
            }
        }
    }
}

/// How the terminal was set, to be set so again when this is dropped: a line editor that is left in
/// the middle of a line leaves it in a state no shell likes.
#[derive(Debug)]
pub(super) struct Terminal {
    #[cfg(unix)]
    modes: Option<rustix::termios::Termios>,
}

impl Terminal {
    pub(super) fn remember() -> Self {
        Self {
            #[cfg(unix)]
            modes: rustix::termios::tcgetattr(io::stdin()).ok(),
        }
    }
}

#[cfg(unix)]
impl Drop for Terminal {
    fn drop(&mut self) {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let echoes =
            |modes: &rustix::termios::Termios| modes.local_modes.contains(LocalModes::ECHO);
        let Some(modes) = &self.modes else { return };
        let is_editing = tcgetattr(io::stdin()).is_ok_and(|now| echoes(modes) && !echoes(&now));
        if is_editing {
            std::thread::sleep(LAST_LINES_WITHIN);
        }
        // A terminal that is gone needs no modes.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
        if is_editing {
            let _ = rustix::io::write(io::stdout(), CLEAR_LINE);
        }
    }
}

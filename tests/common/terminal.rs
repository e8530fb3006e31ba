//! A terminal for programs that want one, as people have it: tmux.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::PATIENCE;

/// Wide enough that no line of a test is broken.
const COLUMNS: &str = "160";
const ROWS: &str = "40";

/// How long nothing has to change before the screen is looked at all the same.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(100);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A shell in a terminal of its own. Gone when dropped.
pub struct Terminal {
    /// The tmux server's socket.
    socket: String,
    folder: TempDir,
    /// Something was written to the terminal.
    changed: Receiver<()>,
}

impl Terminal {
    pub fn open() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let socket = format!("sockhop-{}-{number}", std::process::id());
        let changes = folder.path().join("changes");
        let made = Command::new("mkfifo").arg(&changes).status();
        assert!(made.expect("mkfifo").success());
        let changed = notices(&changes);
        let terminal = Self {
            socket,
            folder,
            changed,
        };
        let bin = Path::new(env!("CARGO_BIN_EXE_sockhop"));
        let bin = bin.parent().expect("it is in a folder").display();
        let path = std::env::var("PATH").unwrap_or_default();
        // Whoever has tmux set up otherwise, or runs the tests in one, gets the same.
        let shell = format!("env -u TMUX PATH='{bin}:{path}' PS1='$ ' ENV= sh");
        let size = ["-x", COLUMNS, "-y", ROWS];
        terminal.tmux(&[&["new-session", "-d"][..], &size, &[&shell]].concat());
        terminal.tmux(&["pipe-pane", &format!("exec cat > '{}'", changes.display())]);
        terminal.see_line("$");
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-L", &self.socket])
            .args(arguments)
            .output()
            .expect("scripts/test installs tmux");
        let stderr = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "tmux {arguments:?}: {stderr}");
        String::from_utf8(stdout).expect("it is text")
    }

    /// The shell's process number.
    pub fn shell(&self) -> String {
        let pid = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        pid.trim().to_owned()
    }

    /// Types `text`.
    pub fn type_in(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Gives it a text at once, as a mouse does.
    pub fn paste(&self, text: &str) {
        let file = self.folder.path().join("pasted");
        std::fs::write(&file, text).expect("it is a file of ours");
        self.tmux(&["load-buffer", file.to_str().expect("it is text")]);
        self.tmux(&["paste-buffer"]);
    }

    /// Presses keys by their names: `Enter`, `Up`, `C-d`.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types a line.
    pub fn enter(&self, line: &str) {
        self.type_in(line);
        self.press(&["Enter"]);
    }

    /// Has the window another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// The lines on the screen, without the spaces at their ends.
    pub fn screen(&self) -> Vec<String> {
        let screen = self.tmux(&["capture-pane", "-p"]);
        screen
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

    /// The screen with the codes of its colours.
    pub fn coloured(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen is as wanted.
    fn see_screen(&self, wanted: impl Fn(&[String]) -> bool) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            let came_too_late = Instant::now() > deadline;
            assert!(
                !came_too_late,
                "it did not come; the screen is\n{}",
                screen.join("\n")
            );
            // tmux passes bytes on before it has drawn them, so the last notice may be early.
            let _ = self.changed.recv_timeout(LOOK_AGAIN_AFTER);
        }
    }

    /// Waits for a line with `part` in it, and returns it.
    pub fn see(&self, part: &str) -> String {
        let screen = self.see_screen(|screen| screen.iter().any(|line| line.contains(part)));
        let line = screen.into_iter().find(|line| line.contains(part));
        line.expect("it was just there")
    }

    /// Waits for a line that is `line`, and nothing else.
    pub fn see_line(&self, line: &str) {
        self.see_screen(|screen| screen.iter().any(|seen| seen == line));
    }

    /// Waits until the last line on the screen is `line`.
    pub fn see_last(&self, line: &str) -> Vec<String> {
        self.see_screen(|screen| {
            let last = screen.iter().rfind(|line| !line.is_empty());
            last.is_some_and(|last| last == line)
        })
    }

    /// What a command of the shell puts out.
    pub fn output_of(&self, command: &str) -> String {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let file = self.folder.path().join(format!("output{number}"));
        // What is typed is not what is waited for.
        self.enter(&format!(
            "{command} > '{}'; echo done''{number}",
            file.display()
        ));
        self.see_line(&format!("done{number}"));
        std::fs::read_to_string(file).expect("it was written")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux")
            .args(["-L", &self.socket, "kill-server"])
            .output();
    }
}

/// Tells of each write to a pipe in the file system. One that nobody has heard of is enough.
fn notices(pipe: &Path) -> Receiver<()> {
    let (to, notices) = sync_channel(1);
    let pipe = pipe.to_owned();
    thread::spawn(move || {
        let mut pipe = File::open(pipe).expect("tmux writes to it");
        while let Ok(1..) = pipe.read(&mut [0; 4096]) {
            let _ = to.try_send(());
        }
    });
    notices
}

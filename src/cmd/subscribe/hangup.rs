//! Noticing that whoever reads standard output has gone, before there is anything to write: `head`
//! may have had enough long before the next message comes.

use std::io;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use tokio::sync::oneshot;

/// Waits until the other end of standard output, if it is a pipe, is closed.
pub(super) async fn wait() {
    let (gone, wait) = oneshot::channel();
    // It may wait for ever, and then ends with the process.
    let watcher = thread::Builder::new()
        .name("hangup".to_owned())
        .spawn(move || {
            if watch() {
                // Nobody may want to know any more.
                let _ = gone.send(());
            }
        });
    if watcher.is_err() || wait.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether it is gone; the alternative is that this cannot be told.
fn watch() -> bool {
    let stdout = io::stdout();
    loop {
        // Asked for nothing, so that only an error or a hang-up is told.
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        match poll(&mut fds, None) {
            Err(Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) => return fds[0].revents().intersects(PollFlags::ERR | PollFlags::HUP),
        }
    }
}

//! Sends back what it is sent, byte for byte, to any number of clients at once.
//!
//!     cargo run --example echo                # on this computer, port 5000
//!     nc 127.0.0.1 5000                       # in a second terminal: type something
//!     sockhop connect 5000 --trace            # in a third: the same, and what went over the wire
//!
//! Another place may be given: `echo 0.0.0.0:5000` is for the whole network, `echo unix:/tmp/echo`
//! for a Unix socket, `echo tls://5000` for TLS. Ctrl-C ends. `sockhop listen 5000 --echo` does the
//! same.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it tells who comes and goes"
)]

use std::error::Error;
use std::process::ExitCode;

use sockhop_net::{Fault, Incoming, Link, Listener};
use tokio::signal::ctrl_c;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        ended = serve() => ended,
        _ = ctrl_c() => Ok(()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or("5000".to_owned());
    let listening = Listener::on(&endpoint.parse()?).await;
    // A fault says in words what failed and what that means, and with its advice what to try.
    let mut listener = listening.map_err(|fault| fault.with_advice())?;
    println!("listening on {}", listener.endpoint());
    loop {
        let incoming = listener.accept().await?;
        // Each client has a task of its own, so nobody waits for anybody else.
        tokio::spawn(async move {
            let peer = incoming.peer.clone();
            println!("connected {peer}");
            match echo(incoming).await {
                Ok(()) => println!("left {peer}"),
                // One client's trouble is not the end of the server.
                Err(fault) => println!("{fault}"),
            }
        });
    }
}

async fn echo(incoming: Incoming) -> Result<(), Fault> {
    let mut link = Link::accept(incoming).await?;
    // A stream has no messages: each of these is what one read gave, and an echo need not know more.
    while let Some(bytes) = link.receiver.receive().await? {
        // Returns when all of it is written. A client that sends and does not read is not listened
        // to meanwhile, so it cannot fill this program's memory.
        link.sender.send(&bytes).await?;
    }
    // The client has ended its half (`nc -N`, `shutdown`), and may still be reading: now ours ends.
    link.sender.finish().await
}

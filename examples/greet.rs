//! Greets whoever connects, says goodbye with that, and waits for the next.
//!
//!     cargo run --example greet               # on this computer, port 5000
//!     nc 127.0.0.1 5000                       # in a second terminal
//!     sockhop connect 5000 --explain          # or this, which says what each step is
//!
//! Another place may be given, as for `echo`. `sockhop listen 5000 --greet 'Welcome!'` greets as
//! well, and then stays to listen.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it tells who comes"
)]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use sockhop_net::{Fault, Incoming, Link, Listener};
use tokio::signal::ctrl_c;

/// How long a client may take to go, once it has been greeted.
const PART_WITHIN: Duration = Duration::from_secs(2);

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
            println!("connected {}", incoming.peer);
            if let Err(fault) = greet(incoming).await {
                println!("{fault}");
            }
        });
    }
}

async fn greet(incoming: Incoming) -> Result<(), Fault> {
    let mut link = Link::accept(incoming).await?;
    link.sender.send(b"Welcome!\n").await?;
    // To close while the client has sent something that nobody has read would reset the connection,
    // and the greeting might be lost with it. So this ends only its own half, and lets the client go.
    link.part(PART_WITHIN).await;
    Ok(())
}

//! Sends back what it is sent, in capitals, until the client leaves; then waits for the next one.
//!
//!     cargo run --example upper               # on this computer, port 5000
//!     nc 127.0.0.1 5000                       # in a second terminal: type grüße 🎮
//!
//! Text on a wire is bytes, and a letter may be several: `ü` is two, 🎮 four. A read can end between
//! them, and half a letter has no capital. So it holds back such a half until the rest has come.
//! Another place may be given, as for `echo`. `sockhop listen 5000 --upper` does the same.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it tells who comes and goes"
)]

use std::error::Error;
use std::process::ExitCode;

use sockhop_net::whole::Whole;
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
    let mut listener = listening.map_err(|fault| fault.with_advice())?;
    println!("listening on {}", listener.endpoint());
    loop {
        let incoming = listener.accept().await?;
        tokio::spawn(async move {
            let peer = incoming.peer.clone();
            println!("connected {peer}");
            match shout(incoming).await {
                Ok(()) => println!("left {peer}"),
                Err(fault) => println!("{fault}"),
            }
        });
    }
}

async fn shout(incoming: Incoming) -> Result<(), Fault> {
    let mut link = Link::accept(incoming).await?;
    let mut whole = Whole::new();
    while let Some(bytes) = link.receiver.receive().await? {
        let capitals = in_capitals(&whole.push(&bytes));
        link.sender.send(capitals.as_bytes()).await?;
    }
    // What is held back now will never be whole.
    link.sender
        .send(in_capitals(&whole.finish()).as_bytes())
        .await?;
    link.sender.finish().await
}

/// `text` in capitals. What is no UTF-8 becomes `�`.
fn in_capitals(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_uppercase()
}

//! Prints who connects and what they say, and answers "Got it!". `got_it_client` is the other side.
//!
//!     cargo run --example got_it_server                     # on this computer, port 5000
//!     cargo run --example got_it_server -- 0.0.0.0:5000     # or for every computer on the network
//!     nc 127.0.0.1 5000                                     # in a second terminal: type something
//!
//! `sockhop listen 5000 --reply 'Got it!'` does the same. What comes in one read is answered once,
//! even if it was sent in two: a stream does not say. `buttons_receive` shows what to do about
//! that.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
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
    let mut listener = listening.map_err(|fault| fault.with_advice())?;
    println!("listening on {}", listener.endpoint());
    loop {
        let incoming = listener.accept().await?;
        tokio::spawn(async move {
            let peer = incoming.peer.clone();
            println!("connected {peer}");
            match answer(incoming).await {
                Ok(()) => println!("left {peer}"),
                Err(fault) => println!("{fault}"),
            }
        });
    }
}

async fn answer(incoming: Incoming) -> Result<(), Fault> {
    let mut link = Link::accept(incoming).await?;
    // None is the empty read of other languages (b"" in Python): the client has ended its half.
    while let Some(said) = link.receiver.receive().await? {
        // {:?} shows line ends as \n, and lets no control character near the terminal.
        let text = String::from_utf8_lossy(&said);
        println!("{}: {text:?}", link.peer());
        link.sender.send(b"Got it!\n").await?;
    }
    link.sender.finish().await
}

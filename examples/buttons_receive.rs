//! Prints which button of a gamepad is pressed, however the messages were cut and glued on the way.
//!
//!     cargo run --example buttons_receive              # in one terminal
//!     cargo run --example buttons_send                 # in another
//!
//! And what goes wrong without lengths. A stream keeps the bytes in order, but not the messages
//! apart:
//!
//!     cargo run --example buttons_receive -- 5000 none
//!     cargo run --example buttons_send -- 5000 none
//!
//! prints `No Button is PressedNo Butto`, for then it takes whatever has come, 28 bytes at a time.
//! In place of `buttons_send`, try `sockhop connect 5000 --frame u8`: each line you type is a
//! message.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::error::Error;
use std::process::ExitCode;

use sockhop_net::{Fault, Framing, Incoming, Link, Listener};
use tokio::signal::ctrl_c;

/// Without framing, as many bytes are taken at once: `recv(28)` in other languages.
const TAKEN_BYTES: usize = 28;

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
    let mut args = std::env::args().skip(1);
    let endpoint = args.next().unwrap_or("5000".to_owned()).parse()?;
    let framing: Framing = args.next().unwrap_or("u8".to_owned()).parse()?;

    let listening = Listener::on(&endpoint).await;
    let mut listener = listening.map_err(|fault| fault.with_advice())?;
    println!(
        "listening on {} with framing {framing}",
        listener.endpoint()
    );
    loop {
        let incoming = listener.accept().await?;
        tokio::spawn(async move {
            let peer = incoming.peer.clone();
            println!("connected {peer}");
            match receive(incoming, framing).await {
                Ok(()) => println!("left {peer}"),
                // A sender that frames otherwise ends here: its lengths make no sense.
                Err(fault) => println!("{}", fault.with_advice()),
            }
        });
    }
}

async fn receive(incoming: Incoming, framing: Framing) -> Result<(), Fault> {
    let mut link = Link::accept(incoming).await?.framed(framing);
    // With a framing, this waits until a message is whole, whatever the reads gave.
    while let Some(message) = link.receiver.receive().await? {
        if framing.is_none() {
            for taken in message.chunks(TAKEN_BYTES) {
                println!("{:?}", String::from_utf8_lossy(taken));
            }
        } else {
            println!("{:?}", String::from_utf8_lossy(&message));
        }
    }
    link.sender.finish().await
}

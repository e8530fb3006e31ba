//! Asks for a line, sends it, prints the answer, and so on. `got_it_server` is the other side.
//!
//!     cargo run --example got_it_server                       # in one terminal
//!     cargo run --example got_it_client                       # in another: type something
//!     cargo run --example got_it_client -- 192.168.1.20:5000  # from another computer
//!
//! It listens while it waits for you to type, so it notices at once when the server leaves, and it
//! prints what a server says unasked. Ctrl-D ends what you say, Ctrl-C all of it.
//! `sockhop connect 5000` does the same.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::error::Error;
use std::process::exit;

use sockhop_net::{Framing, Link};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};
use tokio::signal::ctrl_c;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ended = tokio::select! {
        ended = talk() => ended,
        _ = ctrl_c() => Ok(()),
    };
    let code = match ended {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            1
        }
    };
    // A thread may still wait for a line to be typed, and would keep the program from ending.
    exit(code)
}

async fn talk() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or("5000".to_owned());
    let connecting = Link::connect(&endpoint.parse()?).await;
    // A fault says in words what failed and what that means, and with its advice what to try.
    let link = connecting.map_err(|fault| fault.with_advice())?;
    println!("connected to {}; type a line", link.peer());
    // Each line, of what is typed and of what is answered, is a message.
    let mut link = link.framed(Framing::Line);
    let mut typed = BufReader::new(stdin()).lines();
    let mut is_typing = true;
    loop {
        // Whichever comes first. Both may be dropped half-way without losing anything.
        tokio::select! {
            line = typed.next_line(), if is_typing => match line? {
                Some(line) => link.sender.send(line.as_bytes()).await?,
                None => {
                    // Nothing more to say; but there may be answers on their way.
                    link.sender.finish().await?;
                    is_typing = false;
                }
            },
            answer = link.receiver.receive() => match answer? {
                Some(answer) => println!("server: {}", String::from_utf8_lossy(&answer)),
                None => break,
            },
        }
    }
    println!("the server has closed the connection");
    Ok(())
}

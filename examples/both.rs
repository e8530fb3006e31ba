//! Server and client at once: it hears whoever connects to it, and connects to another by itself.
//!
//!     cargo run --example both -- 5000 5001      # listens on port 5000, connects to port 5001
//!     cargo run --example both -- 5001 5000      # in another terminal, the other way round
//!
//! Between two computers: `both 0.0.0.0:5000 OTHER:5000` on each. Which one is started first does
//! not matter, and either may be stopped and started again. What is typed goes out over the
//! connection this side has made; what the other types comes in over the one it has made. (One
//! would be enough, since each goes both ways; but two equals, each of whom may come first, need
//! both roles.)
//!
//! Ctrl-D ends what you say, Ctrl-C all of it. `sockhop listen 5000` in one terminal and
//! `sockhop connect 5001 --retry` in another do the same.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::error::Error;
use std::future::pending;
use std::process::exit;
use std::time::Duration;

use sockhop_net::{Endpoint, Fault, Framing, Incoming, Link, Listener};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin, stdin};
use tokio::signal::ctrl_c;
use tokio::time::sleep;

const BETWEEN_ATTEMPTS: Duration = Duration::from_secs(1);

/// What came to its end.
enum Ended {
    Typing,
    Connection,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ended = tokio::select! {
        ended = run() => ended,
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

async fn run() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: both HERE OTHER";
    let here = args.next().ok_or(usage)?.parse()?;
    let other = args.next().ok_or(usage)?.parse()?;

    let listening = Listener::on(&here).await;
    let listener = listening.map_err(|fault| fault.with_advice())?;
    println!("listening on {}", listener.endpoint());
    // Both at once, in one thread: each goes on whenever it has something to do.
    tokio::select! {
        heard = serve(listener) => Ok(heard?),
        () = speak(&other) => Ok(()),
    }
}

/// The server: prints what comes from whoever connects.
async fn serve(mut listener: Listener) -> Result<(), Fault> {
    loop {
        let incoming = listener.accept().await?;
        tokio::spawn(async move {
            let peer = incoming.peer.clone();
            println!("{peer} has connected");
            match hear(incoming).await {
                Ok(()) => println!("{peer} has left"),
                Err(fault) => println!("{fault}"),
            }
        });
    }
}

async fn hear(incoming: Incoming) -> Result<(), Fault> {
    let mut link = Link::accept(incoming).await?.framed(Framing::Line);
    while let Some(line) = link.receiver.receive().await? {
        println!("{}: {:?}", link.peer(), String::from_utf8_lossy(&line));
    }
    link.sender.finish().await
}

/// The client: sends what is typed, and connects again whenever the connection is gone.
async fn speak(other: &Endpoint) {
    let mut typed = BufReader::new(stdin()).lines();
    loop {
        let mut link = reach(other).await.framed(Framing::Line);
        println!("connected to {}", link.peer());
        match send(&mut link, &mut typed).await {
            Ok(Ended::Typing) => break,
            Ok(Ended::Connection) => println!("{} has closed the connection", link.peer()),
            Err(error) => println!("{error}"),
        }
        // Even if it connects and is closed each time, it is not tried without a pause.
        sleep(BETWEEN_ATTEMPTS).await;
    }
    // Nothing more to say, but there is still somebody to hear.
    pending::<()>().await;
}

/// Tries until the other is there, and says why it is not whenever that changes.
async fn reach(other: &Endpoint) -> Link {
    let mut last = None;
    loop {
        match Link::connect(other).await {
            Ok(link) => return link,
            Err(fault) => {
                let fault = Some(fault.to_string());
                if last != fault {
                    println!("{}; trying again", fault.as_deref().unwrap_or_default());
                }
                last = fault;
            }
        }
        sleep(BETWEEN_ATTEMPTS).await;
    }
}

/// Sends what is typed, until there is no more of it, or nobody to send it to.
async fn send(
    link: &mut Link,
    typed: &mut Lines<BufReader<Stdin>>,
) -> Result<Ended, Box<dyn Error>> {
    loop {
        tokio::select! {
            line = typed.next_line() => match line? {
                Some(line) => link.sender.send(line.as_bytes()).await?,
                None => {
                    link.sender.finish().await?;
                    return Ok(Ended::Typing);
                }
            },
            // It says nothing on this connection, but this is how one hears that it has gone.
            heard = link.receiver.receive() => if heard?.is_none() {
                return Ok(Ended::Connection);
            },
        }
    }
}

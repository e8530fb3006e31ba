//! Sends which button of a (made-up) gamepad is pressed, each message behind its length.
//!
//!     cargo run --example buttons_receive              # in one terminal
//!     cargo run --example buttons_send                 # in another
//!     cargo run --example buttons_send -- 5000 none    # without lengths: what goes wrong then
//!
//! The gamepad is asked fifty times a second. What it said is sent five times a second, ten
//! messages in one write: to a stream, these are 200 bytes or so, and nothing says where one
//! message ends. With `u8`, each is preceded by one byte that is its length. Both sides must say
//! the same framing: u8, u16, u32, line, fixed:20 ... In place of `buttons_receive`, try
//! `sockhop listen 5000 --frame u8 --trace`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it tells what it does"
)]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use sockhop_net::{Framing, Link};
use tokio::signal::ctrl_c;
use tokio::time::{MissedTickBehavior, interval};

/// What the gamepad says, one after the other.
const SAID: [&str; 7] = [
    "No Button is Pressed",
    "No Button is Pressed",
    "No Button is Pressed",
    "Button A is Pressed",
    "Button A is Pressed",
    "No Button is Pressed",
    "Left Trigger is Pressed",
];
const SAID_PER_WRITE: usize = 10;
const BETWEEN_WRITES: Duration = Duration::from_millis(200);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        ended = send() => ended,
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

async fn send() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let endpoint = args.next().unwrap_or("5000".to_owned()).parse()?;
    let framing: Framing = args.next().unwrap_or("u8".to_owned()).parse()?;

    let connecting = Link::connect(&endpoint).await;
    let link = connecting.map_err(|fault| fault.with_advice())?;
    let mut link = link.framed(framing);
    println!("sending to {} with framing {framing}", link.peer());
    let mut said = SAID.iter().cycle();
    let mut ticks = interval(BETWEEN_WRITES);
    // After a stall, what was missed is not made up for: old presses are of no use.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            // The receiver has nothing to say, but this is how one hears that it has gone.
            heard = link.receiver.receive() => match heard? {
                Some(_) => continue,
                None => {
                    println!("the receiver has closed the connection");
                    return Ok(());
                }
            },
        }
        for message in said.by_ref().take(SAID_PER_WRITE) {
            link.sender.put((*message).into())?;
        }
        link.sender.flush().await?;
    }
}

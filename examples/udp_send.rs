//! Sends a made-up sensor's readings as datagrams, five a second, to whoever listens or does not.
//!
//!     cargo run --example udp_receive                        # in one terminal
//!     cargo run --example udp_send                           # in another
//!     cargo run --example udp_send -- 192.168.1.20:5000      # to another computer
//!
//! Stop the receiver, and start it again: nothing waits and nothing is sent twice. What was sent
//! meanwhile is lost, and what comes is fresh. Each reading starts with its number, by which the
//! receiver knows how many it has missed. In place of `udp_receive`, try
//! `sockhop listen udp://5000`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it tells what it does"
)]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use sockhop_net::transport::Transport;
use sockhop_net::{Dial, Endpoint, Fault, Unwatched};
use tokio::signal::ctrl_c;
use tokio::time::{MissedTickBehavior, interval};

const BETWEEN_READINGS: Duration = Duration::from_millis(200);

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
    let address = std::env::args().nth(1).unwrap_or("5000".to_owned());
    let endpoint: Endpoint = format!("udp://{address}").parse()?;
    // For UDP this sends nothing, and finds nobody: it only fixes where datagrams go from now on.
    let dialed = Dial::new(endpoint).connect(&Unwatched).await;
    let dialed = dialed.map_err(|fault| fault.with_advice())?;
    let Transport::Datagrams(mut datagrams) = dialed.transport else {
        return Err("udp:// gives datagrams".into());
    };
    let peer = dialed.peer;
    println!("sending to udp://{peer}");

    let mut ticks = interval(BETWEEN_READINGS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut n = 0_u64;
    let mut told = None;
    loop {
        let outcome = tokio::select! {
            _ = ticks.tick() => {
                n += 1;
                let celsius = 20 + n % 5;
                let reading = format!("{n} temperature {celsius}");
                datagrams.send(reading.as_bytes()).await
            }
            heard = datagrams.receive() => heard.map(|text| {
                println!("{peer}: {:?}", String::from_utf8_lossy(&text));
            }),
        };
        // A machine where nothing listens on that port may say so, and something may listen later.
        // Most of what is lost is lost without a word.
        if let Err(error) = outcome {
            let fault = Fault::carry(peer.as_str(), &error);
            if told.as_ref() != Some(&fault) {
                println!("{fault}");
                told = Some(fault);
            }
        }
    }
}

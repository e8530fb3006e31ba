//! Follows every sensor under `demo/`, and prints what they say. `hub_publish` is one of them.
//!
//!     cargo run --example hub_subscribe

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::error::Error;
use std::process::ExitCode;

use sockhop_client::{Body, Client, Config, Heard, Origin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match subscribe().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn subscribe() -> Result<(), Box<dyn Error>> {
    let hub = std::env::var("SOCKHOP_HUB").unwrap_or("127.0.0.1:1337".to_owned());

    let client = Client::connect(Config::new(hub.parse()?).wait(true)).await?;
    // `#` stands for all the rest: demo/temperature, demo/imu/left, and rooms that are made later.
    let mut readings = client.subscribe("demo/#", Origin::Now).await?;

    while let Some(heard) = readings.next().await? {
        match heard {
            Heard::Message(message) => {
                // Each room numbers its messages from 1, so a gap would show.
                let (room, seq) = (&message.room, message.seq);
                match &message.body {
                    Body::Text(text) => println!("{room} {seq}: {text:?}"),
                    Body::Data(data) => println!("{room} {seq}: {} bytes", data.len()),
                }
            }
            // The hub no longer had these: it keeps no history, or was told to keep less.
            Heard::Missed { room, from, to } => println!("{room}: {from} to {to} are gone"),
            _ => {}
        }
    }
    Ok(())
}

//! Publishes a made-up sensor's readings, ten a second for a minute, for `hub_subscribe` to follow.
//!
//!     cargo run --example hub_publish
//!     cargo run --example hub_subscribe
//!
//! Stop the hub while it runs, and start it again: the readings of the time between arrive as well.

#![expect(clippy::print_stderr, reason = "it says what went wrong")]

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use sockhop_client::{Body, Client, Config, Draft};
use tokio::time::interval;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match publish().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn publish() -> Result<(), Box<dyn Error>> {
    let hub = std::env::var("SOCKHOP_HUB").unwrap_or("127.0.0.1:1337".to_owned());

    // `wait`: it does not matter which is started first, this or the hub.
    let client = Client::connect(Config::new(hub.parse()?).wait(true)).await?;
    let mut ticks = interval(Duration::from_millis(100));
    for reading in 0..600_u16 {
        ticks.tick().await;
        let celsius = 20.0 + f64::from(reading % 50) / 10.0;
        let draft = Draft::new(
            "demo/temperature",
            Body::Text(format!("{celsius:.1}").into()),
        );
        // `queue` does not wait for the ack, as `publish` would: while the hub is away, up to 256
        // readings wait in this program. Dropping the ack does not take the reading back.
        drop(client.queue(draft).await?);
    }
    // Waits for what is not acked yet.
    client.close().await?;
    Ok(())
}

//! Says again whatever is said in a room: a program that listens and answers, in full.
//!
//!     sockhop serve                            # in one terminal
//!     cargo run --example hub_echo -- lobby    # in another
//!     nc 127.0.0.1 1337                        # and in a third: type something
//!
//! The hub's address may be given in SOCKHOP_HUB, as for `sockhop publish`.

#![expect(clippy::print_stderr, reason = "it says what went wrong")]

use std::error::Error;
use std::process::ExitCode;

use sockhop_client::{Client, Config, Heard, Origin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match echo().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn echo() -> Result<(), Box<dyn Error>> {
    let room = std::env::args().nth(1).unwrap_or("lobby".to_owned());
    let hub = std::env::var("SOCKHOP_HUB").unwrap_or("127.0.0.1:1337".to_owned());

    // From here on the client keeps the connection up. If the hub is restarted, the loop below
    // just goes on: nothing is missed, and nothing comes twice.
    let client = Client::connect(Config::new(hub.parse()?).nick("echo")).await?;
    let mut heard_in_room = client.subscribe(&room, Origin::Now).await?;

    loop {
        let heard = tokio::select! {
            heard = heard_in_room.next() => heard?,
            _ = tokio::signal::ctrl_c() => None,
        };
        match heard {
            // Returns once the hub has the message. One's own messages are not heard, so an echo
            // does not answer itself.
            Some(Heard::Message(message)) => {
                client.publish(&room, message.body.clone()).await?;
            }
            // People come and go, too; only what they say is answered.
            Some(_) => {}
            None => break,
        }
    }
    // Says goodbye. Who goes without a word is held for lost, and its nick kept for a minute.
    client.close().await?;
    Ok(())
}

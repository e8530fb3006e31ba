//! Chats in a room: what is typed is said there, and what the others say is printed.
//!
//!     cargo run --example hub_chat -- ann            # in the lobby
//!     cargo run --example hub_chat -- bob kitchen    # in another room
//!
//! Ctrl-D or Ctrl-C ends. The hub's address may be given in SOCKHOP_HUB, as for
//! `sockhop subscribe`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chat is for people"
)]

use std::error::Error;
use std::process::exit;

use sockhop_client::{Body, Client, Config, Heard, Origin};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let code = match chat().await {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error}");
            1
        }
    };
    // A line that is only half typed would keep the program waiting for the rest of it.
    exit(code)
}

async fn chat() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let nick = args.next().ok_or("usage: hub_chat NICK [ROOM]")?;
    let room = args.next().unwrap_or("lobby".to_owned());
    let hub = std::env::var("SOCKHOP_HUB").unwrap_or("127.0.0.1:1337".to_owned());

    let client = Client::connect(Config::new(hub.parse()?).nick(nick)).await?;
    // The last ten messages first, to know what the others are talking about.
    let mut heard_in_room = client.subscribe(&room, Origin::Last(10)).await?;
    let mut typed = BufReader::new(stdin()).lines();

    // Three things can happen next, and whichever does first is dealt with first.
    loop {
        tokio::select! {
            line = typed.next_line() => match line? {
                Some(line) => {
                    client.publish(&room, Body::Text(line.into())).await?;
                }
                None => break,
            },
            heard = heard_in_room.next() => match heard? {
                Some(heard) => print(&heard),
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    // Says goodbye, so that the others see who left, and not who was lost.
    client.close().await?;
    Ok(())
}

fn print(heard: &Heard) {
    match heard {
        Heard::Message(message) => match &message.body {
            // Others must not play tricks on this terminal: control characters can move its cursor.
            Body::Text(text) => {
                let text = text.replace(char::is_control, "\u{fffd}");
                println!("<{}> {text}", message.from);
            }
            Body::Data(data) => println!("<{}> [{} bytes]", message.from, data.len()),
        },
        Heard::Joined { nick, .. } => println!("* {nick} is here now"),
        Heard::Left { nick, reason, .. } => println!("* {nick} left: {}", reason.sentence()),
        Heard::Renamed { nick, to, .. } => println!("* {nick} is now {to}"),
        Heard::Missed { from, to, .. } => println!("* messages {from} to {to} are gone"),
        _ => {}
    }
}

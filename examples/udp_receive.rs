//! Prints the datagrams that come, whoever sends them, and notices those that are missing or late.
//!
//!     cargo run --example udp_receive                     # on this computer, port 5000
//!     cargo run --example udp_receive -- 0.0.0.0:5000     # or for the whole network
//!     cargo run --example udp_send                        # in another terminal
//!
//! UDP has no connections: one socket hears everybody, and nobody is accepted or leaves. A datagram
//! comes whole or not at all, so it needs no framing. In place of `udp_send`, try
//! `echo hello | sockhop connect udp://5000`; in place of this, `sockhop listen udp://5000`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "its output is what it is for"
)]

use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;

use sockhop_net::{Endpoint, Fault};
use tokio::net::UdpSocket;
use tokio::signal::ctrl_c;

/// The largest datagram there is. A smaller buffer would cut larger ones, and the rest be lost.
const DATAGRAM_BYTES_MAX: usize = 65_535;
/// So many senders are remembered. Anybody can send from as many addresses as they like.
const SENDERS_MAX: usize = 1000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        ended = receive() => ended,
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

async fn receive() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or("5000".to_owned());
    let endpoint: Endpoint = format!("udp://{address}").parse()?;
    let place = endpoint.place().ok_or("datagrams go to a place")?;
    let socket = UdpSocket::bind((place.host.as_str(), place.port)).await;
    // The library has words also for the errors of sockets that it did not make.
    let socket = socket.map_err(|error| Fault::bind(&endpoint, &error).with_advice())?;
    println!("listening on udp://{}", socket.local_addr()?);

    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    let mut newest = HashMap::new();
    loop {
        let (bytes, sender) = socket.recv_from(&mut buffer).await?;
        let text = String::from_utf8_lossy(&buffer[..bytes]);
        match number(&text) {
            Some(n) => follow(&mut newest, sender, n, &text),
            None => println!("{sender}: {text:?}"),
        }
    }
}

/// `udp_send` starts each datagram with its number.
fn number(text: &str) -> Option<u64> {
    text.split(' ').next()?.parse().ok()
}

/// Prints a numbered datagram, unless a newer one from there has been printed.
fn follow(newest: &mut HashMap<SocketAddr, u64>, sender: SocketAddr, n: u64, text: &str) {
    match newest.get(&sender) {
        Some(&last) if n <= last => return println!("{sender}: {n} is too late, or a copy"),
        Some(&last) if n > last + 1 => println!("{sender}: {} are missing", n - last - 1),
        Some(_) => {}
        None if newest.len() >= SENDERS_MAX => newest.clear(),
        None => {}
    }
    newest.insert(sender, n);
    println!("{sender}: {text:?}");
}

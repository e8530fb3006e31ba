//! What `serve` prints once it accepts connections: lines for programs, and on a terminal a page
//! that tells a newcomer what to type next.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use sockhop_server::ListenUrl;
use sockhop_server::listen::PORT;

use super::args::Settled;

/// Prints `listening on URL` for each listener, then `ready`; on a terminal the page as well.
pub(super) fn announce(settled: &Settled, urls: &[ListenUrl], secret: Option<&str>) {
    let mut text = String::new();
    for url in urls {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "listening on {url}");
    }
    text.push_str("ready\n");
    let mut out = std::io::stdout();
    if out.is_terminal() {
        text.push('\n');
        text.push_str(&page(settled, urls, secret));
    }
    // Nobody may be reading: the hub runs all the same.
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

fn page(settled: &Settled, urls: &[ListenUrl], secret: Option<&str>) -> String {
    let mut page = String::new();
    let _ = writeln!(
        page,
        "Sockhop {}, hub \"{}\"",
        env!("CARGO_PKG_VERSION"),
        settled.name
    );
    match (urls.iter().any(ListenUrl::is_public), secret) {
        (false, _) => {
            page.push_str("Reachable from this computer only; --lan opens it to the network.\n");
        }
        (true, Some(secret)) => {
            let _ = writeln!(
                page,
                "Reachable from the network, for those who know the secret: {secret}"
            );
        }
        (true, None) => {
            page.push_str("Reachable from the network, for everyone: no secret is asked for.\n");
        }
    }
    if settled.history {
        let _ = writeln!(
            page,
            "History in {}",
            settled.data.join("history.db").display()
        );
    } else {
        page.push_str("Nothing is kept on disk (--no-history).\n");
    }
    let tcp = urls.iter().find_map(|url| match url {
        ListenUrl::Tcp(None, address) => Some(*address),
        _ => None,
    });
    if let Some(address) = tcp {
        page.push_str(&invitation(address, secret));
    }
    if let Some(ListenUrl::Udp(address)) = urls.iter().find(|url| matches!(url, ListenUrl::Udp(_)))
    {
        let (host, port) = reachable(*address);
        let _ = writeln!(page, "  a sensor    echo 21.5 | nc -u -w0 {host} {port}");
    }
    let on_all = tcp.is_some_and(|address| address.ip().is_unspecified());
    if let (true, Some(host)) = (on_all, lan_address()) {
        let _ = writeln!(
            page,
            "On another computer: the same, with {host} for the address."
        );
    }
    page.push_str("\nCtrl-C stops the hub.\n\n");
    page
}

fn invitation(address: SocketAddr, secret: Option<&str>) -> String {
    let (host, port) = reachable(address);
    let hello = secret.map_or(String::new(), |secret| format!(", secret=\"{secret}\""));
    let flag = secret.map_or(String::new(), |secret| format!(" --secret {secret}"));
    let hub = if (&*host, port) == ("127.0.0.1", PORT) {
        String::new()
    } else {
        format!(" --hub {host}:{port}")
    };
    let then = secret.map_or(String::new(), |secret| {
        format!("      then type /secret {secret}")
    });
    format!(
        r#"
In another terminal:
  a person    nc {host} {port}{then}
  sockhop     sockhop subscribe lobby{hub}{flag}
              sockhop publish lobby hello{hub}{flag}
  Python      python3 -c '
import socket, json
hub = socket.create_connection(("{host}", {port}))
def say(**fields): hub.sendall(json.dumps(fields).encode() + b"\n")
say(op="hello", nick="py"{hello})
say(op="publish", room="lobby", text="hello from Python", id=1)
for line in hub.makefile(): print(line, end="")'
"#
    )
}

/// The address other machines would reach this one at, if it is on a network.
fn lan_address() -> Option<IpAddr> {
    let probe = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // Connecting a datagram socket sends nothing; it makes the system choose the address it would
    // send from. 192.0.2.1 is for documentation (RFC 5737), and so beyond every local network.
    probe.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = probe.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// An address to type on this machine: a hub on every address is on this one too.
fn reachable(address: SocketAddr) -> (String, u16) {
    let host = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => "::1".to_owned(),
        other => other.ip().to_string(),
    };
    (host, address.port())
}

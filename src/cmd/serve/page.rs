//! What `serve` prints once it accepts connections: lines for programs, and on a terminal a page
//! that tells a newcomer what to type next.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;

use sockhop_server::ListenUrl;

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
            page.push_str("Reachable from this computer only; --lan opens it to the network.\n")
        }
        (true, Some(secret)) => {
            let _ = writeln!(
                page,
                "Reachable from the network, for those who know the secret: {secret}"
            );
        }
        (true, None) => {
            page.push_str("Reachable from the network, for everyone: no secret is asked for.\n")
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
    page.push_str("\nCtrl-C stops the hub.\n\n");
    page
}

fn invitation(address: SocketAddr, secret: Option<&str>) -> String {
    let (host, port) = reachable(address);
    let (hello, flag) = match secret {
        Some(secret) => (
            format!(r#"s.sendall(b'{{"op":"hello","secret":"{secret}"}}\n'); "#),
            format!(" --secret {secret}"),
        ),
        None => (String::new(), String::new()),
    };
    let hub = if (&*host, port) == ("127.0.0.1", sockhop_server::listen::PORT) {
        String::new()
    } else {
        format!(" --hub {host}:{port}")
    };
    let type_secret = secret.map_or(String::new(), |secret| {
        format!("   then type /secret {secret}")
    });
    format!(
        r#"
In another terminal:
  a person    nc {host} {port}{type_secret}
  Python      python3 -c 'import socket; s = socket.create_connection(("{host}", {port})); {hello}s.sendall(b"{{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"hello\",\"id\":1}}\n"); print(s.recv(999).decode())'
  sockhop     sockhop subscribe lobby{hub}{flag}
              sockhop publish lobby hello{hub}{flag}
"#
    )
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

//! What to type, click or scan to be in: a line for each way.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use anstyle::{AnsiColor, Color, Style};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use sockhop_server::ListenUrl;
use sockhop_server::listen::{PORT, Spoken};

/// A camera wants dark on light, whatever the terminal's own colours are.
const PAPER: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Black)))
    .bg_color(Some(Color::Ansi(AnsiColor::BrightWhite)));

/// How to get in from here, and from elsewhere on the network.
pub(super) fn to(urls: &[ListenUrl], secret: Option<&str>) -> String {
    let tcp = |wanted: &[Spoken]| {
        urls.iter().find_map(|url| match url {
            ListenUrl::Tcp(spoken, address) if wanted.contains(spoken) => Some(*address),
            _ => None,
        })
    };
    let (any, web) = (tcp(&[Spoken::Any]), tcp(&[Spoken::Any, Spoken::Http]));
    let mut text = String::new();
    if let Some(address) = web {
        text.push_str(&browser(address, secret));
    }
    if let Some(address) = any {
        text.push_str(&terminal(address, secret));
    }
    let udp = urls.iter().find_map(|url| match url {
        ListenUrl::Udp(address) => Some(*address),
        _ => None,
    });
    if let Some(address) = udp {
        let (host, port) = reachable(address);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  a sensor    echo 21.5 | nc -u -w0 {host} {port}");
    }
    if let Some(address) = web.or(any).filter(|address| address.ip().is_unspecified())
        && let Some(host) = lan_address()
    {
        let _ = writeln!(
            text,
            "On another computer: the same, with {host} for the address."
        );
        if web.is_some() {
            text.push_str(&phone(SocketAddr::new(host, address.port()), secret));
        }
    }
    text
}

fn browser(address: SocketAddr, secret: Option<&str>) -> String {
    let (host, port) = reachable(address);
    let link = link(&host, port, secret);
    let query = secret.map_or(String::new(), |secret| {
        format!("?secret={}", escaped(secret))
    });
    format!(
        "\nIn a browser:  {link}\nWith curl:     curl -d hello '{}lobby{query}'\n",
        root(&host, port)
    )
}

/// The link for those who have no keyboard at hand, to be scanned.
fn phone(address: SocketAddr, secret: Option<&str>) -> String {
    let link = link(&address.ip().to_string(), address.port(), secret);
    let Ok(code) = QrCode::with_error_correction_level(&link, EcLevel::L) else {
        // A secret too long for any code.
        return format!("On a phone: {link}\n");
    };
    let mut text = format!("On a phone: {link}\n\n");
    let picture = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light)
        .build();
    for line in picture.lines() {
        let _ = writeln!(text, "  {PAPER}{line}{PAPER:#}");
    }
    text
}

/// The page, with the secret behind the `#`, where browsers keep it to themselves.
fn link(host: &str, port: u16, secret: Option<&str>) -> String {
    let secret = secret.map_or(String::new(), |secret| {
        format!("#secret={}", escaped(secret))
    });
    root(host, port) + &secret
}

fn root(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("http://[{host}]:{port}/")
    } else {
        format!("http://{host}:{port}/")
    }
}

fn escaped(secret: &str) -> String {
    utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()
}

fn terminal(address: SocketAddr, secret: Option<&str>) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_page_with_the_secret() {
        assert_eq!(link("10.0.0.7", 1337, None), "http://10.0.0.7:1337/");
        assert_eq!(
            link("::1", 80, Some("a&b c")),
            "http://[::1]:80/#secret=a%26b%20c"
        );
    }

    #[test]
    fn a_phone_can_scan_it() {
        let text = phone("192.168.178.22:1337".parse().unwrap(), Some("abcdefghjkmn"));
        let rows: Vec<_> = text.lines().skip(2).collect();
        assert!(rows.len() <= 22, "fits a terminal: {} lines", rows.len());
        let widths: Vec<_> = rows.iter().map(|row| row.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{widths:?}");
    }

    #[test]
    fn only_what_is_spoken_is_offered() {
        let offered = |url: &str| to(&[url.parse().unwrap()], None);
        let any = offered("any://127.0.0.1:1337");
        assert!(
            any.contains("http://127.0.0.1:1337/\n") && any.contains("nc 127.0.0.1"),
            "{any}"
        );
        let web = offered("http://127.0.0.1:8080");
        assert!(web.contains("curl") && !web.contains("nc "), "{web}");
        assert_eq!(offered("json://127.0.0.1:1"), "");
    }
}

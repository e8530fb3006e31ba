//! What to type, click or scan to be in: a line for each way.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use anstyle::{AnsiColor, Color, Style};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use serde_json::json;
use sockhop_proto::name::LOBBY;
use sockhop_server::ListenUrl;
use sockhop_server::listen::{PORT, Spoken};

use crate::lan::{from_elsewhere, from_here};
use crate::shell::quoted;

/// A camera wants dark on light, whatever the terminal's own colours are.
const PAPER: Style = Style::new()
    .fg_color(Some(Color::Ansi(AnsiColor::Black)))
    .bg_color(Some(Color::Ansi(AnsiColor::BrightWhite)));

/// How to get in from here, and from elsewhere on the network.
pub(super) fn to(urls: &[ListenUrl], secret: Option<&str>) -> String {
    let mut text = String::new();
    let web = page_at(urls);
    if let Some(address) = web {
        text.push_str(&browser(from_here(address), secret));
    }
    let any = tcp(urls, &[Spoken::Any]);
    let udp = urls.iter().find_map(|url| match url {
        ListenUrl::Udp(address) => Some(*address),
        _ => None,
    });
    if any.is_some() || udp.is_some() {
        text.push_str("\nIn another terminal:\n");
    }
    if let Some(address) = any {
        text.push_str(&person(address, secret));
    }
    if let Some(address) = udp {
        text.push_str(&sensor(from_here(address), secret));
    }
    if let Some(address) = any {
        text.push_str(&program(from_here(address), secret));
    }
    if let Some(address) = web.or(udp) {
        text.push_str(&elsewhere(&from_elsewhere(address)));
    }
    if let Some(address) = web {
        text.push_str(&phone(&from_elsewhere(address), secret));
    }
    text
}

/// Where the page is served, if it is.
pub(super) fn page_at(urls: &[ListenUrl]) -> Option<SocketAddr> {
    tcp(urls, &[Spoken::Any, Spoken::Http])
}

fn tcp(urls: &[ListenUrl], wanted: &[Spoken]) -> Option<SocketAddr> {
    urls.iter().find_map(|url| match url {
        ListenUrl::Tcp(spoken, address) if wanted.contains(spoken) => Some(*address),
        _ => None,
    })
}

fn browser(address: SocketAddr, secret: Option<&str>) -> String {
    let query = secret.map_or(String::new(), |secret| {
        format!("?secret={}", escaped(secret))
    });
    let room = format!("http://{address}/{LOBBY}{query}");
    format!(
        "\nIn a browser:  {}\nWith curl:     curl -d hello {}\n",
        link(address, secret),
        quoted(&room)
    )
}

fn elsewhere(addresses: &[SocketAddr]) -> String {
    let ips: Vec<_> = addresses
        .iter()
        .map(|there| there.ip().to_string())
        .collect();
    match &*ips {
        [] => String::new(),
        ips => format!(
            "\nOn another computer: the same, with {} for the address.\n",
            ips.join(" or ")
        ),
    }
}

/// The links for those who have no keyboard at hand, the first of them to be scanned.
fn phone(addresses: &[SocketAddr], secret: Option<&str>) -> String {
    let links: Vec<_> = addresses.iter().map(|there| link(*there, secret)).collect();
    let Some(first) = links.first() else {
        return String::new();
    };
    let mut text = format!("On a phone: {}\n", links.join("\n        or: "));
    let Ok(code) = QrCode::with_error_correction_level(first, EcLevel::L) else {
        // A secret too long for any code.
        return text;
    };
    text.push('\n');
    let picture = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light)
        .build();
    for line in picture.lines() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {PAPER}{line}{PAPER:#}");
    }
    text
}

/// The page, with the secret behind the `#`, where browsers keep it to themselves.
fn link(address: SocketAddr, secret: Option<&str>) -> String {
    let secret = secret.map_or(String::new(), |secret| {
        format!("#secret={}", escaped(secret))
    });
    format!("http://{address}/{secret}")
}

fn escaped(secret: &str) -> String {
    utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()
}

fn person(address: SocketAddr, secret: Option<&str>) -> String {
    let here = from_here(address);
    let (host, port) = (here.ip(), here.port());
    let then = secret.map_or(String::new(), |secret| {
        format!("      then type /secret {secret}")
    });
    // On another computer there has to be an address to replace.
    let hub = match address == SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)) {
        true => String::new(),
        false => format!(" --hub {}", quoted(&here.to_string())),
    };
    // A secret may look like a flag.
    let flag = secret.map_or(String::new(), |secret| {
        format!(" --secret={}", quoted(secret))
    });
    format!(
        "  a person    nc {host} {port}{then}
  sockhop     sockhop subscribe {LOBBY}{hub}{flag}
              sockhop publish {LOBBY} hello{hub}{flag}
"
    )
}

/// A datagram introduces itself each time, so one that brings the secret is JSON.
fn sensor(address: SocketAddr, secret: Option<&str>) -> String {
    let (host, port) = (address.ip(), address.port());
    let says = match secret {
        None => "echo 21.5".to_owned(),
        // Some shells' echo would take the backslashes of JSON for its own.
        Some(secret) => {
            let datagram =
                json!({"op": "publish", "room": LOBBY, "text": "21.5", "secret": secret});
            format!("printf %s {}", quoted(&datagram.to_string()))
        }
    };
    // With less patience nc may be gone before the other half of the pipe has spoken.
    format!("  a sensor    {says} | nc -u -w1 {host} {port}\n")
}

fn program(address: SocketAddr, secret: Option<&str>) -> String {
    let (host, port) = (address.ip(), address.port());
    // What JSON writes between quotes Python reads as well.
    let hello = secret.map_or(String::new(), |secret| {
        format!(", secret={}", json!(secret))
    });
    let program = format!(
        r#"
import socket, json
hub = socket.create_connection(("{host}", {port}))
def say(**fields): hub.sendall(json.dumps(fields).encode() + b"\n")
say(op="hello", nick="py"{hello})
say(op="publish", room="{LOBBY}", text="hello from Python", id=1)
for line in hub.makefile(): print(line, end="")"#
    );
    format!("  Python      python3 -c {}\n", quoted(&program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_page_with_the_secret() {
        let link = |address: &str, secret| link(address.parse().unwrap(), secret);
        assert_eq!(link("10.0.0.7:1337", None), "http://10.0.0.7:1337/");
        assert_eq!(
            link("[::1]:80", Some("a&b c")),
            "http://[::1]:80/#secret=a%26b%20c"
        );
    }

    #[test]
    fn a_phone_can_scan_it() {
        let addresses = ["192.168.178.22:1337", "10.1.2.3:1337"].map(|text| text.parse().unwrap());
        let text = phone(&addresses, Some("abcdefghjkmn"));
        let mut rows: Vec<_> = text.lines().collect();
        let links: Vec<_> = rows.drain(..3).collect();
        assert_eq!(
            links,
            [
                "On a phone: http://192.168.178.22:1337/#secret=abcdefghjkmn",
                "        or: http://10.1.2.3:1337/#secret=abcdefghjkmn",
                "",
            ]
        );
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
        assert!(any.contains("subscribe lobby\n"), "{any}");
        let lan = offered("any://0.0.0.0:1337");
        assert!(lan.contains("lobby --hub 127.0.0.1:1337\n"), "{lan}");
        let udp = offered("udp://[::1]:1337");
        assert_eq!(
            udp,
            "\nIn another terminal:\n  a sensor    echo 21.5 | nc -u -w1 ::1 1337\n"
        );
        assert_eq!(offered("json://127.0.0.1:1"), "");
    }
}

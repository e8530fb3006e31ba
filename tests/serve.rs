//! What `serve` says of itself: to programs, to people at a terminal, and in its log.
#![cfg(unix)]

mod common;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use common::terminal::Terminal;
use common::toolkit::{Folder, Program, free_port, run};
use common::{Wire, datagram, sockhop};

/// On ports of this computer that nobody has.
const HERE: [&str; 4] = [
    "--listen",
    "any://127.0.0.1:0",
    "--listen",
    "udp://127.0.0.1:0",
];

/// The address behind `listening on SCHEME://`.
fn address(line: &str) -> SocketAddr {
    let address = line.rsplit("://").next().expect("a URL");
    address.parse().expect("an address")
}

/// A hub whose output no terminal shows.
fn served(folder: &Folder, flags: &[&str]) -> (Program, SocketAddr, SocketAddr) {
    let mut serve = sockhop();
    serve.args(["serve", "--data", &folder.name("data")]);
    let hub = Program::start(serve.args(flags));
    let any = address(&hub.hear("listening on any://"));
    let udp = address(&hub.hear("listening on udp://"));
    assert_eq!(hub.hear_next(), "ready");
    (hub, any, udp)
}

/// Runs a line of a shell as it stands, with this `sockhop` before any other.
fn paste(line: &str) {
    let bin = Path::new(env!("CARGO_BIN_EXE_sockhop"));
    let bin = bin.parent().expect("it is in a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", line])
        .env("PATH", format!("{bin}:{path}"));
    let done = run(&mut shell, "");
    assert_eq!(done.code, Some(0), "{line}: {done:?}");
}

#[test]
fn what_it_says_to_newcomers_can_be_pasted_whatever_the_secret() {
    for secret in ["", "hush", r#"-it's "q\n" $(x) 你"#] {
        let folder = Folder::new();
        let terminal = Terminal::open();
        terminal.resize(300, 60);
        let quoted = secret.replace('\'', r"'\''");
        let flag = match secret {
            "" => String::new(),
            _ => format!("--secret='{quoted}'"),
        };
        let (listen, data) = (HERE.join(" "), folder.name("data"));
        terminal.enter(&format!("sockhop serve {listen} --data '{data}' {flag}"));
        terminal.see("Ctrl-C stops the hub.");
        let hub = address(&terminal.see("listening on any://"));
        let mut listener = Wire::connect(hub);
        let hello = serde_json::json!({"op": "hello", "secret": secret});
        listener.send(format!(
            "{hello}\n{{\"op\":\"subscribe\",\"room\":\"lobby\"}}\n"
        ));
        listener.expect("subscribed");
        for (way, said) in [
            ("a sensor ", "21.5"),
            ("With curl: ", "hello"),
            (" sockhop publish lobby", "hello"),
        ] {
            let line = terminal.see(way);
            paste(line.trim_start().trim_start_matches(way));
            listener.expect(&format!(r#""text":"{said}""#));
        }
    }
}

#[test]
fn without_a_terminal_the_log_says_where_and_names_no_secret() {
    let folder = Folder::new();
    let (mut hub, any, _) = served(&folder, &HERE);
    hub.hear_error(&format!("the page is at http://{any}/"));
    hub.signal("TERM");
    assert_eq!(hub.wait(), Some(0));

    let (mut hub, any, _) = served(&folder, &[&HERE[..], &["--secret", "hush"]].concat());
    hub.hear_error(&format!("the page is at http://{any}/"));
    hub.hear_error("asked for the secret this hub was given");
    hub.signal("TERM");
    assert_eq!((hub.wait(), hub.rest()), (Some(0), Vec::new()));
    assert!(!hub.rest_of_errors().concat().contains("hush"));

    let here = [
        "--lan",
        "--listen",
        "any://127.0.0.1:0",
        "--listen",
        "udp://0.0.0.0:0",
    ];
    let (hub, any, _) = served(&folder, &here);
    assert!(any.ip().is_unspecified(), "{any}");
    let kept = folder.name("data/secret");
    hub.hear_error(&format!("asked for the secret in {kept}"));
    let secret = std::fs::read_to_string(kept).expect("it is there");
    assert_eq!(secret.trim().len(), 12);
}

#[test]
fn lan_opens_a_port_of_both_families() {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // A machine without IPv6.
    }
    let folder = Folder::new();
    let port = free_port();
    let listen = [
        "any://127.0.0.1",
        "udp://127.0.0.1",
        "any://[::1]",
        "udp://[::1]",
    ]
    .map(|here| format!("--listen={here}:{port}"));
    let flags: Vec<_> = ["--lan", "--open"]
        .into_iter()
        .chain(listen.iter().map(String::as_str))
        .collect();
    let (_hub, any, udp) = served(&folder, &flags);
    let everywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, any.port()));
    assert_eq!((any, udp), (everywhere, everywhere));
    let mut listener = Wire::connect((Ipv4Addr::LOCALHOST, any.port()).into());
    listener.send("{\"op\":\"subscribe\",\"room\":\"lobby\"}\n");
    listener.expect("subscribed");
    Wire::connect((Ipv6Addr::LOCALHOST, any.port()).into())
        .send("{\"op\":\"publish\",\"room\":\"lobby\",\"text\":\"by six\"}\n");
    listener.expect("by six");
    datagram((Ipv4Addr::LOCALHOST, any.port()).into(), b"by four");
    listener.expect("by four");
}

#[test]
fn lan_with_nothing_to_open_is_refused() {
    let mut serve = sockhop();
    serve.args(["serve", "--no-history", "--lan", "--listen"]);
    let done = run(serve.arg(format!("unix:{}", Folder::new().name("hub"))), "");
    assert_eq!(done.code, Some(2), "{done:?}");
    let words = "--lan opens addresses to the network, and a Unix socket has none";
    assert!(done.error.contains(words), "{done:?}");
}

#[test]
fn a_sensor_that_is_refused_is_in_the_log_once() {
    let folder = Folder::new();
    let (mut hub, any, udp) = served(&folder, &[&HERE[..], &["--secret", "hush"]].concat());
    let mut listener = Wire::connect(any);
    listener.send(
        "{\"op\":\"hello\",\"secret\":\"hush\"}\n{\"op\":\"subscribe\",\"room\":\"lobby\"}\n",
    );
    listener.expect("subscribed");
    for _ in 0..3 {
        datagram(udp, b"21.5");
    }
    datagram(udp, b"{\"op\":\"subscribe\",\"room\":\"lobby\"}");
    datagram(
        udp,
        br#"{"op":"publish","room":"lobby","text":"warm","secret":"hush"}"#,
    );
    listener.expect("warm");
    hub.signal("TERM");
    assert_eq!(hub.wait(), Some(0));
    let said = hub.rest_of_errors();
    let refused: Vec<_> = said
        .iter()
        .filter(|line| line.contains("datagram refused"))
        .collect();
    let [secret, publish] = refused[..] else {
        panic!("{said:#?}");
    };
    assert!(
        secret.contains("this hub asks for its secret first"),
        "{secret}"
    );
    assert!(
        publish.contains("only `publish` may come by datagram"),
        "{publish}"
    );
}

#[test]
fn a_secret_nobody_could_type_is_refused() {
    for secret in ["", " hush", "hu\tsh"] {
        let mut serve = sockhop();
        serve.args(["serve", "--no-history"]).args(HERE);
        let done = run(serve.env("SOCKHOP_SECRET", secret), "");
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.error.contains("the secret "), "{done:?}");
    }
}

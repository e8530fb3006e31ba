//! Which pages may speak to the hub: its own, and those it is told of.

mod common;

use common::Hub;
use common::sockhop;
use common::toolkit::run;
use common::web::{Answer, ask_once, curl, publish};

const TEAM: &str = "https://team.example";

fn from(hub: &Hub, path: &str, origin: &str, flags: &[&str]) -> Answer {
    let origin = format!("Origin: {origin}");
    let flags = [
        &["--header", &origin, "--header", "Accept: application/json"],
        flags,
    ];
    curl(hub, path, &flags.concat())
}

/// The answer to a browser's WebSocket handshake.
fn handshake(hub: &Hub, origin: &str) -> u16 {
    let asked = format!(
        "GET /-/ws HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        hub.tcp()
    );
    common::web::Asker::connect(hub.tcp())
        .send(asked)
        .head()
        .status
}

/// An own origin, as a browser would say it.
fn own(hub: &Hub) -> String {
    format!("http://{}", hub.tcp())
}

#[test]
fn a_foreign_page_is_refused() {
    let hub = Hub::start(&[]);
    publish(&hub, "/r", "ann", "secret plans");
    for origin in [
        TEAM,
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "https://127.0.0.1:x",
    ] {
        from(&hub, "/r", origin, &[]).is(403, "foreign_origin");
        from(&hub, "/r", origin, &["--data", "forged"]).is(403, "foreign_origin");
        from(&hub, "/-/rooms", origin, &[]).is(403, "foreign_origin");
        let follow = from(&hub, "/r?follow", origin, &[]);
        follow.is(403, "foreign_origin");
        assert!(!follow.has("access-control-allow-origin"), "{follow:?}");
        let preflight = from(
            &hub,
            "/r",
            origin,
            &[
                "--request",
                "OPTIONS",
                "--header",
                "Access-Control-Request-Method: PUT",
            ],
        );
        assert!(
            !preflight.has("access-control-allow-origin"),
            "{preflight:?}"
        );
        assert_eq!(handshake(&hub, origin), 403, "{origin}");
    }
    let said = curl(&hub, "/r?raw", &[]).text();
    assert_eq!(said, "secret plans\n", "nothing was forged");
    // Its own page is not foreign, also behind somebody else's TLS.
    for origin in [own(&hub), own(&hub).replace("http", "https")] {
        assert_eq!(from(&hub, "/r", &origin, &[]).status, 200, "{origin}");
        assert_eq!(from(&hub, "/r", &origin, &["--data", "x"]).status, 201);
        assert_eq!(handshake(&hub, &origin), 101);
    }
}

#[test]
fn a_page_that_is_allowed_may_read_the_answers() {
    let allow = [
        "--allow-origin",
        TEAM,
        "--allow-origin",
        "http://10.0.0.7:8080",
    ];
    let hub = Hub::start(&allow);
    for origin in [TEAM, "http://10.0.0.7:8080"] {
        let posted = from(&hub, "/r", origin, &["--data", "x"]);
        let read = from(&hub, "/r", origin, &[]);
        let failed = from(&hub, "/a//b", origin, &[]);
        assert_eq!((posted.status, read.status, failed.status), (201, 200, 400));
        for answer in [&posted, &read, &failed] {
            assert_eq!(answer.header("access-control-allow-origin"), origin);
            assert!(answer.header("vary").contains("Origin"), "{answer:?}");
        }
        let exposed = posted.header("access-control-expose-headers");
        assert!(exposed.to_ascii_lowercase().contains("location"));
        assert_eq!(handshake(&hub, origin), 101);
        let preflight = from(
            &hub,
            "/r",
            origin,
            &[
                "--request",
                "OPTIONS",
                "--header",
                "Access-Control-Request-Method: PUT",
                "--header",
                "Access-Control-Request-Headers: x-nick,authorization,content-type",
            ],
        );
        assert!(matches!(preflight.status, 200 | 204), "{preflight:?}");
        assert_eq!(preflight.header("access-control-allow-origin"), origin);
        let methods = preflight.header("access-control-allow-methods");
        assert!(methods.contains("PUT") && methods.contains("POST"));
        let headers = preflight
            .header("access-control-allow-headers")
            .to_ascii_lowercase();
        for name in ["x-nick", "authorization", "content-type", "last-event-id"] {
            assert!(headers.contains(name), "{headers}");
        }
        assert!(!preflight.has("access-control-allow-credentials"));
    }
    for origin in [
        "https://other.example",
        "http://team.example",
        "https://team.example:444",
    ] {
        from(&hub, "/r", origin, &[]).is(403, "foreign_origin");
        assert_eq!(handshake(&hub, origin), 403);
    }
    let any = Hub::start(&["--allow-origin", "*"]);
    assert_eq!(
        from(&any, "/r", "https://whoever.example", &["--data", "x"]).status,
        201
    );
    assert_eq!(handshake(&any, "https://whoever.example"), 101);
    for nonsense in [
        "team.example",
        "ftp://team.example",
        "https://team.example/path",
    ] {
        let done = run(sockhop().args(["serve", "--allow-origin", nonsense]), "");
        assert_eq!(done.code, Some(2), "{done:?}");
        assert!(done.error.contains("origin"), "{}", done.error);
    }
}

#[test]
fn a_name_that_a_stranger_gave_this_computer() {
    let called = |hub: &Hub, host: &str| {
        let asked = format!("GET /-/rooms HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        ask_once(hub, asked).status
    };
    let hub = Hub::start(&[]);
    for near in [
        "localhost",
        "localhost:1337",
        "[::1]:1337",
        "10.0.0.7",
        "hub",
        "hub.local",
        "hub.home.arpa",
    ] {
        assert_eq!(called(&hub, near), 200, "{near}");
    }
    // A page of evil.example, whose name its owner pointed here, would count as the hub's own.
    for far in [
        "evil.example",
        "evil.example:1337",
        "127.0.0.1.evil.example",
        "hub.local.evil.example",
    ] {
        assert_eq!(called(&hub, far), 421, "{far}");
    }
    let named = Hub::start(&["--allow-origin", "http://hub.example"]);
    assert_eq!(called(&named, "hub.example"), 200);
    // Whoever must bring a secret is not let in by a name.
    let secret = Hub::start(&["--secret", "swordfish"]);
    assert_eq!(called(&secret, "hub.example"), 401);
}

//! HTTP on the wire: connections that serve many requests, and whatever else may come by one. There
//! is always an answer, it never takes one request for two, and the hub goes on.

mod common;

use std::process::Command;

use common::toolkit::run;
use common::web::{Answer, Asker, ask, ask_once, curl, curl_command, publish, read, url};
use common::{Hub, Talker, Wire};

/// A request with these headers, which are to have `Host` in them.
fn request(line: &str, headers: &str, body: &str) -> String {
    format!("{line} HTTP/1.1\r\n{headers}\r\n{body}")
}

/// That the hub is well, and nobody said anything in a room called `smuggled`.
fn is_well(hub: &Hub) {
    assert_eq!(curl(hub, "/-/health", &[]).status, 200);
    assert_eq!(curl(hub, "/smuggled", &[]).status, 404);
}

#[test]
fn one_connection_for_many_requests() {
    let hub = Hub::start(&[]);
    publish(&hub, "/r", "ann", "hello");
    let flags = ["--output", "/dev/null", "--write-out", "%{num_connects} "];
    let mut command = curl_command(&hub, "/r", &flags);
    for path in ["/never", "/-/health", "/r?follow=0&last=1", "/a//b", "/r"] {
        command.args([&url(&hub, path), "--output", "/dev/null"]);
    }
    assert_eq!(run(&mut command, "").text(), "1 0 0 0 0 0 ");
    // Also after a body, and an answer that refuses one.
    let mut command = curl_command(&hub, "/r", &[&flags[..], &["--data", "x"]].concat());
    for path in ["/a//b", "/r"] {
        command.args([&url(&hub, path), "--output", "/dev/null"]);
    }
    assert_eq!(run(&mut command, "").text(), "1 0 0 ");
}

#[test]
fn requests_in_one_breath_are_answered_in_their_order() {
    let hub = Hub::start(&[]);
    let host = format!("Host: {}\r\n", hub.tcp());
    let mut breath = String::new();
    for number in 0..10 {
        let headers = format!("{host}Content-Length: 1\r\nX-Nick: ann\r\n");
        breath += &request("POST /pipe", &headers, &number.to_string());
        breath += &request(&format!("GET /pipe?since={}&raw", number + 1), &host, "");
    }
    breath += &request("GET /nowhere", &host, "");
    breath += &request(
        "HEAD /-/health",
        &format!("{host}Connection: close\r\n"),
        "",
    );
    let mut asker = Asker::connect(hub.tcp());
    let all = asker.send(&breath).rest();
    let text = String::from_utf8(all).unwrap();
    let mut from = &text[..];
    for number in 0..10 {
        for part in [
            "HTTP/1.1 201 ".to_owned(),
            format!("\"seq\":{}", number + 1),
            "HTTP/1.1 200 ".to_owned(),
            format!("{number}\n"),
        ] {
            let at = from
                .find(&part)
                .unwrap_or_else(|| panic!("no {part} in {from}"));
            from = &from[at + part.len()..];
        }
    }
    let at = from.find("HTTP/1.1 404 ").expect("not found");
    let at = at + from[at..].find("HTTP/1.1 200 ").expect("well");
    assert!(from[at..].ends_with("\r\n\r\n"), "a head alone: {from}");
}

#[test]
fn a_body_in_chunks_and_one_that_asks_first() {
    let hub = Hub::start(&["--max-frame", "64KiB", "--max-line", "64KiB"]);
    let host = format!("Host: {}\r\nConnection: close\r\n", hub.tcp());
    let chunked = format!("{host}Transfer-Encoding: chunked\r\n");
    let body = "5;ext=1\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
    assert_eq!(
        ask_once(&hub, request("POST /r", &chunked, body)).status,
        201
    );
    assert_eq!(read(&hub, "/r?raw", &[]), "hello, world\n");

    let mut asker = Asker::connect(hub.tcp());
    let asks = format!("{host}Expect: 100-continue\r\nContent-Length: 2\r\n");
    asker.send(request("POST /r", &asks, ""));
    assert_eq!(asker.head().status, 100);
    assert_eq!(asker.send("ok").answers()[0].status, 201);
    // A body that would be refused is not asked for.
    let asks = format!("{host}Expect: 100-continue\r\nContent-Length: 9999999\r\n");
    assert_eq!(ask_once(&hub, request("POST /r", &asks, "")).status, 413);
    assert_eq!(read(&hub, "/r?raw", &[]), "hello, world\nok\n");
}

#[test]
fn one_request_is_never_taken_for_two() {
    let hub = Hub::start(&[]);
    let host = format!("Host: {}\r\n", hub.tcp());
    let smuggled = request(
        "POST /smuggled",
        &format!("{host}Content-Length: 1\r\n"),
        "x",
    );
    let chunked = format!("0\r\n\r\n{smuggled}");
    let length = chunked.len();
    for (headers, body) in [
        // Two ways to say where the body ends.
        (
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
            &chunked,
        ),
        (
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
            &chunked,
        ),
        (
            format!("Content-Length: 0\r\nContent-Length: {length}\r\n"),
            &smuggled,
        ),
        (
            format!("Content-Length: {length}\r\nContent-Length: 0\r\n"),
            &smuggled,
        ),
        (format!("Content-Length: 0, {length}\r\n"), &smuggled),
        // A length that is none.
        ("Content-Length: +0\r\n".into(), &smuggled),
        ("Content-Length: -1\r\n".into(), &smuggled),
        ("Content-Length: 0x0\r\n".into(), &smuggled),
        ("Content-Length: 0 0\r\n".into(), &smuggled),
        ("Content-Length: \r\n".into(), &smuggled),
        (
            "Content-Length: 99999999999999999999999\r\n".into(),
            &smuggled,
        ),
        // A coding that somebody else may read otherwise.
        ("Transfer-Encoding: xchunked\r\n".into(), &chunked),
        ("Transfer-Encoding: identity\r\n".into(), &smuggled),
        ("Transfer-Encoding: chunked, identity\r\n".into(), &chunked),
        ("Transfer-Encoding: \x0bchunked\r\n".into(), &chunked),
        ("Transfer-Encoding : chunked\r\n".into(), &chunked),
        ("Transfer-Encoding\r\n : chunked\r\n".into(), &chunked),
        (
            "Content-Length: 0\r\nTransfer-Encoding: identity\r\n".into(),
            &smuggled,
        ),
        // Chunks that are none.
        (
            "Transfer-Encoding: chunked\r\n".into(),
            &format!("-1\r\n\r\n{smuggled}"),
        ),
        (
            "Transfer-Encoding: chunked\r\n".into(),
            &format!("0x0\r\n\r\n{smuggled}"),
        ),
        (
            "Transfer-Encoding: chunked\r\n".into(),
            &format!("1\r\nxy\r\n0\r\n\r\n{smuggled}"),
        ),
        (
            "Transfer-Encoding: chunked\r\n".into(),
            &format!("ffffffffffffffff0\r\n{smuggled}"),
        ),
        // Headers that are none.
        (
            format!("X: y\r\n z\r\nContent-Length : {length}\r\n"),
            &smuggled,
        ),
        (" Content-Length: 0\r\n".into(), &smuggled),
        ("X\0Y: z\r\n".into(), &smuggled),
        ("no colon\r\n".into(), &smuggled),
        (": no name\r\n".into(), &smuggled),
        ("X: y\rContent-Length: 9\r\n".into(), &smuggled),
    ] {
        let asked = request("POST /r", &format!("{host}{headers}"), body);
        // Nothing more comes; so if the hub waits for more of it, that is as well.
        let answers = Asker::connect(hub.tcp()).send(&asked).end().answers();
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            matches!(statuses[..], [400 | 413 | 501]),
            "{statuses:?} to {asked:?}"
        );
        is_well(&hub);
    }
    assert_eq!(curl(&hub, "/r", &[]).status, 404, "nothing was said at all");
}

#[test]
fn what_is_no_request_is_told_so() {
    let hub = Hub::start(&[]);
    let host = format!("Host: {}\r\n", hub.tcp());
    let two_hosts = format!("{host}Host: other\r\n");
    for broken in [
        // HTTP/1.1 has a Host, and one.
        request("GET /", "", ""),
        request("GET /", &two_hosts, ""),
        request("GET /", "Host: a b\r\n", ""),
        format!("GET / HTTP/9.9\r\n{host}\r\n"),
        format!("GET / HTTP/2.0\r\n{host}\r\n"),
        format!("GET / HTTQ/1.1\r\n{host}\r\n"),
        format!("GET /\r\n{host}\r\n"),
        format!("GET  / HTTP/1.1\r\n{host}\r\n"),
        format!("GET / HTTP/1.1 \r\n{host}\r\n"),
        format!("GET /\x01 HTTP/1.1\r\n{host}\r\n"),
        format!("GET no/slash HTTP/1.1\r\n{host}\r\n"),
        format!("POST \r\n{host}\r\n"),
        "GET \u{fffd}\r\n\r\n".to_owned(),
        "DELETE \0\0\0\0\r\n\r\n".to_owned(),
    ] {
        let answer = Asker::connect(hub.tcp()).send(&broken).end().answers();
        let statuses: Vec<_> = answers_of(&answer);
        assert_eq!(statuses, [400], "to {broken:?}");
        is_well(&hub);
    }
    // Unknown methods are no error of form; they are answered where they are known to be HTTP.
    let connect = request("PATCH /r", &format!("{host}Connection: close\r\n"), "");
    assert_eq!(ask_once(&hub, connect).status, 405);
    // A request that never becomes whole.
    let answers = Asker::connect(hub.tcp())
        .send("GET / HTTP/1.1\r\nHo")
        .end()
        .answers();
    assert!(
        matches!(answers_of(&answers)[..], [] | [400 | 408]),
        "{answers:?}"
    );
    let headers = format!("{host}Content-Length: 100\r\n");
    let half = request("POST /r", &headers, "half of it");
    let answers = Asker::connect(hub.tcp()).send(half).end().answers();
    assert!(
        matches!(answers_of(&answers)[..], [] | [400 | 408]),
        "{answers:?}"
    );
    assert_eq!(curl(&hub, "/r", &[]).status, 404, "half a message is none");
}

fn answers_of(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

#[test]
fn there_is_an_end_to_everything() {
    let hub = Hub::start(&["--max-frame", "64KiB", "--max-line", "64KiB"]);
    let host = format!("Host: {}\r\n", hub.tcp());
    let many: String = (0..2000)
        .map(|number| format!("X-{number}: y\r\n"))
        .collect();
    let long = "x".repeat(1 << 20);
    for (asked, expected) in [
        (
            request("GET /", &format!("{host}{many}"), ""),
            &[431, 400][..],
        ),
        (
            request("GET /", &format!("{host}X: {long}\r\n"), ""),
            &[431, 400],
        ),
        (
            request(&format!("GET /{long}"), &host, ""),
            &[414, 431, 400],
        ),
        (
            request(&format!("GET /r?{long}"), &host, ""),
            &[414, 431, 400],
        ),
        // None of these has an end at all.
        (format!("GET /{long}"), &[414, 431, 400]),
        (format!("GET / HTTP/1.1\r\n{host}{long}"), &[431, 400]),
        (format!("GET / HTTP/1.1\r\n{host}{many}"), &[431, 400]),
        (format!("POST {}", "x".repeat(10 << 20)), &[414, 431, 400]),
        (
            request(
                "POST /r",
                &format!("{host}Content-Length: 1073741824\r\n"),
                &long,
            ),
            &[413],
        ),
        (
            request(
                "POST /r",
                &format!("{host}Transfer-Encoding: chunked\r\n"),
                &format!("40000000\r\n{long}"),
            ),
            &[413],
        ),
        (
            request(
                "POST /r",
                &format!("{host}Transfer-Encoding: chunked\r\n"),
                &format!("1;{long}\r\nx\r\n0\r\n\r\n"),
            ),
            &[400, 413],
        ),
        (
            request(
                "POST /r",
                &format!("{host}Transfer-Encoding: chunked\r\n"),
                &format!("1\r\nx\r\n0\r\nTrailer: {long}\r\n\r\n"),
            ),
            &[400, 413, 431],
        ),
    ] {
        // What is refused while it still comes is answered all the same, and not reset.
        let answers = ask(&hub, &asked);
        let statuses = answers_of(&answers);
        assert!(
            statuses.len() == 1 && expected.contains(&statuses[0]),
            "{statuses:?} to {:?}…",
            &asked[..asked.len().min(100)]
        );
        is_well(&hub);
    }
    assert_eq!(curl(&hub, "/r", &[]).status, 404);
}

#[test]
fn who_is_too_slow_is_told_so() {
    let hub = Hub::start(&["--time-to-speak", "300ms"]);
    let host = format!("Host: {}\r\n", hub.tcp());
    let body = format!("{host}Content-Length: 10\r\n");
    for half in [
        "GET / HTTP/1.1\r\nHost".to_owned(),
        request("POST /r", &body, "half"),
        request(
            "POST /r",
            &format!("{host}Transfer-Encoding: chunked\r\n"),
            "9\r\nhalf",
        ),
    ] {
        let answers = ask(&hub, &half);
        assert_eq!(answers_of(&answers), [408], "to {half:?}");
    }
    assert_eq!(curl(&hub, "/r", &[]).status, 404, "half a message is none");
    // Who follows may be silent for as long as it likes, and so may the room.
    let reader = common::web::follow(&hub, "/r?follow", &["--header", "X-Nick: reader"]);
    assert_eq!(ask(&hub, "GET / HTTP/1.1\r\n")[0].status, 408);
    publish(&hub, "/r", "ann", "still here?");
    assert_eq!(reader.expect(""), "<ann> still here?");
}

#[test]
fn bodies_share_what_memory_there_is() {
    let hub = Hub::start(&["--max-unfinished", "64KiB"]);
    let host = format!("Host: {}\r\n", hub.tcp());
    let large = format!("{host}Connection: close\r\nContent-Length: 200000\r\n");
    let answer = ask_once(&hub, request("POST /r", &large, &"x".repeat(200_000)));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(
        answer.text().starts_with("overloaded: "),
        "{}",
        answer.text()
    );
    // It was given back.
    assert_eq!(publish(&hub, "/r", "ann", &"x".repeat(50_000)), 1);
    assert_eq!(publish(&hub, "/r", "ann", &"x".repeat(50_000)), 2);
}

#[test]
fn one_connection_too_many_is_told_so_in_http() {
    let hub = Hub::start(&["--max-per-address", "2"]);
    let mut first = Wire::connect(hub.tcp());
    first.send("{\"op\":\"hello\"}\n");
    first.expect("welcome");
    let mut second = Asker::connect(hub.tcp());
    let ask_for_health = request("GET /-/health", &format!("Host: {}\r\n", hub.tcp()), "");
    second.send(&ask_for_health);
    assert_eq!(second.head().status, 200);
    for flags in [&[][..], &["--data", "x"]] {
        let answer = curl(&hub, "/lobby", flags);
        assert_eq!(answer.status, 503);
        assert!(answer.text().starts_with("too_many_connections: "));
    }
    first.send("{\"op\":\"ping\"}\n");
    first.expect("pong");
}

#[test]
fn a_connection_to_spare_is_not_greeted() {
    let hub = Hub::start(&[]);
    // As browsers do: one more than they use. It is silent, as a person at first is.
    let mut spare = Asker::connect(hub.tcp());
    assert_eq!(curl(&hub, "/", &[]).status, 200);
    // Whoever comes from elsewhere after it is greeted, and by then it would have been.
    let nc = Talker::start(Command::new("nc").args(["-s", "127.0.0.2", "127.0.0.1", &hub.port()]));
    nc.expect("in lobby, with nobody else yet.");
    let ask = request(
        "GET /-/health",
        &format!("Host: {}\r\nConnection: close\r\n", hub.tcp()),
        "",
    );
    let answers = spare.send(ask).answers();
    assert_eq!(
        answers_of(&answers),
        [200],
        "and it serves when it is needed"
    );
    // A program that asks for something is no browser: the person beside it is greeted.
    let nc = Talker::start(Command::new("nc").args(["-s", "127.0.0.3", "127.0.0.1", &hub.port()]));
    let from_there = ["--interface", "127.0.0.3"];
    assert_eq!(curl(&hub, "/-/rooms", &from_there).status, 200);
    nc.expect("* Welcome");
    // A spare one that is never used goes as quietly.
    let mut spare = Asker::connect(hub.tcp());
    assert_eq!(curl(&hub, "/", &[]).status, 200);
    assert_eq!(spare.end().rest(), b"");
}

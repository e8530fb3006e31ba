//! A room is a URL: what `curl` can say into it and read from it.

mod common;

use common::web::{Answer, Asker, ask_once, curl, curl_with, publish, read, url};
use common::{Hub, Talker, Wire};

use serde_json::{Value, json};

const JSON: &str = "Accept: application/json";

/// The messages of a room, as JSON.
fn messages(hub: &Hub, path: &str) -> Vec<Value> {
    let answer = curl(hub, path, &["--header", JSON]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.media_type(), "application/json");
    serde_json::from_slice(&answer.body).expect("an array")
}

/// Publishes with these flags of curl, and `input` for them to use.
fn post(hub: &Hub, path: &str, flags: &[&str], input: &[u8]) -> Answer {
    let flags = [flags, &["--data-binary", "@-"]].concat();
    curl_with(hub, path, &flags, input)
}

#[test]
fn what_is_put_there_is_there() {
    let mut hub = Hub::start(&[]);
    let ann = ["--header", "X-Nick: ann"];
    let posted = post(&hub, "/telemetry/imu", &ann, b"hello");
    assert_eq!(posted.status, 201);
    assert_eq!(posted.header("location"), "/telemetry/imu#1");
    assert_eq!(posted.media_type(), "application/json");
    let told = posted.json();
    assert_eq!(
        (&told["room"], &told["seq"]),
        (&json!("telemetry/imu"), &json!(1))
    );
    let time_us = told["time_us"].as_u64().expect("a time");
    assert!(time_us > 1_700_000_000_000_000, "{told}");

    let put = curl(
        &hub,
        "/telemetry/imu",
        &[
            "--request",
            "PUT",
            "--header",
            "X-Nick: bob",
            "--data",
            "21.5",
        ],
    );
    assert_eq!((put.status, &put.json()["seq"]), (201, &json!(2)));
    let file = hub.data().join("report.txt");
    std::fs::write(&file, "as a file").unwrap();
    let file = file.to_str().unwrap();
    let put = curl(
        &hub,
        "/telemetry/imu",
        &[&ann[..], &["--upload-file", file]].concat(),
    );
    assert_eq!(put.status, 201);

    let there = "<ann> hello\n<bob> 21.5\n<ann> as a file\n";
    assert_eq!(read(&hub, "/telemetry/imu", &[]), there);
    // A 201 is a promise, and survives a power cut.
    hub.kill();
    hub.restart();
    assert_eq!(read(&hub, "/telemetry/imu", &[]), there);
    assert_eq!(messages(&hub, "/telemetry/imu")[0]["time_us"], time_us);
    // A number that may have been used before is not used again.
    assert!(publish(&hub, "/telemetry/imu", "ann", "more") > 3);
}

#[test]
fn a_body_is_what_its_type_and_its_bytes_say() {
    let hub = Hub::start(&[]);
    let with = |kind: &str, body: &[u8]| {
        let kind = format!("Content-Type: {kind}");
        let answer = post(&hub, "/bodies", &["--header", &kind], body);
        assert_eq!(answer.status, 201, "{kind}: {answer:?}");
        let all = messages(&hub, "/bodies?last=1");
        let mut said = all[0].clone();
        let fields = said.as_object_mut().unwrap();
        for known in ["ev", "room", "seq", "time_us", "from"] {
            assert!(fields.remove(known).is_some(), "{known} of {all:?}");
        }
        said
    };
    // curl's own is not the person's word for it.
    let curl_s = "application/x-www-form-urlencoded";
    assert_eq!(with(curl_s, b"a=b&c"), json!({"text": "a=b&c"}));
    assert_eq!(
        with("text/plain; charset=utf-8", "grüße".as_bytes()),
        json!({"text": "grüße"})
    );
    let json = br#"{"x": 1.5}"#;
    assert_eq!(
        with("application/json", json),
        json!({"text": "{\"x\": 1.5}", "type": "application/json"})
    );
    assert_eq!(
        with("application/octet-stream", b"text"),
        json!({"data": "dGV4dA==", "type": "application/octet-stream"})
    );
    assert_eq!(
        with("image/png", b"\x89PNG\r\n\x1a\n"),
        json!({"data": "iVBORw0KGgo=", "type": "image/png"})
    );
    let not_text = with("text/plain", b"\xff\0\xfe");
    assert_eq!(not_text["data"], "/wD+");
    assert_eq!(not_text.get("text"), None);
    // Several lines are one message.
    assert_eq!(with("text/plain", b"one\ntwo\n")["text"], "one\ntwo\n");
}

#[test]
fn an_ephemeral_message_is_heard_and_not_kept() {
    let hub = Hub::start(&[]);
    let mut there = Wire::connect(hub.tcp());
    there.send("{\"op\":\"subscribe\",\"room\":\"pads/1\"}\n");
    there.expect("subscribed");
    for (path, flags) in [
        ("/pads/1?ephemeral", &[][..]),
        ("/pads/1", &["--header", "X-Ephemeral: 1"]),
    ] {
        let flags = [flags, &["--header", "X-Nick: pad"]].concat();
        assert_eq!(post(&hub, path, &flags, b"forward").status, 201);
        let heard = there.expect("forward");
        assert!(heard.contains(r#""ephemeral":true"#), "{heard}");
    }
    publish(&hub, "/pads/1", "ann", "kept");
    let kept = messages(&hub, "/pads/1?since=1");
    let texts: Vec<_> = kept.iter().map(|message| &message["text"]).collect();
    assert_eq!(texts, ["kept"]);
}

#[test]
fn where_to_begin() {
    let hub = Hub::start(&[]);
    for number in 1..=25 {
        publish(&hub, "/count", "ann", &format!("n{number}"));
    }
    let lines = |path: &str| {
        read(&hub, path, &[])
            .replace("<ann> n", "")
            .replace('\n', " ")
    };
    assert!(lines("/count").starts_with("6 ") && lines("/count").ends_with(" 25 "));
    assert_eq!(lines("/count?last=3"), "23 24 25 ");
    assert_eq!(lines("/count?last=1000"), lines("/count?since=1"));
    assert_eq!(lines("/count?since=24"), "24 25 ");
    assert_eq!(lines("/count?since=26"), "");
    assert_eq!(lines("/count?last=0"), "");
    assert_eq!(read(&hub, "/count?last=2&raw", &[]), "n24\nn25\n");
    // Both: so many from there on.
    assert_eq!(lines("/count?since=3&last=2"), "3 4 ");
    assert_eq!(messages(&hub, "/count?since=26"), Vec::<Value>::new());
    for bad in ["/count?last=many", "/count?since=-1", "/count?since=1.5"] {
        let answer = curl(&hub, bad, &["--header", JSON]);
        assert_eq!(answer.status, 400, "{bad}: {answer:?}");
        answer.code();
    }
}

#[test]
fn the_bodies_alone_are_what_was_sent() {
    let hub = Hub::start(&[]);
    let binary = [0, 255, b'\r', b'\n', 0x1b, 7];
    let of_type = |kind: &str, body: &[u8]| {
        let kind = format!("Content-Type: {kind}");
        let answer = post(&hub, "/files", &["--header", &kind], body);
        assert_eq!(answer.status, 201);
    };
    of_type("text/plain", b"<script>alert(1)</script>");
    of_type("application/octet-stream", &binary);
    let answer = curl(&hub, "/files?raw", &[]);
    assert_eq!(
        answer.body,
        [b"<script>alert(1)</script>\n", &binary[..]].concat()
    );
    // A browser that is sent here shows it as text, or saves it, and runs none of it.
    for accept in ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8"] {
        let accept = format!("Accept: {accept}");
        let answer = curl(&hub, "/files?raw", &["--header", &accept]);
        assert!(
            matches!(
                answer.media_type(),
                "text/plain" | "application/octet-stream"
            ),
            "{answer:?}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("sandbox"));
    }
    // As lines, what could move a terminal's cursor is made harmless.
    let lines = read(&hub, "/files", &[]);
    assert!(
        lines.ends_with("> [6 bytes, application/octet-stream]\n"),
        "{lines}"
    );
    of_type("text/plain", b"\x1b[2Jcleared\r\n<boss> obey");
    let lines = read(&hub, "/files?last=1", &[]);
    assert!(
        !lines.contains('\x1b') && !lines.contains('\r'),
        "{lines:?}"
    );
    assert!(
        !lines.lines().any(|line| line.starts_with("<boss>")),
        "{lines}"
    );
}

#[test]
fn the_accept_header_picks_the_form() {
    let hub = Hub::start(&[]);
    publish(&hub, "/room", "ann", "hello");
    let of = |accept: &str| {
        let accept = format!("Accept: {accept}");
        let answer = curl(&hub, "/room", &["--header", &accept]);
        assert_eq!(answer.status, 200, "{accept}: {answer:?}");
        assert!(
            answer
                .header("vary")
                .to_ascii_lowercase()
                .contains("accept"),
            "{answer:?}"
        );
        answer
    };
    for page in [
        "text/html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
        "application/json;q=0.5, text/html",
    ] {
        let answer = of(page);
        assert_eq!(answer.media_type(), "text/html", "{page}");
        assert!(answer.text().starts_with("<!doctype html>"));
    }
    for array in [
        "application/json",
        "application/json, text/plain;q=0.9, */*;q=0.1",
        "text/html;q=0.1, application/json;q=0.2",
        "APPLICATION/JSON",
    ] {
        let answer = of(array);
        assert_eq!(answer.media_type(), "application/json", "{array}");
        assert_eq!(answer.json()[0]["text"], "hello");
    }
    for lines in [
        "*/*",
        "text/plain",
        "text/*",
        "image/webp",
        "nonsense",
        "",
        "text/html;q=0",
    ] {
        let answer = of(lines);
        assert_eq!(answer.media_type(), "text/plain", "{lines}");
        assert_eq!(answer.text(), "<ann> hello\n", "{lines}");
    }
    let ndjson = of("application/x-ndjson");
    assert_eq!(ndjson.media_type(), "application/x-ndjson");
    assert_eq!(ndjson.json()["seq"], 1);
}

#[test]
fn people_and_programs_hear_each_other() {
    let hub = Hub::start(&[]);
    let mut nc = Talker::start(std::process::Command::new("nc").args(["127.0.0.1", &hub.port()]));
    nc.say("/nick ann");
    nc.expect("is now ann");
    assert_eq!(publish(&hub, "/lobby", "sensor", "21.5 °C"), 1);
    nc.expect("<sensor> 21.5 °C");
    nc.say("warm");
    nc.say("/ping");
    nc.expect("* pong");
    assert_eq!(read(&hub, "/lobby", &[]), "<sensor> 21.5 °C\n<ann> warm\n");
    // A request is nobody who comes and goes.
    nc.say("/who");
    nc.expect("* lobby has 1 member");
}

#[test]
fn whose_word_it_is() {
    let hub = Hub::start(&[]);
    let from = |nick: &str| {
        let header = format!("X-Nick: {nick}");
        let answer = post(
            &hub,
            "/names",
            &["--header", &header, "--header", JSON],
            b"x",
        );
        if answer.status != 201 {
            return Err((answer.status, answer.code()));
        }
        let said = messages(&hub, "/names?last=1");
        Ok(said[0]["from"].as_str().expect("a nick").to_owned())
    };
    assert_eq!(from("ann").unwrap(), "ann");
    assert_eq!(from("J%C3%BCrgen").unwrap(), "Jürgen");
    assert_eq!(from("Jürgen").unwrap(), "Jürgen");
    let bad = (400, "bad_nick".to_owned());
    assert_eq!(from("two%20words"), Err(bad.clone()));
    assert_eq!(from(&"x".repeat(33)), Err(bad));
    // Who has it already keeps it.
    let mut wire = Wire::connect(hub.tcp());
    wire.send("{\"op\":\"hello\",\"nick\":\"Ann\"}\n");
    wire.expect("welcome");
    assert_eq!(from("ann").unwrap(), "ann~http");
    assert_eq!(from("ann~http"), Err((400, "bad_nick".to_owned())));
    // Who has come by the time that all of it is here has it too.
    let mut slow = Asker::connect(hub.tcp());
    let headers = format!(
        "Host: {}\r\nX-Nick: late\r\nContent-Length: 4\r\n",
        hub.tcp()
    );
    slow.send(format!(
        "POST /names HTTP/1.1\r\n{headers}Expect: 100-continue\r\n\r\n"
    ));
    assert_eq!(slow.head().status, 100, "it listens, so it knows the nick");
    wire.send("{\"op\":\"nick\",\"nick\":\"late\"}\n");
    wire.expect("late");
    assert_eq!(slow.send("late").head().status, 201);
    let said = messages(&hub, "/names?last=1");
    assert_eq!(said[0]["from"], "late~http");
    // A marked one fits too.
    let long = "x".repeat(32);
    wire.send(format!("{{\"op\":\"nick\",\"nick\":\"{long}\"}}\n"));
    wire.expect(&long);
    assert_eq!(from(&long).unwrap(), format!("{}~http", &long[..27]));
    // Who brings none is somebody all the same.
    assert_eq!(post(&hub, "/names", &[], b"x").status, 201);
    let from = messages(&hub, "/names?last=1")[0]["from"].clone();
    assert!(
        from.as_str().is_some_and(|nick| nick.contains('-')),
        "{from}"
    );
}

#[test]
fn what_rooms_are_called() {
    let hub = Hub::start(&[]);
    for (path, room) in [
        ("/gr%C3%BC%C3%9Fe/welt", "grüße/welt"),
        ("/two%20words", "two words"),
        ("/50%25", "50%"),
        ("/a+b%3F".replace('+', "-").as_str(), "a-b?"),
        ("/..", ".."),
        ("/a/./b", "a/./b"),
    ] {
        let answer = post(&hub, path, &[], b"x");
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
        assert_eq!(answer.json()["room"], room, "{path}");
        let location = answer.header("location").to_owned();
        assert!(location.is_ascii(), "{location}");
        let (back, _) = location.split_once('#').expect("a message's place");
        assert_eq!(messages(&hub, back)[0]["room"], room, "{location}");
    }
    let long = format!("/{}", "x".repeat(256));
    for path in [
        "/a//b", "/a/", "//a", "/%23", "/a/%2B", "/$sys", "/-x", "/a%00b", "/a%0Ab", &long,
    ] {
        let answer = post(&hub, path, &["--header", JSON], b"x");
        answer.is(400, "bad_room");
        let words = curl(&hub, path, &["--request", "POST", "--data", "x"]);
        assert_eq!(words.status, 400, "{path}");
        assert!(words.text().starts_with("bad_room: "), "{}", words.text());
        assert_eq!(words.media_type(), "text/plain");
    }
    for form in [JSON, "Accept: text/plain"] {
        let unknown = curl(&hub, "/never/said", &["--header", form]);
        assert_eq!(unknown.status, 404);
    }
    curl(&hub, "/never/said", &["--header", JSON]).is(404, "no_such_room");
    // The page may stand where nothing was said yet: whoever opens it may be the first.
    let page = curl(&hub, "/never/said", &["--header", "Accept: text/html"]);
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
}

#[test]
fn what_cannot_be_said() {
    let hub = Hub::start(&["--max-frame", "64KiB", "--max-line", "64KiB"]);
    let asks_json = ["--header", JSON];
    let empty = curl(&hub, "/r", &["--request", "POST", "--header", JSON]);
    assert_eq!(empty.status, 400, "{empty:?}");
    empty.code();
    post(&hub, "/r", &asks_json, &[b'x'; 100_000]).is(413, "too_large");
    let chunked = ["--header", JSON, "--header", "Transfer-Encoding: chunked"];
    post(&hub, "/r", &chunked, &[b'x'; 100_000]).is(413, "too_large");
    // Not even when curl asks first, as it does with much.
    post(&hub, "/r", &asks_json, &vec![b'x'; 20 << 20]).is(413, "too_large");
    curl(&hub, "/r", &asks_json).is(404, "no_such_room");
    assert_eq!(post(&hub, "/r", &chunked, &[b'x'; 60_000]).status, 201);
    assert_eq!(read(&hub, "/r?raw", &[]).len(), 60_001);
}

#[test]
fn methods() {
    let hub = Hub::start(&[]);
    publish(&hub, "/room", "ann", "hello");
    for path in ["/room", "/", "/-/rooms", "/-/health", "/-/metrics"] {
        let whole = curl(&hub, path, &[]);
        let head = curl(&hub, path, &["--head"]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.media_type(), whole.media_type(), "{path}");
    }
    assert_eq!(curl(&hub, "/never", &["--head"]).status, 404);
    let options = curl(&hub, "/room", &["--request", "OPTIONS"]);
    assert!(matches!(options.status, 200 | 204), "{options:?}");
    for allowed in ["GET", "HEAD", "POST", "PUT", "OPTIONS"] {
        assert!(options.header("allow").contains(allowed), "{options:?}");
    }
    for method in ["DELETE", "PATCH"] {
        let answer = curl(&hub, "/room", &["--request", method, "--header", JSON]);
        assert_eq!(answer.status, 405, "{method}");
        assert!(answer.header("allow").contains("POST"), "{answer:?}");
        answer.code();
    }
    for path in ["/-/rooms", "/-/health", "/-/metrics", "/-/assets/main.js"] {
        let answer = curl(&hub, path, &["--request", "POST", "--data", "x"]);
        assert_eq!(answer.status, 405, "{path}");
        assert!(answer.header("allow").contains("GET"), "{answer:?}");
        assert!(!answer.header("allow").contains("POST"), "{answer:?}");
    }
    for path in [
        "/-/nothing",
        "/-/assets/nothing.js",
        "/-/assets/../Cargo.toml",
        "/-/assets/",
    ] {
        assert_eq!(curl(&hub, path, &[]).status, 404, "{path}");
    }
}

#[test]
fn the_page_and_what_belongs_to_it() {
    let hub = Hub::start(&[]);
    let page = curl(&hub, "/", &["--header", "Accept: text/html"]);
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        &format!("ws://{}", hub.tcp()),
    ] {
        assert!(policy.contains(rule), "{rule} in {policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains('*'),
        "{policy}"
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    // The glance and the bare address are the page whoever asks.
    for path in ["/", "/-/"] {
        assert_eq!(curl(&hub, path, &[]).media_type(), "text/html", "{path}");
    }
    let text = page.text();
    let parts: Vec<_> = text
        .split('"')
        .filter(|part| part.starts_with("/-/assets/"))
        .collect();
    assert!(parts.len() >= 3, "{text}");
    assert!(
        !text.contains("http://") && !text.contains("https://"),
        "{text}"
    );
    for part in parts {
        let asset = curl(&hub, part, &[]);
        let expected = match part.rsplit('.').next() {
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            Some("webmanifest") => "application/manifest+json",
            _ => panic!("{part}?"),
        };
        assert_eq!(
            (asset.status, asset.media_type()),
            (200, expected),
            "{part}"
        );
        assert_eq!(asset.header("cache-control"), "no-cache");
        let same = format!("If-None-Match: {}", asset.header("etag"));
        let again = curl(&hub, part, &["--header", &same]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{part}");
        let other = curl(&hub, part, &["--header", "If-None-Match: \"another\""]);
        assert_eq!(other.status, 200);
    }
    let icon = curl(&hub, "/favicon.ico", &[]);
    assert_eq!(icon.status, 200, "{icon:?}");
    assert!(icon.media_type().starts_with("image/"));
}

#[test]
fn a_secret_is_asked_for_where_there_is_one() {
    let hub = Hub::start(&["--secret", "swordfish"]);
    let bearer = ["--header", "Authorization: Bearer swordfish"];
    for path in ["/lobby", "/-/rooms", "/-/connections", "/-/metrics"] {
        let refused = curl(&hub, path, &["--header", JSON]);
        refused.is(401, "secret_required");
        assert!(refused.header("www-authenticate").starts_with("Bearer"));
    }
    post(&hub, "/r", &["--header", JSON], b"x").is(401, "secret_required");
    let wrong = ["--header", "Authorization: Bearer guess", "--header", JSON];
    post(&hub, "/r", &wrong, b"x").is(401, "wrong_secret");
    curl(&hub, "/r?secret=guess", &["--header", JSON]).is(401, "wrong_secret");
    curl(&hub, "/-/rooms?secret=guess", &["--header", JSON]).is(401, "wrong_secret");

    assert_eq!(post(&hub, "/r", &bearer, b"one").status, 201);
    assert_eq!(post(&hub, "/r?secret=swordfish", &[], b"two").status, 201);
    let basic = ["--user", "ann:swordfish"];
    assert_eq!(post(&hub, "/r", &basic, b"three").status, 201);
    assert_eq!(read(&hub, "/r?raw", &bearer), "one\ntwo\nthree\n");
    assert_eq!(
        read(&hub, "/r?raw&secret=swordfish", &[]),
        "one\ntwo\nthree\n"
    );
    assert!(read(&hub, "/r?last=1", &basic).starts_with("<ann> "));
    for path in ["/-/rooms", "/-/connections", "/-/metrics"] {
        assert_eq!(curl(&hub, path, &bearer).status, 200, "{path}");
    }
    // A page is not secret, nor that the hub is well.
    for path in ["/", "/-/", "/-/health", "/-/assets/main.js"] {
        assert_eq!(curl(&hub, path, &[]).status, 200, "{path}");
    }
    let page = curl(&hub, "/r", &["--header", "Accept: text/html"]);
    assert_eq!((page.status, page.media_type()), (200, "text/html"));
}

#[test]
fn a_listener_for_http_alone() {
    let hub = Hub::start(&["--listen", "http://127.0.0.1:0"]);
    publish(&hub, "/r", "ann", "hello");
    let alone = hub.listener("http://");
    let asked = format!("GET /r HTTP/1.1\r\nHost: {alone}\r\nConnection: close\r\n\r\n");
    let mut asker = Asker::connect(alone);
    let answers = asker.send(asked).answers();
    assert_eq!(answers[0].text(), "<ann> hello\n");
    // What is not HTTP is told so in HTTP.
    let mut asker = Asker::connect(alone);
    let answers = asker.send("{\"op\":\"hello\"}\n").end().answers();
    assert_eq!(answers[0].status, 400);
    // And a person who waits for a greeting is not taken for one.
    assert_eq!(Asker::connect(alone).end().rest(), b"");
}

#[test]
fn http_of_long_ago() {
    let hub = Hub::start(&[]);
    publish(&hub, "/r", "ann", "hello");
    let answer = curl(&hub, "/r", &["--http1.0"]);
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "<ann> hello\n")
    );
    let host = hub.tcp();
    let absolute = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
        url(&hub, "/r")
    );
    assert_eq!(ask_once(&hub, absolute).text(), "<ann> hello\n");
}

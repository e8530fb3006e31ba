//! The client library against the real hub: what an engine in virtual time cannot show.

mod common;

use std::fmt::Display;
use std::sync::Arc;

use common::{Hub, PATIENCE, sockhop};
use sockhop_client::{
    Body, Client, ClientError, Config, ConnectError, Draft, Heard, HubAddress, Message, Origin,
    Status, SubscribeError, Subscription,
};
use tokio::time::timeout;

/// Runs a test on a runtime of its own, but not for ever.
fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("an event loop");
    let within = async { timeout(PATIENCE, test).await };
    runtime.block_on(within).expect("it ends");
}

fn config(hub: &Hub) -> Config {
    Config::new(hub.tcp().to_string().parse().expect("an address"))
}

fn text(text: impl Display) -> Body {
    Body::Text(format!("{text}").into())
}

/// The next message; news of who comes and goes is passed over.
async fn message(subscription: &mut Subscription) -> Arc<Message> {
    loop {
        match subscription.next().await.expect("it goes on") {
            Some(Heard::Message(message)) => return message,
            Some(_) => {}
            None => panic!("it has ended"),
        }
    }
}

#[test]
fn who_answers_each_message_of_a_flood_is_not_drowned() {
    const COUNT: u64 = 2_500;
    let hub = Hub::start(&["--max-publishes", "0"]);
    run(async {
        let flood = Client::connect(config(&hub)).await.expect("it is there");
        let answers = Client::connect(config(&hub)).await.expect("it is there");
        // By a pattern, and far more than is held ready: acks must get through all the same.
        let mut heard = answers
            .subscribe("questions/#", Origin::Now)
            .await
            .expect("it may");
        for number in 0..COUNT {
            let draft = Draft::new("questions/all", text(number));
            drop(flood.queue(draft).await.expect("it is taken"));
        }
        flood.close().await.expect("all is acked");
        for number in 0..COUNT {
            let question = message(&mut heard).await;
            assert_eq!(question.body, text(number));
            let ack = answers
                .publish("answers", question.body.clone())
                .await
                .expect("it is acked");
            assert_eq!(ack.seq, number + 1);
        }
    });
}

#[test]
fn ones_own_words_are_heard_on_request_only_also_after_a_kill() {
    let mut hub = Hub::start(&[]);
    run(async {
        let ann = Client::connect(config(&hub).nick("ann"))
            .await
            .expect("it is there");
        let bob = Client::connect(config(&hub).nick("bob").echo(true))
            .await
            .expect("it is there");
        let mut to_ann = ann.subscribe("lobby", Origin::Now).await.expect("it may");
        let mut to_bob = bob.subscribe("lobby", Origin::Now).await.expect("it may");
        for round in 0..3 {
            for client in [&ann, &bob, &ann] {
                client
                    .publish("lobby", text(round))
                    .await
                    .expect("it is acked");
            }
            assert_eq!(message(&mut to_ann).await.from.as_str(), "bob");
            for from in ["ann", "bob", "ann"] {
                assert_eq!(message(&mut to_bob).await.from.as_str(), from);
            }
            hub.kill();
            hub.restart();
        }
        for (client, nick) in [(ann, "ann"), (bob, "bob")] {
            client
                .publish("lobby", text("bye"))
                .await
                .expect("it is acked");
            assert_eq!(client.nick().expect("it is connected").as_str(), nick);
            client.close().await.expect("it was well");
        }
    });
}

#[test]
fn handles_end_as_they_say() {
    let hub = Hub::start(&["--no-history"]);
    run(async {
        let client = Client::connect(config(&hub).nick("ann"))
            .await
            .expect("it is there");
        let mut rooms = client
            .subscribe_all(["a/#", "b"], Origin::Now)
            .await
            .expect("it may");
        let overlaps = client
            .subscribe("a/x", Origin::Now)
            .await
            .expect_err("it overlaps");
        assert!(
            matches!(overlaps, SubscribeError::Overlaps { .. }),
            "{overlaps}"
        );

        // A clone is the same session, and goes on when the first handle is dropped.
        let clone = client.clone();
        drop(client);
        let mut status = clone.status();
        assert!(
            matches!(&*status.borrow(), Status::Connected { nick, .. } if nick.as_str() == "ann")
        );
        clone.close().await.expect("it was well");
        assert_eq!(rooms.next().await, Ok(None));
        status
            .wait_for(|status| *status == Status::Ended(ClientError::Closed))
            .await
            .expect("it says so");

        // Said goodbye, so that the nick is free at once; and so does one who is just dropped.
        for _ in 0..2 {
            let again = Client::connect(config(&hub).nick("ann").wait(true))
                .await
                .expect("it is free");
            let mut status = again.status();
            drop(again);
            let ended = status.wait_for(|status| matches!(status, Status::Ended(_)));
            ended.await.expect("it says so");
        }
    });
}

#[cfg(unix)]
#[test]
fn a_unix_socket_is_a_way_in_too() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let path = format!("unix:{}", folder.path().join("hub.sock").display());
    run(async {
        let address: HubAddress = path.parse().expect("an address");
        let absent = Client::connect(Config::new(address.clone()))
            .await
            .expect_err("nobody is there");
        let ClientError::Connect(ConnectError::Dial { hub, fault }) = absent else {
            panic!("there is no socket, and not {absent}");
        };
        assert_eq!((hub, fault.code()), (address.clone(), "no_socket"));

        let _hub = Hub::start(&["--no-history", "--listen", &path]);
        let client = Client::connect(Config::new(address))
            .await
            .expect("it is there");
        client
            .publish("lobby", text("hi"))
            .await
            .expect("it is acked");
        client.close().await.expect("it was well");
        let args = ["publish", "lobby", "hi", "--hub", &path];
        assert!(sockhop().args(args).status().expect("it starts").success());
    });
}

use bytes::Bytes;
use sockhop_proto::framing::Framing;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::testing::{link, runtime};

const MESSAGE: &str = "No Button is Pressed";

fn framing(text: &str) -> Framing {
    text.parse().expect("a framing")
}

#[test]
fn messages_of_20_bytes_that_come_28_at_a_time_come_out_whole() {
    runtime().block_on(async {
        let (link, mut far, diary) = link();
        let mut link = link.framed(framing("fixed:20"));
        let stream = MESSAGE.repeat(7);
        let mut messages = 0;
        for part in stream.as_bytes().chunks(28) {
            far.write_all(part).await.unwrap();
            // The next read gives just this part.
            link.receiver.read().await.unwrap();
            assert_eq!(
                diary.take().last().unwrap(),
                &format!("read {}", part.len())
            );
            while let Some(message) = link.receiver.receive_ready().unwrap() {
                assert_eq!(message, MESSAGE);
                messages += 1;
            }
        }
        assert_eq!(messages, 7);
    });
}

#[test]
fn each_read_and_what_it_leaves_is_told() {
    runtime().block_on(async {
        let (link, mut far, diary) = link();
        let mut link = link.framed(framing("fixed:20"));
        far.write_all(&MESSAGE.repeat(2).as_bytes()[..28])
            .await
            .unwrap();
        assert_eq!(link.receiver.receive().await.unwrap().unwrap(), MESSAGE);
        far.write_all(&MESSAGE.as_bytes()[8..]).await.unwrap();
        assert_eq!(link.receiver.receive().await.unwrap().unwrap(), MESSAGE);
        drop(far);
        assert_eq!(link.receiver.receive().await.unwrap(), None);
        let received = |n| format!("received {n}: {MESSAGE}");
        assert_eq!(
            diary.take(),
            [
                "read 28",
                &received(1),
                "unfinished 8 of Some(12)",
                "read 12",
                &received(2),
                "peer ended"
            ]
        );
    });
}

#[test]
fn a_burst_of_small_frames_is_one_write() {
    runtime().block_on(async {
        let (link, mut far, diary) = link();
        let mut link = link.framed(framing("u8"));
        for word in ["one", "two", "three"] {
            link.sender.put(Bytes::from(word)).unwrap();
        }
        link.sender.flush().await.unwrap();
        link.sender.finish().await.unwrap();
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"\x03one\x03two\x05three");
        let seen = diary.take();
        assert_eq!(seen[3..], ["wrote 14", "we ended"]);
    });
}

#[test]
fn halves_end_apart() {
    runtime().block_on(async {
        let (mut link, mut far, _) = link();
        link.sender.send(b"last word").await.unwrap();
        link.sender.finish().await.unwrap();
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"last word");
        far.write_all(b"and an answer").await.unwrap();
        assert_eq!(
            link.receiver.receive().await.unwrap().unwrap(),
            "and an answer"
        );
        far.shutdown().await.unwrap();
        assert_eq!(link.receiver.receive().await.unwrap(), None);
        assert_eq!(link.receiver.receive().await.unwrap(), None);
    });
}

#[test]
fn a_length_that_cannot_be_ends_what_comes_in() {
    runtime().block_on(async {
        let (link, mut far, _) = link();
        let mut link = link.framed_within(framing("u32"), 1000);
        far.write_all(b"\0\0\0\x02okHTTP/1.1 400 Bad Request\r\n")
            .await
            .unwrap();
        assert_eq!(link.receiver.receive().await.unwrap().unwrap(), "ok");
        let fault = link.receiver.receive().await.unwrap_err();
        let words = fault.with_advice();
        assert!(words.contains("HTTP"), "{words}");
        assert_eq!(link.receiver.receive().await.unwrap(), None);
    });
}

#[test]
fn a_frame_that_is_cut_by_the_end_is_named() {
    runtime().block_on(async {
        let (link, mut far, _) = link();
        let mut link = link.framed(framing("u8"));
        far.write_all(b"\x03one\x05tw").await.unwrap();
        drop(far);
        assert_eq!(link.receiver.receive().await.unwrap().unwrap(), "one");
        let fault = link.receiver.receive().await.unwrap_err();
        assert_eq!(fault.code(), "cut_frame");
    });
}

#[test]
fn a_message_that_fits_no_frame_harms_no_other() {
    runtime().block_on(async {
        let (link, mut far, _) = link();
        let mut link = link.framed(framing("u8"));
        link.sender.put(Bytes::from("one")).unwrap();
        link.sender.put(Bytes::from(vec![b'x'; 256])).unwrap_err();
        link.sender.put(Bytes::from("two")).unwrap();
        link.sender.finish().await.unwrap();
        let mut bytes = Vec::new();
        far.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"\x03one\x03two");
    });
}

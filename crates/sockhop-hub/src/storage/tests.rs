use super::*;
use crate::testing::{Count, ephemeral, message, room};

/// A storage in which messages 1 to `count` wait.
fn waiting(count: u64) -> Storage {
    let mut storage = Storage::default();
    for seq in 1..=count {
        keep(&mut storage, seq);
    }
    storage
}

fn keep(storage: &mut Storage, seq: Seq) {
    let kept = Kept {
        message: message(seq, "hi"),
        key: None,
    };
    storage.keep(kept, RoomKey::default(), None);
}

fn hold(storage: &mut Storage, seq: Seq) {
    storage.hold(&ephemeral(seq, "hi"), RoomKey::default(), None);
}

fn reserve(storage: &mut Storage, reserved: Seq) {
    storage.reserve(
        RoomKey::default(),
        KeptRoom {
            room: room(),
            reserved,
        },
    );
}

fn land(storage: &mut Storage) -> Vec<Seq> {
    storage.land().1.iter().map(|pending| pending.seq).collect()
}

#[test]
fn one_batch_is_in_flight() {
    let (count, waker) = Count::waker();
    let mut storage = waiting(2);
    assert_eq!(storage.poll_batch(&waker).unwrap().messages.len(), 2);
    keep(&mut storage, 3);
    assert!(storage.poll_batch(&waker).is_none(), "one at a time");
    keep(&mut storage, 4);
    assert_eq!(count.times(), 0, "it could do nothing yet");
    assert_eq!(land(&mut storage), [1, 2]);
    assert_eq!(count.times(), 1);
    assert_eq!(
        storage.poll_batch(&waker).unwrap().messages.len(),
        2,
        "what came meanwhile"
    );
    assert_eq!(land(&mut storage), [3, 4]);
    assert!(storage.poll_batch(&waker).is_none());
    keep(&mut storage, 5);
    assert_eq!(count.times(), 2);
}

#[test]
fn a_batch_has_a_bound() {
    let (_, waker) = Count::waker();
    let most = BATCH_MESSAGES_MAX as u64;
    let mut storage = waiting(most + 2);
    assert_eq!(
        storage.poll_batch(&waker).unwrap().messages.len(),
        BATCH_MESSAGES_MAX
    );
    assert_eq!(land(&mut storage).len(), BATCH_MESSAGES_MAX);
    assert_eq!(storage.poll_batch(&waker).unwrap().messages.len(), 2);
    assert_eq!(land(&mut storage), [most + 1, most + 2]);
}

#[test]
fn it_weighs_what_waits() {
    let (_, waker) = Count::waker();
    let mut storage = waiting(3);
    hold(&mut storage, 4);
    let each = MESSAGE_BYTES + 2;
    assert_eq!(storage.bytes(), 4 * each);
    storage.poll_batch(&waker);
    assert_eq!(storage.bytes(), 4 * each, "in flight it still weighs");
    keep(&mut storage, 5);
    land(&mut storage);
    assert_eq!(storage.bytes(), each);
}

#[test]
fn numbers_go_first() {
    let (_, waker) = Count::waker();
    let mut storage = waiting(BATCH_MESSAGES_MAX as u64 + 1);
    reserve(&mut storage, 64);
    assert_eq!(storage.poll_batch(&waker).unwrap().reserved.len(), 1);
    assert_eq!(storage.land().0.reserved, [(RoomKey::default(), 64)]);
}

#[test]
fn what_waits_for_a_number_lands_with_the_batch_that_has_it() {
    let (_, waker) = Count::waker();
    let mut storage = Storage::default();
    reserve(&mut storage, 64);
    hold(&mut storage, 1);
    keep(&mut storage, 2);
    hold(&mut storage, 3);
    storage.poll_batch(&waker).unwrap();
    hold(&mut storage, 4);
    assert_eq!(land(&mut storage), [1, 2, 3]);
    let batch = storage.poll_batch(&waker).expect("somebody waits");
    assert!(batch.is_empty(), "its number was in the last one");
    assert_eq!(land(&mut storage), [4]);
    assert!(storage.poll_batch(&waker).is_none());
}

#[test]
fn what_waits_between_two_batches_waits_for_the_first() {
    let (_, waker) = Count::waker();
    let most = BATCH_MESSAGES_MAX as u64;
    let mut storage = waiting(most);
    hold(&mut storage, most + 1);
    keep(&mut storage, most + 2);
    hold(&mut storage, most + 3);
    storage.poll_batch(&waker);
    assert_eq!(land(&mut storage).last(), Some(&(most + 1)));
    storage.poll_batch(&waker);
    assert_eq!(land(&mut storage), [most + 2, most + 3]);
}

#[test]
fn nothing_in_flight_lands_as_nothing() {
    let mut storage = waiting(1);
    assert_eq!(land(&mut storage), [0; 0]);
    assert!(storage.bytes() > 0);
}

//! How much of unfinished messages the hub holds, all clients together: whoever sends half a message
//! makes it keep that half.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sockhop_proto::{Code, Refusal};

/// What all weigh, against what they may.
#[derive(Debug)]
pub(crate) struct Scales {
    bytes: AtomicUsize,
    bytes_max: usize,
}

/// What one weighs; nothing any more once this is dropped.
#[derive(Debug)]
pub(crate) struct Weight {
    scales: Arc<Scales>,
    bytes: usize,
}

impl Scales {
    pub(crate) fn new(bytes_max: usize) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicUsize::new(0),
            bytes_max,
        })
    }

    /// One that weighs nothing yet.
    pub(crate) fn weight(self: &Arc<Self>) -> Weight {
        Weight {
            scales: Arc::clone(self),
            bytes: 0,
        }
    }
}

impl Weight {
    /// Weighs `bytes` from now on.
    ///
    /// # Errors
    /// That it has grown, and all together are too many. It counts all the same.
    pub(crate) fn set(&mut self, bytes: usize) -> Result<(), Refusal> {
        let before = std::mem::replace(&mut self.bytes, bytes);
        if bytes <= before {
            let less = before - bytes;
            self.scales.bytes.fetch_sub(less, Ordering::Relaxed);
            return Ok(());
        }
        let more = bytes - before;
        let all = self.scales.bytes.fetch_add(more, Ordering::Relaxed) + more;
        if all <= self.scales.bytes_max {
            return Ok(());
        }
        let words = "the hub holds too many unfinished messages just now";
        Err(Refusal::new(Code::Overloaded, words).hint("try again later"))
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.scales.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_together_are_bounded() {
        let scales = Scales::new(10);
        let [mut one, mut two] = [scales.weight(), scales.weight()];
        assert!(one.set(6).is_ok() && two.set(4).is_ok());
        assert_eq!(two.set(5).unwrap_err().code, Code::Overloaded);
        assert!(two.set(4).is_ok(), "it has shrunk");
        drop(one);
        assert!(two.set(10).is_ok());
        drop(two);
        assert_eq!(scales.bytes.load(Ordering::Relaxed), 0);
    }
}

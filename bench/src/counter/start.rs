//! How a line or message starts, which a read may cut anywhere.

/// Tells whether what passes starts as wanted.
#[derive(Clone)]
pub(super) struct Start {
    wanted: &'static [u8],
    /// How much of it has matched; `None` once anything differs.
    matched: Option<usize>,
}

impl Start {
    pub(super) fn of(wanted: &'static [u8]) -> Self {
        Self {
            wanted,
            matched: Some(0),
        }
    }

    /// Compares the next bytes.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        self.matched = self.matched.and_then(|matched| {
            let wanted = &self.wanted[matched..];
            let shared = wanted.len().min(bytes.len());
            (wanted[..shared] == bytes[..shared]).then_some(matched + shared)
        });
    }

    /// Whether all that passed since the last end started as wanted; begins anew.
    pub(super) fn end(&mut self) -> bool {
        self.matched.replace(0) == Some(self.wanted.len())
    }
}

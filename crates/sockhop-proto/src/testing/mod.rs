//! What the tests of all protocols share. None of it is compiled into the library.

pub(crate) mod arbitrary;
pub(crate) mod damage;
pub(crate) mod feed;
pub(crate) mod hex;
pub(crate) mod samples;
pub(crate) mod terminal;

//! text: what is typed, and what is shown.

mod shown;
mod typed;

//! What concerns the whole of it.

mod damage;
mod model;

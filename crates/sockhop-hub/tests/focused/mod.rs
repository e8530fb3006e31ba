//! One thing at a time.

mod datagrams;
mod direct;
mod ends;
mod figures;
mod history;
mod limits;
mod nicks;
mod own;
mod passing;
mod presence;
mod publishing;
mod resume;
mod retention;
mod secret;
mod slow;
mod subscriptions;
mod wills;

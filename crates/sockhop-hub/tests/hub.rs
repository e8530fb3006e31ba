//! Tests of the hub through its public face: one thing at a time, and all at once.

#[cfg(test)]
mod focused;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod support;

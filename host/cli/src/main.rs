//! The `reseplug` program.
fn main() {}

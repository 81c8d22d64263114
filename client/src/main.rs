//! The command line of the native client.

fn main() {}

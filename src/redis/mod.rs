//! What is true of Redis itself: slots, the command table, and what an address says.

pub mod commands;
pub mod endpoint;
pub mod slot;

//! What is true of Redis itself: slots and the command table.

pub mod commands;
pub mod slot;

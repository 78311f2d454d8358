//! The `slotlint` program.

fn main() -> std::process::ExitCode {
    slotlint::cli::run(std::env::args_os())
}

//! The `reseplug` program. All of it is in the library of this crate; see there.

fn main() -> std::process::ExitCode {
    reseplug_cli::main()
}

//! `sockhop`: one program in which every socket on a network can meet.
//!
//! The commands are in `cmd`, one file each; what they share stands beside it.

mod cmd;
mod event_loop;
mod lan;
mod log;
mod quantity;
mod reach;
mod room;
mod screen;
mod shell;
mod stop;
mod toolkit;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// One program in which every socket on a network can meet.
///
/// Start a hub with `sockhop serve`; then anyone with a browser, nc, a script or this program can talk
/// in its rooms. `sockhop listen` and `sockhop connect` are for sockets without a hub.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Listen(Box<cmd::listen::Args>),
    Connect(Box<cmd::connect::Args>),
    Serve(Box<cmd::serve::Args>),
    Publish(Box<cmd::publish::Args>),
    Subscribe(Box<cmd::subscribe::Args>),
}

fn main() -> ExitCode {
    // Bad usage exits with 2 from here.
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Listen(args) => cmd::listen::run(*args),
        Command::Connect(args) => cmd::connect::run(*args),
        Command::Serve(args) => cmd::serve::run(*args),
        Command::Publish(args) => cmd::publish::run(*args),
        Command::Subscribe(args) => cmd::subscribe::run(*args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            log::failure(&failure);
            failure
                .downcast_ref::<cmd::BadUsage>()
                .map_or(ExitCode::FAILURE, |_| ExitCode::from(2))
        }
    }
}

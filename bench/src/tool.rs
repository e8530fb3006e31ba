//! The tools for plain sockets, one row each: how each is asked to do the same job.

use std::process::Command;

use crate::launch::Launch;
use crate::peer::SOCKHOP;

/// What stands for the port in a tool's arguments.
const PORT: &str = "PORT";

/// A tool's arguments for each job, separated by spaces.
pub(crate) struct Tool {
    /// The name in tables and for `--peers`.
    pub name: &'static str,
    pub program: &'static str,
    echo: &'static str,
    receive: &'static str,
    send: &'static str,
}

/// What one process of a tool is to do.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    /// Listens, and sends each of any number of clients its own bytes back.
    Echo,
    /// Listens for one client, writes what it brings to standard output, and ends with it.
    Receive,
    /// Connects, sends standard input, and ends with that.
    Send,
}

/// All of them, in the order they are run and printed.
///
/// socat's blocks are 8 KiB unless it is told otherwise, and five clients at most may wait for
/// it to accept them.
pub(crate) const ALL: &[Tool] = &[
    Tool {
        name: "sockhop",
        program: SOCKHOP,
        echo: "listen 127.0.0.1:PORT --echo --quiet",
        receive: "listen 127.0.0.1:PORT --once --raw --quiet",
        send: "connect 127.0.0.1:PORT --quiet",
    },
    Tool {
        name: "socat",
        program: "socat",
        echo: "TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr,backlog=64 PIPE",
        receive: "-u TCP-LISTEN:PORT,bind=127.0.0.1,reuseaddr STDOUT",
        send: "-u STDIN TCP:127.0.0.1:PORT",
    },
    Tool {
        name: "socat-64k",
        program: "socat",
        echo: "-b 65536 TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr,backlog=64 PIPE",
        receive: "-b 65536 -u TCP-LISTEN:PORT,bind=127.0.0.1,reuseaddr STDOUT",
        send: "-b 65536 -u STDIN TCP:127.0.0.1:PORT",
    },
    Tool {
        name: "ncat",
        program: "ncat",
        echo: "-l 127.0.0.1 PORT --keep-open --exec /bin/cat",
        receive: "-l 127.0.0.1 PORT --recv-only",
        send: "127.0.0.1 PORT --send-only",
    },
];

impl Tool {
    /// How to start it on a job.
    pub(crate) fn command(&self, job: Job, launch: &Launch) -> Command {
        let mut command = Command::new(&launch.program);
        command.args(self.arguments(job, launch.port));
        command
    }

    fn arguments(&self, job: Job, port: u16) -> Vec<String> {
        let line = match job {
            Job::Echo => self.echo,
            Job::Receive => self.receive,
            Job::Send => self.send,
        };
        let port = port.to_string();
        line.split(' ')
            .map(|argument| argument.replace(PORT, &port))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_for_the_port_and_nothing_but_this_machine() {
        for tool in ALL {
            for job in [Job::Echo, Job::Receive, Job::Send] {
                let arguments = tool.arguments(job, 4242).join(" ");
                assert!(arguments.contains("4242"), "{}: {arguments}", tool.name);
                assert!(
                    arguments.contains("127.0.0.1"),
                    "{}: {arguments}",
                    tool.name
                );
            }
        }
    }
}

//! Everyone connects, greets and joins, a few at a time, before any load begins.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use crate::swarm::Swarm;

/// At most this many connections between connect and their last step, so that the shortest
/// listen backlog among the servers (10) never overflows into a retransmitted SYN.
const ARRIVING_MAX: usize = 8;
/// Ports are per source address: no more connections than this come from one.
const CONNECTIONS_PER_ADDRESS: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(120);

/// One exchange of an arrival.
pub(crate) struct Step {
    pub send: Vec<u8>,
    /// What the answer contains; empty when there is none to wait for.
    pub expect: Vec<u8>,
}

impl Step {
    pub(crate) fn new(send: impl Into<Vec<u8>>, expect: impl Into<Vec<u8>>) -> Self {
        Self {
            send: send.into(),
            expect: expect.into(),
        }
    }
}

struct Arriving {
    index: usize,
    steps: VecDeque<Step>,
    heard: Vec<u8>,
}

/// Opens `count` connections and walks each through its steps. The new ones are the last `count`
/// of the swarm; what the earlier ones receive meanwhile is dropped.
pub(crate) fn arrive(
    swarm: &mut Swarm,
    server: SocketAddrV4,
    count: usize,
    mut steps_of: impl FnMut(usize) -> Vec<Step>,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let mut arriving: Vec<Arriving> = Vec::new();
    let mut opened = 0;
    while opened < count || !arriving.is_empty() {
        while opened < count && arriving.len() < ARRIVING_MAX {
            let index = swarm.open(server, source_of(opened))?;
            let mut steps = VecDeque::from(steps_of(opened));
            send_next(swarm, index, &mut steps)?;
            opened += 1;
            if !steps.is_empty() {
                arriving.push(Arriving {
                    index,
                    steps,
                    heard: Vec::new(),
                });
            }
        }
        let mut closed = None;
        swarm.poll(Duration::from_millis(100), |index, bytes| {
            if bytes.is_empty() {
                closed = Some(index);
            }
            if let Some(one) = arriving.iter_mut().find(|one| one.index == index) {
                one.heard.extend_from_slice(bytes);
            }
        })?;
        for one in &mut arriving {
            let expected = one.steps.front().map_or(&b""[..], |step| &step.expect);
            if memchr::memmem::find(&one.heard, expected).is_some() {
                one.steps.pop_front();
                one.heard.clear();
                send_next(swarm, one.index, &mut one.steps)?;
            }
        }
        let stuck = arriving.iter().find(|one| {
            Some(one.index) == closed || (Instant::now() > deadline && !one.steps.is_empty())
        });
        if let Some(stuck) = stuck {
            anyhow::bail!(
                "connection {} {} before it heard {:?}; it heard {:?}",
                stuck.index,
                if closed.is_some() {
                    "was closed"
                } else {
                    "waited too long"
                },
                stuck
                    .steps
                    .front()
                    .map(|step| String::from_utf8_lossy(&step.expect)),
                String::from_utf8_lossy(&stuck.heard[..stuck.heard.len().min(300)]),
            );
        }
        if let Some(index) = closed {
            anyhow::bail!("the server closed connection {index} while others arrived");
        }
        arriving.retain(|one| !one.steps.is_empty());
    }
    Ok(())
}

/// Sends the front step, and those after a step that expects nothing. What remains in front is
/// the step whose answer is awaited.
fn send_next(swarm: &mut Swarm, index: usize, steps: &mut VecDeque<Step>) -> anyhow::Result<()> {
    while let Some(step) = steps.front() {
        let written = swarm.write(index, &step.send)?;
        anyhow::ensure!(
            written == step.send.len(),
            "a greeting did not fit into an empty socket"
        );
        if !step.expect.is_empty() {
            return Ok(());
        }
        steps.pop_front();
    }
    Ok(())
}

fn source_of(nth: usize) -> Ipv4Addr {
    let host = 1 + nth / CONNECTIONS_PER_ADDRESS;
    Ipv4Addr::new(127, 0, (host >> 8) as u8, (host & 0xff) as u8)
}

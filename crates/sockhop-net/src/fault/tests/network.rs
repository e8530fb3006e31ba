//! What is said of names, ways, refusals and addresses.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use super::super::*;
use super::{endpoint, refused_with, says};

fn at(fault: Fault, neighbour: Option<Neighbour>) -> Fault {
    let mut fault = fault;
    if let Cause::TimedOut {
        neighbour: known, ..
    }
    | Cause::Unreachable {
        neighbour: known, ..
    } = &mut fault.0.cause
    {
        *known = neighbour;
    }
    fault
}

#[test]
fn names() {
    let gs = endpoint("gs.locl:5000");
    let unknown = Fault::unknown_name(&gs);
    says(
        &unknown,
        "unknown_name",
        &["no machine", "gs.locl", "spelling", "192.168.1.20"],
    );
    let unknown = Fault::unknown_name(&endpoint("gs.local:5000"));
    says(&unknown, "unknown_name", &["avahi"]);
    let nobody = Fault::no_name_server(&gs, Duration::from_secs(5));
    says(&nobody, "no_name_server", &["gs.locl", "name server"]);
}

#[test]
fn refusals() {
    use io::ErrorKind::ConnectionRefused;
    says(
        &refused_with(ConnectionRefused, "5000"),
        "refused",
        &[
            "tcp://127.0.0.1:5000 refused the connection: the machine is there, but nothing listens on that port",
            "Start the server first",
            "--wait",
        ],
    );
    says(
        &refused_with(ConnectionRefused, "192.168.1.20:5000"),
        "refused",
        &["Start the server there first", "0.0.0.0:5000"],
    );
    says(
        &refused_with(ConnectionRefused, "tls://gs:443"),
        "refused",
        &["tls://gs:443 refused the TCP connection"],
    );
    says(
        &refused_with(ConnectionRefused, "gs:5000").at(([192, 168, 1, 20], 5000).into()),
        "refused",
        &["tcp://gs:5000 (192.168.1.20) refused"],
    );
    says(
        &refused_with(ConnectionRefused, "unix:/nowhere/x"),
        "refused",
        &[
            "nothing listens on it any more",
            "`sockhop listen unix:/nowhere/x`",
        ],
    );
    says(
        &Fault::carry("10.0.0.1:9", &ConnectionRefused.into()),
        "refused",
        &[
            "10.0.0.1:9 refused the datagram",
            "UDP port",
            "receiver first",
        ],
    );
    says(
        &Fault::port_zero(&endpoint("0")),
        "port_zero",
        &["port 0", "no place to go"],
    );
}

#[test]
fn silence_means_what_the_neighbour_table_knows() {
    let gs = endpoint("192.168.77.20:5000");
    let silent = Fault::connect_timed_out(&gs, Duration::from_secs(5));
    let router = Neighbour::Beyond(IpAddr::from([192, 168, 77, 1]));
    for (neighbour, words) in [
        (
            Some(Neighbour::Known),
            [
                "the machine is there, so a firewall drops",
                "Allow port 5000",
            ],
        ),
        (
            Some(Neighbour::Silent),
            [
                "no machine in this network has that address",
                "client isolation",
            ],
        ),
        (
            Some(router),
            [
                "a firewall there or on the way",
                "behind the router 192.168.77.1",
            ],
        ),
        (None, ["or a firewall drops", "`ping 192.168.77.20`"]),
    ] {
        let fault = at(silent.clone(), neighbour);
        says(&fault, "timed_out", &["did not answer within 5 s"]);
        says(&fault, "timed_out", &words);
    }
}

#[test]
fn unreachable_at_once_is_a_firewall_and_after_a_while_nobody() {
    let gs = endpoint("192.168.77.20:5000");
    let met = |ms| {
        let error = io::ErrorKind::HostUnreachable.into();
        Fault::connect(&gs, &error, Duration::from_millis(ms))
    };
    let router = Neighbour::Beyond(IpAddr::from([192, 168, 77, 1]));
    for (ms, neighbour, words) in [
        (
            2,
            None,
            [
                "a firewall, there or on the way, rejects",
                "Allow port 5000",
            ],
        ),
        (
            3070,
            None,
            ["no machine in this network has", "same network"],
        ),
        (
            2,
            Some(Neighbour::Silent),
            ["no machine in this network has", "client isolation"],
        ),
        (
            3070,
            Some(Neighbour::Known),
            ["a firewall, there or on the way, rejects", "Allow port"],
        ),
        (
            2,
            Some(router),
            ["a firewall, there or on the way, rejects", "Allow port"],
        ),
        (
            3070,
            Some(router),
            [
                "a router says after 3 s that no machine",
                "behind the router",
            ],
        ),
    ] {
        says(&at(met(ms), neighbour), "unreachable", &words);
    }
}

#[test]
fn ways_that_lead_nowhere() {
    use io::ErrorKind as Kind;
    says(
        &refused_with(Kind::NetworkUnreachable, "10.9.9.9:1"),
        "no_route",
        &["no way from here to tcp://10.9.9.9:1", "`ip route`"],
    );
    says(
        &refused_with(Kind::InvalidInput, "10.9.9.9:1"),
        "no_route",
        &["no way from here", "`ip route get 10.9.9.9`"],
    );
    says(
        &refused_with(Kind::InvalidInput, "[fe80::1]:5000"),
        "no_zone",
        &["one link only", "[fe80::1%wlan0]:5000"],
    );
    says(
        &refused_with(Kind::PermissionDenied, "10.9.9.9:1"),
        "not_permitted",
        &["does not permit it", "firewall"],
    );
    says(
        &refused_with(Kind::PermissionDenied, "unix:/x"),
        "not_permitted",
        &["another user", "`ls -l /x`"],
    );
    says(
        &refused_with(Kind::ConnectionReset, "gs:1"),
        "reset",
        &["as soon as it was made"],
    );
    says(
        &refused_with(Kind::WouldBlock, "unix:/x"),
        "busy",
        &["accepts no connections"],
    );
}

#[test]
fn addresses_of_this_machine() {
    use io::ErrorKind as Kind;
    let bind = |kind: Kind, text| Fault::bind(&endpoint(text), &kind.into());
    let in_use = |holder| {
        let mut fault = bind(Kind::AddrInUse, "udp://0.0.0.0:5000");
        fault.0.cause = Cause::InUse { holder };
        fault
    };
    let (name, pid) = ("python3".to_owned(), 4711);
    says(
        &in_use(Holder::Process { name, pid }),
        "in_use",
        &[
            "cannot bind udp://0.0.0.0:5000: python3 (process 4711) has it already",
            "`kill 4711`",
        ],
    );
    says(
        &in_use(Holder::User("ann".into())),
        "in_use",
        &["of the user ann", "shows which"],
    );
    says(
        &in_use(Holder::Unknown),
        "in_use",
        &["another program", "shows which", "5000"],
    );
    says(
        &in_use(Holder::Ourselves),
        "in_use",
        &["this program itself", "another port"],
    );

    let mut not_ours = bind(Kind::AddrNotAvailable, "192.0.2.1:5000");
    not_ours.0.cause = Cause::NotOurs {
        ours: vec![
            [127, 0, 0, 1].into(),
            [192, 168, 1, 7].into(),
            [0, 0, 0, 0, 0, 0, 0, 1].into(),
        ],
    };
    says(
        &not_ours,
        "not_ours",
        &[
            "192.0.2.1 is not an address of this machine",
            "It has 127.0.0.1 and 192.168.1.7; 0.0.0.0:5000",
            "0.0.0.0:5000",
        ],
    );

    let mut privileged = bind(Kind::PermissionDenied, "0.0.0.0:80");
    let (first_free, first_given) = (1024, 32768);
    privileged.0.cause = Cause::Privileged {
        first_free,
        first_given,
    };
    says(
        &privileged,
        "privileged",
        &[
            "ports below 1024",
            "from 1024 to 32767",
            "such as 8080",
            "`sudo`",
        ],
    );
    says(
        &bind(Kind::PermissionDenied, "60000"),
        "not_permitted",
        &["security policy"],
    );
    says(
        &Fault::cannot_listen(&endpoint("ws://8080")),
        "cannot_listen",
        &["tcp://127.0.0.1:8080"],
    );
}

//! What this machine knows of another that does not answer: whether its network card was heard,
//! or whether it is beyond a router, where nothing can be known from here.
//!
//! Read from `/proc/net/arp` and `/proc/net/route`, so on Linux and for IPv4 only.

use std::net::IpAddr;
#[cfg(any(target_os = "linux", test))]
use std::net::Ipv4Addr;

/// What the neighbour table has of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Neighbour {
    /// Its network card answers: it is there and on.
    Known,
    /// Nobody in this network answers to the address.
    Silent,
    /// It is in another network, behind this router.
    Beyond(IpAddr),
}

impl Neighbour {
    /// What is known of `ip`, if anything is.
    #[cfg(target_os = "linux")]
    pub(super) fn look_up(ip: IpAddr) -> Option<Self> {
        let IpAddr::V4(ip) = ip.to_canonical() else {
            return None;
        };
        if ip.is_loopback() {
            return None;
        }
        let routes = std::fs::read_to_string("/proc/net/route").ok()?;
        match gateway(&routes, ip)? {
            Ipv4Addr::UNSPECIFIED => {
                let table = std::fs::read_to_string("/proc/net/arp").ok()?;
                in_table(&table, ip)
            }
            gateway => Some(Self::Beyond(gateway.into())),
        }
    }

    /// Other systems keep their tables to themselves.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn look_up(_ip: IpAddr) -> Option<Self> {
        None
    }
}

/// What `/proc/net/arp` has of `ip`. A machine that was never asked for is not in it.
#[cfg(any(target_os = "linux", test))]
fn in_table(table: &str, ip: Ipv4Addr) -> Option<Neighbour> {
    /// The entry is complete: somebody answered.
    const COMPLETE: u32 = 0x2;

    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        if fields.next()?.parse() != Ok(ip) {
            return None;
        }
        let flags = fields.nth(1)?.strip_prefix("0x")?;
        let flags = u32::from_str_radix(flags, 16).ok()?;
        Some(if flags & COMPLETE == 0 {
            Neighbour::Silent
        } else {
            Neighbour::Known
        })
    })
}

/// The router on the way to `ip` according to `/proc/net/route`; 0.0.0.0 if it is in this network.
#[cfg(any(target_os = "linux", test))]
fn gateway(routes: &str, ip: Ipv4Addr) -> Option<Ipv4Addr> {
    let routes = routes.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let address = |at: usize| {
            let number = u32::from_str_radix(fields.get(at)?, 16).ok()?;
            // The kernel prints the number it has in memory, which is in network order.
            Some(Ipv4Addr::from(number.to_ne_bytes()))
        };
        Some((address(1)?, address(2)?, address(7)?))
    });
    let fitting = routes.filter(|(network, _, mask)| ip & *mask == *network);
    let (_, gateway, _) = fitting.max_by_key(|(_, _, mask)| u32::from(*mask))?;
    Some(gateway)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.20     0x1         0x2         52:54:00:12:34:56     *        wlan0
192.168.1.21     0x1         0x0         00:00:00:00:00:00     *        wlan0
";

    #[test]
    fn the_table_tells_who_answers() {
        let look = |ip: [u8; 4]| in_table(TABLE, ip.into());
        assert_eq!(look([192, 168, 1, 20]), Some(Neighbour::Known));
        assert_eq!(look([192, 168, 1, 21]), Some(Neighbour::Silent));
        assert_eq!(look([192, 168, 1, 2]), None);
        assert_eq!(in_table("", [192, 168, 1, 20].into()), None);
        assert_eq!(
            in_table("x\n192.168.1.20 ?\n", [192, 168, 1, 20].into()),
            None
        );
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn the_narrowest_route_is_the_way() {
        let routes = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0
";
        let router = Ipv4Addr::new(192, 168, 1, 1);
        assert_eq!(
            gateway(routes, [192, 168, 1, 20].into()),
            Some(Ipv4Addr::UNSPECIFIED)
        );
        assert_eq!(gateway(routes, [10, 1, 2, 3].into()), Some(router));
        assert_eq!(gateway("", [10, 1, 2, 3].into()), None);
    }

    #[test]
    fn this_machine_is_nobodys_neighbour() {
        assert_eq!(Neighbour::look_up(Ipv4Addr::LOCALHOST.into()), None);
    }
}

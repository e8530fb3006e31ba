//! The kernel's lists of sockets, as text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// A socket in one of the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// What its owner's files link to.
    pub(super) inode: u64,
    /// Whose it is, where the list says so.
    pub(super) uid: Option<u32>,
    /// Whether it is for whoever comes, rather than for one peer.
    pub(super) listens: bool,
}

/// Those sockets of `/proc/net/tcp`, `tcp6`, `udp` or `udp6` that keep `wanted` from being bound.
pub(super) fn in_the_way(text: &str, wanted: SocketAddr) -> Vec<Row> {
    let rows = text.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let local = socket_address(fields.get(1)?)?;
        if local.port() != wanted.port() || !meet(local.ip(), wanted.ip()) {
            return None;
        }
        // TCP: LISTEN. UDP: not connected.
        let listens = matches!(*fields.get(3)?, "0A" | "07");
        let uid = fields.get(7)?.parse().ok();
        let inode = fields.get(9)?.parse().ok()?;
        Some(Row {
            inode,
            uid,
            listens,
        })
    });
    // What has no inode belongs to nobody any more.
    rows.filter(|row| row.inode != 0).collect()
}

/// Whether two addresses cannot both be bound on one port.
fn meet(one: IpAddr, other: IpAddr) -> bool {
    let (one, other) = (one.to_canonical(), other.to_canonical());
    let every = |ip: IpAddr, of: IpAddr| ip.is_unspecified() && (ip.is_ipv6() || of.is_ipv4());
    one == other || every(one, other) || every(other, one)
}

/// `0100007F:1388`: the address as the kernel has it in memory, four bytes to a group.
fn socket_address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let group = |at: usize| {
        let number = u32::from_str_radix(ip.get(8 * at..8 * at + 8)?, 16).ok()?;
        Some(number.to_ne_bytes())
    };
    let ip = match ip.len() {
        8 => IpAddr::from(Ipv4Addr::from(group(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (at, four) in bytes.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&group(at)?);
            }
            IpAddr::from(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Those sockets of `/proc/net/unix` that have the name `path`.
pub(super) fn with_path(text: &str, path: &Path) -> Vec<Row> {
    /// It listens.
    const ACCEPTS: u32 = 1 << 16;

    let wanted = path.to_string_lossy();
    let rows = text.lines().skip(1).filter_map(|line| {
        // The path is last, and may hold spaces.
        let fields = line.strip_suffix(&*wanted)?.strip_suffix(' ')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let flags = u32::from_str_radix(fields.get(3)?, 16).ok()?;
        Some(Row {
            inode: fields.get(6)?.parse().ok()?,
            uid: None,
            listens: flags & ACCEPTS != 0,
        })
    });
    rows.collect()
}

/// The user of that number in `/etc/passwd`.
pub(super) fn user(text: &str, uid: u32) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 45678 1 0000 100 0 0 10 0
   1: 0100007F:1388 0100007F:C4EC 01 00000000:00000000 00:00000000 00000000  1000        0 45679 1 0000 100 0 0 10 0
   2: 0100007F:1388 0100007F:C4EE 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000
   3: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000
   4: ?
";
    const TCP6: &str = "\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:1389 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 777 1
   1: 00000000000000000000000001000000:138A 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 778 1
";

    #[cfg(target_endian = "little")]
    #[test]
    fn whoever_is_in_the_way_is_found() {
        let inodes = |text: &str, wanted: &str| -> Vec<u64> {
            let rows = in_the_way(text, wanted.parse().unwrap());
            rows.iter().map(|row| row.inode).collect()
        };
        assert_eq!(inodes(TCP, "127.0.0.1:5000"), [45678, 45679]);
        assert_eq!(inodes(TCP, "0.0.0.0:5000"), [45678, 45679]);
        assert!(inodes(TCP, "127.0.0.2:5000").is_empty());
        assert_eq!(inodes(TCP, "10.0.0.1:22"), [111]);
        assert_eq!(inodes(TCP6, "127.0.0.1:5001"), [777]);
        assert_eq!(inodes(TCP6, "[::1]:5002"), [778]);
        assert!(inodes(TCP6, "127.0.0.1:5002").is_empty());
        let first = in_the_way(TCP, "127.0.0.1:5000".parse().unwrap())[0];
        assert!(first.listens && first.uid == Some(1000));
    }

    #[test]
    fn a_socket_is_found_by_its_path() {
        let unix = "\
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 32100 /tmp/my sock
0000000000000000: 00000003 00000000 00000000 0001 03 32101 /tmp/my sock
0000000000000000: 00000003 00000000 00000000 0001 03 32102
0000000000000000: 00000003 00000000 00010000 0001 01 32103 /tmp/my sockets
";
        let rows = with_path(unix, Path::new("/tmp/my sock"));
        let found: Vec<_> = rows.iter().map(|row| (row.inode, row.listens)).collect();
        assert_eq!(found, [(32100, true), (32101, false)]);
    }

    proptest! {
        #[test]
        fn whatever_the_lists_hold_is_read(text in "[ 0-9A-F:.a-z\n]{0,200}") {
            in_the_way(&text, "[::]:5000".parse().unwrap());
            with_path(&text, Path::new("a"));
            user(&text, 0);
        }
    }

    #[test]
    fn a_number_is_a_user() {
        let users = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(user(users, 1000).as_deref(), Some("ann"));
        assert_eq!(user(users, 7), None);
    }
}

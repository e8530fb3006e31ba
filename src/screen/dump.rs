//! Bytes in hex, as `hexdump -C` shows them.
//!
//! ```text
//! 00000000  4e 6f 20 42 75 74 74 6f  6e 20 69 73 20 50 72 65  |No Button is Pre|
//! 00000010  73 73 65 64                                       |ssed|
//! ```

use std::fmt::Write as _;

use bytes::{BufMut, BytesMut};

const ROW_BYTES: usize = 16;

/// Appends the rows of `bytes`, each behind `indent` spaces.
pub(super) fn put(out: &mut BytesMut, indent: usize, bytes: &[u8]) {
    for (n, row) in bytes.chunks(ROW_BYTES).enumerate() {
        out.put_bytes(b' ', indent);
        // Writing to a BytesMut grows it and cannot fail.
        let _ = write!(out, "{:08x} ", n * ROW_BYTES);
        for column in 0..ROW_BYTES {
            if column == ROW_BYTES / 2 {
                out.put_u8(b' ');
            }
            let _ = match row.get(column) {
                Some(byte) => write!(out, " {byte:02x}"),
                None => out.write_str("   "),
            };
        }
        out.put_slice(b"  |");
        out.extend(row.iter().map(|byte| match byte {
            0x20..=0x7e => *byte,
            _ => b'.',
        }));
        out.put_slice(b"|\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(indent: usize, bytes: &[u8]) -> String {
        let mut out = BytesMut::new();
        put(&mut out, indent, bytes);
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn rows_are_hexdumps_own() {
        assert_eq!(
            shown(0, b"No Button is Pressed"),
            "\
00000000  4e 6f 20 42 75 74 74 6f  6e 20 69 73 20 50 72 65  |No Button is Pre|
00000010  73 73 65 64                                       |ssed|
"
        );
    }

    #[test]
    fn only_printable_ascii_stands_beside() {
        let row = shown(2, b"\x1b\n\xff ~\x7f");
        assert!(row.starts_with("  00000000  1b 0a ff 20 7e 7f   "), "{row}");
        assert!(row.ends_with("|... ~.|\n"), "{row}");
        assert_eq!(shown(2, b""), "");
    }
}

//! Bytes written for people: hex digits in any grouping, `#` to the end of the line a comment.

/// The bytes of `written`.
pub(crate) fn bytes(written: &str) -> Vec<u8> {
    let digits: Vec<u8> = written
        .lines()
        .flat_map(|line| line.split('#').next().unwrap_or_default().chars())
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).expect("a hex digit")).unwrap())
        .collect();
    assert!(digits.len().is_multiple_of(2), "half a byte in {written}");
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// `bytes` as hex, for the message of a failed test.
pub(crate) fn written(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}

//! What the system says, told apart.

use std::io;

use super::cause::Cause;

impl Cause {
    /// What means the same whatever was being done.
    pub(super) fn system(error: &io::Error) -> Self {
        #[cfg(unix)]
        if let Some(cause) = by_number(error) {
            return cause;
        }
        Self::System {
            kind: error.kind(),
            number: error.raw_os_error(),
        }
    }
}

/// What the standard library has no kind for.
#[cfg(unix)]
fn by_number(error: &io::Error) -> Option<Cause> {
    use rustix::io::Errno;

    let number = Errno::from_io_error(error)?;
    match number {
        Errno::MFILE | Errno::NFILE => Some(Cause::TooManyFiles),
        Errno::AFNOSUPPORT | Errno::PROTONOSUPPORT => Some(Cause::NoFamily),
        Errno::MSGSIZE => Some(Cause::TooLarge),
        _ => None,
    }
}

/// In words, and without a number.
pub(super) fn words(kind: io::ErrorKind, number: Option<i32>) -> String {
    let said = match number {
        Some(number) => io::Error::from_raw_os_error(number).to_string(),
        None => kind.to_string(),
    };
    let said = said.split(" (os error").next().unwrap_or(&said);
    let mut characters = said.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => "the system does not say why".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_is_left_is_in_words_too() {
        let error = io::Error::from(rustix::io::Errno::NOBUFS);
        let Cause::System { kind, number } = Cause::system(&error) else {
            panic!("it is told apart now: {error}");
        };
        let words = words(kind, number);
        assert!(words.starts_with("no buffer space"), "{words}");
        assert!(!words.contains("os error"), "{words}");
    }

    #[cfg(unix)]
    #[test]
    fn what_has_no_kind_is_told_apart_by_its_number() {
        let error = io::Error::from(rustix::io::Errno::MFILE);
        assert_eq!(Cause::system(&error), Cause::TooManyFiles);
    }
}

//! Values serde would copy if left alone, and values that differ between JSON and MessagePack.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::command::Id;
use crate::message::Seq;

/// Text that stays in the buffer it was read into whenever the format allows it. (serde borrows a
/// bare `Cow<str>` on request, but never one inside an `Option`.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }
        }
        from.deserialize_str(TextVisitor)
    }
}

/// A flag that may be left out, or be null as every other field may.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

/// Bytes: base64 in JSON, bin in MessagePack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Data<'a>(pub(crate) Cow<'a, [u8]>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.collect_str(&Base64Display::new(&self.0, &BASE64))
        } else {
            to.serialize_bytes(&self.0)
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            from.deserialize_str(Base64Visitor)
        } else {
            from.deserialize_bytes(BinVisitor)
        }
    }
}

struct Base64Visitor;

impl Visitor<'_> for Base64Visitor {
    type Value = Data<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes as base64 text")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let bytes = BASE64
            .decode(text)
            .map_err(|_| E::custom("`data` is not base64"))?;
        Ok(Data(Cow::Owned(bytes)))
    }
}

/// A str counts as its bytes, never as base64: writers older than bin send all bytes as str.
struct BinVisitor;

impl<'de> Visitor<'de> for BinVisitor {
    type Value = Data<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes as bin")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Data(Cow::Borrowed(text.as_bytes())))
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Data(Cow::Owned(text.as_bytes().to_vec())))
    }
    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Data(Cow::Borrowed(bytes)))
    }
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Data(Cow::Owned(bytes.to_vec())))
    }
    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
        Ok(Data(Cow::Owned(bytes)))
    }
}

/// `from` and `to`: a nick in messages, a `seq` in `missed`.
#[derive(Debug)]
pub(crate) enum NickOrSeq<'a> {
    Nick(Text<'a>),
    Seq(Seq),
}

impl Serialize for NickOrSeq<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nick(nick) => nick.serialize(to),
            Self::Seq(seq) => to.serialize_u64(*seq),
        }
    }
}

/// By hand: serde's untagged enums copy what they look at, and this is in every message.
impl<'de: 'a, 'a> Deserialize<'de> for NickOrSeq<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct NickOrSeqVisitor;
        impl<'de> Visitor<'de> for NickOrSeqVisitor {
            type Value = NickOrSeq<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a nick or a seq")
            }
            fn visit_u64<E>(self, seq: u64) -> Result<Self::Value, E> {
                Ok(NickOrSeq::Seq(seq))
            }
            fn visit_borrowed_str<E>(self, nick: &'de str) -> Result<Self::Value, E> {
                Ok(NickOrSeq::Nick(Text(Cow::Borrowed(nick))))
            }
            fn visit_str<E>(self, nick: &str) -> Result<Self::Value, E> {
                Ok(NickOrSeq::Nick(Text(Cow::Owned(nick.to_owned()))))
            }
        }
        from.deserialize_any(NickOrSeqVisitor)
    }
}

/// Longest textual id, in bytes: it is kept until its ack.
const ID_BYTES_MAX: usize = 128;

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => to.serialize_u64(*number),
            Self::Text(text) => to.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = Id;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(
                    f,
                    "an id: a whole number from 0, or text of at most {ID_BYTES_MAX} bytes"
                )
            }
            fn visit_u64<E>(self, number: u64) -> Result<Id, E> {
                Ok(Id::Number(number))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Id, E> {
                u64::try_from(number)
                    .map(Id::Number)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Id, E> {
                if text.len() > ID_BYTES_MAX {
                    return Err(E::invalid_length(text.len(), &self));
                }
                Ok(Id::Text(text.to_owned()))
            }
        }
        from.deserialize_any(IdVisitor)
    }
}

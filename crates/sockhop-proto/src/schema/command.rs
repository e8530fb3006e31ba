//! Commands as flat maps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Not;

use serde::{Deserialize, Serialize};

use super::value::{Data, Text, flag};
use crate::command::{Command, Hello, Id, Origin, Will};
use crate::event::Event;
use crate::message::{BodyRef, Seq};
use crate::refusal::{Code, Refusal};

/// Every field a command may have. Unknown ones are ignored.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Fields<'a> {
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    op: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    room: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    to: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    data: Option<Data<'a>>,
    #[serde(borrow, rename = "type", skip_serializing_if = "Option::is_none")]
    media_type: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Id>,
    #[serde(default, deserialize_with = "flag", skip_serializing_if = "Not::not")]
    ephemeral: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    nick: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    secret: Option<Text<'a>>,
    #[serde(default, deserialize_with = "flag", skip_serializing_if = "Not::not")]
    echo: bool,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    client: Option<Text<'a>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    session: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<BTreeMap<String, Seq>>,
}

/// A map that was read but says nothing the hub knows, with the id to answer under.
type Unusable = (Option<Id>, Refusal);

/// The answer to an unusable map.
pub(crate) fn refused((id, refusal): Unusable) -> Event {
    Event::Error { id, refusal }
}

impl<'a> Fields<'a> {
    /// The `nick` and `secret` of one who has no session to say hello in.
    pub(crate) fn introduction(&self) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
        let copy = |text: &Text<'a>| text.0.clone();
        (self.nick.as_ref().map(copy), self.secret.as_ref().map(copy))
    }

    /// The command these fields make.
    pub(crate) fn command(self) -> Result<Command<'a>, Unusable> {
        let id = self.id.clone();
        self.into_command().map_err(|refusal| (id, refusal))
    }

    fn into_command(self) -> Result<Command<'a>, Refusal> {
        let op = required(self.op, "op", "a command")?;
        let command = match &*op {
            "publish" => Command::Publish {
                room: Some(required(self.room, "room", "publish")?),
                body: body(self.text, self.data, "publish")?,
                media_type: self.media_type.map(|text| text.0),
                id: self.id,
                ephemeral: self.ephemeral,
            },
            "hello" => Command::Hello(Hello {
                nick: self.nick.map(|text| text.0),
                secret: self.secret.map(|text| text.0),
                echo: self.echo,
                client: self.client.map(|text| text.0),
                session: self.session.map(|text| text.0),
            }),
            "subscribe" => Command::Subscribe {
                room: required(self.room, "room", "subscribe")?,
                origin: match (self.resume, self.since, self.last) {
                    (Some(resume), _, _) => Origin::Resume(resume),
                    (None, Some(since), _) => Origin::Since(since),
                    (None, None, Some(last)) => Origin::Last(last),
                    (None, None, None) => Origin::Now,
                },
            },
            "unsubscribe" => Command::Unsubscribe {
                room: required(self.room, "room", "unsubscribe")?,
            },
            "direct" => Command::Direct {
                to: required(self.to, "to", "direct")?,
                body: body(self.text, self.data, "direct")?,
                media_type: self.media_type.map(|text| text.0),
                id: self.id,
            },
            "nick" => Command::Nick {
                nick: required(self.nick, "nick", "nick")?,
            },
            "members" => Command::Members {
                room: Some(required(self.room, "room", "members")?),
            },
            "rooms" => Command::Rooms,
            "history" => Command::History {
                room: Some(required(self.room, "room", "history")?),
                before: self.before,
                since: self.since,
                limit: self.limit,
            },
            "will" if self.room.is_none() && self.text.is_none() && self.data.is_none() => {
                Command::Will(None)
            }
            "will" => Command::Will(Some(Will {
                room: required(self.room, "room", "will")?,
                body: body(self.text, self.data, "will")?,
                media_type: self.media_type.map(|text| text.0),
            })),
            "ping" => Command::Ping { id: self.id },
            "bye" => Command::Bye { id: self.id },
            other => return Err(unknown_op(other)),
        };
        Ok(command)
    }
}

impl<'a> From<&'a Command<'a>> for Fields<'a> {
    /// The fields a client sends. [`Command::Join`] has none: programs subscribe.
    fn from(command: &'a Command<'a>) -> Self {
        let mut fields = Fields::default();
        let op = match command {
            Command::Hello(hello) => {
                fields.nick = hello.nick.as_deref().map(borrowed);
                fields.secret = hello.secret.as_deref().map(borrowed);
                fields.echo = hello.echo;
                fields.client = hello.client.as_deref().map(borrowed);
                fields.session = hello.session.as_deref().map(borrowed);
                "hello"
            }
            Command::Subscribe { room, origin } => {
                fields.room = Some(borrowed(room));
                match origin {
                    Origin::Now => {}
                    Origin::Since(since) => fields.since = Some(*since),
                    Origin::Last(last) => fields.last = Some(*last),
                    Origin::Resume(resume) => fields.resume = Some(resume.clone()),
                }
                "subscribe"
            }
            Command::Unsubscribe { room } => {
                fields.room = Some(borrowed(room));
                "unsubscribe"
            }
            Command::Join { room } => {
                fields.room = Some(borrowed(room));
                "subscribe"
            }
            Command::Publish {
                room,
                body,
                media_type,
                id,
                ephemeral,
            } => {
                fields.room = room.as_deref().map(borrowed);
                fields.set_body(body, media_type.as_deref());
                fields.id.clone_from(id);
                fields.ephemeral = *ephemeral;
                "publish"
            }
            Command::Direct {
                to,
                body,
                media_type,
                id,
            } => {
                fields.to = Some(borrowed(to));
                fields.set_body(body, media_type.as_deref());
                fields.id.clone_from(id);
                "direct"
            }
            Command::Nick { nick } => {
                fields.nick = Some(borrowed(nick));
                "nick"
            }
            Command::Members { room } => {
                fields.room = room.as_deref().map(borrowed);
                "members"
            }
            Command::Rooms => "rooms",
            Command::History {
                room,
                before,
                since,
                limit,
            } => {
                fields.room = room.as_deref().map(borrowed);
                (fields.before, fields.since, fields.limit) = (*before, *since, *limit);
                "history"
            }
            Command::Will(will) => {
                if let Some(will) = will {
                    fields.room = Some(borrowed(&will.room));
                    fields.set_body(&will.body, will.media_type.as_deref());
                }
                "will"
            }
            Command::Ping { id } => {
                fields.id.clone_from(id);
                "ping"
            }
            Command::Bye { id } => {
                fields.id.clone_from(id);
                "bye"
            }
        };
        fields.op = Some(borrowed(op));
        fields
    }
}

impl<'a> Fields<'a> {
    fn set_body(&mut self, body: &'a BodyRef<'_>, media_type: Option<&'a str>) {
        match body {
            BodyRef::Text(text) => self.text = Some(borrowed(text)),
            BodyRef::Data(data) => self.data = Some(Data(Cow::Borrowed(data))),
        }
        self.media_type = media_type.map(borrowed);
    }
}

fn borrowed(text: &str) -> Text<'_> {
    Text(Cow::Borrowed(text))
}

fn required<'a>(
    field: Option<Text<'a>>,
    name: &'static str,
    op: &'static str,
) -> Result<Cow<'a, str>, Refusal> {
    field.map(|text| text.0).ok_or_else(|| {
        Refusal::new(
            Code::MissingField,
            format!("`{op}` needs the field `{name}`"),
        )
    })
}

fn body<'a>(
    text: Option<Text<'a>>,
    data: Option<Data<'a>>,
    op: &'static str,
) -> Result<BodyRef<'a>, Refusal> {
    match (text, data) {
        (Some(text), None) => Ok(BodyRef::Text(text.0)),
        (None, Some(data)) => Ok(BodyRef::Data(data.0)),
        (None, None) => Err(Refusal::new(
            Code::MissingField,
            format!("`{op}` needs a body: `text`, or `data` for bytes"),
        )),
        (Some(_), Some(_)) => Err(Refusal::new(
            Code::BadMessage,
            "a body is `text` or `data`, not both",
        )),
    }
}

fn unknown_op(op: &str) -> Refusal {
    let short: String = op.chars().take(32).collect();
    Refusal::new(Code::UnknownOp, format!("there is no `op` {short:?}")).hint(
        "hello, subscribe, unsubscribe, publish, direct, nick, members, rooms, history, will, ping, bye",
    )
}

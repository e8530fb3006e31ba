//! Who speaks in passing: datagrams, and requests that publish. They are not here, and so hold no
//! nick; they borrow one for what they say.

use sockhop_proto::name::NICK_CHARS_MAX;
use sockhop_proto::udp::Datagram;
use sockhop_proto::{Code, Command, Micros, NameError, Nick, Refusal};

use super::speak::{Draft, media_type, too_fast};
use super::{Hub, Outcome};
use crate::nicks::Holder;
use crate::session::SessionKey;

/// The nick of a datagram that brings none, and the mark of one that borrows.
const DATAGRAM_NICK: &str = "udp";
/// What stands between a nick that somebody has and how the one who borrows it came. Nobody's nick has
/// it, so that no mark can be forged.
const MARK: char = '~';

impl Hub {
    /// Lets a session that passes by speak as `name`, without holding that nick: it will be gone
    /// before anybody could answer, and several may pass by under one name at once. What it says is
    /// marked, should somebody have that nick when it is said.
    ///
    /// # Errors
    /// Why that cannot be its name, or that the hub asks for its secret first.
    pub fn borrow_nick(&mut self, key: SessionKey, name: &str) -> Outcome {
        let nick = unmarked(name)?;
        let Some(session) = self.sessions.get_mut(key) else {
            return Ok(());
        };
        if !session.standing.trusted {
            return Err(super::secret_required());
        }
        let own = session.rename(nick);
        self.nicks.free(&own, Holder::Session(key));
        Ok(())
    }

    /// Publishes a datagram, under the nick it brings.
    ///
    /// # Errors
    /// Why it was not published; there is nobody to tell.
    pub fn handle_datagram(&mut self, datagram: &Datagram<'_>, now: Micros) -> Outcome {
        let outcome = self.publish_datagram(datagram, now);
        self.count_datagram(outcome.is_ok());
        outcome
    }

    fn publish_datagram(&mut self, datagram: &Datagram<'_>, now: Micros) -> Outcome {
        if !datagram
            .secret
            .as_deref()
            .map_or(self.config.secret.is_none(), |s| self.is_secret(s))
        {
            return Err(super::secret_required());
        }
        let Command::Publish {
            room: Some(room),
            body,
            media_type: media,
            ephemeral,
            ..
        } = &datagram.command
        else {
            return Err(Refusal::new(
                Code::UnknownOp,
                "only `publish` may come by datagram",
            ));
        };
        let per_second = self.config.publishes_per_second_max;
        if !self.passers.take(per_second, now) || self.disk_is_behind() {
            return Err(too_fast(per_second));
        }
        let nick = unmarked(datagram.nick.as_deref().unwrap_or(DATAGRAM_NICK))?;
        let draft = Draft {
            from: self.lent(&nick, DATAGRAM_NICK),
            author: None,
            body: body.to_body(),
            media_type: media_type(media.as_deref())?,
            ephemeral: *ephemeral,
        };
        let room = self.room_for(room)?;
        self.append(room, draft, None, now);
        Ok(())
    }

    /// `nick` for what is said now by who does not hold it: with the mark of how it came, if somebody
    /// has that nick. It may well be the same person, but nobody is to be taken for another.
    pub(super) fn lent(&self, nick: &Nick, by: &str) -> Nick {
        if self.nicks.holder(nick).is_none() {
            return nick.clone();
        }
        let mark = format!("{MARK}{by}");
        let kept = NICK_CHARS_MAX - mark.chars().count();
        let marked = nick.as_str().chars().take(kept).chain(mark.chars());
        Nick::parse(&marked.collect::<String>()).expect("the beginning of a nick, and a mark")
    }
}

/// A nick that does not look marked.
pub(super) fn unmarked(name: &str) -> Result<Nick, Refusal> {
    let nick = Nick::parse(name).map_err(NameError::refusal)?;
    if !name.contains(MARK) {
        return Ok(nick);
    }
    let words = format!("a nick holds no `{MARK}`: it marks who speaks by HTTP or UDP");
    Err(Refusal::new(Code::BadNick, words))
}

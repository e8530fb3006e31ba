//! What is said for those who are lost.

use sockhop_proto::{Micros, NameError, Nick, RoomName, command};

use super::speak::{Draft, media_type};
use super::{Hub, Outcome};
use crate::session::{SessionKey, Will};

impl Hub {
    pub(super) fn set_will(&mut self, key: SessionKey, will: Option<command::Will<'_>>) -> Outcome {
        let will = match will {
            None => None,
            Some(will) => Some(Will {
                room: RoomName::parse(&will.room).map_err(NameError::refusal)?,
                body: will.body.to_body(),
                media_type: media_type(will.media_type.as_deref())?,
            }),
        };
        if let Some(session) = self.sessions.get_mut(key) {
            session.extras().will = will;
        }
        Ok(())
    }

    /// Says what a lost session wanted said.
    pub(super) fn publish_will(&mut self, from: Nick, will: Will, now: Micros) {
        // A hub full of rooms has no place for it, and nobody is left to be told.
        if let Ok(room) = self.room_for(will.room.as_str()) {
            let (body, media_type) = (will.body, will.media_type);
            self.append(
                room,
                Draft {
                    from,
                    author: None,
                    body,
                    media_type,
                    ephemeral: false,
                },
                None,
                now,
            );
        }
    }
}

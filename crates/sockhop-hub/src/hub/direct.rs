//! What is said to one session alone.

use sockhop_proto::{BodyRef, Code, Event, Id, Micros, Refusal};

use super::speak::media_type;
use super::{Hub, Outcome};
use crate::session::SessionKey;
use crate::tally::Told;

impl Hub {
    pub(super) fn direct(
        &mut self,
        key: SessionKey,
        to: &str,
        body: &BodyRef<'_>,
        media: Option<&str>,
        id: Option<Id>,
        now: Micros,
    ) -> Outcome {
        let media_type = media_type(media)?;
        self.check_pace(key, now)?;
        let Some(session) = self.sessions.get(key) else {
            return Ok(());
        };
        let from = session.nick.clone();
        let nobody = || {
            Refusal::new(Code::NoSuchNick, format!("nobody here is called {to}"))
                .hint("/who, or `members`, says who is in a room")
        };
        let receiver_key = self.nicks.find(to).ok_or_else(nobody)?;
        // Who has not said the hub's secret is not here yet.
        let receiver = self
            .sessions
            .get_mut(receiver_key)
            .filter(|session| session.standing.trusted);
        let receiver = receiver.ok_or_else(nobody)?;
        if receiver.is_full() {
            let words = format!("{} is not reading what it is sent", receiver.nick);
            return Err(Refusal::new(Code::SlowConsumer, words).hint("try again later"));
        }
        let to = receiver.nick.clone();
        receiver.tell(&Event::Direct {
            from,
            to,
            time: now,
            body: body.to_body(),
            media_type,
        });
        // Its bytes are counted when they are handed out.
        let told = Told {
            messages: 1,
            ..Told::default()
        };
        self.count_sent(receiver_key, told);
        self.count_received(key);
        if let Some(id) = id {
            self.say(
                key,
                &Event::Ack {
                    id,
                    place: None,
                    time: now,
                },
            );
        }
        Ok(())
    }
}

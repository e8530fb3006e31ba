//! What happens next, by chance.

use sockhop_proto::Command;

use super::client::{Kind, Todo};
use super::world::World;

impl World {
    /// Something happens.
    pub(crate) fn act(&mut self) {
        match self.random.u16(..1000) {
            0..100 => self.tick(),
            100..140 => self.send_datagram(),
            140..170 => self
                .disk
                .change_mood(&mut self.random, self.rules.writes_fail),
            170..174 => self.crash(),
            174..178 => self.restart(),
            _ => {
                let at = self.random.usize(..self.clients.len());
                self.act_as(at);
            }
        }
    }

    fn act_as(&mut self, at: usize) {
        let client = &self.clients[at];
        let Some(conn) = &client.conn else {
            return self.come(at);
        };
        if client.kind == Kind::Witness {
            return;
        }
        if self.random.u8(..20) == 0 {
            // It stops reading, or goes on. What it asked last may then be long ago.
            let stalled = !conn.stalled;
            self.log(|| {
                format!(
                    "client {at} {}",
                    if stalled { "stalls" } else { "reads again" }
                )
            });
            self.conn_mut(at).stalled = stalled;
            return;
        }
        if self.random.u8(..40) == 0 {
            return self.lose(at);
        }
        if self.random.u8(..30) == 0 && self.clients[at].token.is_some() {
            return self.come_over(at);
        }
        if !self.clients[at].may_speak() {
            return;
        }
        match self.clients[at].kind {
            _ if self.random.u8(..40) == 0 => self.say_bye(at),
            _ if self.random.u8(..60) == 0 => self.finish(at),
            Kind::Person => self.type_something(at),
            Kind::Historian => self.ask_history(at),
            Kind::Program | Kind::Witness => self.act_as_program(at),
        }
    }

    fn act_as_program(&mut self, at: usize) {
        match self.random.u8(..100) {
            0..45 => self.publish_something(at),
            45..52 => {
                for _ in 0..self.random.u8(3..20) {
                    if self.clients[at].may_speak() {
                        self.publish_something(at);
                    }
                }
            }
            52..65 => {
                let room = self.any_room_for(at);
                let origin = self.any_origin(&room);
                self.subscribe(at, room.as_str(), &origin);
            }
            65..72 => {
                let filter = self.any_filter();
                let origin = self.any_origin_of_all(at);
                self.subscribe(at, filter, &origin);
            }
            72..80 => self.unsubscribe_something(at),
            80..85 => self.say_directly(at),
            85..90 => self.take_nick(at),
            90..95 => self.set_will(at),
            95..98 => self.say_again(at),
            _ => self.handle(at, Command::Ping { id: None }),
        }
    }

    /// Client `at` does what it had to put off.
    pub(crate) fn do_next(&mut self, at: usize, todo: Todo) {
        match todo {
            Todo::Subscribe(room, origin) => self.subscribe(at, &room, &origin),
            Todo::Again(id) => self.publish_again(at, id),
        }
    }

    /// Client `at` reads from now on.
    pub(crate) fn wake_up(&mut self, at: usize) {
        if let Some(conn) = &mut self.clients[at].conn {
            conn.stalled = false;
        }
    }

    fn tick(&mut self) {
        self.now += self.random.u64(..2_000_000);
        self.log(|| "a tick".to_owned());
        self.hub.tick(self.now);
        self.expire();
    }
}

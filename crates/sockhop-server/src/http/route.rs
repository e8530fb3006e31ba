//! What an address names: a room, or one of the hub's own pages under `/-/`.

use std::borrow::Cow;

use hyper::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sockhop_proto::{Code, Refusal};

/// What stands for itself in one level of a path (RFC 3986, 3.3), of what names are made of.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b':');

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// The page, wherever it starts.
    Page,
    /// A room, by the name in the path; nobody has checked it yet.
    Room(String),
    /// A part of the page.
    Asset(String),
    Rooms,
    Connections,
    Health,
    Metrics,
    WebSocket,
    /// `*`: the server itself, of which only `OPTIONS` can be asked.
    Everything,
}

impl Route {
    /// Reads a path.
    ///
    /// # Errors
    /// A path that can name nothing here.
    pub(super) fn of(path: &str) -> Result<Self, Refusal> {
        match path {
            "*" => return Ok(Self::Everything),
            "" | "/" | "/-" | "/-/" => return Ok(Self::Page),
            // Browsers ask for it whatever the page says.
            "/favicon.ico" => return Ok(Self::Asset("icon.svg".to_owned())),
            _ => {}
        }
        match path.strip_prefix("/-/") {
            Some("rooms") => Ok(Self::Rooms),
            Some("connections") => Ok(Self::Connections),
            Some("health") => Ok(Self::Health),
            Some("metrics") => Ok(Self::Metrics),
            Some("ws") => Ok(Self::WebSocket),
            Some(other) => match other.strip_prefix("assets/") {
                Some(asset) => Ok(Self::Asset(decoded(asset)?.into_owned())),
                None => Err(no_such_page(path)),
            },
            None => room(path).map(Self::Room),
        }
    }

    /// What can be done there, as `Allow` says it.
    pub(super) fn allowed(&self) -> &'static str {
        match self {
            Self::Room(_) => "GET, HEAD, POST, PUT, OPTIONS",
            Self::WebSocket => "GET, OPTIONS",
            Self::Everything => "GET, HEAD, POST, PUT, OPTIONS",
            Self::Page
            | Self::Asset(_)
            | Self::Rooms
            | Self::Connections
            | Self::Health
            | Self::Metrics => "GET, HEAD, OPTIONS",
        }
    }

    /// Whether `method` can be used there.
    pub(super) fn allows(&self, method: &Method) -> bool {
        *self != Self::Everything && self.allowed().split(", ").any(|allowed| allowed == method)
            || *method == Method::OPTIONS
    }
}

/// The path of a room's page.
pub(super) fn path_of(room: &str) -> String {
    room.split('/')
        .flat_map(|level| ["/".into(), Cow::from(utf8_percent_encode(level, ESCAPED))])
        .collect()
}

/// The name in a path, level by level: a `/` is a level's end only where it stands for itself.
fn room(path: &str) -> Result<String, Refusal> {
    let mut levels = Vec::new();
    for level in path.strip_prefix('/').unwrap_or(path).split('/') {
        let level = decoded(level)?;
        if level.contains('/') {
            let words = "a level of a room name holds no `/`, not even as %2F";
            return Err(Refusal::new(Code::BadRoom, words));
        }
        levels.push(level);
    }
    Ok(levels.join("/"))
}

fn decoded(part: &str) -> Result<Cow<'_, str>, Refusal> {
    percent_decode_str(part).decode_utf8().map_err(|_| {
        Refusal::new(Code::BadUtf8, "the address is not UTF-8")
            .hint("percent-encode the bytes of its UTF-8: é is %C3%A9")
    })
}

pub(super) fn no_such_page(path: &str) -> Refusal {
    let path: String = path.chars().take(64).collect();
    Refusal::new(Code::NoSuchPage, format!("there is nothing at {path}"))
        .hint("/ is the page, /ROOM a room, /-/rooms lists them")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sockhop_proto::RoomName;

    use super::*;

    fn room(name: &str) -> Result<Route, Code> {
        Ok(Route::Room(name.to_owned()))
    }

    fn route(path: &str) -> Result<Route, Code> {
        Route::of(path).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_path_is_a_room_unless_it_is_the_hubs() {
        assert_eq!(route("/telemetry/imu"), room("telemetry/imu"));
        assert_eq!(route("/caf%C3%A9/a%20b"), room("café/a b"));
        assert_eq!(route("/telemetry/%23"), room("telemetry/#"));
        assert_eq!(route("/telemetry/+"), room("telemetry/+"));
        assert_eq!(route("/100%"), room("100%"));
        for page in ["/", "/-", "/-/"] {
            assert_eq!(route(page), Ok(Route::Page));
        }
        assert_eq!(route("/-/ws"), Ok(Route::WebSocket));
        assert_eq!(
            route("/-/assets/room/log.js"),
            Ok(Route::Asset("room/log.js".to_owned()))
        );
        assert_eq!(route("/-/nothing"), Err(Code::NoSuchPage));
        assert_eq!(route("/-/ws/"), Err(Code::NoSuchPage));
        assert_eq!(route("/%ff"), Err(Code::BadUtf8));
        assert_eq!(route("/a%2fb"), Err(Code::BadRoom));
    }

    #[test]
    fn names_outside_the_rules_stay_outside() {
        // Judged later, so that the rule can be named.
        for (path, name) in [("/a//b", "a//b"), ("/a/", "a/"), ("//", "/"), ("/-x", "-x")] {
            assert_eq!(route(path), room(name));
            assert!(RoomName::parse(name).is_err(), "{name}");
        }
        assert_eq!(route("/..%00"), room("..\0"));
    }

    #[test]
    fn methods_are_for_places() {
        let lobby = Route::Room("lobby".to_owned());
        assert!(lobby.allows(&Method::PUT) && lobby.allows(&Method::HEAD));
        assert!(!lobby.allows(&Method::DELETE) && !lobby.allows(&Method::PATCH));
        assert!(!Route::Health.allows(&Method::POST) && Route::Health.allows(&Method::GET));
        assert!(!Route::Everything.allows(&Method::GET));
        assert!(Route::Everything.allows(&Method::OPTIONS));
    }

    proptest! {
        #[test]
        fn a_rooms_path_leads_back_to_it(name in "[^/\\p{C}]{1,8}(/[^/\\p{C}]{1,8}){0,3}") {
            if RoomName::parse(&name).is_ok() && name != "favicon.ico" {
                let path = path_of(&name);
                prop_assert!(path.parse::<hyper::Uri>().is_ok(), "{}", path);
                prop_assert_eq!(route(&path), room(&name));
            }
        }

        #[test]
        fn any_path_is_survived(path in "\\PC{0,40}") {
            let _ = Route::of(&path);
        }
    }
}

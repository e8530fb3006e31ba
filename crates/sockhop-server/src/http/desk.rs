//! Where requests are answered, one at a time: who sends it is judged, what it names is found, and
//! it is handed to whoever does that.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::body::Incoming;
use hyper::header::{ACCEPT, CONTENT_TYPE, ORIGIN};
use hyper::http::request::Parts;
use hyper::service::Service;
use hyper::{HeaderMap, Method, Request, StatusCode};
use sockhop_proto::{Code, Refusal};
use tracing::debug;

use super::accept::{self, Form};
use super::answer::{self, Answer};
use super::assets;
use super::headers::{first, only, values};
use super::host;
use super::listing;
use super::manners;
use super::origin::{self, Caller, Sender};
use super::publish::Publish;
use super::query::{Query, is_on};
use super::read::Read;
use super::route::Route;
use super::websocket;
use super::who::Who;
use super::wire::Following;
use crate::shared::Shared;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) shared: Arc<Shared>,
    pub(super) peer: Option<SocketAddr>,
    pub(super) following: Following,
    /// Whether the connection is to be a WebSocket.
    upgraded: Arc<AtomicBool>,
}

impl Desk {
    pub(super) fn new(shared: Arc<Shared>, peer: Option<SocketAddr>, following: Following) -> Self {
        Self {
            shared,
            peer,
            following,
            upgraded: Arc::default(),
        }
    }

    /// Whether the connection is to be a WebSocket.
    pub(super) fn is_upgraded(&self) -> bool {
        self.upgraded.load(Ordering::Relaxed)
    }

    async fn answer(self, request: Request<Incoming>) -> Answer {
        let (request, body) = request.into_parts();
        let form = accept::preferred(values(&request.headers, &ACCEPT));
        let caller = self.admit(&request);
        let answered = match &caller {
            Ok(caller) => self.attend(&request, body, form, *caller).await,
            Err(refusal) => Err(refusal.clone()),
        };
        let mut answer = answered.unwrap_or_else(|refusal| answer::refused(refusal, form));
        let (status, path) = (answer.status().as_u16(), request.uri.path());
        debug!(peer = ?self.peer, method = %request.method, path, status, "answered");
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            self.upgraded.store(true, Ordering::Relaxed);
        }
        manners::put(&mut answer, caller.unwrap_or(Caller::Own));
        answer
    }

    /// Lets in whoever may speak here.
    fn admit<'a>(&self, request: &'a Parts) -> Result<Caller<'a>, Refusal> {
        let host = host::of(request)?;
        let allowed = &self.shared.web.allow_origin;
        if !self.shared.hub().asks_for_secret() {
            host::check(host, allowed)?;
        }
        let sender = Sender {
            origin: only(&request.headers, &ORIGIN)?,
            site: first(&request.headers, "sec-fetch-site"),
            mode: first(&request.headers, "sec-fetch-mode"),
        };
        origin::judge(sender, host, allowed)
    }

    async fn attend(
        &self,
        request: &Parts,
        body: Incoming,
        form: Form,
        caller: Caller<'_>,
    ) -> Result<Answer, Refusal> {
        let route = Route::of(request.uri.path())?;
        let method = &request.method;
        if !route.allows(method) {
            let mut answer = answer::refused(bad_method(method), form);
            manners::put_allowed(&mut answer, &route);
            return Ok(answer);
        }
        if *method == Method::OPTIONS {
            return Ok(manners::options(&route, &request.headers, caller));
        }
        let query = Query::of(request.uri.query().unwrap_or_default())?;
        let who = Who::of(&request.headers, query.secret.clone())?;
        match &route {
            Route::Page | Route::Everything => self.page(request),
            Route::Asset(name) => {
                self.note_browser();
                assets::asset(name, &request.headers)
            }
            Route::Rooms => listing::rooms(self, &who, form),
            Route::Connections => listing::connections(self, &who),
            Route::Health => Ok(listing::health(self)),
            Route::Metrics => listing::metrics(self, &who),
            Route::WebSocket => Ok(websocket::shake_hands(
                request.version,
                &request.headers,
                form,
            )),
            Route::Room(room) if matches!(*method, Method::POST | Method::PUT) => {
                let publish = Publish {
                    room,
                    content_type: only(&request.headers, &CONTENT_TYPE)?,
                    ephemeral: query.ephemeral || is_ephemeral(&request.headers),
                    who: &who,
                };
                publish.answer(self, body).await
            }
            Route::Room(_) if form == Form::Page && !query.raw => self.page(request),
            Route::Room(room) => {
                let read = Read {
                    room,
                    form,
                    query: &query,
                    last_event_id: last_event_id(&request.headers),
                    wants_body: manners::wants_body(method),
                    who: &who,
                };
                read.answer(self)
            }
        }
    }

    fn page(&self, request: &Parts) -> Result<Answer, Refusal> {
        self.note_browser();
        assets::page(host::of(request)?, &request.headers)
    }

    /// Who asks for the page opens more connections than it needs, and is not to be greeted on them.
    fn note_browser(&self) {
        if let Some(peer) = self.peer {
            let now = self.shared.clock.now();
            self.shared.door.note_request(peer.ip().to_canonical(), now);
        }
    }
}

impl Service<Request<Incoming>> for Desk {
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let desk = self.clone();
        Box::pin(async move { Ok(desk.answer(request).await) })
    }
}

fn is_ephemeral(headers: &HeaderMap) -> bool {
    first(headers, "x-ephemeral").is_some_and(is_on)
}

/// An id that is no number was not this hub's.
fn last_event_id(headers: &HeaderMap) -> Option<u64> {
    first(headers, "last-event-id")?.parse().ok()
}

fn bad_method(method: &Method) -> Refusal {
    let method: String = method.as_str().chars().take(32).collect();
    Refusal::new(Code::BadMethod, format!("{method} means nothing there"))
        .hint("GET reads a room, POST or PUT publishes to it")
}

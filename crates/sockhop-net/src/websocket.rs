//! From a stream to a WebSocket, as its client. This program serves none: whoever wants a server of
//! WebSockets wants rooms, and the hub has them.

use std::time::Duration;

use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::endpoint::{Endpoint, Place};
use crate::fault::Fault;
use crate::stream::Stream;

/// Asks the server at the other end of `stream`, which is that of `endpoint`, for `path` as a
/// WebSocket. Messages of more than `message_bytes_max` break the connection.
pub(crate) async fn upgrade(
    stream: Stream,
    endpoint: &Endpoint,
    path: &str,
    message_bytes_max: usize,
    within: Duration,
) -> Result<WebSocketStream<Stream>, Fault> {
    let failed = |error| Fault::websocket(endpoint, &error);
    let request = url(endpoint, path).into_client_request().map_err(failed)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(message_bytes_max))
        .max_frame_size(Some(message_bytes_max));
    let asking = client_async_with_config(request, stream, Some(config));
    let (socket, _) = timeout(within, asking)
        .await
        .map_err(|_| Fault::websocket_timed_out(endpoint, within))?
        .map_err(failed)?;
    Ok(socket)
}

/// What is asked for. A port that goes without saying is left out: some servers know themselves only
/// without it.
fn url(endpoint: &Endpoint, path: &str) -> String {
    let scheme = endpoint.scheme();
    let place = match endpoint.place() {
        Some(Place { host, port }) => {
            // The zone of an address is this machine's own business.
            let host = host.split('%').next().unwrap_or_default().to_owned();
            Place { host, port: *port }.to_string()
        }
        None => String::new(),
    };
    let usual = if scheme == "wss" { ":443" } else { ":80" };
    let place = place.strip_suffix(usual).unwrap_or(&place);
    format!("{scheme}://{place}{path}")
}

#[cfg(test)]
mod tests;

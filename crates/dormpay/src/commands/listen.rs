//! Listens to live events as an application does, and prints each frame as a line of JSON.

use anyhow::{Context, Result, bail, ensure};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use settings::Source;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, Utf8Bytes},
};

use super::places;
use crate::cli::Listen;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Prints what the owner of a token hears, until the event that was asked for came, or for ever.
///
/// # Errors
/// When nobody listens there, the token is refused, or the socket ends.
#[expect(clippy::print_stdout, reason = "the command line speaks to a person")]
pub(crate) async fn run(wanted: &Listen, source: &Source) -> Result<()> {
    let url = places::websocket_url(source)?;
    let (mut socket, _) = connect_async(&url).await.with_context(|| url.clone())?;
    say(&mut socket, &json!({"type": "auth", "token": wanted.token})).await?;
    let answer = next(&mut socket).await?;
    ensure!(kind(&answer)? == "auth_ok", "not let in: {answer}");
    say(&mut socket, &json!({"type": "subscribe", "events": wanted.topics})).await?;
    loop {
        let frame = next(&mut socket).await?;
        println!("{frame}");
        let kind = kind(&frame)?;
        ensure!(kind != "error", "refused: {frame}");
        if wanted.until.as_ref() == Some(&kind) {
            return Ok(());
        }
    }
}

async fn say(socket: &mut Socket, frame: &Value) -> Result<()> {
    Ok(socket.send(Message::text(frame.to_string())).await?)
}

/// The next frame that is text, as it came; pings are answered beside.
async fn next(socket: &mut Socket) -> Result<Utf8Bytes> {
    while let Some(message) = socket.next().await {
        match message? {
            Message::Text(text) => return Ok(text),
            Message::Close(frame) => bail!("closed: {frame:?}"),
            _ => {}
        }
    }
    bail!("the socket ended")
}

fn kind(frame: &str) -> Result<String> {
    let frame: Value = serde_json::from_str(frame)?;
    Ok(frame.get("type").and_then(Value::as_str).unwrap_or_default().to_owned())
}

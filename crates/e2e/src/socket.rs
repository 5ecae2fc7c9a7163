//! A listener to live events over the WebSocket.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

const FRAME_SECONDS_MAX: u64 = 10;

/// An authenticated socket.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects and authenticates (000-W02).
    ///
    /// # Errors
    /// When the token is refused.
    pub async fn open(url: &str, token: &str) -> Result<Self> {
        let mut socket = Self::connect(url).await?;
        socket.send(&json!({"type": "auth", "token": token})).await?;
        let answer = socket.next().await?;
        ensure!(answer["type"] == "auth_ok", "not let in: {answer}");
        Ok(socket)
    }

    /// Connects and says nothing.
    ///
    /// # Errors
    /// When there is nobody.
    pub async fn connect(url: &str) -> Result<Self> {
        let (stream, _) = connect_async(url).await?;
        Ok(Self(stream))
    }

    /// Subscribes to topics and waits for the acknowledgement (000-W03).
    ///
    /// # Errors
    /// When there is none.
    pub async fn subscribe(&mut self, topics: &[&str]) -> Result<()> {
        self.send(&json!({"type": "subscribe", "events": topics})).await?;
        self.wait_for("subscribed").await.map(drop)
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn send(&mut self, frame: &Value) -> Result<()> {
        Ok(self.0.send(Message::text(frame.to_string())).await?)
    }

    /// The next JSON frame.
    ///
    /// # Errors
    /// When none comes in time or the socket is closed.
    pub async fn next(&mut self) -> Result<Value> {
        let next = async {
            while let Some(message) = self.0.next().await {
                match message? {
                    Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                    Message::Close(frame) => bail!("closed: {frame:?}"),
                    _ => {}
                }
            }
            bail!("the socket ended")
        };
        timeout(Duration::from_secs(FRAME_SECONDS_MAX), next).await.context("no frame in time")?
    }

    /// The next frame of a type; others are passed over.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn wait_for(&mut self, kind: &str) -> Result<Value> {
        loop {
            let frame = self.next().await.with_context(|| format!("waiting for {kind}"))?;
            if frame["type"] == kind {
                return Ok(frame);
            }
        }
    }

    /// Sends a frame that is exactly this text.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn send_text(&mut self, text: String) -> Result<()> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// The last frames until the platform closes the socket, and the close code.
    ///
    /// # Errors
    /// When it is not closed in time, or without a code.
    pub async fn ending(&mut self) -> Result<(Vec<Value>, u16)> {
        let mut frames = Vec::new();
        let ending = async {
            while let Some(message) = self.0.next().await {
                match message? {
                    Message::Text(text) => frames.push(serde_json::from_str(&text)?),
                    Message::Close(Some(close)) => return Ok(u16::from(close.code)),
                    Message::Close(None) => bail!("closed without a code"),
                    _ => {}
                }
            }
            bail!("the socket ended without a close")
        };
        let code =
            timeout(Duration::from_secs(FRAME_SECONDS_MAX), ending).await.context("not closed in time")??;
        Ok((frames, code))
    }

    /// Every frame that comes within this time.
    pub async fn drain(&mut self, wait: Duration) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Ok(Ok(frame)) = timeout(wait, self.next()).await {
            frames.push(frame);
        }
        frames
    }
}

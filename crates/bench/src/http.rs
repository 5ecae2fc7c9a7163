//! A client that costs next to nothing, because it shares the processors with what it measures.
//!
//! HTTP/1.1 on one kept connection, one request at a time, answers with a content length only: what dormpay's
//! faces give to a client that asks for no compression. Not for anything but this benchmark. The rule not to be
//! broken: an answer is read to its last byte before the next request is sent.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to the gateway, with a login or without.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    head: String,
    /// Length of the head without a token.
    anybody: usize,
    received: Vec<u8>,
    body_start: usize,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    head: &'a [u8],
    pub(crate) body: &'a [u8],
}

impl Connection {
    /// Connects. `token` is an access token, sent with every request.
    pub(crate) async fn open(address: SocketAddr, token: Option<&str>) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let head = format!("host: {address}\r\naccept: application/json\r\n");
        let anybody = head.len();
        let mut connection =
            Self { stream, head, anybody, received: Vec::with_capacity(4_096), body_start: 0 };
        if let Some(token) = token {
            connection.authorize(token);
        }
        Ok(connection)
    }

    /// Sends what follows with another access token.
    pub(crate) fn authorize(&mut self, token: &str) {
        self.head.truncate(self.anybody);
        self.head.extend(["authorization: Bearer ", token, "\r\n"]);
    }

    /// Sends `GET path`.
    pub(crate) async fn get(&mut self, path: &str) -> Result<Answer<'_>> {
        let request = format!("GET {path} HTTP/1.1\r\n{}\r\n", self.head);
        self.exchange(request.as_bytes()).await
    }

    /// Sends `POST path` with a JSON body.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Result<Answer<'_>> {
        self.send("POST", path, (JSON, body)).await
    }

    /// Sends `PUT path` with a JSON body.
    pub(crate) async fn put(&mut self, path: &str, body: &str) -> Result<Answer<'_>> {
        self.send("PUT", path, (JSON, body)).await
    }

    /// Sends `POST path` with a form, as payment providers do.
    pub(crate) async fn post_form(&mut self, path: &str, body: &str) -> Result<Answer<'_>> {
        self.send("POST", path, (FORM, body)).await
    }

    async fn send(&mut self, method: &str, path: &str, (kind, body): (&str, &str)) -> Result<Answer<'_>> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\n{}content-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}",
            self.head
        );
        self.exchange(request.as_bytes()).await
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let status = timeout(ANSWER_TIMEOUT, self.receive()).await.context("no answer in time")??;
        let (head, body) = self.received.split_at_checked(self.body_start).unwrap_or_default();
        Ok(Answer { status, head, body })
    }

    async fn receive(&mut self) -> Result<u16> {
        let mut expected = None;
        loop {
            if expected.is_none()
                && let Some(head) = Head::parse(&self.received)?
            {
                self.body_start = head.bytes;
                expected = Some((head.status, head.bytes.saturating_add(head.content_length)));
            }
            match expected {
                Some((status, length)) if self.received.len() == length => return Ok(status),
                Some((_, length)) if self.received.len() > length => {
                    bail!("more was answered than announced")
                }
                _ => {}
            }
            ensure!(self.received.len() < ANSWER_BYTES_MAX, "the answer is too long");
            let read = self.stream.read_buf(&mut self.received).await?;
            ensure!(read > 0, "the connection was closed before the answer ended");
        }
    }
}

/// The head of an answer, as far as it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Length of the head with its blank line.
    pub(crate) bytes: usize,
    pub(crate) content_length: usize,
}

impl Head {
    /// Reads the head; `None` while it is not complete. *Errors*: when it is none, or tells no length.
    pub(crate) fn parse(received: &[u8]) -> Result<Option<Self>> {
        let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let text =
            std::str::from_utf8(received.get(..end).unwrap_or_default()).context("the head is no text")?;
        let mut lines = text.split("\r\n");
        let status =
            lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let length = lines.filter_map(|line| line.split_once(':')).find_map(|(name, value)| {
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
        });
        Ok(Some(Self {
            status: status.with_context(|| format!("no status in {text:?}"))?,
            bytes: end.saturating_add(4),
            content_length: length.with_context(|| format!("no content length in {text:?}"))?,
        }))
    }
}

impl Answer<'_> {
    /// Gives the JSON of a success. *Errors*: a refusal, with its words.
    pub(crate) fn json(&self) -> Result<Value> {
        ensure!(self.status == 200, "refused with {}: {}", self.status, self.text());
        serde_json::from_slice(self.body).context("the answer is not JSON")
    }

    /// Finds a header; `name` is in small letters.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = std::str::from_utf8(self.head).ok()?.split("\r\n");
        let (_, value) = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.trim())
    }

    /// Gives the body as text, for messages.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(self.body).into_owned()
    }
}

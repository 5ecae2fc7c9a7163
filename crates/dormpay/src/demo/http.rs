//! A client of the dorm face: JSON in, JSON out, refusals as errors with the API's own words.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// Somebody who talks to the API, logged in or not.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: reqwest::Client,
    base_url: String,
    token: Option<String>,
}

impl Http {
    /// Nobody yet.
    ///
    /// # Errors
    /// When the client can't be built.
    pub(crate) fn new(base_url: &str) -> Result<Self> {
        // Already installed by another part of the program: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(30))
            .build()?;
        Ok(Self { client, base_url: base_url.trim_end_matches('/').to_owned(), token: None })
    }

    /// The same client, logged in.
    ///
    /// # Errors
    /// When the login is refused.
    pub(crate) async fn login(&self, username: &str, password: &str) -> Result<Self> {
        let body = json!({"username": username, "password": password});
        let answer = self.post("/api/auth/login", &body).await?;
        let token = answer
            .pointer("/data/token")
            .and_then(Value::as_str)
            .context("the login answer holds no token")?;
        Ok(Self { token: Some(token.to_owned()), ..self.clone() })
    }

    /// `GET path`.
    ///
    /// # Errors
    /// Anything but a success.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.send(path, self.client.get(self.url(path))).await
    }

    /// `POST path` with a JSON body.
    ///
    /// # Errors
    /// Anything but a success.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(path, self.client.post(self.url(path)).json(body)).await
    }

    /// `POST path` with a file and form fields.
    ///
    /// # Errors
    /// Anything but a success.
    pub(crate) async fn upload(
        &self,
        path: &str,
        file: &'static str,
        fields: &[(&'static str, String)],
    ) -> Result<Value> {
        let part = reqwest::multipart::Part::text(file).file_name("export.csv").mime_str("text/csv")?;
        let form =
            fields.iter().fold(reqwest::multipart::Form::new().part("file", part), |form, (name, value)| {
                form.text(*name, value.clone())
            });
        self.send(path, self.client.post(self.url(path)).multipart(form)).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    async fn send(&self, path: &str, request: reqwest::RequestBuilder) -> Result<Value> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request.send().await.with_context(|| format!("no answer from {}", self.url(path)))?;
        let status = response.status();
        let answer: Value =
            response.json().await.with_context(|| format!("{path}: the answer is not JSON"))?;
        if !status.is_success() {
            let [message, error] =
                ["message", "error"].map(|field| answer.get(field).cloned().unwrap_or_default());
            bail!("{path}: {status}: {message} ({error})");
        }
        Ok(answer)
    }
}

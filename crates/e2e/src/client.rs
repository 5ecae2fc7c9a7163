//! A client of the dorm face: requests in, status and JSON out. It hides nothing: a refusal is an answer like another.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use crate::stage::PASSWORD;

/// Somebody who talks to the platform.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    token: Option<String>,
    language: Option<&'static str>,
    /// The caller's user id, 0 before the login.
    pub user_id: i64,
}

/// What the platform said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
    /// The body as JSON, null when it is none.
    pub body: Value,
}

impl Answer {
    /// The `data` of a success.
    ///
    /// # Errors
    /// When it was refused, with the platform's words.
    pub fn data(self) -> Result<Value> {
        ensure!(
            self.status == 200 && self.body["success"] == true,
            "refused with {}: {}",
            self.status,
            self.text
        );
        Ok(self.body["data"].clone())
    }

    /// The code of a refusal, empty for a success.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The detail text of a refusal, empty for a success.
    pub fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }
}

impl Client {
    /// Nobody yet.
    ///
    /// # Errors
    /// When the client can't be built.
    pub fn new(base_url: &str) -> Result<Self> {
        // Installed by another test already: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()?;
        Ok(Self { http, base_url: base_url.to_owned(), token: None, language: None, user_id: 0 })
    }

    /// Registers a user with the stage's password.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn register(&self, username: &str, full_name: &str) -> Result<Value> {
        let body = json!({"username": username, "email": format!("{username}@example.com"), "password": PASSWORD,
            "full_name": full_name});
        self.post("/api/auth/register", &body).await?.data()
    }

    /// The same client, logged in.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn login(&self, username: &str, password: &str) -> Result<Self> {
        let body = json!({"username": username, "password": password});
        let data = self.post("/api/auth/login", &body).await?.data()?;
        let token = data["token"].as_str().context("no token")?.to_owned();
        let user_id = data["user"]["id"].as_i64().context("no user id")?;
        Ok(Self { token: Some(token), user_id, ..self.clone() })
    }

    /// The access token, empty before the login.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap_or_default()
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same client, who asks for messages in a language such as `en`.
    #[must_use]
    pub fn speaking(&self, language: &'static str) -> Self {
        Self { language: Some(language), ..self.clone() }
    }

    /// `GET`.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` with a JSON body.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PUT` with a JSON body.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// `POST` with an idempotency key.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn post_once(&self, path: &str, body: &Value, key: &str) -> Result<Answer> {
        self.send(self.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
    }

    /// `POST` with a body that is exactly this text.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn post_text(&self, path: &str, content_type: &str, text: impl Into<String>) -> Result<Answer> {
        let request = self.request(Method::POST, path).header("Content-Type", content_type).body(text.into());
        self.send(request).await
    }

    /// `POST` with a file and form fields.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn upload(
        &self,
        path: &str,
        name: &str,
        file: Vec<u8>,
        fields: &[(&str, String)],
    ) -> Result<Answer> {
        let part = reqwest::multipart::Part::bytes(file).file_name(name.to_owned());
        let mut form = reqwest::multipart::Form::new().part("file", part);
        for (field, value) in fields {
            form = form.text((*field).to_owned(), value.clone());
        }
        self.send(self.request(Method::POST, path).multipart(form)).await
    }

    /// The status of a `GET`.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn status(&self, path: &str) -> Result<u16> {
        Ok(self.get(path).await?.status)
    }

    /// A request to be finished by the caller.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.base_url));
        if let Some(language) = self.language {
            request = request.header("Accept-Language", language);
        }
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { status, headers, text, body })
    }
}

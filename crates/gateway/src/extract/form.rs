//! A multipart form with one file and a few short fields (uploads, imports).
//!
//! What kind of file it is gets decided by the service, from its content; the declared type is not looked at.
//! The rule not to be broken: every part has a limit before it is held in memory.

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::{FromRequest, Multipart, Request, multipart::Field};
use bytes::{Bytes, BytesMut};
use fault::{Code, Fault};
use tokio::sync::OwnedSemaphorePermit;

use super::json::too_large;
use crate::{app::App, problem::Problem};

/// The size of an uploaded file, in bytes (000-L02).
pub(crate) const UPLOAD_BYTES_MAX: usize = 5 * 1024 * 1024;
const FIELD_BYTES_MAX: usize = 64 * 1024;
const PARTS_MAX: usize = 10;
const READ_TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);

/// Holds a form that was read whole.
#[derive(Debug)]
pub(crate) struct Form {
    /// What the sender calls the file; to be shown, never to be used as a path.
    pub(crate) file_name: String,
    /// The content of the part `file`.
    pub(crate) file: Bytes,
    fields: BTreeMap<String, Bytes>,
    /// Bounds the forms in memory as long as this one lives.
    _permit: OwnedSemaphorePermit,
}

impl FromRequest<App> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let multipart = Multipart::from_request(request, app)
            .await
            .map_err(|_| Fault::validation("content-type", "must be multipart/form-data with a boundary"))?;
        let permit = Arc::clone(&app.files).acquire_owned().await.map_err(Fault::internal)?;
        match tokio::time::timeout(READ_TIMEOUT, read(multipart, permit)).await {
            Ok(form) => Ok(form?),
            Err(_) => Err(Fault::validation("body", "must arrive within 60 seconds").into()),
        }
    }
}

impl Form {
    /// Takes a field that holds JSON, if it was sent.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Fault> {
        let Some(bytes) = self.fields.remove(name) else { return Ok(None) };
        let value = super::json::parse(&bytes).map_err(|fault| {
            let rule = fault.detail().trim_start_matches("body: ").to_owned();
            Fault::validation(name, rule)
        })?;
        Ok(Some(value))
    }

    /// Refuses fields that nobody took.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        match self.fields.keys().next() {
            Some(name) => Err(Fault::validation(name, "is not a known field")),
            None => Ok(()),
        }
    }
}

async fn read(mut multipart: Multipart, permit: OwnedSemaphorePermit) -> Result<Form, Fault> {
    let mut file = None;
    let mut fields = BTreeMap::new();
    for _ in 0..PARTS_MAX {
        let Some(part) = multipart.next_field().await.map_err(|error| broken(&error))? else {
            let (file_name, file) = file.ok_or_else(|| Fault::validation("file", "is required"))?;
            return Ok(Form { file_name, file, fields, _permit: permit });
        };
        let name = part.name().unwrap_or_default().to_owned();
        if name == "file" {
            let file_name = part.file_name().unwrap_or_default().to_owned();
            let content = content(part, "file", UPLOAD_BYTES_MAX).await?;
            if file.replace((file_name, content)).is_some() {
                return Err(Fault::validation("file", "is given more than once"));
            }
        } else {
            let content = content(part, &name, FIELD_BYTES_MAX).await?;
            if fields.insert(name.clone(), content).is_some() {
                return Err(Fault::validation(name, "is given more than once"));
            }
        }
    }
    Err(Fault::validation("body", "must have at most 10 parts"))
}

async fn content(mut part: Field<'_>, name: &str, bytes_max: usize) -> Result<Bytes, Fault> {
    let mut content = BytesMut::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        if content.len().saturating_add(chunk.len()) > bytes_max {
            return Err(too_large(name, bytes_max));
        }
        content.extend_from_slice(&chunk);
    }
    Ok(content.freeze())
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Fault {
    if error.body_text().contains("limit") {
        return Fault::new(Code::PayloadTooLarge, format!("file: must be at most {UPLOAD_BYTES_MAX} bytes"));
    }
    Fault::validation("body", "must be a whole multipart form")
}

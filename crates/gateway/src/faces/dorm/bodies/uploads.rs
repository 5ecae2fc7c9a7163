//! Bodies of uploads (contract section 15).

use proto::user::v1 as user;
use serde::Serialize;
use utoipa::ToSchema;

/// The form of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; `extract::Form` reads it")]
pub(crate) struct UploadForm {
    /// A png, jpeg, webp or pdf file of at most 5 MiB; told by its content.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// A stored file.
#[derive(Serialize, ToSchema)]
pub(crate) struct Upload {
    id: i64,
    #[schema(example = "/api/uploads/1")]
    url: String,
    #[schema(example = "image/png")]
    content_type: String,
    /// In bytes.
    size: i64,
}

impl From<user::UploadInfo> for Upload {
    fn from(info: user::UploadInfo) -> Self {
        Self {
            id: info.id,
            url: format!("/api/uploads/{}", info.id),
            content_type: info.content_type,
            size: info.size_bytes,
        }
    }
}

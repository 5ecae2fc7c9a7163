//! Where the bytes of uploads lie: a folder or a bucket.
//!
//! What is known of a file is a row in the database. The rule not to be broken: a file's place is made from its
//! id alone, never from anything that a client sent.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use fault::Fault;
use object_store::{ObjectStore, ObjectStoreExt as _, local::LocalFileSystem, path::Path};

/// Names the place of the files.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store.
    Bucket(Arc<dyn ObjectStore>),
}

/// Stores files by id.
#[derive(Clone, Debug)]
pub(crate) struct Files(Arc<dyn ObjectStore>);

impl Files {
    /// Uses a place; a folder is made if it is not there. *Errors*: internal, if it cannot be used.
    pub(crate) fn at(place: &Place) -> Result<Self, Fault> {
        let folder = match place {
            Place::Bucket(bucket) => return Ok(Self(Arc::clone(bucket))),
            Place::Folder(folder) => folder,
        };
        let context = |error: String| Fault::internal(format!("the folder {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(|error| context(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| context(error.to_string()))?;
        Ok(Self(Arc::new(store)))
    }

    /// Writes a file, whole or not at all.
    pub(crate) async fn put(&self, id: i64, bytes: Bytes) -> Result<(), Fault> {
        self.0.put(&place(id), bytes.into()).await.map_err(away)?;
        Ok(())
    }

    /// Reads a file. *Errors*: `NOT_FOUND`.
    pub(crate) async fn get(&self, id: i64) -> Result<Bytes, Fault> {
        let found = self.0.get(&place(id)).await.map_err(away)?;
        found.bytes().await.map_err(away)
    }

    /// Deletes a file, if it is there.
    pub(crate) async fn delete(&self, id: i64) -> Result<(), Fault> {
        match self.0.delete(&place(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(away(error)),
        }
    }
}

fn place(id: i64) -> Path {
    Path::from(format!("uploads/{id}"))
}

fn away(error: object_store::Error) -> Fault {
    match error {
        object_store::Error::NotFound { .. } => Fault::not_found("upload").with_internal(error),
        other => Fault::unavailable("files cannot be reached for the moment").with_internal(other),
    }
}

//! What the sandbox remembers: records as JSON in an embedded database that a crash does not hurt.
//!
//! What records mean is decided elsewhere. The rules not to be broken: work is one transaction, durable before anybody
//! is answered; work that fails leaves nothing behind; every table has a bound that its users keep.

use std::{cell::Cell, fs, path::Path, sync::Arc};

use fault::Fault;
use redb::{
    Database, ReadableTable as _, ReadableTableMetadata as _, TableDefinition, TableError, WriteTransaction,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{sync::Notify, task::spawn_blocking};

const FILE: &str = "state.redb";
const CACHE_BYTES: usize = 16 * 1024 * 1024;

type Table = TableDefinition<'static, &'static str, &'static [u8]>;

/// Something that is kept under a key of its own.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// The table in which all of the kind are.
    const TABLE: &'static str;

    /// Gives the key.
    fn key(&self) -> String;
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    database: Arc<Database>,
    /// Told after each change.
    changed: Arc<Notify>,
}

/// One transaction. What is read in it sees what was written in it.
pub(crate) struct Tx {
    inner: WriteTransaction,
    is_changed: Cell<bool>,
}

impl Store {
    /// Opens the database of a folder; it is made if it is not there. *Errors*: internal, also if another process has
    /// it open.
    pub(crate) fn open(folder: &Path, changed: Arc<Notify>) -> Result<Self, Fault> {
        fs::create_dir_all(folder).map_err(Fault::internal)?;
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(folder.join(FILE));
        database.map(|database| Self { database: Arc::new(database), changed }).map_err(Fault::internal)
    }

    /// Does work in one transaction on a thread that may wait. *Errors*: those of the work, after which nothing of it
    /// stays; internal, if it cannot be stored.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (database, changed) = (Arc::clone(&self.database), Arc::clone(&self.changed));
        let done = spawn_blocking(move || {
            let inner = database.begin_write().map_err(Fault::internal)?;
            let tx = Tx { inner, is_changed: Cell::new(false) };
            let value = work(&tx)?;
            if tx.is_changed.get() {
                tx.inner.commit().map_err(Fault::internal)?;
                changed.notify_one();
            } else {
                tx.inner.abort().map_err(Fault::internal)?;
            }
            Ok(value)
        });
        done.await.map_err(Fault::internal)?
    }
}

impl Tx {
    /// Gives the record of a key.
    pub(crate) fn get<R: Record>(&self, key: &str) -> Result<Option<R>, Fault> {
        let table = self.inner.open_table(table(R::TABLE)).map_err(Fault::internal)?;
        let found = table.get(key).map_err(Fault::internal)?;
        found.map(|bytes| read(bytes.value())).transpose()
    }

    /// Writes a record under its key.
    pub(crate) fn put<R: Record>(&self, record: &R) -> Result<(), Fault> {
        let bytes = serde_json::to_vec(record).map_err(Fault::internal)?;
        let mut table = self.open(R::TABLE)?;
        table.insert(record.key().as_str(), bytes.as_slice()).map_err(Fault::internal)?;
        Ok(())
    }

    /// Removes the record of a key, if there is one.
    pub(crate) fn remove<R: Record>(&self, key: &str) -> Result<(), Fault> {
        self.open(R::TABLE)?.remove(key).map_err(Fault::internal)?;
        Ok(())
    }

    /// Gives records whose keys begin with `prefix`, in the order of the keys, at most `limit`.
    pub(crate) fn scan<R: Record>(&self, prefix: &str, limit: usize) -> Result<Vec<R>, Fault> {
        let table = self.inner.open_table(table(R::TABLE)).map_err(Fault::internal)?;
        let range = table.range(prefix..).map_err(Fault::internal)?;
        let mut all = Vec::new();
        for entry in range.take(limit) {
            let (key, value) = entry.map_err(Fault::internal)?;
            if !key.value().starts_with(prefix) {
                break;
            }
            all.push(read(value.value())?);
        }
        Ok(all)
    }

    /// Gives the last records of a table, newest key first, at most `limit`.
    pub(crate) fn last<R: Record>(&self, limit: usize) -> Result<Vec<R>, Fault> {
        let table = self.inner.open_table(table(R::TABLE)).map_err(Fault::internal)?;
        let range = table.range::<&str>(..).map_err(Fault::internal)?;
        range.rev().take(limit).map(|entry| read(entry.map_err(Fault::internal)?.1.value())).collect()
    }

    /// Counts the records of a table.
    pub(crate) fn count<R: Record>(&self) -> Result<u64, Fault> {
        let table = self.inner.open_table(table(R::TABLE)).map_err(Fault::internal)?;
        table.len().map_err(Fault::internal)
    }

    fn open(&self, name: &'static str) -> Result<redb::Table<'_, &'static str, &'static [u8]>, Fault> {
        self.is_changed.set(true);
        self.inner.open_table(table(name)).map_err(|error: TableError| Fault::internal(error))
    }
}

const fn table(name: &'static str) -> Table {
    TableDefinition::new(name)
}

fn read<R: Record>(bytes: &[u8]) -> Result<R, Fault> {
    serde_json::from_slice(bytes).map_err(Fault::internal)
}

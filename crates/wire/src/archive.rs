//! Unpacking and packing of bill files: zip, gzip, zlib, with a bound on what comes out.
//!
//! What the files say is read by the providers' modules. The rule not to be broken: nothing is unpacked past its bound.

use std::io::{Cursor, Read, Write as _};

use flate2::{
    Compression,
    read::{GzDecoder, ZlibDecoder},
    write::{GzEncoder, ZlibEncoder},
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::Error;

/// The most that a bill may hold, unpacked.
pub const BILL_BYTES_MAX: usize = 256 * 1024 * 1024;
const FILES_MAX: usize = 16;

/// A file of an archive.
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) content: Vec<u8>,
}

pub(crate) fn unzip(bytes: &[u8]) -> Result<Vec<Entry>, Error> {
    let broken = || Error::malformed("the bill", "a zip file");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    if archive.len() > FILES_MAX {
        return Err(Error::TooLarge("the bill"));
    }
    let mut all = Vec::new();
    let mut left = BILL_BYTES_MAX;
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|_| broken())?;
        let name = file.name_raw().to_vec();
        let content = bounded(file, left)?.ok_or_else(broken)?;
        left = left.saturating_sub(content.len());
        all.push(Entry { name, content });
    }
    Ok(all)
}

pub(crate) fn zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let broken = |_| Error::malformed("the bill", "something that can be zipped");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).map_err(broken)?;
        writer.write_all(content).map_err(|_| Error::TooLarge("the bill"))?;
    }
    Ok(writer.finish().map_err(broken)?.into_inner())
}

pub(crate) fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    bounded(GzDecoder::new(bytes), BILL_BYTES_MAX)?.ok_or(Error::malformed("the bill", "gzip"))
}

pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    let done = writer.write_all(bytes).and_then(|()| writer.finish());
    done.map_err(|_| Error::TooLarge("the bill"))
}

pub(crate) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    bounded(ZlibDecoder::new(bytes), BILL_BYTES_MAX)?.ok_or(Error::malformed("the file", "zlib"))
}

pub(crate) fn deflate(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::default());
    let done = writer.write_all(bytes).and_then(|()| writer.finish());
    done.map_err(|_| Error::TooLarge("the file"))
}

/// Reads to the end; `None` if the content is broken. *Errors*: [`Error::TooLarge`].
fn bounded(reader: impl Read, bytes_max: usize) -> Result<Option<Vec<u8>>, Error> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    if reader.take(limit).read_to_end(&mut content).is_err() {
        return Ok(None);
    }
    if content.len() > bytes_max { Err(Error::TooLarge("the bill")) } else { Ok(Some(content)) }
}

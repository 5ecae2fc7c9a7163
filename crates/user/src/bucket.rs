//! A bucket of an S3-compatible store, from its address.
//!
//! `https://KEY_ID:SECRET@HOST/BUCKET/FOLDER?region=REGION`; with `style=virtual` the bucket is the first part of the
//! host and the path is the folder. Nothing is asked of the store here. The rule not to be broken: what is refused
//! repeats nothing of the address, because it holds a secret.

use std::{sync::Arc, time::Duration};

use object_store::{
    ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
    prefix::PrefixStore,
};
use percent_encoding::percent_decode_str;
use url::Url;

const CONNECT_MAX: Duration = Duration::from_secs(2);
const ATTEMPT_MAX: Duration = Duration::from_secs(10);
const RETRIES_MAX: usize = 2;
/// The region where the address names none; stores other than Amazon's mostly ignore it.
const REGION: &str = "us-east-1";

/// Prepares a bucket. *Errors*: what was expected of the address.
pub(crate) fn open(address: &str) -> Result<Arc<dyn ObjectStore>, String> {
    let url = Url::parse(address).map_err(|error| format!("an address ({error})"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err("an address that begins with https:// or http://".to_owned());
    }
    let parameters = Parameters::of(&url)?;
    let host = url.host_str().ok_or("an address with a host")?;
    let mut folders = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty());
    let bucket = if parameters.is_virtual { host.split('.').next() } else { folders.next() };
    let bucket = bucket.ok_or("the name of the bucket in the path of the address")?;
    let folder = Path::from_url_path(folders.collect::<Vec<_>>().join("/"))
        .map_err(|_| "a folder of plain names in the path of the address")?;
    let endpoint = url.origin().ascii_serialization();
    let store =
        connect(&url, AmazonS3Builder::new().with_endpoint(endpoint).with_bucket_name(bucket), &parameters)?;
    if folder.as_ref().is_empty() {
        Ok(Arc::new(store))
    } else {
        Ok(Arc::new(PrefixStore::new(store, folder)))
    }
}

fn connect(url: &Url, builder: AmazonS3Builder, parameters: &Parameters) -> Result<AmazonS3, String> {
    let secret = url.password().unwrap_or_default();
    let [key_id, secret] = [url.username(), secret].map(|text| percent_decode_str(text).decode_utf8_lossy());
    if key_id.is_empty() || secret.is_empty() {
        return Err("KEY_ID:SECRET@ before the host, each percent-encoded".to_owned());
    }
    // Another part of the program may have done it: just as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    builder
        .with_access_key_id(key_id)
        .with_secret_access_key(secret)
        .with_region(&parameters.region)
        .with_virtual_hosted_style_request(parameters.is_virtual)
        // One file at a time is deleted here, and not every store knows the other way.
        .with_disable_bulk_delete(true)
        .with_client_options(ClientOptions::new().with_connect_timeout(CONNECT_MAX).with_timeout(ATTEMPT_MAX))
        .with_allow_http(url.scheme() == "http")
        .with_retry(RetryConfig {
            max_retries: RETRIES_MAX,
            retry_timeout: ATTEMPT_MAX,
            ..RetryConfig::default()
        })
        .build()
        .map_err(|error| format!("the address of a bucket ({error})"))
}

/// What stands behind the question mark.
struct Parameters {
    region: String,
    is_virtual: bool,
}

impl Parameters {
    fn of(url: &Url) -> Result<Self, String> {
        let mut known = Self { region: REGION.to_owned(), is_virtual: false };
        for (name, value) in url.query_pairs() {
            match (&*name, &*value) {
                ("region", region) if !region.is_empty() => region.clone_into(&mut known.region),
                ("style", "virtual") => known.is_virtual = true,
                ("style", "path") => known.is_virtual = false,
                _ => return Err("no parameters but region=NAME and style=path or style=virtual".to_owned()),
            }
        }
        Ok(known)
    }
}

//! Making of the files: private keys, certificates below one root, the key that opens notifications.
//!
//! The rule not to be broken: the folder appears under its name only when all of it is on the disk.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    process,
};

use clock::Clock;
use wire::{
    Error,
    making::{Authority, Wanted, private_key, public_pem},
};

const FOLDER: &str = "keys";
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
const FILE_BYTES_MAX: u64 = 64 * 1024;
const YEARS: (i32, i32) = (2024, 2049);
const API_KEY_CHARS: usize = 32;
const SERIAL_BYTES: usize = 20;
/// What UnionPay's certificates are called; merchants check it.
const UNIONPAY_NAME: &str = "041@Z@中国银联股份有限公司@00000002";
const PRIVATE: [&str; 7] = [
    "alipay-app.key",
    "alipay.key",
    "wechat-merchant.key",
    "wechat-platform.key",
    "wechat-public.key",
    "unionpay-merchant.key",
    "unionpay.key",
];

/// The files' texts by name.
pub(super) struct Texts(BTreeMap<String, String>);

impl Texts {
    /// Reads the folder `keys` below `folder`; makes it if it is not there.
    pub(super) fn take(folder: &Path) -> io::Result<Self> {
        let place = folder.join(FOLDER);
        if !place.is_dir() {
            let made = Self::make().map_err(io::Error::other)?;
            made.put(folder, &place)?;
        }
        let mut all = BTreeMap::new();
        for entry in fs::read_dir(&place)? {
            let entry = entry?;
            if entry.metadata()?.len() <= FILE_BYTES_MAX {
                let name = entry.file_name().to_string_lossy().into_owned();
                all.insert(name, fs::read_to_string(entry.path())?);
            }
        }
        Ok(Self(all))
    }

    /// Gives a text. *Errors*: [`Error::Missing`].
    pub(super) fn get(&self, name: &str) -> Result<&str, Error> {
        self.0.get(name).map(String::as_str).ok_or(Error::Missing("a file of the sandbox's keys"))
    }

    fn make() -> Result<Self, Error> {
        tracing::info!("making the sandbox's keys and certificates; this happens once");
        let mut all = BTreeMap::new();
        for name in PRIVATE {
            all.insert(name.to_owned(), private_key()?);
        }
        let mut texts = Self(all);
        for (public, private) in
            [("alipay-public.pem", "alipay.key"), ("wechat-public.pem", "wechat-public.key")]
        {
            let pem = public_pem(texts.get(private)?)?;
            texts.0.insert(public.to_owned(), pem);
        }
        texts.certify()?;
        let api_key = Clock::system().code(API_KEY_CHARS);
        texts.0.insert("wechat-api-v3.txt".to_owned(), api_key);
        Ok(texts)
    }

    fn certify(&mut self) -> Result<(), Error> {
        let root_key = private_key()?;
        let root = Authority::root(&wanted("Sandbox Root", &serial_of(1)), &root_key)?;
        let middle_key = private_key()?;
        let middle = root.authority(&wanted("Sandbox Middle", &serial_of(2)), &middle_key)?;
        for (file, key, name, serial) in [
            ("alipay-app.crt", "alipay-app.key", "Sandbox Merchant", 3),
            ("alipay.crt", "alipay.key", "Sandbox Alipay", 4),
            ("wechat-merchant.crt", "wechat-merchant.key", "Sandbox Merchant", 5),
            ("wechat-platform.crt", "wechat-platform.key", "Tenpay.com sign", 6),
            ("unionpay-merchant.crt", "unionpay-merchant.key", "Sandbox Merchant", 7),
            ("unionpay.crt", "unionpay.key", UNIONPAY_NAME, 8),
        ] {
            let pem = middle.issue(&wanted(name, &serial_of(serial)), self.get(key)?)?;
            self.0.insert(file.to_owned(), pem);
        }
        // Some readers cut a bundle at empty lines.
        let bundle = format!("{}\n{}", middle.pem(), root.pem());
        for file in ["alipay-roots.crt", "unionpay-roots.crt"] {
            self.0.insert(file.to_owned(), bundle.clone());
        }
        Ok(())
    }

    /// Writes all aside and moves it into place; another process may have been first, which is as good.
    fn put(&self, folder: &Path, place: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder)?;
        let aside = folder.join(format!("new-{}", process::id()));
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&aside)?;
        for (name, text) in &self.0 {
            write_private(&aside.join(name), text)?;
        }
        match fs::rename(&aside, place) {
            Ok(()) => File::open(folder)?.sync_all(),
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
                fs::remove_dir_all(&aside)
            }
            Err(error) => Err(error),
        }
    }
}

/// Writes a file that only its owner may read, down to the disk.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn wanted<'a>(name: &'a str, serial: &'a [u8]) -> Wanted<'a> {
    Wanted { name: ["CN", "dormpay sandbox", "", name], serial, years: YEARS }
}

/// Makes a serial as long as real ones.
const fn serial_of(number: u8) -> [u8; SERIAL_BYTES] {
    let mut serial = [0x5A; SERIAL_BYTES];
    if let Some(last) = serial.last_mut() {
        *last = number;
    }
    serial
}

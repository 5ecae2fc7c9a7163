//! What the merchant needs to know, under the documented names: the file `sandbox.env`.
//!
//! The rule not to be broken: the file changes in one step and only its owner may read it.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    process,
};

use super::{
    ALIPAY_APP_ID, ALIPAY_SELLER_ID, UNIONPAY_MERCHANT_ID, WECHAT_APP_ID, WECHAT_MCH_ID,
    WECHAT_PUBLIC_KEY_ID,
    making::{Texts, write_private},
};

const FILE: &str = "sandbox.env";

/// Writes the file for a sandbox that is reached at `url`. *Errors*: what the file system says.
pub(crate) fn write_env(folder: &Path, url: &str) -> io::Result<PathBuf> {
    let folder = fs::canonicalize(folder)?;
    let texts = Texts::take(&folder)?;
    let text = text_of(&folder, &texts, url).map_err(io::Error::other)?;
    let (path, aside) = (folder.join(FILE), folder.join(format!("{FILE}.{}", process::id())));
    write_private(&aside, &text)?;
    fs::rename(&aside, &path)?;
    Ok(path)
}

fn text_of(folder: &Path, texts: &Texts, url: &str) -> Result<String, wire::Error> {
    let bare = |name: &str| {
        let lines = texts.get(name)?.lines().filter(|line| !line.starts_with("-----"));
        Ok::<_, wire::Error>(lines.collect::<String>())
    };
    let path = |name: &str| format!("\"{}\"", folder.join("keys").join(name).display());
    let serial = wire::keys::Certificate::read(texts.get("wechat-merchant.crt")?)?.serial_hex().to_owned();
    let lines = [
        ("# Written by the provider sandbox at every start. Real keys have no place here.", String::new()),
        ("ALIPAY_APP_ID", ALIPAY_APP_ID.to_owned()),
        ("ALIPAY_GATEWAY", format!("{url}/gateway.do")),
        ("ALIPAY_SELLER_ID", ALIPAY_SELLER_ID.to_owned()),
        ("ALIPAY_PRIVATE_KEY", bare("alipay-app.key")?),
        ("# key mode", String::new()),
        ("ALIPAY_PUBLIC_KEY", bare("alipay-public.pem")?),
        ("# certificate mode, which payouts need", String::new()),
        ("ALIPAY_APP_CERT", path("alipay-app.crt")),
        ("ALIPAY_PUBLIC_CERT", path("alipay.crt")),
        ("ALIPAY_ROOT_CERT", path("alipay-roots.crt")),
        ("WECHAT_PAY_APP_ID", WECHAT_APP_ID.to_owned()),
        ("WECHAT_PAY_MCH_ID", WECHAT_MCH_ID.to_owned()),
        ("WECHAT_PAY_BASE_URL", url.to_owned()),
        ("WECHAT_PAY_API_V3_KEY", texts.get("wechat-api-v3.txt")?.to_owned()),
        ("WECHAT_PAY_SERIAL_NO", serial),
        ("WECHAT_PAY_CERT_PATH", path("wechat-merchant.crt")),
        ("WECHAT_PAY_PRIVATE_KEY", bare("wechat-merchant.key")?),
        (
            "# public key mode; without these two, certificates are fetched from /v3/certificates",
            String::new(),
        ),
        ("WECHAT_PAY_PUBLIC_KEY_ID", WECHAT_PUBLIC_KEY_ID.to_owned()),
        ("WECHAT_PAY_PUBLIC_KEY", bare("wechat-public.pem")?),
        ("UNIONPAY_MERCHANT_ID", UNIONPAY_MERCHANT_ID.to_owned()),
        ("UNIONPAY_BASE_URL", url.to_owned()),
        ("UNIONPAY_FILE_URL", format!("{url}/unionpay/files")),
        ("UNIONPAY_CERT", path("unionpay-merchant.crt")),
        ("UNIONPAY_PRIVATE_KEY", bare("unionpay-merchant.key")?),
        ("UNIONPAY_ROOT_CERT", path("unionpay-roots.crt")),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        let line = if name.starts_with('#') { name.to_owned() } else { format!("{name}={value}") };
        let _ = writeln!(text, "{line}");
    }
    Ok(text)
}

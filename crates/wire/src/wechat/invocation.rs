//! What the payer's client is handed to open the cashier: JSAPI (and mini-programs) and apps.
//!
//! Signed with the merchant's key. QR codes and H5 need none of this.

use crate::{Error, Params, keys::PrivateKey};

/// Gives the parameters for `WeixinJSBridge` or a mini-program. *Errors*: as [`PrivateKey::sign`].
pub fn jsapi_params(
    key: &PrivateKey,
    appid: &str,
    prepay_id: &str,
    (timestamp, nonce): (i64, &str),
) -> Result<Params, Error> {
    let package = format!("prepay_id={prepay_id}");
    let sign = key.sign(message(appid, timestamp, nonce, &package).as_bytes())?;
    Ok(params([
        ("appId", appid.to_owned()),
        ("timeStamp", timestamp.to_string()),
        ("nonceStr", nonce.to_owned()),
        ("package", package),
        ("signType", "RSA".to_owned()),
        ("paySign", sign),
    ]))
}

/// Gives the parameters for an app's SDK. *Errors*: as [`PrivateKey::sign`].
pub fn app_params(
    key: &PrivateKey,
    (appid, mchid): (&str, &str),
    prepay_id: &str,
    (timestamp, nonce): (i64, &str),
) -> Result<Params, Error> {
    let sign = key.sign(message(appid, timestamp, nonce, prepay_id).as_bytes())?;
    Ok(params([
        ("appid", appid.to_owned()),
        ("partnerid", mchid.to_owned()),
        ("prepayid", prepay_id.to_owned()),
        ("package", "Sign=WXPay".to_owned()),
        ("noncestr", nonce.to_owned()),
        ("timestamp", timestamp.to_string()),
        ("sign", sign),
    ]))
}

pub(crate) fn message(appid: &str, timestamp: i64, nonce: &str, last: &str) -> String {
    format!("{appid}\n{timestamp}\n{nonce}\n{last}\n")
}

fn params<const N: usize>(pairs: [(&str, String); N]) -> Params {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

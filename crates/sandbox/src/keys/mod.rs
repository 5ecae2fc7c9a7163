//! The keys and certificates of both sides, made once.
//!
//! What is written for the merchant about them stands in `env`. The rules not to be broken: a set of keys is complete or
//! not there; only its owner may read it; no key is printed.

mod env;
mod making;

use std::path::Path;

use fault::Fault;
use wire::{
    alipay,
    keys::{Certificate, PrivateKey, PublicKey},
    unionpay::{Signer, Trust},
    wechat::ApiKey,
};

pub(crate) use self::env::write_env;
use self::making::Texts;

/// The merchant's number at Alipay.
pub(crate) const ALIPAY_SELLER_ID: &str = "2088102146225135";
/// The application at Alipay.
pub(crate) const ALIPAY_APP_ID: &str = "2021000000000001";
/// The application at WeChat Pay.
pub(crate) const WECHAT_APP_ID: &str = "wx8888888888888888";
/// The merchant at WeChat Pay.
pub(crate) const WECHAT_MCH_ID: &str = "1900000001";
/// The merchant at UnionPay.
pub(crate) const UNIONPAY_MERCHANT_ID: &str = "777290058110048";
/// The name of WeChat Pay's public key.
pub(crate) const WECHAT_PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000000012026010100000000000001";

/// What the sandbox verifies with and signs with.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) alipay_app: PublicKey,
    pub(crate) alipay: PrivateKey,
    pub(crate) alipay_certificate: String,
    /// The serials of certificate mode: the application's, the roots', Alipay's own.
    pub(crate) alipay_serials: [String; 3],
    pub(crate) wechat_merchant: Certificate,
    /// Signs for merchants that trust certificates.
    pub(crate) wechat_platform: PrivateKey,
    pub(crate) wechat_certificate: Certificate,
    /// Signs for merchants that trust the public key.
    pub(crate) wechat_public: PrivateKey,
    pub(crate) wechat_api_key: ApiKey,
    pub(crate) unionpay_merchant: Certificate,
    pub(crate) unionpay: Signer,
    /// Signs like UnionPay with a certificate that is not UnionPay's.
    pub(crate) unionpay_forger: Signer,
}

impl Keys {
    /// Takes the keys of a folder; they are made if they are not there, which takes seconds. *Errors*: internal.
    pub(crate) fn take(folder: &Path) -> Result<Self, Fault> {
        let texts = Texts::take(folder).map_err(Fault::internal)?;
        Self::read(&texts).map_err(Fault::internal)
    }

    fn read(texts: &Texts) -> Result<Self, wire::Error> {
        let private = |name: &str| PrivateKey::read(texts.get(name)?);
        let certificate = |name: &str| Certificate::read(texts.get(name)?);
        let roots = texts.get("alipay-roots.crt")?;
        let alipay_serials = [
            alipay::certificate_serial(&certificate("alipay-app.crt")?),
            alipay::root_serial(roots)?,
            alipay::certificate_serial(&certificate("alipay.crt")?),
        ];
        let merchant = certificate("unionpay-merchant.crt")?;
        let unionpay = Signer::new(private("unionpay.key")?, certificate("unionpay.crt")?)?;
        Trust::read(texts.get("unionpay-roots.crt")?, false)?;
        Ok(Self {
            alipay_app: private("alipay-app.key")?.public(),
            alipay: private("alipay.key")?,
            alipay_certificate: texts.get("alipay.crt")?.to_owned(),
            alipay_serials,
            wechat_merchant: certificate("wechat-merchant.crt")?,
            wechat_platform: private("wechat-platform.key")?,
            wechat_certificate: certificate("wechat-platform.crt")?,
            wechat_public: private("wechat-public.key")?,
            wechat_api_key: ApiKey::read(texts.get("wechat-api-v3.txt")?)?,
            unionpay_forger: Signer::new(private("unionpay-merchant.key")?, merchant.clone())?,
            unionpay_merchant: merchant,
            unionpay,
        })
    }
}

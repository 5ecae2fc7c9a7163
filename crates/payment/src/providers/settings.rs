//! The settings of the channels: whose account, which keys, where the provider is and where it calls back.
//!
//! In production a channel that is not switched off must be complete; in development one without any key is off. Keys
//! are read and compared here, so that mixed-up halves stop the start and not the first payment. The rule not to be
//! broken: no value of a key is shown.

use ::settings::{ExposeSecret as _, Reader, SecretString, Together, local_url};
use ::wire::{
    Error, alipay,
    keys::{Certificate, PrivateKey, PublicKey},
    unionpay::{Signer, Trust},
    wechat,
};

const KEY: &str = "the account's RSA private key, PEM, base64 or a path";
const SWITCH: &str = "whether the channel is used";

/// What says that a channel has an account of its own, so that no line about the sandbox's counts there. Where providers
/// call back, and whether a channel is on, may be said beside the sandbox's account.
pub(crate) const ACCOUNTS: [Together; 3] = [
    Together {
        prefix: "ALIPAY_",
        unless: &[
            "ALIPAY_APP_ID",
            "ALIPAY_PRIVATE_KEY",
            "ALIPAY_PUBLIC_KEY",
            "alipay.app-id",
            "alipay.private-key",
            "alipay.public-key",
        ],
    },
    Together {
        prefix: "WECHAT_",
        unless: &[
            "WECHAT_PAY_APP_ID",
            "WECHAT_PAY_MCH_ID",
            "WECHAT_PAY_PRIVATE_KEY",
            "WECHAT_APP_ID",
            "WECHAT_MCH_ID",
            "WECHAT_PRIVATE_KEY",
        ],
    },
    Together {
        prefix: "UNIONPAY_",
        unless: &["UNIONPAY_MERCHANT_ID", "UNIONPAY_CERT", "UNIONPAY_PRIVATE_KEY"],
    },
];

/// Holds the settings of the channels that are on.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Alipay.
    pub alipay: Option<AlipaySettings>,
    /// WeChat Pay.
    pub wechat: Option<WechatSettings>,
    /// UnionPay.
    pub unionpay: Option<UnionpaySettings>,
    /// Whether a signature that fails is looked into: outside production.
    pub explains: bool,
}

/// Holds what Alipay needs.
#[derive(Clone, Debug)]
pub struct AlipaySettings {
    /// The application's number.
    pub app_id: String,
    /// The application's key.
    pub key: PrivateKey,
    /// What Alipay signs with.
    pub trust: alipay::Keys,
    /// The serials of certificate mode: the application's and the roots'.
    pub serials: Option<(String, String)>,
    /// The address of `gateway.do`.
    pub gateway: String,
    /// Where notifications go.
    pub notify_url: String,
    /// Where browsers go afterwards.
    pub return_url: Option<String>,
    /// The merchant's number, to be compared with notifications.
    pub seller_id: Option<String>,
}

/// Holds what WeChat Pay needs.
#[derive(Clone, Debug)]
pub struct WechatSettings {
    /// The application.
    pub app_id: String,
    /// The merchant.
    pub mch_id: String,
    /// The merchant's key.
    pub key: PrivateKey,
    /// The serial of the merchant's certificate.
    pub serial: String,
    /// Opens what is encrypted for the merchant.
    pub api_key: wechat::ApiKey,
    /// The WeChat Pay public key, if the merchant has one; certificates are fetched.
    pub trust: wechat::Keys,
    /// Where the interface is, without a path.
    pub base_url: String,
    /// Where notifications go.
    pub notify_url: String,
}

/// Holds what UnionPay needs.
#[derive(Clone, Debug)]
pub struct UnionpaySettings {
    /// The merchant, 15 digits.
    pub merchant_id: String,
    /// The merchant's key and certificate.
    pub signer: Signer,
    /// Whose certificates may sign for UnionPay.
    pub trust: Trust,
    /// Where the gateway is, without a path.
    pub base_url: String,
    /// Where settlement files are.
    pub file_url: String,
    /// Where notifications go.
    pub notify_url: String,
    /// Where browsers go afterwards.
    pub return_url: String,
}

impl Settings {
    /// Reads them; what is missing or wrong becomes a problem of the reader.
    pub fn take(reader: &mut Reader) -> Self {
        let explains = !reader.profile().is_production();
        Self { alipay: alipay_of(reader), wechat: wechat_of(reader), unionpay: unionpay_of(reader), explains }
    }
}

fn alipay_of(reader: &mut Reader) -> Option<AlipaySettings> {
    reader.alias("ALIPAY_APP_ID", &["alipay.app-id"]);
    reader.alias("ALIPAY_PRIVATE_KEY", &["alipay.private-key"]);
    reader.alias("ALIPAY_PUBLIC_KEY", &["alipay.public-key"]);
    reader.alias("ALIPAY_GATEWAY", &["ALIPAY_GATEWAY_URL", "alipay.gateway-url"]);
    reader.alias("ALIPAY_NOTIFY_URL", &["alipay.notify-url"]);
    let is_on = reader.flag("ALIPAY_ENABLED", true, SWITCH);
    let app_id = reader.optional("ALIPAY_APP_ID", "the application's number at Alipay");
    let key = reader.key_material("ALIPAY_PRIVATE_KEY", KEY);
    let public = reader.key_material("ALIPAY_PUBLIC_KEY", "Alipay's public key, not the application's");
    let certificates = ["ALIPAY_APP_CERT", "ALIPAY_PUBLIC_CERT", "ALIPAY_ROOT_CERT"]
        .map(|name| reader.key_material(name, "a certificate of certificate mode, all three or none"));
    let gateway = reader.text("ALIPAY_GATEWAY", "https://openapi.alipay.com/gateway.do", "Alipay's gateway");
    let notify_url = callback(reader, "ALIPAY_NOTIFY_URL", "/api/v1/payment/alipay/callback");
    let return_url = reader.optional("ALIPAY_RETURN_URL", "where browsers go after paying");
    let seller_id = reader.optional("ALIPAY_SELLER_ID", "the merchant's number at Alipay, 16 digits");
    let has_trust = public.is_some() || certificates.iter().all(Option::is_some);
    let needed = [
        ("ALIPAY_APP_ID", app_id.is_some()),
        ("ALIPAY_PRIVATE_KEY", key.is_some()),
        ("ALIPAY_PUBLIC_KEY", has_trust),
        ("ALIPAY_NOTIFY_URL", notify_url.is_some()),
    ];
    if !is_complete(reader, ("ALIPAY_ENABLED", is_on), &needed) {
        return None;
    }
    let key = checked(reader, "ALIPAY_PRIVATE_KEY", PrivateKey::read(key?.expose_secret()))?;
    let (trust, serials) = alipay_trust(reader, &key, public.as_ref(), &certificates)?;
    let (app_id, notify_url) = (app_id?, notify_url?);
    Some(AlipaySettings { app_id, key, trust, serials, gateway, notify_url, return_url, seller_id })
}

/// Certificate mode if its three files are there, else the public key.
fn alipay_trust(
    reader: &mut Reader,
    key: &PrivateKey,
    public: Option<&SecretString>,
    certificates: &[Option<SecretString>; 3],
) -> Option<(alipay::Keys, Option<(String, String)>)> {
    if let [Some(app), Some(alipay), Some(root)] = certificates.each_ref().map(Option::as_ref) {
        let app = checked(reader, "ALIPAY_APP_CERT", Certificate::read(app.expose_secret()))?;
        if app.public_key().ok() != Some(key.public()) {
            reader.refuse("ALIPAY_APP_CERT", "the certificate of ALIPAY_PRIVATE_KEY");
            return None;
        }
        let trust = alipay::Keys::of_certificate(alipay.expose_secret(), root.expose_secret());
        let trust = checked(reader, "ALIPAY_PUBLIC_CERT", trust)?;
        let roots = checked(reader, "ALIPAY_ROOT_CERT", alipay::root_serial(root.expose_secret()))?;
        return Some((trust, Some((alipay::certificate_serial(&app), roots))));
    }
    let public = checked(reader, "ALIPAY_PUBLIC_KEY", PublicKey::read(public?.expose_secret()))?;
    if public == key.public() {
        reader.refuse(
            "ALIPAY_PUBLIC_KEY",
            "Alipay's public key, which the console shows; this is the application's own",
        );
        return None;
    }
    Some((alipay::Keys::of_key(public), None))
}

fn wechat_of(reader: &mut Reader) -> Option<WechatSettings> {
    for name in [
        "APP_ID",
        "MCH_ID",
        "SERIAL_NO",
        "API_V3_KEY",
        "PRIVATE_KEY",
        "PUBLIC_KEY",
        "PUBLIC_KEY_ID",
        "NOTIFY_URL",
    ] {
        reader.alias(&format!("WECHAT_PAY_{name}"), &[&format!("WECHAT_{name}")]);
    }
    let is_on = reader.flag("WECHAT_PAY_ENABLED", true, SWITCH);
    let app_id = reader.optional("WECHAT_PAY_APP_ID", "the application's id, wx and 16 hex digits");
    let mch_id = reader.optional("WECHAT_PAY_MCH_ID", "the merchant's number");
    let key = reader.key_material("WECHAT_PAY_PRIVATE_KEY", KEY);
    let serial =
        reader.optional("WECHAT_PAY_SERIAL_NO", "the serial of the merchant's certificate, 40 hex digits");
    let own =
        reader.key_material("WECHAT_PAY_CERT_PATH", "the merchant's certificate, if the serial is not given");
    let api_key = reader.secret("WECHAT_PAY_API_V3_KEY", "the key of 32 characters that opens notifications");
    drop(reader.secret("WECHAT_PAY_API_KEY", "the key of the older interface; nothing here needs it"));
    let public =
        reader.key_material("WECHAT_PAY_PUBLIC_KEY", "the WeChat Pay public key, if the merchant has one");
    let public_id = reader.optional("WECHAT_PAY_PUBLIC_KEY_ID", "its id, PUB_KEY_ID_ and digits");
    let base_url =
        reader.text("WECHAT_PAY_BASE_URL", "https://api.mch.weixin.qq.com", "WeChat Pay's interface");
    let notify_url = callback(reader, "WECHAT_PAY_NOTIFY_URL", "/api/v1/payment/wechat/callback");
    let needed = [
        ("WECHAT_PAY_APP_ID", app_id.is_some()),
        ("WECHAT_PAY_MCH_ID", mch_id.is_some()),
        ("WECHAT_PAY_PRIVATE_KEY", key.is_some()),
        ("WECHAT_PAY_SERIAL_NO", serial.is_some() || own.is_some()),
        ("WECHAT_PAY_API_V3_KEY", api_key.is_some()),
        ("WECHAT_PAY_NOTIFY_URL", notify_url.is_some()),
    ];
    if !is_complete(reader, ("WECHAT_PAY_ENABLED", is_on), &needed) {
        return None;
    }
    let key = checked(reader, "WECHAT_PAY_PRIVATE_KEY", PrivateKey::read(key?.expose_secret()))?;
    let api_key = checked(reader, "WECHAT_PAY_API_V3_KEY", wechat::ApiKey::read(api_key?.expose_secret()))?;
    let serial = match serial {
        Some(serial) => serial,
        None => own_serial(reader, &key, own.as_ref()?)?,
    };
    let trust = wechat_trust(reader, &key, public.as_ref(), public_id)?;
    let base_url = base_url.trim_end_matches('/').to_owned();
    let (app_id, mch_id, notify_url) = (app_id?, mch_id?, notify_url?);
    Some(WechatSettings { app_id, mch_id, key, serial, api_key, trust, base_url, notify_url })
}

fn own_serial(reader: &mut Reader, key: &PrivateKey, text: &SecretString) -> Option<String> {
    let own = checked(reader, "WECHAT_PAY_CERT_PATH", Certificate::read(text.expose_secret()))?;
    if own.public_key().ok() != Some(key.public()) {
        reader.refuse("WECHAT_PAY_CERT_PATH", "the certificate of WECHAT_PAY_PRIVATE_KEY");
        return None;
    }
    Some(own.serial_hex().to_owned())
}

fn wechat_trust(
    reader: &mut Reader,
    key: &PrivateKey,
    public: Option<&SecretString>,
    id: Option<String>,
) -> Option<wechat::Keys> {
    let Some(public) = public else { return Some(wechat::Keys::default()) };
    let public = checked(reader, "WECHAT_PAY_PUBLIC_KEY", PublicKey::read(public.expose_secret()))?;
    if public == key.public() {
        // Some libraries call the merchant's own half so; then certificates are fetched.
        return Some(wechat::Keys::default());
    }
    let Some(id) = id else {
        reader.refuse("WECHAT_PAY_PUBLIC_KEY_ID", "the id of WECHAT_PAY_PUBLIC_KEY, PUB_KEY_ID_ and digits");
        return None;
    };
    let trust = wechat::Keys::default().with_public_key(&id, public);
    checked(reader, "WECHAT_PAY_PUBLIC_KEY_ID", trust)
}

fn unionpay_of(reader: &mut Reader) -> Option<UnionpaySettings> {
    let is_on = reader.flag("UNIONPAY_ENABLED", true, SWITCH);
    let merchant_id = reader.optional("UNIONPAY_MERCHANT_ID", "the merchant's number, 15 digits");
    let certificate = reader.key_material("UNIONPAY_CERT", "the merchant's certificate");
    let key = reader.key_material("UNIONPAY_PRIVATE_KEY", KEY);
    let roots = reader.key_material("UNIONPAY_ROOT_CERT", "UnionPay's root and middle certificates, PEM");
    let base_url = reader.text("UNIONPAY_BASE_URL", "https://gateway.95516.com", "UnionPay's gateway");
    let file_url =
        reader.text("UNIONPAY_FILE_URL", "https://filedownload.95516.com/", "UnionPay's settlement files");
    let notify_url = callback(reader, "UNIONPAY_NOTIFY_URL", "/api/v1/payments/notify/bank");
    let default = notify_url.clone().unwrap_or_default();
    let return_url = reader.text("UNIONPAY_RETURN_URL", &default, "where browsers go after paying");
    let needed = [
        ("UNIONPAY_MERCHANT_ID", merchant_id.is_some()),
        ("UNIONPAY_CERT", certificate.is_some()),
        ("UNIONPAY_PRIVATE_KEY", key.is_some()),
        ("UNIONPAY_ROOT_CERT", roots.is_some()),
        ("UNIONPAY_NOTIFY_URL", notify_url.is_some()),
    ];
    if !is_complete(reader, ("UNIONPAY_ENABLED", is_on), &needed) {
        return None;
    }
    let key = checked(reader, "UNIONPAY_PRIVATE_KEY", PrivateKey::read(key?.expose_secret()))?;
    let certificate = checked(reader, "UNIONPAY_CERT", Certificate::read(certificate?.expose_secret()))?;
    let signer = checked(reader, "UNIONPAY_CERT", Signer::new(key, certificate))?;
    let is_test = !reader.profile().is_production();
    let trust = checked(reader, "UNIONPAY_ROOT_CERT", Trust::read(roots?.expose_secret(), is_test))?;
    let base_url = base_url.trim_end_matches('/').to_owned();
    let (merchant_id, notify_url) = (merchant_id?, notify_url?);
    Some(UnionpaySettings { merchant_id, signer, trust, base_url, file_url, notify_url, return_url })
}

/// Reads where a provider calls back; in production it must be said, with https and without a query.
fn callback(reader: &mut Reader, name: &str, path: &str) -> Option<String> {
    let doc = "where this provider's notifications go";
    if !reader.profile().is_production() {
        let gateway = reader.parse("GATEWAY_HTTP_ADDR", "127.0.0.1:4000", "where notifications come in");
        return Some(reader.text(name, &format!("{}{path}", local_url(gateway)), doc));
    }
    let url = reader.optional(name, doc)?;
    if !url.starts_with("https://") || url.contains('?') {
        reader.refuse(name, "an address with https and without a query");
    }
    Some(url)
}

/// Tells whether a channel is to be used; what is missing becomes a problem unless nothing is there in development.
fn is_complete(reader: &mut Reader, (switch, is_on): (&str, bool), needed: &[(&str, bool)]) -> bool {
    let is_production = reader.profile().is_production();
    let named = |(name, is_there): &&(&str, bool)| *is_there && !name.ends_with("_NOTIFY_URL");
    let is_wanted = is_production || needed.iter().find(named).is_some();
    if !is_on || !is_wanted {
        return false;
    }
    let missing: Vec<_> = needed.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    for name in &missing {
        reader.refuse(name, format!("a value, or {switch}=false"));
    }
    missing.is_empty()
}

fn checked<T>(reader: &mut Reader, name: &str, read: Result<T, Error>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(Error::Key { read, expected }) => {
            reader.refuse(name, format!("{expected}, not {read}"));
            None
        }
        Err(error) => {
            reader.refuse(name, format!("something else: {error}"));
            None
        }
    }
}

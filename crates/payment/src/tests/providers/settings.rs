//! The settings of the channels: complete, off, or a start that says what is missing.

use std::{collections::BTreeMap, fs};

use ::settings::{Problems, Source};
use wire::making;

use super::{PEMS, root, wanted};
use crate::{Settings, providers::Channel};

fn alipay() -> Vec<(&'static str, String)> {
    vec![
        ("ALIPAY_APP_ID", "2021000000000001".to_owned()),
        ("ALIPAY_PRIVATE_KEY", PEMS[0].clone()),
        ("ALIPAY_PUBLIC_KEY", making::public_pem(&PEMS[1]).unwrap()),
    ]
}

fn read_in(folder: &str, pairs: &[(&str, String)]) -> Result<Settings, Problems> {
    Settings::read(&source_in(folder, pairs))
}

fn source_in(folder: &str, pairs: &[(&str, String)]) -> Source {
    let folder = std::env::temp_dir().join(format!("dormpay-payment-{}-{folder}", std::process::id()));
    let mut all: BTreeMap<String, String> =
        [("DATABASE_URL", "postgres://nobody@127.0.0.1:9/"), ("DORMPAY_DATA_DIR", folder.to_str().unwrap())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    all.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Source::from_pairs(all)
}

fn names(result: Result<Settings, Problems>) -> Vec<String> {
    result.unwrap_err().as_slice().iter().map(|problem| problem.name.clone()).collect()
}

fn production(pairs: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    [&[("DORMPAY_PROFILE", "production".to_owned())], pairs].concat()
}

#[test]
fn without_any_key_all_channels_are_off_in_development() {
    let channels = read_in("none", &[]).unwrap().channels;
    assert!(channels.alipay.is_none() && channels.wechat.is_none() && channels.unionpay.is_none());
}

#[test]
fn a_channel_with_some_of_its_keys_says_which_are_missing() {
    let pairs = alipay().into_iter().filter(|(name, _)| *name != "ALIPAY_PUBLIC_KEY").collect::<Vec<_>>();
    let problems = read_in("some", &pairs).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "ALIPAY_PUBLIC_KEY: read nothing, expected a value, or ALIPAY_ENABLED=false"
    );
    let off = [pairs, vec![("ALIPAY_ENABLED", "false".to_owned())]].concat();
    assert!(read_in("some", &off).unwrap().channels.alipay.is_none());
}

#[test]
fn production_starts_only_with_complete_channels_or_with_those_switched_off() {
    let found = names(read_in("production", &production(&[])));
    for name in ["ALIPAY_APP_ID", "WECHAT_PAY_API_V3_KEY", "UNIONPAY_ROOT_CERT", "ALIPAY_NOTIFY_URL"] {
        assert!(found.iter().any(|problem| problem == name), "{name} is not in {found:?}");
    }
    let off =
        ["ALIPAY_ENABLED", "WECHAT_PAY_ENABLED", "UNIONPAY_ENABLED"].map(|name| (name, "false".to_owned()));
    let found = names(read_in("production", &production(&off)));
    let of_channels =
        |name: &&String| ["ALIPAY", "WECHAT", "UNIONPAY"].iter().any(|start| name.starts_with(start));
    assert_eq!(found.iter().find(of_channels), None);
    let plain = [alipay(), vec![("ALIPAY_NOTIFY_URL", "http://pay.example.com/".to_owned())]].concat();
    let found = names(read_in("production", &production(&plain)));
    assert!(found.iter().any(|name| name == "ALIPAY_NOTIFY_URL"));
}

#[test]
fn the_documents_other_names_work() {
    let pairs = vec![
        ("alipay.app-id", "2021000000000001".to_owned()),
        ("alipay.private-key", PEMS[0].clone()),
        ("alipay.public-key", making::public_pem(&PEMS[1]).unwrap()),
        ("alipay.gateway-url", "http://127.0.0.1:4100/gateway.do".to_owned()),
        ("WECHAT_APP_ID", "wx0000000000000001".to_owned()),
        ("WECHAT_MCH_ID", "1900000001".to_owned()),
        ("WECHAT_SERIAL_NO", "5B11".to_owned()),
        ("WECHAT_API_V3_KEY", "sandboxApiV3Key-0123456789abcdef".to_owned()),
        ("WECHAT_PRIVATE_KEY", PEMS[0].clone()),
    ];
    let channels = read_in("names", &pairs).unwrap().channels;
    assert_eq!(channels.alipay.unwrap().gateway, "http://127.0.0.1:4100/gateway.do");
    assert_eq!(channels.wechat.unwrap().base_url, "https://api.mch.weixin.qq.com");
}

#[test]
fn mixed_up_keys_stop_the_start() {
    let change = |name: &'static str, value: String| {
        let mut pairs = alipay();
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value));
        read_in("mixed", &pairs)
    };
    let own = making::public_pem(&PEMS[0]).unwrap();
    let problems = change("ALIPAY_PUBLIC_KEY", own).unwrap_err().to_string();
    assert!(problems.contains("this is the application's own"), "{problems}");
    let problems =
        change("ALIPAY_PRIVATE_KEY", making::public_pem(&PEMS[0]).unwrap()).unwrap_err().to_string();
    assert!(problems.contains("not PEM of PUBLIC KEY") && !problems.contains("MII"), "{problems}");
    let foreign = root().issue(&wanted("app", &[3]), &PEMS[1]).unwrap();
    let certificates =
        ["ALIPAY_APP_CERT", "ALIPAY_PUBLIC_CERT", "ALIPAY_ROOT_CERT"].map(|name| (name, foreign.clone()));
    let found = names(read_in("mixed", &[alipay(), certificates.to_vec()].concat()));
    assert_eq!(found, ["ALIPAY_APP_CERT"]);
}

#[test]
fn certificates_switch_alipay_to_certificate_mode() {
    let issue = |name: &str, key: usize| root().issue(&wanted(name, &[3]), &PEMS[key]).unwrap();
    let pairs = [
        alipay(),
        vec![
            ("ALIPAY_APP_CERT", issue("app", 0)),
            ("ALIPAY_PUBLIC_CERT", issue("alipay", 1)),
            ("ALIPAY_ROOT_CERT", root().pem().to_owned()),
        ],
    ]
    .concat();
    assert!(read_in("certificates", &pairs).unwrap().channels.alipay.unwrap().serials.is_some());
    assert!(read_in("certificates", &alipay()).unwrap().channels.alipay.unwrap().serials.is_none());
}

#[test]
fn wechats_serial_comes_from_the_merchants_certificate_if_it_is_not_said() {
    let pairs = vec![
        ("WECHAT_PAY_APP_ID", "wx0000000000000001".to_owned()),
        ("WECHAT_PAY_MCH_ID", "1900000001".to_owned()),
        ("WECHAT_PAY_CERT_PATH", root().issue(&wanted("merchant", &[0x5b, 0x11]), &PEMS[0]).unwrap()),
        ("WECHAT_PAY_API_V3_KEY", "sandboxApiV3Key-0123456789abcdef".to_owned()),
        ("WECHAT_PAY_PRIVATE_KEY", PEMS[0].clone()),
    ];
    let wechat = read_in("serial", &pairs).unwrap().channels.wechat.unwrap();
    assert_eq!(wechat.serial, format!("{:0>40}", "5B11"));
    let with_key = [pairs, vec![("WECHAT_PAY_PUBLIC_KEY", making::public_pem(&PEMS[1]).unwrap())]].concat();
    assert_eq!(names(read_in("serial", &with_key)), ["WECHAT_PAY_PUBLIC_KEY_ID"]);
}

#[test]
fn what_the_sandbox_wrote_counts_in_development_where_nothing_else_is_said() {
    let folder = std::env::temp_dir().join(format!("dormpay-payment-{}-sandbox/sandbox", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let one_line = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let text = format!(
        "ALIPAY_APP_ID=2021000000000009\nALIPAY_PRIVATE_KEY={}\nALIPAY_PUBLIC_KEY={}\nALIPAY_GATEWAY=http://127.0.0.1:4100/gateway.do\n",
        one_line(&PEMS[0]),
        one_line(&making::public_pem(&PEMS[1]).unwrap())
    );
    fs::write(folder.join("sandbox.env"), text).unwrap();
    let alipay = read_in("sandbox", &[]).unwrap().channels.alipay.unwrap();
    assert_eq!(
        (alipay.app_id.as_str(), alipay.gateway.as_str()),
        ("2021000000000009", "http://127.0.0.1:4100/gateway.do")
    );
    assert_eq!(alipay.notify_url, "http://127.0.0.1:4000/api/v1/payment/alipay/callback");
    let moved = [("ALIPAY_NOTIFY_URL", "http://127.0.0.1:4999/moved".to_owned())];
    let alipay = read_in("sandbox", &moved).unwrap().channels.alipay.unwrap();
    assert_eq!(
        (alipay.app_id.as_str(), alipay.notify_url.as_str()),
        ("2021000000000009", moved[0].1.as_str())
    );
    let own = [("alipay.app-id", "2021000000000001".to_owned())];
    assert_eq!(
        names(read_in("sandbox", &own)),
        ["ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"],
        "accounts never mix"
    );
    let entries = Settings::entries(&source_in("sandbox", &[]));
    let shown = format!("{entries:?}");
    let key = entries.iter().find(|entry| entry.name == "ALIPAY_PRIVATE_KEY").unwrap();
    assert_eq!((key.source, key.value.as_str()), ("sandbox", "base64, given as text"));
    assert!(!shown.contains(&one_line(&PEMS[0])[..40]));
    assert!(names(read_in("sandbox", &production(&[]))).iter().any(|name| name == "ALIPAY_APP_ID"));
    fs::remove_dir_all(folder.parent().unwrap()).unwrap();
}

#[test]
fn channels_have_words_for_logs_and_columns() {
    assert_eq!(Channel::ALL.map(Channel::as_str), ["alipay", "wechat", "unionpay"]);
}

//! Who calls: the header `Authorization`, checked in the order of wire facts 1.2.

use http::{
    HeaderMap, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, USER_AGENT},
};
use serde_json::{Value, json};
use wire::{
    Error,
    wechat::{Authorization, PUBLIC_KEY_ID_PREFIX, request_message},
};

use super::{Call, answer::Refusal};
use crate::{
    desk::Desk,
    keys::{WECHAT_MCH_ID, WECHAT_PUBLIC_KEY_ID},
};

const SHOWN_CHARS: usize = 300;

/// Checks a request and reads it. *Errors*: the provider's answers 400 and 401.
pub(super) fn check(
    desk: &Desk,
    method: &Method,
    url: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Call, Refusal> {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).filter(|text| !text.is_empty());
    if header(ACCEPT.as_str()).is_none() || header(USER_AGENT.as_str()).is_none() {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "INVALID_REQUEST", "Http头缺少Accept或User-Agent"));
    }
    let authorization =
        header(AUTHORIZATION.as_str()).ok_or_else(|| sign_error("Http头缺少Authorization"))?;
    let authorization = Authorization::read(authorization).map_err(|error| match error {
        Error::SignType => sign_error("Http头Authorization认证类型不正确"),
        _ => sign_error("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"),
    })?;
    if authorization.check_clock(desk.clock.now().timestamp()).is_err() {
        return Err(sign_error("Http头Authorization值中的timestamp与发起请求的时间不得超过5分钟"));
    }
    let merchant = &desk.keys.wechat_merchant;
    if !authorization.is_of_serial(merchant.serial_hex()) {
        return Err(sign_error("商户证书序列号有误。请使用签名私钥匹配的证书序列号"));
    }
    let key = merchant.public_key().map_err(|_| Refusal::trouble())?;
    if authorization.verify(method.as_str(), url, body, &key).is_err() {
        return Err(mismatch(&authorization, method, url, body));
    }
    read(&authorization, url, header("Wechatpay-Serial"), body)
}

fn read(
    authorization: &Authorization,
    url: &str,
    serial: Option<&str>,
    body: &[u8],
) -> Result<Call, Refusal> {
    if authorization.mchid != WECHAT_MCH_ID {
        return Err(Refusal::param("/mchid", &authorization.mchid, "商户号与签名不一致"));
    }
    let is_by_public_key = serial.is_some_and(|serial| serial.starts_with(PUBLIC_KEY_ID_PREFIX));
    if is_by_public_key && serial != Some(WECHAT_PUBLIC_KEY_ID) {
        return Err(Refusal::param("Wechatpay-Serial", serial.unwrap_or_default(), "微信支付公钥ID不正确"));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = wire::unionpay::read_form(query.as_bytes())
        .map_err(|_| Refusal::param("query", "", "请求参数格式错误"))?;
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body)
            .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "PARAM_ERROR", "请求体不是合法的JSON"))?
    };
    let call = Call { query: query.into_iter().collect(), body, is_by_public_key };
    for named in [call.query("mchid"), call.body.get("mchid").and_then(Value::as_str)].into_iter().flatten() {
        if named != WECHAT_MCH_ID {
            return Err(Refusal::param("/mchid", named, "商户号与签名的商户号不一致"));
        }
    }
    Ok(call)
}

/// Cuts a path behind `/v3` into its parts, each unescaped by itself.
pub(super) fn parts(path: &str) -> Vec<String> {
    let behind = path.strip_prefix("/v3/").unwrap_or_default();
    behind.split('/').map(unescaped).collect()
}

/// Reads `%7C` and the like; what is damaged stays as it is.
fn unescaped(part: &str) -> String {
    let form = format!("a={}", part.replace('+', "%2B").replace(['&', '='], ""));
    let read = wire::unionpay::read_form(form.as_bytes()).ok();
    read.and_then(|mut all| all.remove("a")).unwrap_or_else(|| part.to_owned())
}

fn sign_error(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "SIGN_ERROR", message)
}

/// Says what was signed here, so that the other side can compare.
fn mismatch(authorization: &Authorization, method: &Method, url: &str, body: &[u8]) -> Refusal {
    let message = request_message(method.as_str(), url, authorization.timestamp, &authorization.nonce, body);
    let shown: String = String::from_utf8_lossy(&message).chars().take(SHOWN_CHARS).collect();
    sign_error("签名错误，请检查后再试").with(json!({
        "field": "signature",
        "location": "authorization",
        "detail": { "issue": "sign not match" },
        "sign_information": {
            "method": method.as_str(),
            "url": url,
            "sign_message_length": message.len(),
            "truncated_sign_message": shown,
        },
    }))
}

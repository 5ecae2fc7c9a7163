//! Paying out, in certificate mode only; and the download of Alipay's own certificate.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Call,
    answer::{Outcome, Refusal},
    biz::{amount, number, text, yuan},
};
use crate::{
    beijing,
    desk::Desk,
    trades::{Book, NewTransfer, NotTransferred, Provider, Transfer},
};

/// Ten fen. *Units*: fen.
const AMOUNT_FEN_MIN: i64 = 10;
/// From 50,000 yuan on a remark is needed. *Units*: fen.
const REMARK_FEN_MIN: i64 = 5_000_000;
/// A payee by which a merchant can see a refusal.
const NOBODY: &str = "nobody@sandbox.com";
/// What the merchant has at Alipay beside what trades brought. *Units*: fen.
const FLOAT_FEN: i64 = 1_000_000_000;

pub(super) async fn transfer(desk: &Desk, call: &Call) -> Outcome {
    check_mode(call)?;
    let biz = &call.biz;
    let out_biz_no = number(biz, "out_biz_no")?.ok_or_else(|| wrong("out_biz_no"))?;
    let amount_fen = amount(biz, "trans_amount").map_err(|_| wrong("trans_amount"))?;
    if amount_fen < AMOUNT_FEN_MIN {
        return Err(wrong("trans_amount"));
    }
    check_product(biz)?;
    let payee = payee_of(biz)?;
    if amount_fen >= REMARK_FEN_MIN
        && biz.get("remark").and_then(Value::as_str).unwrap_or_default().is_empty()
    {
        return Err(Refusal::business("MEMO_REQUIRED_IN_TRANSFER_ERROR", "单笔转账达到50000元须填写备注"));
    }
    let terms = format!("{amount_fen}\n{payee}");
    let (clock, new) = (desk.clock.clone(), NewTransfer { out_biz_no, amount_fen, payee, terms });
    let made = desk.store.write(move |tx| {
        let known = tx.get::<Transfer>(&new.out_biz_no)?.is_some();
        let has = Book::of(tx, Provider::Alipay)?.net_fen().saturating_add(FLOAT_FEN);
        if !known && has < new.amount_fen {
            return Ok(None);
        }
        crate::trades::transfer(tx, &clock, new).map(Some)
    });
    match made.await {
        Ok(Some(transfer)) => Ok(json!({
            "out_biz_no": transfer.out_biz_no,
            "order_id": transfer.order_id,
            "pay_fund_order_id": transfer.order_id,
            "status": "SUCCESS",
            "trans_date": beijing::spaced(transfer.done_at),
        })),
        Ok(None) => Err(Refusal::business("PAYER_BALANCE_NOT_ENOUGH", "付款方余额不足")),
        Err(NotTransferred::OtherTerms) => {
            Err(Refusal::business("PAYMENT_INFO_INCONSISTENCY", "两次请求商户单号一样，但是参数不一致"))
        }
        Err(NotTransferred::Fault(fault)) => Err(fault.into()),
    }
}

pub(super) async fn query(desk: &Desk, call: &Call) -> Outcome {
    check_mode(call)?;
    let out_biz_no = number(&call.biz, "out_biz_no")?.ok_or_else(|| wrong("out_biz_no"))?;
    let found = desk.store.write(move |tx| tx.get::<Transfer>(&out_biz_no)).await;
    let found = found.map_err(|fault| Refusal::trouble(&fault))?;
    let found = found.ok_or_else(|| Refusal::business("ORDER_NOT_EXIST", "转账订单不存在"))?;
    Ok(json!({
        "order_id": found.order_id,
        "pay_fund_order_id": found.order_id,
        "out_biz_no": found.out_biz_no,
        "trans_amount": yuan(found.amount_fen),
        "status": "SUCCESS",
        "pay_date": beijing::spaced(found.done_at),
        "order_fee": "0.00",
    }))
}

pub(super) async fn balance(desk: &Desk, call: &Call) -> Outcome {
    check_mode(call)?;
    let book = desk
        .store
        .write(|tx| Book::of(tx, Provider::Alipay))
        .await
        .map_err(|fault| Refusal::trouble(&fault))?;
    let has = book.net_fen().saturating_add(FLOAT_FEN);
    Ok(json!({ "available_amount": yuan(has), "freeze_amount": "0.00" }))
}

/// Hands out Alipay's certificate, as after a rotation.
pub(super) fn certificate(desk: &Desk, call: &Call) -> Outcome {
    let asked = text(&call.biz, "alipay_cert_sn", 64)?;
    if desk.keys.alipay_serials.get(2) != Some(&asked) {
        return Err(Refusal::business("CERT_NOT_EXIST", "证书不存在"));
    }
    Ok(json!({ "alipay_cert_content": STANDARD.encode(&desk.keys.alipay_certificate) }))
}

fn check_mode(call: &Call) -> Result<(), Refusal> {
    if call.is_certified() {
        return Ok(());
    }
    Err(Refusal::forbidden("isv.insufficient-isv-permissions", "资金类接口必须使用公钥证书模式"))
}

fn check_product(biz: &Value) -> Result<(), Refusal> {
    for (name, value) in [("product_code", "TRANS_ACCOUNT_NO_PWD"), ("biz_scene", "DIRECT_TRANSFER")] {
        if biz.get(name).and_then(Value::as_str) != Some(value) {
            return Err(wrong(name));
        }
    }
    Ok(())
}

fn payee_of(biz: &Value) -> Result<String, Refusal> {
    let info = biz.get("payee_info").filter(|info| info.is_object()).ok_or_else(|| wrong("payee_info"))?;
    let identity = text(info, "identity", 64).map_err(|_| wrong("payee_info.identity"))?;
    let kind = text(info, "identity_type", 64).map_err(|_| wrong("payee_info.identity_type"))?;
    let name = info.get("name").and_then(Value::as_str).unwrap_or_default();
    match kind.as_str() {
        "ALIPAY_LOGON_ID" if name.is_empty() => Err(wrong("payee_info.name")),
        "ALIPAY_LOGON_ID" | "ALIPAY_USER_ID" | "ALIPAY_OPEN_ID" if identity == NOBODY => {
            Err(Refusal::business("PAYEE_NOT_EXIST", "收款账号不存在"))
        }
        "ALIPAY_LOGON_ID" | "ALIPAY_USER_ID" | "ALIPAY_OPEN_ID" => Ok(format!("{kind}\n{identity}\n{name}")),
        _ => Err(wrong("payee_info.identity_type")),
    }
}

fn wrong(name: &str) -> Refusal {
    Refusal::business("INVALID_PARAMETER", &format!("参数有误：{name}"))
}

//! Having a provider begin a payment, and keeping what the payer gets of it.
//!
//! The intent is committed before. The rule not to be broken: a call whose effect is not known leaves the payment open,
//! for the sweeper to ask.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use fault::Fault;

use super::{
    asking,
    fate::{self, Cause},
};
use crate::{
    domain::{Lane, Method, Status},
    milestone::milestone,
    providers::{Handout, Order, Product, Provider, Refusal, Trouble},
    service::Service,
    store::payments::{self, Row},
    wire::Handed,
};

/// Has the provider begin a payment, or hand out again what leads to it, and gives the payment as it is afterwards.
///
/// *Idempotent* by the payment's number. *Errors*: `THIRD_PARTY_ERROR`; after a refusal the payment has failed, without
/// an answer it stays open.
pub(crate) async fn hand_out(service: &Service, row: &Row) -> Result<Row, Fault> {
    let provider = asking::provider_of(service, row.method())?;
    let outcome = provider.create(&order(row, product(row.lane()))).await;
    milestone!("create: the provider has it");
    asking::keep(service, (row.id, None, row.method()), &outcome).await;
    match outcome.result {
        Ok(handout) => {
            let handed = handed(service, row, [Some(handout), form(provider, row).await]);
            keep(service, row, &handed).await
        }
        Err(Trouble::Refused { reason: Refusal::AlreadyPaid, .. }) => {
            Ok(asking::ask(service, row, &Cause::system("creation")).await?.0)
        }
        Err(trouble @ Trouble::Refused { .. }) => {
            let fault = asking::trouble(&trouble);
            let to = (Status::Failed, "refused by the provider");
            fate::ended(service, row.id, to, &Cause::system("creation")).await?;
            Err(fault)
        }
        Err(trouble @ Trouble::Unknown { .. }) => Err(asking::trouble(&trouble)),
    }
}

/// Alipay's page on a computer is shown as a form too (002-E11); no call is made for it.
async fn form(provider: &Provider, row: &Row) -> Option<Handout> {
    if row.method() != Method::Alipay || row.lane() != Lane::Web {
        return None;
    }
    provider.create(&order(row, Product::PageForm)).await.result.ok()
}

async fn keep(service: &Service, row: &Row, handed: &Handed) -> Result<Row, Fault> {
    let value = serde_json::to_value(handed).map_err(Fault::internal)?;
    let mut conn = service.db.acquire().await?;
    payments::hand_out(&mut conn, row.id, &value, service.clock.now()).await?;
    milestone!("create: it is handed out");
    payments::by_id(&mut conn, row.id).await?.ok_or_else(super::seeing::missing)
}

const fn product(lane: Lane) -> Product {
    match lane {
        Lane::Qr => Product::Qr,
        Lane::Web => Product::Page,
        Lane::H5 => Product::MobilePage,
        Lane::App => Product::App,
    }
}

fn order(row: &Row, product: Product) -> Order {
    Order {
        out_no: row.payment_no.clone(),
        amount: asking::amount(row.amount_minor),
        subject: row.subject.clone(),
        product,
        created_at: row.created_at,
        expires_at: row.expires_at,
        payer_id: None,
        payer_ip: row.client_ip.parse().ok(),
        return_url: Some(row.return_url.clone()).filter(|url| !url.is_empty()),
    }
}

/// Puts together what the payer gets; a code lives no longer than the payment.
fn handed(service: &Service, row: &Row, handouts: [Option<Handout>; 2]) -> Handed {
    let code_ends = service.clock.now() + TimeDelta::minutes(service.rules.qr_minutes);
    let (app_id, partner_id) =
        row.method().provider().map(|channel| service.account(channel)).unwrap_or_default();
    let expires_at = Some(code_ends.min(row.expires_at));
    let mut all = Handed { app_id, partner_id, expires_at, ..Handed::default() };
    for handout in handouts.into_iter().flatten() {
        match handout {
            Handout::QrCode(code) => all.qr_code = code,
            Handout::Redirect(url) => all.payment_url = url,
            Handout::Form(form) => all.payment_form = form,
            Handout::AppParams(params) => all.order_string = order_string(&params),
        }
    }
    if all.payment_url.is_empty() && !all.payment_form.is_empty() {
        // Most faces print an address and no form: the gateway's page posts it.
        all.payment_url = service.page_of(&row.payment_no);
    }
    all
}

/// Alipay's order string as it is, anybody else's parameters as a JSON object.
fn order_string(params: &BTreeMap<String, String>) -> String {
    match params.get("orderString") {
        Some(text) => text.clone(),
        None => serde_json::to_string(params).unwrap_or_default(),
    }
}

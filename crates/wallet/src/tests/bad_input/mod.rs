//! What cannot be, through the door, method by method: the documented code, the field by its name, no row changed.

mod freezing;
mod holding;
mod posting;
mod reading;

use std::{fmt::Debug, future::Future};

use chrono::TimeDelta;
use fault::{Code, Fault};
use host::testing::Line;
use proto::wallet::v1::{Account, AccountKind, PlaceHoldRequest, wallet_service_client::WalletServiceClient};
use tonic::{Response, Status};

use super::{
    bank::{Bank, account, placement, transfer, user},
    premises::{Premises, premises},
};
use crate::operations::expire_holds;

/// What is expected of a request: the code, and the field at fault, if one is.
type Expected = (Code, &'static str);

const INVALID: Code = Code::ValidationError;

/// Books with some of everything: user 7 has 10,000.00, less 10.00 for user 8; an open hold, and one that has expired.
struct Scene {
    premises: Premises,
    payment: WalletServiceClient<Line>,
    admin: WalletServiceClient<Line>,
    open: i64,
    expired: i64,
}

async fn scene() -> Scene {
    let premises = premises().await;
    let bank = &premises.bank;
    bank.posted(transfer("rent", &user(7), &user(8), 1_000)).await.unwrap();
    let expired = bank.held(50).await;
    bank.clock.advance(TimeDelta::hours(2));
    expire_holds::run(&bank.service).await.unwrap();
    let ends = host::timestamp(bank.clock.now() + TimeDelta::hours(1));
    let placing = PlaceHoldRequest { expires_at: Some(ends), ..placement("open", 70) };
    let (mut payment, admin) = (premises.payment(), premises.admin());
    let open = payment.place_hold(placing).await.unwrap().into_inner().hold_id;
    Scene { premises, payment, admin, open, expired }
}

impl Scene {
    /// Asks for each of these, and sees that it is refused as it must be and changes nothing.
    async fn assert_refused<Q, R, F>(&self, asks: Vec<(Q, Expected)>, send: impl Fn(Q) -> F)
    where
        Q: Clone + Debug,
        R: Debug,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let before = rows(&self.premises.bank).await;
        for (asked, (code, field)) in asks {
            let said = format!("{asked:?}");
            let fault = match send(asked).await {
                Ok(answer) => panic!("{said:.500} was answered: {answer:?}"),
                Err(status) => Fault::from(status),
            };
            let told = (fault.code(), fault.field().unwrap_or_default());
            assert_eq!(told, (code, field), "{said:.500}: {fault}");
        }
        assert_eq!(before, rows(&self.premises.bank).await);
    }
}

/// Every row of the books, and of what is written about administrators and their keys.
async fn rows(bank: &Bank) -> Vec<String> {
    let mut rows = bank.rows().await;
    let acts: Vec<String> = sqlx::query_scalar(
        "select 'audit ' || audit::text from audit
         union all
         select 'key ' || idempotency::text from idempotency
         order by 1",
    )
    .fetch_all(&mut bank.test_db.owner().await)
    .await
    .unwrap();
    rows.extend(acts);
    rows
}

/// A number that no kind of account, rest or direction has.
const UNKNOWN: i32 = 99;

/// Accounts that cannot be, with the part of them that is wrong.
fn impossible_accounts() -> Vec<(Account, &'static str)> {
    let with = |kind, owner: &str, asset: &str| account(kind, owner, asset);
    vec![
        (Account { kind: UNKNOWN, ..user(8) }, "kind"),
        (Account { kind: -1, ..user(8) }, "kind"),
        (with(AccountKind::Unspecified, "8", "CNY"), "kind"),
        (with(AccountKind::User, "", "CNY"), "owner"),
        (with(AccountKind::User, "0", "CNY"), "owner"),
        (with(AccountKind::User, "08", "CNY"), "owner"),
        (with(AccountKind::User, "-8", "CNY"), "owner"),
        (with(AccountKind::User, "+8", "CNY"), "owner"),
        (with(AccountKind::User, " 8", "CNY"), "owner"),
        (with(AccountKind::User, "8\0", "CNY"), "owner"),
        (with(AccountKind::User, "８", "CNY"), "owner"),
        (with(AccountKind::User, "9223372036854775808", "CNY"), "owner"),
        (with(AccountKind::Merchant, "anna", "CNY"), "owner"),
        (with(AccountKind::Channel, "", "CNY"), "owner"),
        (with(AccountKind::Channel, "paypal", "CNY"), "owner"),
        (with(AccountKind::Channel, "Alipay", "CNY"), "owner"),
        (with(AccountKind::Suspense, "8", "CNY"), "owner"),
        (with(AccountKind::Revenue, "8", "CNY"), "owner"),
        (with(AccountKind::PointsIssued, "8", "POINTS"), "owner"),
        (with(AccountKind::User, "8", ""), "asset"),
        (with(AccountKind::User, "8", "cny"), "asset"),
        (with(AccountKind::User, "8", "XXX"), "asset"),
        (with(AccountKind::User, "8", "CNY "), "asset"),
        (with(AccountKind::User, "8", "C\0Y"), "asset"),
        (with(AccountKind::User, "8", "points"), "asset"),
        (with(AccountKind::User, "8", "RMB"), "asset"),
        (with(AccountKind::PointsIssued, "", "CNY"), "asset"),
        (with(AccountKind::Channel, "alipay", "POINTS"), "asset"),
        (with(AccountKind::Suspense, "wechat", "POINTS"), "asset"),
    ]
}

/// Keys that cannot be.
fn impossible_keys() -> Vec<String> {
    vec![
        String::new(),
        "k".repeat(256),
        "钥匙".to_owned(),
        "a\nb".to_owned(),
        "a\0b".to_owned(),
        "\u{7f}".to_owned(),
    ]
}

/// Texts of one line that cannot be.
fn impossible_lines() -> Vec<String> {
    let broken = ["a\nb", "a\rb", "a\tb", "a\0b", "a\u{1b}[31mb", "a\u{85}b"].map(str::to_owned);
    broken.into_iter().chain(["x".repeat(201), "长".repeat(201)]).collect()
}

/// Words for the kind of a transfer that cannot be.
fn impossible_kinds() -> Vec<String> {
    ["", "Rent", "rent!", "a b", "miete_für", "a\0b"]
        .map(str::to_owned)
        .into_iter()
        .chain(["k".repeat(41)])
        .collect()
}

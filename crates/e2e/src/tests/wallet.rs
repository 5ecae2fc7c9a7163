//! Wallets over the payments face (document 001): a password, a transfer, what both see and hear, and what is refused.

use anyhow::{Context, Result};
use clock::Clock;
use identity::{PrivateKey, Settings as Identity};
use proto::wallet::v1::{
    Account, AccountKind, Leg, NewTransfer, PostRequest, wallet_service_client::WalletServiceClient,
};
use serde_json::{Value, json};
use tonic::{Request, transport::Endpoint};

use crate::{
    client::{Answer, Client},
    socket::Socket,
    stage::{PASSWORD, Stage},
};

const SECRET: &str = "river-42";

/// Anna with money and a payment password, and Ben.
struct Pair {
    stage: Stage,
    anna: Client,
    ben: Client,
}

fn path(of: &Client, rest: &str) -> String {
    format!("/api/v1/payments/wallet/{}/{rest}", of.user_id)
}

/// Takes what a success says.
fn data(answer: &Answer) -> Value {
    assert_eq!((answer.status, &answer.body["responseCode"]), (200, &json!("SUCCESS")), "{}", answer.text);
    assert_eq!(answer.body["success"], true);
    assert!(answer.body["responseMessage"].is_string(), "{}", answer.text);
    answer.body["data"].clone()
}

fn refused(answer: &Answer, status: u16, code: &str) -> String {
    assert_eq!((answer.status, &answer.body["responseCode"]), (status, &json!(code)), "{}", answer.text);
    assert_eq!((&answer.body["success"], &answer.body["data"]), (&json!(false), &Value::Null));
    answer.body["responseMessage"].as_str().unwrap_or_default().to_owned()
}

impl Pair {
    async fn start() -> Result<Self> {
        let stage = Stage::start(&[]).await?;
        let (anna, ben) = (stage.person("anna", "安娜").await?, stage.person("ben", "小本").await?);
        recharge(&stage, &anna, 100_000).await?;
        data(&anna.put(&path(&anna, "payment-password"), &json!({"newPassword": SECRET})).await?);
        Ok(Self { stage, anna, ben })
    }

    async fn give(&self, amount: &str, password: &str) -> Result<Answer> {
        let body = json!({"toUserId": self.ben.user_id, "amount": amount, "paymentPassword": password,
            "transferReason": "房租", "description": "三月"});
        self.anna.post(&path(&self.anna, "transfer"), &body).await
    }
}

/// Brings money in as the payment service does once a provider has said so.
pub(super) async fn recharge(stage: &Stage, user: &Client, amount_minor: i64) -> Result<()> {
    let pem = std::fs::read_to_string(stage.data_dir().join("identity/service.pem"))?;
    let (key, clock) = (PrivateKey::parse(&pem).context("no service key")?, Clock::system());
    let payment = Identity::from_keys(&key, &key).signer("payment", clock)?;
    let token = rpc::Credentials::authorization(&*payment);
    let (_, address) = stage.grpc().iter().find(|(name, _)| *name == "wallet").context("no wallet")?;
    let channel = Endpoint::from_shared(format!("http://{address}"))?.connect().await?;
    let leg = |kind: AccountKind, owner: String, amount_minor: i64| {
        let account = Account { kind: kind.into(), owner, asset: "CNY".to_owned() };
        Leg { account: Some(account), amount_minor }
    };
    let transfer = NewTransfer {
        idempotency_key: format!("recharge {}", user.user_id),
        kind: "recharge".to_owned(),
        legs: vec![
            leg(AccountKind::Channel, "alipay".to_owned(), -amount_minor),
            leg(AccountKind::User, user.user_id.to_string(), amount_minor),
        ],
        ..NewTransfer::default()
    };
    let mut request = Request::new(PostRequest { transfer: Some(transfer) });
    request.metadata_mut().insert("x-service-authorization", token.parse()?);
    WalletServiceClient::new(channel).post(request).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_is_seen_and_heard_by_both_and_the_books_stay_sound() -> Result<()> {
    let pair = Pair::start().await?;
    let mut socket = Socket::open(&pair.stage.websocket_url(), pair.ben.token()).await?;
    socket.subscribe(&["wallet"]).await?;
    let done = data(&pair.give("125.50", SECRET).await?);
    assert_eq!((&done["amount"], &done["status"]), (&json!(125.50), &json!("success")), "{done}");
    let heard = socket.wait_for("wallet_changed").await?;
    assert_eq!(heard["data"]["available_balance"], json!(125.50), "{heard}");
    let anna = data(&pair.anna.get(&path(&pair.anna, "balance")).await?);
    assert_eq!(
        (&anna["totalBalance"], &anna["availableBalance"], &anna["frozenBalance"], &anna["currency"]),
        (&json!(874.50), &json!(874.50), &json!(0.0), &json!("CNY")),
        "{anna}"
    );
    let list = data(&pair.ben.post(&path(&pair.ben, "transactions"), &json!({})).await?);
    assert_eq!(
        (&list["total"], &list["pageNum"], &list["pages"]),
        (&json!(1), &json!(1), &json!(1)),
        "{list}"
    );
    let row = &list["list"][0];
    assert_eq!(
        (&row["transactionType"], &row["direction"], &row["amount"], &row["counterpartyUserId"]),
        (&json!("transfer"), &json!("in"), &json!(125.50), &json!(pair.anna.user_id)),
        "{row}"
    );
    let books = pair.stage.program(&["ledger", "check"])?;
    assert!(books.lines().all(|line| !line.starts_with("BROKEN")), "{books}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_moves_nothing_and_says_why() -> Result<()> {
    let pair = Pair::start().await?;
    refused(&pair.give("0", SECRET).await?, 400, "PAYMENT_AMOUNT_ERROR");
    refused(&pair.give("1.005", SECRET).await?, 400, "PAYMENT_AMOUNT_ERROR");
    refused(&pair.give("1000.01", SECRET).await?, 400, "INSUFFICIENT_BALANCE");
    refused(&pair.give("50000.01", SECRET).await?, 400, "PAYMENT_LIMIT_EXCEEDED");
    let wrong = refused(&pair.give("1", "river-43").await?, 403, "PAYMENT_PASSWORD_ERROR");
    assert!(wrong.contains("paymentPassword"), "{wrong}");
    let to_nobody = json!({"toUserId": 1, "amount": 1, "paymentPassword": SECRET});
    let unknown = pair.anna.post(&path(&pair.anna, "transfer"), &to_nobody).await?;
    assert!(refused(&unknown, 404, "NOT_FOUND").contains("toUserId"), "{}", unknown.text);
    for rest in ["balance", "payment-password"] {
        refused(&pair.ben.get(&path(&pair.anna, rest)).await?, 403, "FORBIDDEN");
    }
    refused(&pair.ben.post(&path(&pair.anna, "transactions"), &json!({})).await?, 403, "FORBIDDEN");
    refused(&pair.stage.nobody()?.get(&path(&pair.anna, "balance")).await?, 401, "AUTH_REQUIRED");
    let anna = data(&pair.anna.get(&path(&pair.anna, "balance")).await?);
    assert_eq!(anna["totalBalance"], json!(1000.0), "{anna}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_reset_and_a_frozen_wallet_stands_still() -> Result<()> {
    let pair = Pair::start().await?;
    for _ in 0..5 {
        refused(&pair.give("1", "river-43").await?, 403, "PAYMENT_PASSWORD_ERROR");
    }
    let locked = pair.give("1", SECRET).await?;
    refused(&locked, 403, "PAYMENT_PASSWORD_ERROR");
    assert!(locked.headers.contains_key("retry-after"), "{:?}", locked.headers);
    let standing = data(&pair.anna.get(&path(&pair.anna, "payment-password")).await?);
    assert!(standing["isSet"] == true && standing["lockedUntil"].is_string(), "{standing}");
    let reset = path(&pair.anna, "payment-password/reset");
    let guess = json!({"loginPassword": "a guess", "newPassword": "lake-77"});
    refused(&pair.anna.post(&reset, &guess).await?, 400, "VALIDATION_ERROR");
    data(&pair.anna.post(&reset, &json!({"loginPassword": PASSWORD, "newPassword": "lake-77"})).await?);
    data(&pair.give("1", "lake-77").await?);

    let (operator, reason) = (pair.stage.admin().await?, json!({"reason": "手机被盗"}));
    refused(&pair.anna.post(&path(&pair.anna, "freeze"), &reason).await?, 403, "FORBIDDEN");
    data(&operator.post(&path(&pair.anna, "freeze"), &reason).await?);
    let frozen = pair.anna.clone().speaking("en");
    let body = json!({"toUserId": pair.ben.user_id, "amount": 1, "paymentPassword": "lake-77"});
    refused(&frozen.post(&path(&pair.anna, "transfer"), &body).await?, 403, "ACCOUNT_FROZEN");
    data(&operator.post(&path(&pair.anna, "unfreeze"), &reason).await?);
    data(&pair.give("1", "lake-77").await?);
    Ok(())
}

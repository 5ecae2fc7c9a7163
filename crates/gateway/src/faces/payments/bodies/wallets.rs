//! Bodies of a wallet: balance, transfer, transactions (001-E15, 001-E18, 001-E19).
//!
//! No `Debug` where a payment password is.

use chrono_tz::Tz;
use fault::Fault;
use money::Minor;
use proto::{page::v1::Request, wallet::v1 as wallet};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging;
use crate::faces::times::{self, Moment};
use crate::{
    extract::values,
    faces::shapes::{amount, amount_input_schema, amount_schema, text},
};

/// What is in a ledger has happened.
const SUCCESS: &str = "success";

/// A wallet (001-E15): total = available + frozen.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Balance {
    #[schema(example = 12345)]
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    total_balance: Minor,
    #[schema(schema_with = amount_schema)]
    available_balance: Minor,
    #[schema(schema_with = amount_schema)]
    frozen_balance: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// Null when nothing ever moved.
    #[schema(example = "2024-01-16T15:30:00")]
    last_update_time: Option<String>,
}

impl Balance {
    /// Prints a balance.
    pub(crate) fn of(user_id: i64, shown: wallet::ShowBalanceResponse, zone: Tz) -> Self {
        Self {
            user_id,
            total_balance: amount(shown.balance_minor),
            available_balance: amount(shown.available_minor),
            frozen_balance: amount(shown.held_minor),
            currency: shown.currency,
            last_update_time: times::local(shown.changed_at, zone),
        }
    }
}

/// Money for another user (001-E18).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewTransfer {
    #[serde(deserialize_with = "values::id")]
    #[schema(example = 67890)]
    to_user_id: i64,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    #[serde(default)]
    #[schema(max_length = 100, example = "朋友借款")]
    transfer_reason: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1000, example = "还钱")]
    description: Option<String>,
    /// Encrypted with the key of `/api/v1/payments/wallet/public-key`, base64.
    payment_password: String,
}

impl NewTransfer {
    /// Asks the wallet service to transfer.
    pub(crate) fn request(self, user_id: i64) -> wallet::TransferRequest {
        wallet::TransferRequest {
            user_id,
            to_user_id: self.to_user_id,
            amount_minor: self.amount.get(),
            payment_password: self.payment_password,
            reason: self.transfer_reason.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
        }
    }
}

/// A transfer that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transfer {
    transaction_id: i64,
    #[schema(example = 12345)]
    from_user_id: i64,
    #[schema(example = 67890)]
    to_user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    transfer_reason: Option<String>,
    description: Option<String>,
    #[schema(example = "success")]
    status: &'static str,
    #[schema(example = "2024-01-16T10:30:00")]
    create_time: Option<String>,
    /// What the giver has left, frozen money included.
    #[schema(schema_with = amount_schema)]
    balance_after: Minor,
}

impl Transfer {
    /// Prints a transfer.
    pub(crate) fn of(user_id: i64, made: wallet::Transaction, zone: Tz) -> Self {
        Self {
            transaction_id: made.transfer_id,
            from_user_id: user_id,
            to_user_id: made.counterparty_user_id,
            amount: amount(made.amount_minor).abs(),
            currency: made.currency,
            transfer_reason: text(made.reference),
            description: text(made.memo),
            status: SUCCESS,
            create_time: times::local(made.at, zone),
            balance_after: amount(made.balance_after_minor),
        }
    }
}

/// What is wanted of a wallet's transactions (001-E19).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TransactionsQuery {
    /// From 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[schema(minimum = 1, default = 1, value_type = Option<i32>)]
    page_num: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "paging::usual_page_size", deserialize_with = "values::page_size")]
    #[schema(minimum = 1, maximum = 100, default = 20, value_type = Option<i32>)]
    page_size: i32,
    #[serde(default)]
    transaction_type: WantedType,
    /// Local time, or with an offset, or a day; inclusive.
    #[serde(default, deserialize_with = "times::given_moment")]
    #[schema(value_type = Option<String>, example = "2024-01-01T00:00:00")]
    start_time: Option<Moment>,
    /// As `startTime`; inclusive.
    #[serde(default, deserialize_with = "times::given_moment")]
    #[schema(value_type = Option<String>, example = "2024-01-31T23:59:59")]
    end_time: Option<Moment>,
    #[serde(default)]
    order_by: OrderBy,
    /// `ASC` or `DESC`, in any case.
    #[serde(default, rename = "orderDirection", deserialize_with = "paging::is_ascending")]
    #[schema(rename = "orderDirection", value_type = Option<String>, default = "DESC")]
    is_ascending: bool,
}

/// Which transactions are wanted.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WantedType {
    #[default]
    All,
    Recharge,
    Withdraw,
    Transfer,
    Payment,
}

/// By what transactions are ordered.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OrderBy {
    #[default]
    CreateTime,
    /// Without its sign.
    Amount,
}

impl TransactionsQuery {
    /// Asks the wallet service for the page.
    ///
    /// *Errors*: validation, when the period ends before it begins.
    pub(crate) fn request(&self, user_id: i64, zone: Tz) -> Result<wallet::ListTransactionsRequest, Fault> {
        let (from, to) = paging::period(self.start_time, self.end_time, zone)?;
        let wanted = match self.transaction_type {
            WantedType::All => wallet::TransactionType::Unspecified,
            WantedType::Recharge => wallet::TransactionType::Recharge,
            WantedType::Withdraw => wallet::TransactionType::Withdraw,
            WantedType::Transfer => wallet::TransactionType::Transfer,
            WantedType::Payment => wallet::TransactionType::Payment,
        };
        let order = match self.order_by {
            OrderBy::CreateTime => wallet::TransactionOrder::CreateTime,
            OrderBy::Amount => wallet::TransactionOrder::Amount,
        };
        Ok(wallet::ListTransactionsRequest {
            user_id,
            r#type: wanted.into(),
            from,
            to,
            order: order.into(),
            ascending: self.is_ascending,
            page: Some(Request { number: self.page_num, size: self.page_size }),
        })
    }
}

/// Money that came or went.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transaction {
    transaction_id: i64,
    #[schema(example = 12345)]
    user_id: i64,
    /// `recharge`, `withdraw`, `transfer` or `payment`.
    #[schema(example = "transfer")]
    transaction_type: &'static str,
    /// `in` or `out`.
    #[schema(example = "out")]
    direction: &'static str,
    /// Without a sign.
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(schema_with = amount_schema)]
    balance_after: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// Null when the other side is no user.
    #[schema(example = 67890)]
    counterparty_user_id: Option<i64>,
    reference: String,
    description: String,
    #[schema(example = "success")]
    status: &'static str,
    #[schema(example = "2024-01-16T10:30:00")]
    create_time: Option<String>,
}

impl Transaction {
    /// Prints a transaction.
    pub(crate) fn of(user_id: i64, row: wallet::Transaction, zone: Tz) -> Self {
        let moved = amount(row.amount_minor);
        Self {
            transaction_id: row.transfer_id,
            user_id,
            transaction_type: type_of(row.r#type()),
            direction: if moved.is_negative() { "out" } else { "in" },
            amount: moved.abs(),
            balance_after: amount(row.balance_after_minor),
            currency: row.currency,
            counterparty_user_id: (row.counterparty_user_id != 0).then_some(row.counterparty_user_id),
            reference: row.reference,
            description: row.memo,
            status: SUCCESS,
            create_time: times::local(row.at, zone),
        }
    }
}

const fn type_of(kind: wallet::TransactionType) -> &'static str {
    match kind {
        wallet::TransactionType::Recharge => "recharge",
        wallet::TransactionType::Withdraw => "withdraw",
        wallet::TransactionType::Transfer => "transfer",
        wallet::TransactionType::Payment | wallet::TransactionType::Unspecified => "payment",
    }
}

//! Withdrawals as they are asked for and printed (001-E17).
//!
//! The document prints no answer; this one follows its refunds. No `Debug` where a payment password is. The rule not to
//! be broken: an account's number is never printed whole.

use chrono_tz::Tz;
use fault::Fault;
use money::Minor;
use proto::payment::v1::{self as payment, WithdrawMethod, WithdrawalStatus};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use utoipa::ToSchema;

use crate::{
    extract::values,
    faces::{
        shapes::{amount, amount_input_schema, amount_schema, text},
        times,
    },
};

/// Money for an account outside (001-E17).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewWithdrawal {
    /// At least 0.10.
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    /// `bank`, `alipay` or `wechat`.
    #[serde(deserialize_with = "method_word")]
    #[schema(value_type = String, example = "bank")]
    withdraw_method: WithdrawMethod,
    account_info: AccountInfo,
    #[serde(default)]
    #[schema(max_length = 100, example = "个人消费")]
    withdraw_reason: Option<String>,
    /// Encrypted with the key of `/api/v1/payments/wallet/public-key`, base64.
    payment_password: String,
}

/// Reads where a user wants his money, in any case.
fn method_word<'de, D: Deserializer<'de>>(reader: D) -> Result<WithdrawMethod, D::Error> {
    match String::deserialize(reader)?.to_ascii_lowercase().as_str() {
        "bank" => Ok(WithdrawMethod::Bank),
        "alipay" => Ok(WithdrawMethod::Alipay),
        "wechat" => Ok(WithdrawMethod::Wechat),
        _ => Err(D::Error::custom("must be one of bank, alipay, wechat")),
    }
}

/// The account that gets the money.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AccountInfo {
    /// The owner's name.
    #[schema(max_length = 100, example = "张三")]
    account_name: String,
    /// Letters, digits and signs without spaces.
    #[schema(max_length = 64, example = "6222000000000000")]
    account_number: String,
    /// Required for `bank`.
    #[serde(default)]
    #[schema(max_length = 100, example = "中国银行")]
    bank_name: Option<String>,
    /// Capital letters and digits.
    #[serde(default)]
    #[schema(max_length = 20, example = "BOC")]
    bank_code: Option<String>,
}

impl NewWithdrawal {
    /// Asks the payment service to withdraw.
    ///
    /// *Errors*: validation of `accountInfo.bankName`, which a bank account needs.
    pub(crate) fn request(self, user_id: i64) -> Result<payment::WithdrawRequest, Fault> {
        let (method, account) = (self.withdraw_method, self.account_info);
        let bank_name = account.bank_name.unwrap_or_default();
        if method == WithdrawMethod::Bank && bank_name.is_empty() {
            return Err(Fault::validation("accountInfo.bankName", "is required for bank"));
        }
        Ok(payment::WithdrawRequest {
            user_id,
            amount_minor: self.amount.get(),
            method: method.into(),
            account_name: account.account_name,
            account_number: account.account_number,
            bank_name,
            bank_code: account.bank_code.unwrap_or_default(),
            reason: self.withdraw_reason.unwrap_or_default(),
            payment_password: self.payment_password,
        })
    }
}

/// A withdrawal that was made or is under way.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Withdrawal {
    #[schema(example = "WDR202401161030000123456789")]
    withdraw_id: String,
    #[schema(example = 12345)]
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(schema_with = amount_schema)]
    fee: Minor,
    /// What arrives: the amount less the fee.
    #[schema(schema_with = amount_schema)]
    actual_amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    /// `bank`, `alipay` or `wechat`.
    #[schema(example = "bank")]
    withdraw_method: &'static str,
    account_info: PrintedAccount,
    withdraw_reason: Option<String>,
    /// `processing` or `success`; in a repeated answer also `failed`, and the money is back.
    #[schema(example = "success")]
    status: &'static str,
    /// The provider's number, once it has paid.
    transaction_id: Option<String>,
    #[schema(example = "2024-01-16T10:30:00")]
    create_time: Option<String>,
    /// Null while it is under way.
    #[schema(example = "2024-01-16T10:30:02")]
    finish_time: Option<String>,
}

/// The account as it is printed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrintedAccount {
    #[schema(example = "张三")]
    account_name: String,
    /// The last four characters.
    #[schema(example = "****0000")]
    account_number: String,
    #[schema(example = "中国银行")]
    bank_name: Option<String>,
    #[schema(example = "BOC")]
    bank_code: Option<String>,
}

impl Withdrawal {
    /// Prints a withdrawal.
    pub(crate) fn of(made: payment::Withdrawal, zone: Tz) -> Self {
        Self {
            user_id: made.user_id,
            amount: amount(made.amount_minor),
            fee: amount(made.fee_minor),
            actual_amount: amount(made.amount_minor.saturating_sub(made.fee_minor)),
            withdraw_method: match made.method() {
                WithdrawMethod::Bank | WithdrawMethod::Unspecified => "bank",
                WithdrawMethod::Alipay => "alipay",
                WithdrawMethod::Wechat => "wechat",
            },
            status: match made.status() {
                WithdrawalStatus::Success => "success",
                WithdrawalStatus::Failed => "failed",
                WithdrawalStatus::Pending | WithdrawalStatus::Processing | WithdrawalStatus::Unspecified => {
                    "processing"
                }
            },
            withdraw_id: made.withdrawal_no,
            currency: made.currency,
            account_info: PrintedAccount {
                account_name: made.account_name,
                account_number: made.masked_number,
                bank_name: text(made.bank_name),
                bank_code: text(made.bank_code),
            },
            withdraw_reason: text(made.reason),
            transaction_id: text(made.transaction_id),
            create_time: times::local(made.created_at, zone),
            finish_time: times::local(made.finished_at, zone),
        }
    }
}

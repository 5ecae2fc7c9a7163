//! Bodies of what operators see and decide about payments: refunds that wait, exceptions (contract sections 5, 16).

use money::Minor;
use proto::payment::v1 as payment;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    payments::OnlinePayment,
    shapes::{amount, amount_schema, given, given_instant, instant, page, text},
};
use crate::extract::values;

/// Which refunds are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefundsQuery {
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    limit: i32,
    /// All when missing.
    #[serde(default)]
    status: Option<RefundState>,
}

impl RefundsQuery {
    /// Asks the payment service for the page.
    pub(crate) fn request(&self) -> payment::ListRefundsRequest {
        payment::ListRefundsRequest {
            page: page(self.page, self.limit),
            statuses: self.status.map(RefundState::proto).into_iter().map(Into::into).collect(),
            ..payment::ListRefundsRequest::default()
        }
    }
}

/// The state of a refund as it is written.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundState {
    WaitingApproval,
    Processing,
    Success,
    Failed,
}

impl RefundState {
    const fn proto(self) -> payment::RefundStatus {
        match self {
            Self::WaitingApproval => payment::RefundStatus::WaitingApproval,
            Self::Processing => payment::RefundStatus::Processing,
            Self::Success => payment::RefundStatus::Success,
            Self::Failed => payment::RefundStatus::Failed,
        }
    }

    const fn of(status: payment::RefundStatus) -> Self {
        match status {
            payment::RefundStatus::WaitingApproval => Self::WaitingApproval,
            payment::RefundStatus::Unspecified | payment::RefundStatus::Processing => Self::Processing,
            payment::RefundStatus::Success => Self::Success,
            payment::RefundStatus::Failed => Self::Failed,
        }
    }
}

/// Why a refund is rejected.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejection {
    #[schema(max_length = 1000)]
    pub(crate) reason: String,
}

/// Why a payment is unfrozen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unfreezing {
    /// 1 to 1,000 characters.
    #[schema(min_length = 1, max_length = 1000, example = "已与支付宝核对")]
    pub(crate) reason: String,
}

/// A refund as an operator sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ManagedRefund {
    #[schema(example = 1)]
    id: i64,
    refund_no: String,
    payment_id: i64,
    payment_no: String,
    order_id: i64,
    order_no: String,
    user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    #[schema(example = "CNY")]
    currency: String,
    status: RefundState,
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Who asked for it; left out when the platform did by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<i64>,
    /// Who approved or rejected it.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<i64>,
    /// Whether it gives back money that came late or twice.
    is_automatic: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
}

impl From<payment::Refund> for ManagedRefund {
    fn from(refund: payment::Refund) -> Self {
        Self {
            status: RefundState::of(refund.status()),
            id: refund.id,
            refund_no: refund.refund_no,
            payment_id: refund.payment_id,
            payment_no: refund.payment_no,
            order_id: refund.order_id,
            order_no: refund.order_no,
            user_id: refund.user_id,
            amount: amount(refund.amount_minor),
            currency: refund.currency,
            reason: refund.reason,
            description: text(refund.description),
            operator_id: given(refund.operator_id),
            approved_by: given(refund.approved_by),
            is_automatic: refund.is_automatic,
            failure: text(refund.failure),
            created_at: instant(refund.created_at),
            updated_at: instant(refund.updated_at),
            finished_at: given_instant(refund.finished_at),
        }
    }
}

/// Which exceptions are wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExceptionsQuery {
    /// Page, from 1.
    #[serde(default = "values::first_page", deserialize_with = "values::page_number")]
    #[param(minimum = 1, default = 1, value_type = Option<i32>)]
    page: i32,
    /// Rows on a page, 1 to 100.
    #[serde(default = "values::usual_page_size", deserialize_with = "values::page_size")]
    #[param(minimum = 1, maximum = 100, default = 10, value_type = Option<i32>)]
    limit: i32,
    /// All when missing.
    #[serde(default)]
    reason: Option<ExceptionReason>,
    /// Leaves out those whose money went back.
    #[serde(default)]
    open_only: bool,
}

impl ExceptionsQuery {
    /// Asks the payment service for the page.
    pub(crate) fn request(&self) -> payment::ListExceptionsRequest {
        let reason = self.reason.map_or(payment::ExceptionReason::Unspecified, ExceptionReason::proto);
        payment::ListExceptionsRequest {
            page: page(self.page, self.limit),
            reason: reason.into(),
            open_only: self.open_only,
        }
    }
}

/// Why somebody should look at a payment, as it is written.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExceptionReason {
    /// The provider reported another amount.
    Frozen,
    /// The order was over.
    Late,
    /// The order was paid otherwise.
    Double,
    /// The order is over another amount.
    Mismatch,
}

impl ExceptionReason {
    const fn proto(self) -> payment::ExceptionReason {
        match self {
            Self::Frozen => payment::ExceptionReason::Frozen,
            Self::Late => payment::ExceptionReason::Late,
            Self::Double => payment::ExceptionReason::Double,
            Self::Mismatch => payment::ExceptionReason::Mismatch,
        }
    }

    const fn of(reason: payment::ExceptionReason) -> Self {
        match reason {
            payment::ExceptionReason::Unspecified | payment::ExceptionReason::Frozen => Self::Frozen,
            payment::ExceptionReason::Late => Self::Late,
            payment::ExceptionReason::Double => Self::Double,
            payment::ExceptionReason::Mismatch => Self::Mismatch,
        }
    }
}

/// Something about a payment that somebody should look at.
#[derive(Serialize, ToSchema)]
pub(crate) struct PaymentException {
    #[schema(example = 1)]
    id: i64,
    reason: ExceptionReason,
    /// What came.
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    detail: String,
    /// Whether the money went back.
    is_resolved: bool,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<OnlinePayment>,
    /// The automatic one.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<ManagedRefund>,
}

impl From<payment::ExceptionEntry> for PaymentException {
    fn from(entry: payment::ExceptionEntry) -> Self {
        Self {
            reason: ExceptionReason::of(entry.reason()),
            id: entry.id,
            amount: amount(entry.amount_minor),
            detail: entry.detail,
            is_resolved: entry.is_resolved,
            created_at: instant(entry.created_at),
            payment: entry.payment.map(Into::into),
            refund: entry.refund.map(Into::into),
        }
    }
}

//! Bodies of disputes of a share (contract sections 5 and 15).

use proto::expense::v1 as expense;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{given, given_instant, instant, text};
use crate::extract::values;

/// What is wrong with which share.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDispute {
    #[serde(deserialize_with = "values::id")]
    pub(crate) split_id: i64,
    #[schema(min_length = 1, max_length = 1000)]
    pub(crate) reason: String,
}

/// What a room admin decides: `upheld` when the share was wrong, `rejected` when it stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DecisionName {
    Upheld,
    Rejected,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveDispute {
    decision: DecisionName,
    #[serde(default)]
    #[schema(max_length = 1000)]
    comment: Option<String>,
}

impl ResolveDispute {
    /// Asks the expense service for it.
    pub(crate) fn request(self, dispute_id: i64) -> expense::ResolveDisputeRequest {
        let decision = match self.decision {
            DecisionName::Upheld => expense::Decision::Upheld,
            DecisionName::Rejected => expense::Decision::Rejected,
        };
        let comment = self.comment.unwrap_or_default();
        expense::ResolveDisputeRequest { dispute_id, decision: decision.into(), comment }
    }
}

/// Which disputes of a room are asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct DisputesQuery {
    /// Only `open` ones; all when missing.
    #[serde(default)]
    #[param(inline)]
    pub(crate) status: Option<DisputeFilter>,
}

/// A state that can be asked for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DisputeFilter {
    Open,
}

/// A dispute of one share.
#[derive(Serialize, ToSchema)]
pub(crate) struct Dispute {
    id: i64,
    room_id: i64,
    /// Of an expense's share.
    #[serde(skip_serializing_if = "Option::is_none")]
    expense_id: Option<i64>,
    /// Of a bill's share.
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_id: Option<i64>,
    split_id: i64,
    /// `open`, `upheld` or `rejected`.
    #[schema(example = "open")]
    status: String,
    reason: String,
    opened_by: i64,
    created_at: String,
    /// These three only after the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_by: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<String>,
}

impl From<expense::Dispute> for Dispute {
    fn from(dispute: expense::Dispute) -> Self {
        Self {
            id: dispute.id,
            room_id: dispute.room_id,
            expense_id: given(dispute.expense_id),
            bill_id: given(dispute.bill_id),
            split_id: dispute.split_id,
            status: dispute.status,
            reason: dispute.reason,
            opened_by: dispute.opened_by,
            created_at: instant(dispute.created_at),
            comment: text(dispute.comment),
            resolved_by: given(dispute.resolved_by),
            resolved_at: given_instant(dispute.resolved_at),
        }
    }
}

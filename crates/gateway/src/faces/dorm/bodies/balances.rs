//! Bodies of balances, settlement plans, their explanation, and recorded settlements (contract section 15).

use money::Minor;
use proto::expense::v1 as expense;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::shapes::{People, amount, amount_input_schema, amount_schema, given, instant};
use crate::extract::values;

/// What a member is owed (positive) or owes (negative) in one currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Balance {
    user_id: i64,
    username: String,
    full_name: String,
    #[schema(example = "CNY")]
    currency: String,
    #[schema(schema_with = amount_schema)]
    balance: Minor,
}

impl Balance {
    /// Prints a balance.
    pub(crate) fn of(balance: expense::Balance, people: &People) -> Self {
        let (username, full_name) = people.names(balance.user_id);
        Self {
            user_id: balance.user_id,
            username,
            full_name,
            currency: balance.currency,
            balance: amount(balance.balance_minor),
        }
    }
}

/// The transfers that settle one currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Plan {
    currency: String,
    /// `proven_minimal`: there is no plan with fewer transfers; `heuristic`: there may be.
    method: PlanMethod,
    transfers: Vec<PlannedTransfer>,
}

/// How a plan was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanMethod {
    ProvenMinimal,
    Heuristic,
}

/// One transfer of a plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlannedTransfer {
    from_user_id: i64,
    to_user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
}

impl From<expense::Plan> for Plan {
    fn from(plan: expense::Plan) -> Self {
        let method = match plan.method() {
            expense::PlanMethod::ProvenMinimal => PlanMethod::ProvenMinimal,
            expense::PlanMethod::Heuristic | expense::PlanMethod::Unspecified => PlanMethod::Heuristic,
        };
        let transfer = |transfer: expense::Transfer| PlannedTransfer {
            from_user_id: transfer.from_user_id,
            to_user_id: transfer.to_user_id,
            amount: amount(transfer.amount_minor),
        };
        Self {
            currency: plan.currency,
            method,
            transfers: plan.transfers.into_iter().map(transfer).collect(),
        }
    }
}

/// Whose balance is to be explained.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainQuery {
    #[serde(deserialize_with = "values::id")]
    pub(crate) user_id: i64,
    /// ISO 4217, `CNY` when missing.
    #[serde(default)]
    pub(crate) currency: Option<String>,
}

/// Where a balance comes from: lines and settled add up to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Explanation {
    user_id: i64,
    currency: String,
    #[schema(schema_with = amount_schema)]
    balance: Minor,
    lines: Vec<ExplanationLine>,
    settled: Vec<SettledLine>,
}

/// What one expense does to a balance.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExplanationLine {
    expense_id: i64,
    title: String,
    #[schema(format = Date)]
    date: String,
    #[schema(schema_with = amount_schema)]
    paid: Minor,
    #[schema(schema_with = amount_schema)]
    owed: Minor,
    #[schema(schema_with = amount_schema)]
    net: Minor,
}

/// What one settlement does to a balance.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettledLine {
    settlement_id: i64,
    from_user_id: i64,
    to_user_id: i64,
    #[schema(format = Date)]
    date: String,
    /// `manual`, `split`, `bill` or `import`.
    kind: String,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    /// The amount with its sign: what was given raises a balance, what was received lowers it.
    #[schema(schema_with = amount_schema)]
    net: Minor,
}

impl Explanation {
    /// Explains a balance that nothing has touched.
    pub(crate) const fn nothing(user_id: i64, currency: String) -> Self {
        Self { user_id, currency, balance: Minor::ZERO, lines: Vec::new(), settled: Vec::new() }
    }
}

impl From<expense::Explanation> for Explanation {
    fn from(explanation: expense::Explanation) -> Self {
        let user_id = explanation.user_id;
        let line = |line: expense::ExplanationLine| ExplanationLine {
            expense_id: line.expense_id,
            title: line.title,
            date: line.date,
            paid: amount(line.paid_minor),
            owed: amount(line.owed_minor),
            net: amount(line.net_minor),
        };
        let settled = |settlement: expense::Settlement| {
            let given = amount(settlement.amount_minor);
            SettledLine {
                settlement_id: settlement.id,
                net: if settlement.from_user_id == user_id { given } else { given.neg() },
                from_user_id: settlement.from_user_id,
                to_user_id: settlement.to_user_id,
                date: settlement.date,
                kind: settlement.kind,
                amount: given,
            }
        };
        Self {
            user_id,
            currency: explanation.currency,
            balance: amount(explanation.balance_minor),
            lines: explanation.lines.into_iter().map(line).collect(),
            settled: explanation.settled.into_iter().map(settled).collect(),
        }
    }
}

/// Money that one member handed to another.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSettlement {
    #[serde(deserialize_with = "values::id")]
    from_user_id: i64,
    #[serde(deserialize_with = "values::id")]
    to_user_id: i64,
    #[serde(deserialize_with = "values::positive")]
    #[schema(schema_with = amount_input_schema)]
    amount: Minor,
    /// ISO 4217, `CNY` when missing.
    #[serde(default)]
    currency: Option<String>,
    /// Today when missing.
    #[serde(default, deserialize_with = "values::given_date")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1000)]
    note: Option<String>,
}

impl NewSettlement {
    /// Asks the expense service to record it.
    pub(crate) fn request(self, room_id: i64) -> expense::RecordSettlementRequest {
        expense::RecordSettlementRequest {
            room_id,
            from_user_id: self.from_user_id,
            to_user_id: self.to_user_id,
            amount_minor: self.amount.get(),
            currency: self.currency.unwrap_or_default(),
            date: self.date.unwrap_or_default(),
            note: self.note.unwrap_or_default(),
        }
    }
}

/// A recorded settlement.
#[derive(Serialize, ToSchema)]
pub(crate) struct Settlement {
    id: i64,
    room_id: i64,
    from_user_id: i64,
    to_user_id: i64,
    #[schema(schema_with = amount_schema)]
    amount: Minor,
    currency: String,
    #[schema(format = Date)]
    date: String,
    /// `manual`, `split`, `bill` or `import`.
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expense_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_id: Option<i64>,
    note: String,
    created_by: i64,
    created_at: String,
}

impl From<expense::Settlement> for Settlement {
    fn from(settlement: expense::Settlement) -> Self {
        Self {
            id: settlement.id,
            room_id: settlement.room_id,
            from_user_id: settlement.from_user_id,
            to_user_id: settlement.to_user_id,
            amount: amount(settlement.amount_minor),
            currency: settlement.currency,
            date: settlement.date,
            kind: settlement.kind,
            expense_id: given(settlement.expense_id),
            bill_id: given(settlement.bill_id),
            note: settlement.note,
            created_by: settlement.created_by,
            created_at: instant(settlement.created_at),
        }
    }
}

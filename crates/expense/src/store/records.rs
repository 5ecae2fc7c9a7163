//! What a row of each kind is once it has been read.
//!
//! Values of the vocabulary instead of numbers and texts. The rule not to be broken: a row that cannot be read
//! back is a mistake of ours and becomes an internal fault, never a default.

use chrono::{DateTime, NaiveDate, Utc};
use fault::Fault;
use money::{Currency, Minor, Percentage};

use crate::domain::{Part, Transfer, debts, split::SplitType};

/// One expense with who paid and who shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expense {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) title: String,
    pub(crate) amount: Minor,
    pub(crate) currency: Currency,
    pub(crate) category: String,
    pub(crate) description: String,
    pub(crate) date: NaiveDate,
    pub(crate) split_type: SplitType,
    /// Who stands for all payers.
    pub(crate) paid_by: i64,
    /// Sorted by user id; adds up to `amount`.
    pub(crate) payers: Vec<Part>,
    /// Sorted by id, the order in which they were given; adds up to `amount`. Empty in lists.
    pub(crate) splits: Vec<Split>,
    pub(crate) receipt_upload_ids: Vec<i64>,
    pub(crate) created_by: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) version: i32,
    pub(crate) is_deleted: bool,
}

/// One person's share of an expense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) amount: Minor,
    /// What of the share others laid out for him.
    pub(crate) debt: Minor,
    /// What he has handed over.
    pub(crate) paid: Minor,
    pub(crate) percentage: Option<Percentage>,
    pub(crate) weight: Option<u32>,
    pub(crate) confirmed_by: Option<i64>,
    pub(crate) confirmed_at: Option<DateTime<Utc>>,
    /// Whether a dispute of it, or of a bill share it stands behind, is open.
    pub(crate) is_frozen: bool,
}

/// Money handed over between two members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) transfer: Transfer,
    pub(crate) currency: Currency,
    pub(crate) date: NaiveDate,
    pub(crate) kind: SettlementKind,
    pub(crate) expense_id: Option<i64>,
    pub(crate) bill_id: Option<i64>,
    pub(crate) note: String,
    pub(crate) created_by: i64,
    pub(crate) created_at: DateTime<Utc>,
}

/// Why money was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SettlementKind {
    /// Somebody wrote it down.
    Manual,
    /// A share of an expense was confirmed.
    Split,
    /// A share of a bill was confirmed.
    Bill,
    /// A row of an import.
    Import,
    /// Money of an order that handed no debt over.
    Online,
}

/// What made a version of an expense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Created,
    Imported,
    Updated,
    DividedByBill,
    Deleted,
}

impl Expense {
    /// Gives the shares as plain parts.
    pub(crate) fn shares(&self) -> Vec<Part> {
        self.splits.iter().map(|split| Part::new(split.user_id, split.amount)).collect()
    }

    /// Tells whether a debt of it is still to be handed over.
    pub(crate) fn has_open_debt(&self) -> bool {
        self.splits.iter().any(|split| split.open_debt().is_positive())
    }

    /// Tells whether money has been handed over for a share.
    pub(crate) fn has_confirmed_share(&self) -> bool {
        self.splits.iter().any(|split| split.paid.is_positive())
    }

    /// Gives where the next part of a debt goes.
    pub(crate) fn legs_for(&self, split: &Split, amount: Minor) -> Result<Vec<Transfer>, Fault> {
        debts::legs_for(&self.payers, &self.shares(), split.user_id, split.paid, amount)
    }

    /// Names those to whom a user owes for this expense, whether or not he has paid them.
    pub(crate) fn payees_of(&self, user_id: i64) -> Result<Vec<i64>, Fault> {
        let legs = debts::legs(&self.payers, &self.shares())?;
        Ok(legs.iter().filter(|leg| leg.from_user_id == user_id).map(|leg| leg.to_user_id).collect())
    }
}

impl Split {
    /// Gives what of the debt is still to be handed over, never below zero.
    pub(crate) fn open_debt(&self) -> Minor {
        Minor::new(self.debt.get().saturating_sub(self.paid.get()).max(0))
    }

    /// Gives what of the debt has been handed over, at most the debt.
    pub(crate) fn settled(&self) -> Minor {
        self.paid.min(self.debt)
    }

    /// Tells whether there was a debt and all of it has been handed over.
    pub(crate) fn is_paid(&self) -> bool {
        self.debt.is_positive() && self.paid >= self.debt
    }
}

impl SettlementKind {
    const ALL: [Self; 5] = [Self::Manual, Self::Split, Self::Bill, Self::Import, Self::Online];

    /// Gives the name used in answers and the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Split => "split",
            Self::Bill => "bill",
            Self::Import => "import",
            Self::Online => "online",
        }
    }

    pub(super) fn parse(name: &str) -> Result<Self, Fault> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| Fault::internal(format!("a settlement has the unknown kind {name}")))
    }
}

impl Action {
    /// Gives the name used in answers and the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Imported => "imported",
            Self::Updated => "updated",
            Self::DividedByBill => "divided_by_bill",
            Self::Deleted => "deleted",
        }
    }
}

/// An expense as the database gives it, without its splits.
#[derive(Debug)]
pub(super) struct ExpenseRow {
    pub(super) id: i64,
    pub(super) room_id: i64,
    pub(super) title: String,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) category: String,
    pub(super) description: String,
    pub(super) date: NaiveDate,
    pub(super) split_type: String,
    pub(super) paid_by: i64,
    pub(super) created_by: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) version: i32,
    pub(super) receipt_upload_ids: Vec<i64>,
    pub(super) is_deleted: bool,
    pub(super) payer_ids: Vec<i64>,
    pub(super) payer_amounts: Vec<i64>,
}

impl TryFrom<ExpenseRow> for Expense {
    type Error = Fault;

    fn try_from(row: ExpenseRow) -> Result<Self, Fault> {
        let split_type = SplitType::parse(&row.split_type)
            .ok_or_else(|| Fault::internal(format!("expense {} has an unknown split type", row.id)))?;
        let payers = row.payer_ids.into_iter().zip(row.payer_amounts);
        Ok(Self {
            id: row.id,
            room_id: row.room_id,
            title: row.title,
            amount: Minor::new(row.amount_minor),
            currency: currency(&row.currency)?,
            category: row.category,
            description: row.description,
            date: row.date,
            split_type,
            paid_by: row.paid_by,
            payers: payers.map(|(user_id, amount)| Part::new(user_id, Minor::new(amount))).collect(),
            splits: Vec::new(),
            receipt_upload_ids: row.receipt_upload_ids,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            is_deleted: row.is_deleted,
        })
    }
}

/// A split as the database gives it.
#[derive(Debug)]
pub(super) struct SplitRow {
    pub(super) expense_id: i64,
    pub(super) id: i64,
    pub(super) user_id: i64,
    pub(super) amount_minor: i64,
    pub(super) debt_minor: i64,
    pub(super) paid_minor: i64,
    pub(super) percentage_hundredths: Option<i32>,
    pub(super) weight: Option<i32>,
    pub(super) confirmed_by: Option<i64>,
    pub(super) confirmed_at: Option<DateTime<Utc>>,
    pub(super) is_frozen: bool,
}

impl TryFrom<SplitRow> for Split {
    type Error = Fault;

    fn try_from(row: SplitRow) -> Result<Self, Fault> {
        let unreadable =
            || Fault::internal(format!("split {} has a weight or percentage out of range", row.id));
        let percentage = match row.percentage_hundredths {
            None => None,
            Some(hundredths) => {
                let hundredths = u16::try_from(hundredths).map_err(|_| unreadable())?;
                Some(Percentage::new(hundredths).map_err(|_| unreadable())?)
            }
        };
        Ok(Self {
            id: row.id,
            user_id: row.user_id,
            amount: Minor::new(row.amount_minor),
            debt: Minor::new(row.debt_minor),
            paid: Minor::new(row.paid_minor),
            percentage,
            weight: row.weight.map(u32::try_from).transpose().map_err(|_| unreadable())?,
            confirmed_by: row.confirmed_by,
            confirmed_at: row.confirmed_at,
            is_frozen: row.is_frozen,
        })
    }
}

/// A settlement as the database gives it.
#[derive(Debug)]
pub(super) struct SettlementRow {
    pub(super) id: i64,
    pub(super) room_id: i64,
    pub(super) from_user_id: i64,
    pub(super) to_user_id: i64,
    pub(super) amount_minor: i64,
    pub(super) currency: String,
    pub(super) date: NaiveDate,
    pub(super) kind: String,
    pub(super) expense_id: Option<i64>,
    pub(super) bill_id: Option<i64>,
    pub(super) note: String,
    pub(super) created_by: i64,
    pub(super) created_at: DateTime<Utc>,
}

impl TryFrom<SettlementRow> for Settlement {
    type Error = Fault;

    fn try_from(row: SettlementRow) -> Result<Self, Fault> {
        let amount = Minor::new(row.amount_minor);
        Ok(Self {
            id: row.id,
            room_id: row.room_id,
            transfer: Transfer { from_user_id: row.from_user_id, to_user_id: row.to_user_id, amount },
            currency: currency(&row.currency)?,
            date: row.date,
            kind: SettlementKind::parse(&row.kind)?,
            expense_id: row.expense_id,
            bill_id: row.bill_id,
            note: row.note,
            created_by: row.created_by,
            created_at: row.created_at,
        })
    }
}

/// Reads a currency back.
pub(super) fn currency(text: &str) -> Result<Currency, Fault> {
    Currency::parse(text)
        .map_err(|error| Fault::internal(format!("a stored currency cannot be read: {error}")))
}

//! One person's share of an amount: what a client says about a split, turned into shares.
//!
//! Four ways: equally, by given amounts, by percentages, by weights (contract section 5). Who may be named is handed
//! in; rights, states and storage are decided elsewhere. The rule not to be broken: the shares add up to the amount,
//! or the input is refused with the field and the rule it broke.

use std::collections::HashSet;

use fault::Fault;
use money::{
    Minor, MoneyError, Percentage, require_sum, split_by_percentages, split_by_weights, split_equal,
};

/// The most splits one expense may have.
pub const SPLITS_MAX: usize = 100;

/// The largest weight in a split by weights; the smallest is 1.
pub const WEIGHT_MAX: u32 = 1_000_000;

/// The way an expense is divided (000-E11, and `shares` from contract section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SplitType {
    /// Equal parts for the listed users, or for all members when none is listed.
    Equal,
    /// An amount for each user.
    Custom,
    /// A percentage with two decimals for each user.
    Percentage,
    /// A whole-number weight for each user.
    Shares,
}

impl SplitType {
    /// Gives the name used in requests, answers and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Custom => "custom",
            Self::Percentage => "percentage",
            Self::Shares => "shares",
        }
    }

    /// Reads the name used in requests, answers and the database.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Equal, Self::Custom, Self::Percentage, Self::Shares]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// What a client says of one person's share. Which field must be there depends on the split type.
///
/// *Units*: percentage in hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitInput {
    /// Whose share it is.
    pub user_id: i64,
    /// For `custom`: the share, zero or more.
    pub amount: Option<Minor>,
    /// For `percentage`: 0 to 10,000.
    pub percentage: Option<i64>,
    /// For `shares`: 1 to [`WEIGHT_MAX`].
    pub weight: Option<i64>,
}

/// One person's share of an expense, with what he was given it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Whose share it is.
    pub user_id: i64,
    /// The share, zero or more.
    pub amount: Minor,
    /// The percentage asked for, in a split by percentages.
    pub percentage: Option<Percentage>,
    /// The weight asked for, in a split by weights.
    pub weight: Option<u32>,
}

impl Share {
    /// Gives what a client would say to get this share, so that a changed amount can be divided anew.
    pub fn as_input(&self, kind: SplitType) -> SplitInput {
        SplitInput {
            user_id: self.user_id,
            amount: (kind == SplitType::Custom).then_some(self.amount),
            percentage: self
                .percentage
                .filter(|_| kind == SplitType::Percentage)
                .map(|it| i64::from(it.get())),
            weight: self.weight.filter(|_| kind == SplitType::Shares).map(i64::from),
        }
    }
}

/// Divides an amount as the client asks; `seed` (the expense id) decides who takes the remainder.
///
/// *Shape*: in the order of `inputs`; `equal` without inputs: all `member_ids` in ascending order. The shares
/// add up to `amount`. *Errors*: a validation fault that names the field as the client wrote it, such as
/// `splits[1].user_id`.
pub fn split(
    kind: SplitType,
    amount: Minor,
    inputs: &[SplitInput],
    member_ids: &[i64],
    seed: i64,
) -> Result<Vec<Share>, Fault> {
    amount.require_positive().map_err(|error| Fault::validation("amount", error.to_string()))?;
    check_users(inputs, member_ids)?;
    for (index, input) in inputs.iter().enumerate() {
        check_fields(kind, index, input)?;
    }
    match kind {
        SplitType::Equal => equal(amount, inputs, member_ids, seed),
        _ if inputs.is_empty() => {
            Err(Fault::validation("splits", format!("must be given when split_type is {}", kind.as_str())))
        }
        SplitType::Custom => custom(amount, inputs),
        SplitType::Percentage => percentage(amount, inputs, seed),
        SplitType::Shares => weighted(amount, inputs, seed),
    }
}

fn check_users(inputs: &[SplitInput], member_ids: &[i64]) -> Result<(), Fault> {
    if inputs.len() > SPLITS_MAX {
        return Err(Fault::validation("splits", format!("must be at most {SPLITS_MAX}")));
    }
    let members: HashSet<i64> = member_ids.iter().copied().collect();
    let mut seen = HashSet::new();
    for (index, input) in inputs.iter().enumerate() {
        let field = || format!("splits[{index}].user_id");
        if !members.contains(&input.user_id) {
            return Err(Fault::validation(field(), "is not a member of the room"));
        }
        if !seen.insert(input.user_id) {
            return Err(Fault::validation(field(), "is named twice"));
        }
    }
    Ok(())
}

/// Checks that the field which the split type needs is there.
///
/// Document 000 prints `amount` and `percentage` side by side in one body (000-E11), so its clients may send both
/// whatever the type: only the one that the type names counts. `shares` is ours and stands alone.
fn check_fields(kind: SplitType, index: usize, input: &SplitInput) -> Result<(), Fault> {
    let needed = match kind {
        SplitType::Equal => None,
        SplitType::Custom => Some(("amount", input.amount.is_some())),
        SplitType::Percentage => Some(("percentage", input.percentage.is_some())),
        SplitType::Shares => Some(("shares", input.weight.is_some())),
    };
    let (name, rule) = match needed {
        Some((name, false)) => (name, "must be given"),
        _ if input.weight.is_some() && kind != SplitType::Shares => ("shares", "must not be given"),
        _ => return Ok(()),
    };
    let rule = format!("{rule} when split_type is {}", kind.as_str());
    Err(Fault::validation(format!("splits[{index}].{name}"), rule))
}

fn equal(amount: Minor, inputs: &[SplitInput], member_ids: &[i64], seed: i64) -> Result<Vec<Share>, Fault> {
    let mut users: Vec<i64> = inputs.iter().map(|input| input.user_id).collect();
    if users.is_empty() {
        users = member_ids.to_vec();
        users.sort_unstable();
        users.dedup();
    }
    if users.is_empty() {
        return Err(Fault::validation("splits", "there is nobody to divide the amount among"));
    }
    let amounts = split_equal(amount, users.len(), seed);
    Ok(users.into_iter().zip(amounts).map(|(user_id, amount)| plain(user_id, amount)).collect())
}

fn custom(amount: Minor, inputs: &[SplitInput]) -> Result<Vec<Share>, Fault> {
    let mut shares = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let share = input.amount.unwrap_or_default().require_not_negative();
        let share =
            share.map_err(|error| Fault::validation(format!("splits[{index}].amount"), error.to_string()))?;
        shares.push(plain(input.user_id, share));
    }
    let amounts: Vec<Minor> = shares.iter().map(|share| share.amount).collect();
    require_sum(amount, &amounts).map_err(|error| of_splits(&error))?;
    Ok(shares)
}

fn percentage(amount: Minor, inputs: &[SplitInput], seed: i64) -> Result<Vec<Share>, Fault> {
    let mut percentages = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let hundredths = u16::try_from(input.percentage.unwrap_or_default());
        let percentage = hundredths.map_err(|_| MoneyError::NotAPercentage).and_then(Percentage::new);
        percentages.push(
            percentage.map_err(|error| {
                Fault::validation(format!("splits[{index}].percentage"), error.to_string())
            })?,
        );
    }
    let amounts = split_by_percentages(amount, &percentages, seed).map_err(|error| of_splits(&error))?;
    let shares = inputs.iter().zip(amounts).zip(percentages);
    Ok(shares
        .map(|((input, amount), percentage)| Share {
            percentage: Some(percentage),
            ..plain(input.user_id, amount)
        })
        .collect())
}

fn weighted(amount: Minor, inputs: &[SplitInput], seed: i64) -> Result<Vec<Share>, Fault> {
    let mut weights = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let weight = u32::try_from(input.weight.unwrap_or_default()).ok();
        weights.push(weight.filter(|weight| (1..=WEIGHT_MAX).contains(weight)).ok_or_else(|| {
            Fault::validation(format!("splits[{index}].shares"), format!("must be from 1 to {WEIGHT_MAX}"))
        })?);
    }
    let factors: Vec<u64> = weights.iter().copied().map(u64::from).collect();
    let amounts = split_by_weights(amount, &factors, seed).map_err(|error| of_splits(&error))?;
    let shares = inputs.iter().zip(amounts).zip(weights);
    Ok(shares
        .map(|((input, amount), weight)| Share { weight: Some(weight), ..plain(input.user_id, amount) })
        .collect())
}

const fn plain(user_id: i64, amount: Minor) -> Share {
    Share { user_id, amount, percentage: None, weight: None }
}

fn of_splits(error: &MoneyError) -> Fault {
    Fault::validation("splits", error.to_string())
}

#[cfg(test)]
mod tests;

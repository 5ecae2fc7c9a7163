//! Traces a member's balance to the expenses and settlements behind it. Any member may ask.

use fault::Fault;
use money::{Currency, Minor};
use proto::expense::v1::{ExplainBalanceRequest, ExplainBalanceResponse, Explanation, ExplanationLine};
use sqlx::PgConnection;

use super::rights;
use crate::{
    domain::{
        Transfer,
        explain::{self, Line},
        text,
    },
    service::Service,
    store::{self, Settlement, balances::Balance, settlements::Of},
    wire,
};

/// The most lines, and the most settlements, that are listed one by one; older ones are one line together.
const LINES_MAX: i64 = 1_000;

/// Explains the balances of a member of the room in one currency, or in each.
///
/// *Shape*: lines and settlements newest first; those beyond the newest thousand are summed up in a line
/// without an expense. They add up to the balance. *Errors*: `NOT_FOUND`.
pub(crate) async fn explain_balance(
    service: &Service,
    user_id: i64,
    request: ExplainBalanceRequest,
) -> Result<ExplainBalanceResponse, Fault> {
    let members = rights::member(service, request.room_id, user_id).await?;
    if !members.has(request.user_id) {
        return Err(Fault::not_found("member"));
    }
    let only = if request.currency.is_empty() { None } else { Some(text::currency(&request.currency)?) };
    // One transaction, so that balance and lines are of the same instant.
    let mut tx = service.db.begin().await?;
    store::explanations::stand_still(tx.conn()).await?;
    let mut balances = store::balances::read(tx.conn(), request.room_id).await?;
    balances.retain(|balance| {
        balance.user_id == request.user_id && only.is_none_or(|only| only == balance.currency)
    });
    if balances.is_empty() {
        balances.push(nothing(request.user_id, only.unwrap_or(Currency::CNY)));
    }
    let mut explanations = Vec::with_capacity(balances.len());
    for balance in &balances {
        explanations.push(explain(tx.conn(), request.room_id, balance).await?);
    }
    tx.rollback().await?;
    Ok(ExplainBalanceResponse { explanations })
}

const fn nothing(user_id: i64, currency: Currency) -> Balance {
    Balance { currency, user_id, paid: Minor::ZERO, owed: Minor::ZERO }
}

async fn explain(conn: &mut PgConnection, room_id: i64, balance: &Balance) -> Result<Explanation, Fault> {
    let of = Of { room_id, user_id: balance.user_id, currency: balance.currency.as_str() };
    let lines = store::explanations::lines(conn, of, LINES_MAX).await?;
    let settled = store::settlements::of_user(conn, of, LINES_MAX).await?;
    let rest = rest(balance, &lines, &settled)?;
    let is_whole = i64::try_from(lines.len()).is_ok_and(|count| count < LINES_MAX)
        && i64::try_from(settled.len()).is_ok_and(|count| count < LINES_MAX);
    if is_whole {
        let transfers: Vec<Transfer> = settled.iter().map(|settlement| settlement.transfer).collect();
        explain::check(balance.user_id, balance.net(), &lines, &transfers)?;
    }
    let mut shown: Vec<ExplanationLine> = lines.iter().map(wire::line).collect();
    if !is_whole {
        shown.push(rest);
    }
    Ok(Explanation {
        user_id: balance.user_id,
        currency: balance.currency.as_str().to_owned(),
        balance_minor: balance.net().get(),
        lines: shown,
        settled: settled.iter().map(wire::settlement).collect(),
    })
}

/// Sums up what the lists leave out: what is in the balance and in neither of them.
fn rest(balance: &Balance, lines: &[Line], settled: &[Settlement]) -> Result<ExplanationLine, Fault> {
    let overflow = || Fault::internal("an explanation overflows");
    let given = settled.iter().filter(|it| it.transfer.from_user_id == balance.user_id);
    let taken = settled.iter().filter(|it| it.transfer.to_user_id == balance.user_id);
    let paid = lines.iter().map(|line| line.paid).chain(given.map(|it| it.transfer.amount));
    let owed = lines.iter().map(|line| line.owed).chain(taken.map(|it| it.transfer.amount));
    let paid = Minor::sum(paid).and_then(|sum| balance.paid.checked_sub(sum)).ok_or_else(overflow)?;
    let owed = Minor::sum(owed).and_then(|sum| balance.owed.checked_sub(sum)).ok_or_else(overflow)?;
    Ok(ExplanationLine {
        paid_minor: paid.get(),
        owed_minor: owed.get(),
        net_minor: paid.checked_sub(owed).ok_or_else(overflow)?.get(),
        ..ExplanationLine::default()
    })
}

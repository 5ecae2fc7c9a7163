//! Statistics of a room (000-E24). CNY only.

use std::collections::BTreeMap;

use durable::Tx;
use fault::Fault;
use money::Currency;
use proto::expense::v1::{self, GetRoomStatsRequest, GetRoomStatsResponse};

use super::{rights, user_stats::category};
use crate::{
    domain::text,
    service::Service,
    store::{
        self,
        balances::Balance,
        statistics::{Member, Range},
    },
};
use roster::Members;

/// Sums a room up, with what each member laid out and consumed. *Errors*: `NOT_FOUND` for a stranger.
///
/// `paid` includes settlements and confirmed shares handed over, `owed` those received. *Shape*: every member,
/// sorted by user id.
pub(crate) async fn room_stats(
    service: &Service,
    user_id: i64,
    request: GetRoomStatsRequest,
) -> Result<GetRoomStatsResponse, Fault> {
    let members = rights::member(service, request.room_id, user_id).await?;
    let (start_date, end_date) = text::date_range(&request.start_date, &request.end_date)?;
    let range = Range { room_ids: vec![request.room_id], start_date, end_date };
    let mut tx = service.db.begin().await?;
    store::explanations::stand_still(tx.conn()).await?;
    let total = store::statistics::room_total(tx.conn(), &range).await?;
    let categories = store::statistics::room_categories(tx.conn(), &range).await?;
    let sums = members_of(&mut tx, request.room_id, &range).await?;
    tx.rollback().await?;
    Ok(GetRoomStatsResponse {
        total_expenses: total.count,
        total_amount_minor: total.amount_minor,
        members: complete(&members, sums),
        categories: categories.into_iter().map(category).collect(),
    })
}

/// Sums each member up. For all days the balances are these sums already, however many expenses there are.
async fn members_of(tx: &mut Tx, room_id: i64, range: &Range) -> Result<Vec<Member>, Fault> {
    if range.start_date.is_some() || range.end_date.is_some() {
        return store::statistics::members(tx.conn(), range).await;
    }
    let balances = store::balances::read(tx.conn(), room_id).await?;
    let yuan = balances.into_iter().filter(|balance| balance.currency == Currency::CNY);
    let member = |balance: Balance| Member {
        user_id: balance.user_id,
        paid_minor: balance.paid.get(),
        owed_minor: balance.owed.get(),
    };
    Ok(yuan.map(member).collect())
}

/// Adds members without any expense, and leaves out those who left with everything settled.
fn complete(members: &Members, sums: Vec<Member>) -> Vec<v1::Balance> {
    let mut rows: BTreeMap<i64, (i64, i64)> =
        members.user_ids().iter().map(|user_id| (*user_id, (0, 0))).collect();
    for sum in sums {
        if members.has(sum.user_id) || sum.paid_minor != sum.owed_minor {
            rows.insert(sum.user_id, (sum.paid_minor, sum.owed_minor));
        }
    }
    let balance = |(user_id, (paid_minor, owed_minor)): (i64, (i64, i64))| v1::Balance {
        user_id,
        currency: Currency::CNY.as_str().to_owned(),
        paid_minor,
        owed_minor,
        balance_minor: paid_minor.saturating_sub(owed_minor),
    };
    rows.into_iter().map(balance).collect()
}

//! Says who is how much ahead in a room. Any member may ask.

use std::collections::BTreeSet;

use fault::Fault;
use money::{Currency, Minor};
use proto::expense::v1::GetBalancesResponse;

use super::rights;
use crate::{
    service::Service,
    store::{self, balances::Balance},
    wire,
};
use roster::Members;

/// Reads the balances of every member, in CNY and each currency used. *Errors*: `NOT_FOUND` for a stranger.
///
/// *Shape*: sorted by currency, then user id; adds up to zero in each currency.
pub(crate) async fn get_balances(
    service: &Service,
    user_id: i64,
    room_id: i64,
) -> Result<GetBalancesResponse, Fault> {
    let members = rights::member(service, room_id, user_id).await?;
    let stored = {
        let mut conn = service.db.acquire().await?;
        store::balances::read(&mut conn, room_id).await?
    };
    Ok(GetBalancesResponse { balances: complete(&members, stored).iter().map(wire::balance).collect() })
}

/// Adds members who never took part, and leaves out those who left with everything settled.
fn complete(members: &Members, stored: Vec<Balance>) -> Vec<Balance> {
    let mut currencies: BTreeSet<Currency> = stored.iter().map(|balance| balance.currency).collect();
    currencies.insert(Currency::CNY);
    let known: BTreeSet<(Currency, i64)> =
        stored.iter().map(|balance| (balance.currency, balance.user_id)).collect();
    let mut balances: Vec<Balance> = stored
        .into_iter()
        .filter(|balance| members.has(balance.user_id) || !balance.net().is_zero())
        .collect();
    for currency in currencies {
        let absent = members.user_ids().iter().filter(|user_id| !known.contains(&(currency, **user_id)));
        balances.extend(absent.map(|user_id| Balance {
            currency,
            user_id: *user_id,
            paid: Minor::ZERO,
            owed: Minor::ZERO,
        }));
    }
    balances.sort_unstable_by_key(|balance| (balance.currency, balance.user_id));
    balances
}

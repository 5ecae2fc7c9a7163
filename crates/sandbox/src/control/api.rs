//! Trades and books: to be looked at, paid, given up.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, shapes};
use crate::{
    desk::Desk,
    notices::Notice,
    store::{Record as _, Tx},
    trades::{self, Book, NotClosed, NotPaid, Provider, Refund, Trade, by_number, newest},
};

const LIMIT: usize = 50;
const LIMIT_MAX: usize = 500;

/// Says whose trade is meant, where a number is used with several providers; and how many.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Which {
    provider: Option<String>,
    limit: Option<String>,
}

impl Which {
    fn provider(&self) -> Result<Option<Provider>, Refusal> {
        self.provider.as_deref().map(provider_of).transpose()
    }

    fn limit(&self) -> Result<usize, Refusal> {
        let Some(text) = &self.limit else { return Ok(LIMIT) };
        let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        limit.ok_or_else(|| Refusal::bad("limit", format!("is a whole number from 1 to {LIMIT_MAX}")))
    }
}

/// Reads a provider's word.
pub(super) fn provider_of(word: &str) -> Result<Provider, Refusal> {
    let found = Provider::ALL.into_iter().find(|provider| provider.word() == word);
    found.ok_or_else(|| Refusal::bad("provider", "is alipay, wechat or unionpay"))
}

/// Lists the trades begun last, newest first.
pub(crate) async fn list(
    State(desk): State<Desk>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refusal> {
    let (limit, provider) = (which.limit()?, which.provider()?);
    let found = desk.store.write(move |tx| newest(tx, LIMIT_MAX)).await?;
    let wanted = found.iter().filter(|trade| provider.is_none_or(|of| of == trade.provider)).take(limit);
    let all: Vec<_> = wanted.map(|trade| shapes::short(&desk, trade)).collect();
    Ok(Json(json!({ "trades": all })))
}

/// Shows a trade with its refunds and every try of its notifications.
pub(crate) async fn show(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refusal> {
    let (provider, now) = (which.provider()?, desk.clock.now());
    whole(&desk, move |tx| find(tx, provider, &number, now)).await
}

/// Pays a trade. *Idempotent*.
pub(crate) async fn pay(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refusal> {
    let (provider, now) = (which.provider()?, desk.clock.now());
    whole(&desk, move |tx| {
        let trade = find(tx, provider, &number, now)?;
        trades::pay(tx, &trade.key(), now).map_err(|error| match error {
            NotPaid::Closed => Refusal::conflict("out_trade_no", "names a trade that is not closed"),
            NotPaid::NotThere => unknown(),
            NotPaid::Fault(fault) => fault.into(),
        })
    })
    .await
}

/// Gives up a trade. *Idempotent*.
pub(crate) async fn give_up(
    State(desk): State<Desk>,
    Path(number): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refusal> {
    let (provider, now) = (which.provider()?, desk.clock.now());
    whole(&desk, move |tx| {
        let trade = find(tx, provider, &number, now)?;
        trades::close(tx, &trade.key(), now).map_err(|error| match error {
            NotClosed::Paid => Refusal::conflict("out_trade_no", "names a trade that is not paid"),
            NotClosed::NotThere => unknown(),
            NotClosed::Fault(fault) => fault.into(),
        })
    })
    .await
}

/// Shows what the providers' books say.
pub(crate) async fn book(State(desk): State<Desk>) -> Result<Json<Value>, Refusal> {
    let books = desk.store.write(books).await?;
    Ok(Json(json!({ "books": books.iter().map(shapes::book).collect::<Vec<_>>() })))
}

/// Gives every provider's book.
pub(super) fn books(tx: &Tx) -> Result<Vec<Book>, fault::Fault> {
    Provider::ALL.into_iter().map(|provider| Book::of(tx, provider)).collect()
}

async fn whole(
    desk: &Desk,
    work: impl FnOnce(&Tx) -> Result<Trade, Refusal> + Send + 'static,
) -> Result<Json<Value>, Refusal> {
    let (trade, refunds, notices) = desk
        .store
        .write(move |tx| {
            let trade = work(tx)?;
            let (refunds, notices) = (Refund::all_of(tx, &trade)?, Notice::all_of(tx, &trade.key())?);
            Ok::<_, Refusal>((trade, refunds, notices))
        })
        .await?;
    Ok(Json(shapes::whole(desk, &trade, &refunds, &notices)))
}

fn find(tx: &Tx, provider: Option<Provider>, number: &str, now: DateTime<Utc>) -> Result<Trade, Refusal> {
    by_number(tx, provider, number, now)?.ok_or_else(unknown)
}

fn unknown() -> Refusal {
    Refusal::missing("out_trade_no", "names a trade that exists")
}

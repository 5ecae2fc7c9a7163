//! Refunds (04) and undoings (31) of a payment.

use std::time::Duration;

use wire::Params;

use super::{Refusal, amount_of, front::address, is, need, order_id};
use crate::{
    beijing,
    desk::Desk,
    store::{Record as _, Tx},
    trades::{self, NewRefund, NotRefunded, Provider, Refund, trade_key},
};

const REFUND: [&str; 3] = ["04", "00", "000201"];
const UNDOING: [&str; 3] = ["31", "00", "000201"];
/// How long a refund is on its way.
const ON_THE_WAY: Duration = Duration::from_secs(2);

/// What kept a refund from being taken.
enum Problem {
    /// A rule of UnionPay's.
    Refusal(Refusal),
    /// A rule of all.
    Refunded(NotRefunded),
}

impl From<fault::Fault> for Problem {
    fn from(fault: fault::Fault) -> Self {
        Self::Refunded(fault.into())
    }
}

impl From<NotRefunded> for Problem {
    fn from(error: NotRefunded) -> Self {
        Self::Refunded(error)
    }
}

pub(super) async fn take(desk: &Desk, params: &Params) -> Result<Params, Refusal> {
    let is_undoing = is(params, UNDOING);
    if !is_undoing && !is(params, REFUND) {
        return Err(Refusal::new("68", "沙箱的后台交易只支持退货（04）与消费撤销（31）"));
    }
    let (number, txn_time) = (order_id(params)?.to_owned(), need(params, "txnTime")?.to_owned());
    let original = need(params, "origQryId")?.to_owned();
    let now = desk.clock.now();
    let on_the_way = chrono::Duration::from_std(desk.scaled(ON_THE_WAY)).unwrap_or_default();
    let new = NewRefund {
        out_refund_no: number.clone(),
        txn_time: txn_time.clone(),
        amount_fen: amount_of(params)?,
        kind: params.get("txnType").cloned().unwrap_or_default(),
        reason: None,
        notify_url: address(params, "backUrl")?,
        attach: params.get("reqReserved").cloned(),
        done_at: Some(now + on_the_way),
    };
    let clock = desk.clock.clone();
    let made = desk.store.write(move |tx| {
        check_number(tx, &number, &txn_time)?;
        let trade = trades::by_transaction(tx, Provider::Unionpay, &original, now)?;
        let trade = trade.ok_or(NotRefunded::NotThere)?;
        if is_undoing {
            let is_today = trade.paid_at.is_some_and(|at| beijing::day(at) == beijing::day(now));
            if !is_today {
                return Err(Problem::Refusal(Refusal::new("39", "交易不在受理时间范围内，撤销限当日")));
            }
            if new.amount_fen != trade.amount_fen || trade.refunds > 0 {
                return Err(Problem::Refusal(Refusal::new("36", "与原交易信息不符，撤销须为原金额")));
            }
        }
        Ok(trades::refund(tx, &clock, &trade.key(), new)?.0)
    });
    let refund = made.await.map_err(refusal_of)?;
    Ok(Params::from([("queryId".to_owned(), refund.refund_id)]))
}

/// A number is used once, for whatever.
fn check_number(tx: &Tx, number: &str, txn_time: &str) -> Result<(), Problem> {
    let refund = tx.get::<Refund>(&Refund::key_of(Provider::Unionpay, "", number, txn_time))?;
    let trade = tx.get::<trades::Trade>(&trade_key(Provider::Unionpay, number, txn_time))?;
    if refund.is_some() || trade.is_some() {
        return Err(Problem::Refusal(Refusal::new("12", "重复交易")));
    }
    Ok(())
}

fn refusal_of(problem: Problem) -> Refusal {
    match problem {
        Problem::Refusal(refusal) => refusal,
        Problem::Refunded(error) => match error {
            NotRefunded::NotThere | NotRefunded::NotPaid => Refusal::new("35", "原交易不存在或状态不正确"),
            NotRefunded::TooMuch => Refusal::new("36", "与原交易信息不符，退货金额超过可退金额"),
            NotRefunded::AllBack => Refusal::new("45", "原交易已被成功退货或已被成功撤销"),
            NotRefunded::OtherTerms => Refusal::new("12", "重复交易"),
            NotRefunded::TooOften => Refusal::new("38", "风险受限，退货次数超限"),
            NotRefunded::TooLate => Refusal::new("39", "交易不在受理时间范围内"),
            NotRefunded::Fault(fault) => fault.into(),
        },
    }
}

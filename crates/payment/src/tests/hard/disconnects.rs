//! The database ends all connections at every milestone of every flow: whoever asks again gets there, and nothing
//! happens twice.

use super::{cut::disconnect_at, flows::Flow, *};

/// As often as a pool has connections that are gone, and once more.
const TRIES: usize = 8;

async fn survives(flow: Flow) {
    let site = Site::new().await;
    for at in flow.milestones() {
        let of = site.prepare(flow).await;
        let service = site.service().await;
        let at_milestone = (at, site.test_db.url.as_str());
        let (came, was_there) = disconnect_at(at_milestone, Box::pin(site.act(&service, flow, &of))).await;
        assert!(was_there, "{flow:?} never was at “{at}”: {came:?}");
        let mut last = came;
        for _ in 0..TRIES {
            // The same copy goes on with new connections; a client asks again with the same key.
            match &last {
                Err(fault) if fault.code() == fault::Code::ServiceUnavailable => {
                    last = site.act(&service, flow, &of).await;
                }
                _ => break,
            }
        }
        assert!(last.is_ok() || flow == Flow::RefundRefused, "{flow:?}, {at}: {last:?}");
        let copy = site.copy().await;
        site.go_on(&copy, flow, &of).await;
        site.ends(&copy, &of, 60).await;
        let end = site.state(&of).await;
        assert_eq!((end.0.as_str(), end.1), flow.end(), "{flow:?}, {at}");
        site.judge().await;
    }
}

/// Writes a test for each flow.
macro_rules! each_survives {
    ($($name:ident: $flow:expr;)+) => {
        $(#[tokio::test]
        async fn $name() {
            survives($flow).await;
        })+
    };
}

each_survives! {
    a_payment_is_begun_though_the_connections_end: Flow::Create(v1::Method::Wechat);
    a_balance_payment_is_made_though_the_connections_end: Flow::CreateByBalance;
    a_callback_is_taken_though_the_connections_end: Flow::Callback(v1::Method::Unionpay);
    money_is_booked_though_the_connections_end: Flow::Settle;
    late_money_is_booked_though_the_connections_end: Flow::SettleLate;
    money_goes_back_though_the_connections_end: Flow::Refund(v1::Method::Alipay);
    money_that_unionpay_sends_goes_back_though_the_connections_end: Flow::Refund(v1::Method::Unionpay);
    a_refusal_ends_though_the_connections_end: Flow::RefundRefused;
    an_approved_refund_ends_though_the_connections_end: Flow::Approve;
    suspense_is_cleared_though_the_connections_end: Flow::ReturnSuspended(v1::Method::Alipay);
}

//! A crash at every milestone of every flow: another copy ends it within a minute, and nothing happens twice.

use super::{
    cut::{crash_at, watch},
    flows::Flow,
    *,
};

/// How long a flow may take to end after a crash. *Units*: seconds.
const SECONDS_MAX: i64 = 60;

const ALL: &[Flow] = &[
    Flow::Create(v1::Method::Alipay),
    Flow::Create(v1::Method::Wechat),
    Flow::Create(v1::Method::Unionpay),
    Flow::CreateByBalance,
    Flow::Callback(v1::Method::Alipay),
    Flow::Callback(v1::Method::Wechat),
    Flow::Callback(v1::Method::Unionpay),
    Flow::Settle,
    Flow::SettleLate,
    Flow::Refund(v1::Method::Alipay),
    Flow::Refund(v1::Method::Wechat),
    Flow::Refund(v1::Method::Unionpay),
    Flow::RefundByBalance,
    Flow::RefundRefused,
    Flow::Approve,
    Flow::ReturnSuspended(v1::Method::Alipay),
];

/// Crashes a flow at each of its milestones, one after the other.
async fn survives(flow: Flow) {
    let site = Site::new().await;
    for at in flow.milestones() {
        let of = site.prepare(flow).await;
        let crashing = site.service().await;
        let came = crash_at(at, Box::pin(site.act(&crashing, flow, &of))).await;
        assert!(came.is_none(), "{flow:?} never was at “{at}”: {came:?}");
        crashing.db.close().await;
        drop(crashing);
        let copy = site.copy().await;
        site.go_on(&copy, flow, &of).await;
        let seconds = site.ends(&copy, &of, SECONDS_MAX).await;
        println!("{flow:?} ended {seconds} s after a crash at “{at}”");
        let end = site.state(&of).await;
        let is_unpaid = flow == Flow::CreateByBalance && at == "create: the intent is committed";
        let expected = if is_unpaid { ("failed", 0) } else { flow.end() };
        assert_eq!((end.0.as_str(), end.1), expected, "{flow:?}, {at}");
        site.judge().await;
    }
}

#[tokio::test]
async fn the_lists_of_milestones_are_what_the_flows_pass() {
    for flow in ALL {
        let site = Site::new().await;
        let of = site.prepare(*flow).await;
        let service = site.service().await;
        let (_, passed) = watch(Box::pin(site.act(&service, *flow, &of))).await;
        assert_eq!(passed, flow.milestones(), "{flow:?}");
    }
}

#[test]
fn every_milestone_of_the_sources_is_of_some_flow() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/operations");
    let known: std::collections::BTreeSet<_> = ALL.iter().flat_map(|flow| flow.milestones()).collect();
    let mut found = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let names =
            text.split("milestone!(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        found.extend(names.filter(|name| !name.starts_with("withdraw")));
    }
    assert_eq!(found, known.into_iter().map(str::to_owned).collect());
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
    an_alipay_payment_survives_a_crash_while_it_is_begun: Flow::Create(v1::Method::Alipay);
    a_wechat_payment_survives_a_crash_while_it_is_begun: Flow::Create(v1::Method::Wechat);
    a_unionpay_payment_survives_a_crash_while_it_is_begun: Flow::Create(v1::Method::Unionpay);
    a_balance_payment_survives_a_crash_while_it_is_made: Flow::CreateByBalance;
    a_callback_of_alipay_survives_a_crash: Flow::Callback(v1::Method::Alipay);
    a_callback_of_wechat_survives_a_crash: Flow::Callback(v1::Method::Wechat);
    a_callback_of_unionpay_survives_a_crash: Flow::Callback(v1::Method::Unionpay);
    money_that_came_survives_a_crash_while_it_is_booked: Flow::Settle;
    money_that_came_late_survives_a_crash_while_it_is_booked: Flow::SettleLate;
    a_refund_by_alipay_survives_a_crash: Flow::Refund(v1::Method::Alipay);
    a_refund_by_wechat_survives_a_crash: Flow::Refund(v1::Method::Wechat);
    a_refund_by_unionpay_survives_a_crash: Flow::Refund(v1::Method::Unionpay);
    a_refund_of_a_balance_payment_survives_a_crash: Flow::RefundByBalance;
    a_refund_that_is_refused_survives_a_crash: Flow::RefundRefused;
    a_refund_that_was_approved_survives_a_crash: Flow::Approve;
    money_in_suspense_survives_a_crash_on_its_way_back: Flow::ReturnSuspended(v1::Method::Alipay);
}

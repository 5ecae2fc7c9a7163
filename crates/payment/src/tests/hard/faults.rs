//! Providers that are silent, break off, fail after they have booked, or are slow: nothing is charged or sent back
//! twice, and all is settled within half a minute once they are well again.

use serde_json::json;

use super::{flows::Flow, *};

/// How long it may take after the recovery. *Units*: seconds.
const SECONDS_MAX: i64 = 30;
/// Everything that may go wrong with a request.
const KINDS: [&str; 7] =
    ["timeout", "timeout_before", "error_before", "error_after", "reset_before", "reset_after", "slow"];

/// A fault of one operation at one provider, until it is taken away. Longer than we wait.
fn broken(channel: &str, operation: &str, kind: &str) -> Value {
    let mut fault = json!({ "provider": channel, "operation": operation, "fault": kind });
    if matches!(kind, "timeout" | "timeout_before" | "slow") {
        fault["delay_ms"] = 900.into();
    }
    fault
}

impl Site {
    /// The one trade of an order at its provider, and what it knows of refunds.
    async fn trade(&self, order: &Order) -> Value {
        let found = "select payment_no from payment where order_no = $1";
        let number: String =
            sqlx::query_scalar(found).bind(&order.order_no).fetch_one(&mut self.sql().await).await.unwrap();
        self.control(&format!("trades/{number}")).await
    }
}

#[tokio::test]
async fn a_payment_that_is_begun_in_trouble_is_one_trade_and_is_charged_once() {
    for (method, channel) in [METHODS[0], METHODS[1]] {
        let site = Site::impatient().await;
        for kind in KINDS {
            let flow = Flow::Create(method);
            let of = site.prepare(flow).await;
            let copy = site.copy().await;
            site.fault(broken(channel, "create", kind)).await;
            for _ in 0..2 {
                let refused = site.act(&copy.service, flow, &of).await.unwrap_err();
                assert_eq!(refused.code(), fault::Code::ThirdPartyError, "{channel}: {kind}");
            }
            site.pass(&copy, 10).await;
            site.no_faults().await;
            // The payer asks again with the same key, gets his code and pays.
            site.go_on(&copy, flow, &of).await;
            site.hear(&copy, &of).await;
            site.ended(&copy, SECONDS_MAX).await;
            assert_eq!(site.state(&of).await, ("success".to_owned(), 0), "{channel}: {kind}");
            assert_eq!(site.rows(&format!("payment where order_no = '{}'", of.order.order_no)).await, 1);
        }
        site.judge().await;
    }
}

#[tokio::test]
async fn money_that_goes_back_in_trouble_goes_back_once() {
    for (method, channel) in METHODS {
        let site = Site::impatient().await;
        for (operation, kinds) in [
            ("refund", ["timeout", "error_before", "error_after", "reset_after"].as_slice()),
            ("refund_query", &["error_before"]),
            ("any", &["timeout"]),
        ] {
            // UnionPay has one question for everything.
            let hit = if (channel, operation) == ("unionpay", "refund_query") { "query" } else { operation };
            for kind in kinds {
                let flow = Flow::Refund(method);
                let of = site.prepare(flow).await;
                let copy = site.copy().await;
                site.fault(broken(channel, hit, kind)).await;
                site.act(&copy.service, flow, &of).await.unwrap();
                for _ in 0..3 {
                    site.clock.advance(TimeDelta::seconds(21));
                    sweep::round(&copy.service).await;
                }
                site.no_faults().await;
                site.ended(&copy, SECONDS_MAX).await;
                let trade = site.trade(&of.order).await;
                assert_eq!(
                    trade["refunds"].as_array().unwrap().len(),
                    1,
                    "{channel}: {hit}, {kind}: {trade}"
                );
                assert_eq!(site.state(&of).await.0, "partially_refunded");
            }
        }
        site.judge().await;
    }
}

#[tokio::test]
async fn money_that_came_while_a_provider_was_away_is_known_half_a_minute_after_its_return() {
    for (method, channel) in METHODS {
        let site = Site::impatient().await;
        let kinds =
            if channel == "wechat" { ["reset_after", "timeout"] } else { ["error_before", "reset_after"] };
        for kind in kinds {
            let flow = Flow::Create(method);
            let of = site.prepare(flow).await;
            let copy = site.copy().await;
            // He pays; nobody hears of it, and for ten minutes nobody can ask.
            site.fault(broken(channel, "query", kind)).await;
            site.go_on(&copy, flow, &of).await;
            for _ in 0..10 {
                site.clock.advance(TimeDelta::seconds(60));
                sweep::round(&copy.service).await;
            }
            assert_eq!(site.state(&of).await.0, "processing", "{channel}: {kind}");
            site.no_faults().await;
            site.ends(&copy, &of, SECONDS_MAX).await;
            assert_eq!(site.state(&of).await, ("success".to_owned(), 0), "{channel}: {kind}");
        }
        site.judge().await;
    }
}

#[tokio::test]
async fn a_payment_that_cannot_be_closed_stays_open_until_it_can() {
    for (method, channel) in [METHODS[0], METHODS[1]] {
        let site = Site::impatient().await;
        let flow = Flow::Create(method);
        let of = site.prepare(flow).await;
        let copy = site.copy().await;
        site.act(&copy.service, flow, &of).await.unwrap();
        site.fault(broken(channel, "close", "error_after")).await;
        site.fault(broken(channel, "query", "reset_after")).await;
        site.clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(2));
        sweep::round(&copy.service).await;
        site.pass(&copy, 60).await;
        assert_eq!(site.state(&of).await.0, "processing", "{channel}: nobody said that it is closed");
        site.no_faults().await;
        site.pass(&copy, SECONDS_MAX).await;
        assert_eq!(site.state(&of).await.0, "cancelled", "{channel}");
        site.judge().await;
    }
}

#[tokio::test]
async fn two_who_send_the_same_refund_send_it_once() {
    for (method, channel) in METHODS {
        let site = Site::new().await;
        let flow = Flow::Refund(method);
        let of = site.prepare(flow).await;
        let copy = site.copy().await;
        // The first one is cut off before the provider has it; two others find it, ask, and send.
        let came =
            cut::crash_at("refund: it is to be sent", Box::pin(site.act(&copy.service, flow, &of))).await;
        assert!(came.is_none());
        let slow = json!({ "provider": channel, "operation": "refund", "fault": "slow", "delay_ms": 150 });
        site.fault(slow).await;
        let id: i64 =
            sqlx::query_scalar("select id from refund").fetch_one(&mut site.sql().await).await.unwrap();
        let advance = || crate::operations::refunding::advance(&copy.service, id);
        drop(tokio::join!(advance(), advance(), advance()));
        site.no_faults().await;
        site.ended(&copy, 60).await;
        let trade = site.trade(&of.order).await;
        assert_eq!(trade["refunds"].as_array().unwrap().len(), 1, "{channel}");
        assert_eq!(site.state(&of).await.0, "partially_refunded", "{channel}");
        site.judge().await;
    }
}

#[tokio::test]
async fn what_is_paid_after_it_was_given_up_goes_back_though_the_provider_never_tells_it() {
    for (method, channel) in [METHODS[0], METHODS[2]] {
        let site = Site::new().await;
        let served = site.served().await;
        site.gateway.deaf(true);
        let copy = site.copy().await;
        let order = site.order(77_000, 500);
        let payment = payments::create(&user(&served, 77_000), wanted(&order, method)).await.unwrap();
        if method == v1::Method::Unionpay {
            site.open(&payment).await;
        }
        // Alipay knows no trade before somebody scans the code, and UnionPay closes nothing.
        let given_up = payments::cancel(&user(&served, 77_000), payment.id).await.unwrap();
        assert_eq!(given_up.status(), v1::PaymentStatus::Cancelled);
        assert!(site.pay(&payment.payment_no).await, "{channel} lets him pay");
        for _ in 0..30 {
            site.clock.advance(TimeDelta::seconds(60));
            sweep::round(&copy.service).await;
        }
        site.ended(&copy, 60).await;
        assert_eq!(site.rows("refund where status = 'success' and is_automatic").await, 1, "{channel}");
        site.judge().await;
        let open = site.rows("payment where next_query_at is not null").await;
        assert_eq!(open, 0, "what has ended is not asked about for ever");
    }
}

#[tokio::test]
async fn a_wrong_amount_is_refused_by_every_provider_and_credits_nobody() {
    for (method, channel) in METHODS {
        let site = Site::new().await;
        let served = site.served().await;
        let order = site.order(66_001, 8_800);
        let payment = payments::create(&user(&served, 66_001), wanted(&order, method)).await.unwrap();
        site.open(&payment).await;
        let wrong =
            serde_json::json!({ "provider": channel, "operation": "callback", "fault": "wrong_amount" });
        site.fault(wrong).await;
        assert!(site.pay(&payment.payment_no).await);
        for _ in 0..400 {
            if site.gateway.counts().0 > 0 && site.rows("payment where frozen_reason is not null").await == 1
            {
                break;
            }
            sleep(Duration::from_millis(5)).await;
        }
        sleep(Duration::from_millis(50)).await;
        let (came, refused) = site.gateway.counts();
        assert!(came > 0 && refused == came, "{channel}: {refused} of {came} were refused");
        assert_eq!(
            site.rows("payment where frozen_reason is not null and paid_minor = 0").await,
            1,
            "{channel}"
        );
        assert_eq!(site.partners.books().transfers(), 0, "{channel}: nobody is credited");
    }
}

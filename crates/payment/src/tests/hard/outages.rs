//! Redis away, all the time or from some step on: everything is answered as if it were there.

use super::*;

/// What a story of create, callback and refund answered, without what differs between two runs.
type Answers = Vec<String>;

/// Steps of the story before which Redis may go.
const STEPS: usize = 6;

fn short(payment: &v1::Payment) -> String {
    format!(
        "{:?} {} {} {} {}",
        payment.status(),
        payment.paid_minor,
        payment.refunded_minor,
        payment.is_settled,
        payment.handout.is_some()
    )
}

/// Plays the story of a method; `goes` tells before which step Redis goes.
async fn story(method: v1::Method, goes: Option<usize>) -> Answers {
    let (proxy, redis_url) = testkit::redis_behind_proxy().await;
    let site = Site::with_redis(&redis_url).await;
    let leave = |step: usize| {
        if goes == Some(step) {
            proxy.refuse(true);
        }
    };
    leave(0);
    let served = site.served().await;
    let copy = site.copy().await;
    // Proofs live a minute.
    let owner = || user(&served, 88_000);
    let mut answers = Answers::new();
    let order = site.order(88_000, 10_000);
    leave(1);
    let payment = payments::create(&owner().key("k"), wanted(&order, method)).await.unwrap();
    let again = payments::create(&owner().key("k"), wanted(&order, method)).await.unwrap();
    assert_eq!(again.id, payment.id, "the key is known");
    answers.push(short(&payment));
    site.open(&payment).await;
    leave(2);
    assert!(site.pay(&payment.payment_no).await);
    // The callback comes by itself.
    for _ in 0..400 {
        if payments::query(&owner(), payment.id).await.unwrap().payment.unwrap().is_settled {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    leave(3);
    let asked = payments::query(&owner(), payment.id).await.unwrap();
    answers.push(format!("{} {}", asked.was_asked, short(&asked.payment.unwrap())));
    leave(4);
    let waiting = payments::refund(&owner(), payment.id, 1_000).await.unwrap();
    answers.push(format!("{:?}", waiting.status()));
    let refused = payments::refund(&served.admin(1), payment.id, 9_001).await.unwrap_err();
    answers.push(refused.to_string());
    leave(5);
    payments::refund(&served.admin(1), payment.id, 9_000).await.unwrap();
    site.ended(&copy, 60).await;
    answers.push(short(&payments::query(&owner(), payment.id).await.unwrap().payment.unwrap()));
    let refused = payments::cancel(&owner(), payment.id).await.unwrap_err();
    answers.push(refused.to_string());
    sqlx::raw_sql("update payment set reserved_minor = 0").execute(&mut site.sql().await).await.unwrap();
    site.judge().await;
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_redis_gone_at_any_step_the_answers_are_the_same() {
    for (place, (method, channel)) in METHODS.into_iter().enumerate() {
        let with = story(method, None).await;
        assert_eq!(story(method, Some(0)).await, with, "{channel} without Redis");
        for step in (1..STEPS).filter(|step| step % METHODS.len() == place) {
            assert_eq!(story(method, Some(step)).await, with, "{channel}: Redis went before step {step}");
        }
    }
}

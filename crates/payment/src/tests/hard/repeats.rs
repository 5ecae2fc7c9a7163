//! The same callback many times at once, as the sandbox signed it.

use tokio::{task::JoinSet, time::Instant};

use super::*;

/// How many at once, and how long all their answers may take.
const TIMES: usize = 200;
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_identical_callbacks_of_each_provider_have_one_effect_and_are_all_answered() {
    let site = Site::new().await;
    let served = site.served().await;
    site.gateway.deaf(true);
    let copy = site.copy().await;
    for (method, channel) in METHODS {
        let order = site.order(90_000, 8_800);
        let payment = payments::create(&user(&served, 90_000), wanted(&order, method)).await.unwrap();
        site.open(&payment).await;
        let told = site.paid_and_told(&payment.payment_no).await;
        let (door, began) = (served.service("gateway"), Instant::now());
        let mut telling = JoinSet::new();
        for _ in 0..TIMES {
            let (door, told) = (door.clone(), told.clone());
            telling.spawn(async move { gateway::tell(&door, told).await.unwrap() });
        }
        let answers = telling.join_all().await;
        assert!(answers.iter().all(|answer| answer.is_taken), "{channel}");
        let replies: std::collections::BTreeSet<_> =
            answers.iter().map(|answer| (answer.status, answer.body.to_vec())).collect();
        let wanted = match channel {
            "alipay" => (200, b"success".to_vec()),
            "wechat" => (204, Vec::new()),
            _ => (200, b"ok".to_vec()),
        };
        assert_eq!(replies.into_iter().collect::<Vec<_>>(), [wanted], "{channel}");
        assert!(began.elapsed() < PATIENCE, "{channel}: {:?}", began.elapsed());
        println!("{channel}: {TIMES} callbacks were answered in {:?}", began.elapsed());
        site.ended(&copy, 5).await;
        assert_eq!(site.rows(&format!("provider_event where payment_id = {}", payment.id)).await, 1);
        assert_eq!(site.rows(&format!("payment_history where payment_id = {}", payment.id)).await, 2);
    }
    assert_eq!(site.partners.books().transfers(), METHODS.len());
    site.judge().await;
}

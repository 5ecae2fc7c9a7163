//! Calls behind calls: what happens when the last of them is slow, or its server goes away.

use std::{
    future::pending,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fault::{Code as Reason, Fault};
use testkit::Proxy;
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};
use tonic::{Response, Status};

use super::probe::{GET, PUT, Probe, run, say, server, to};
use crate::{Channel, Context, context};

fn left_ms() -> u128 {
    context::current().unwrap().remaining().as_millis()
}

/// Asks the next service, and puts the time it has itself in front of the answer.
fn hop(next: Channel) -> Probe {
    Probe::new(move |_| {
        let (next, left) = (next.clone(), left_ms());
        async move { Ok(Response::new(format!("{left} {}", say(&next, GET, "").await?))) }
    })
}

#[tokio::test]
async fn each_hop_has_less_time_than_the_one_before() {
    let last = run(server(Probe::new(async |_| Ok(Response::new(left_ms().to_string()))))).await;
    let middle = run(server(hop(last.channel()))).await;
    let first = run(server(hop(middle.channel()))).await;
    let edge = Context::edge("request-1", Duration::from_secs(2));
    let words = context::scope(edge, say(&first.channel(), GET, "")).await.unwrap();
    let left: Vec<u64> = words.split(' ').map(|word| word.parse().unwrap()).collect();
    let [first, middle, last] = left[..] else { panic!("{words}") };
    assert!(first <= 1_800 && middle <= first - first / 10 && last <= middle - middle / 10, "{words}");
}

#[tokio::test]
async fn a_service_that_hangs_is_unavailable_to_the_edge_before_the_edge_gives_up() {
    let hanging = run(server(Probe::new(async |_| pending().await))).await;
    let first = run(server(hop(hanging.channel()))).await;
    let edge = Context::edge("request-1", Duration::from_millis(1_500));
    let asked_at = Instant::now();
    let refused: Status = context::scope(edge, say(&first.channel(), GET, "")).await.unwrap_err();
    assert!(asked_at.elapsed() < Duration::from_millis(1_450), "{:?}", asked_at.elapsed());
    assert!(!refused.message().contains(&first.address.to_string()), "{refused}");
    assert_eq!(Fault::from(refused).code(), Reason::ServiceUnavailable);
}

#[tokio::test]
async fn a_read_that_nobody_waits_for_is_given_up_by_its_service() {
    let (held, dropped) = oneshot::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(Some(held)));
    let probe = Probe::new(move |_| {
        let held = held.lock().unwrap().take();
        async move {
            let _held = held;
            pending().await
        }
    });
    let server = run(server(probe)).await;
    let hasty = server.channel().with_budget(Duration::from_millis(200));
    assert_eq!(Fault::from(say(&hasty, GET, "").await.unwrap_err()).code(), Reason::ServiceUnavailable);
    let ended = timeout(Duration::from_secs(2), dropped).await.expect("the service gave up");
    assert!(ended.is_err(), "nothing was sent, the sender was dropped");
}

/// Cuts the connection under the first call and lets the next one connect; counts the calls.
fn breaking(proxy: &Arc<OnceLock<Proxy>>) -> (Probe, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let (calls, proxy) = (Arc::clone(&count), Arc::clone(proxy));
    let probe = Probe::new(move |request| {
        let is_first = calls.fetch_add(1, Ordering::SeqCst) == 0;
        let proxy = Arc::clone(&proxy);
        async move {
            if is_first {
                let proxy = proxy.get().unwrap();
                proxy.refuse(true);
                proxy.refuse(false);
                return pending().await;
            }
            Ok(Response::new(request.into_inner()))
        }
    });
    (probe, count)
}

/// Says a word while the connection breaks. Tells the answer and how often the service was called.
async fn say_over_a_break(method: &'static str) -> (Result<String, Status>, usize) {
    let way = Arc::new(OnceLock::new());
    let (probe, count) = breaking(&way);
    let server = run(server(probe)).await;
    let proxy = testkit::proxy(&server.address.to_string()).await;
    let channel = to(([127, 0, 0, 1], proxy.port()).into());
    assert!(way.set(proxy).is_ok());
    let answer = say(&channel, method, "hello").await;
    (answer, count.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_read_whose_server_goes_away_under_it_is_sent_to_the_one_that_came_back() {
    let (answer, calls) = say_over_a_break(GET).await;
    assert_eq!((answer.unwrap().as_str(), calls), ("hello", 2));
}

#[tokio::test]
async fn a_write_whose_server_goes_away_under_it_is_not_sent_again() {
    let (answer, calls) = say_over_a_break(PUT).await;
    assert_eq!((Fault::from(answer.unwrap_err()).code(), calls), (Reason::ServiceUnavailable, 1));
}

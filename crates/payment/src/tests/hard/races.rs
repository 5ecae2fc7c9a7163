//! Callback, expiry, cancellation, question and a second attempt in the same instant, in any order.
//!
//! Every try is an order with one or two attempts whose actions are drawn from a seed, begun together with others and
//! staggered by less than a millisecond. What is true afterwards says `truth`: no order loses money, one refund where it
//! is due, one success at most, and both books agree. `PAYMENT_RACE_SEED` repeats a draw.

use proto::wallet::v1::AccountKind;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::task::{JoinSet, yield_now};

use super::{super::scale, *};

/// Tries of one world.
const TRIES: usize = 300;
/// Tries when the tests are large, in worlds of which two are played at once.
const TRIES_FULL: usize = 10_000;
/// Tries at once in a world.
const BATCH: usize = 15;

/// What one try does.
#[derive(Clone, Debug)]
struct Draw {
    user_id: i64,
    amount_minor: i64,
    methods: Vec<v1::Method>,
    actions: Vec<(Action, u32)>,
    /// A fault of the callbacks of its trades.
    fault: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Pay(usize),
    Query(usize),
    Cancel(usize),
    CancelOrder,
    Create(usize),
}

fn draw(dice: &mut StdRng, user_id: i64) -> Draw {
    let first = METHODS[dice.random_range(0..3)].0;
    let mut methods = vec![first];
    if dice.random_bool(0.5) {
        let others: Vec<_> = METHODS.iter().map(|(method, _)| *method).filter(|other| *other != first).collect();
        methods.push(others[dice.random_range(0..2)]);
    } else if dice.random_bool(0.2) {
        methods.push(v1::Method::Balance);
    }
    let mut actions = Vec::new();
    for place in 0..methods.len() {
        for (action, chance) in [
            (Action::Pay(place), 0.75),
            (Action::Query(place), 0.4),
            (Action::Cancel(place), 0.35),
            (Action::Create(place), 0.15),
        ] {
            if dice.random_bool(chance) {
                actions.push((action, dice.random_range(0..60)));
            }
        }
    }
    if dice.random_bool(0.25) {
        actions.push((Action::CancelOrder, dice.random_range(0..60)));
    }
    let fault = [None, None, None, Some("lost"), Some("doubled")][dice.random_range(0..5)];
    Draw { user_id, amount_minor: dice.random_range(1..=500), methods, actions, fault }
}

/// A try that was begun: its order and its payments.
struct Begun {
    draw: Draw,
    order: Order,
    payments: Vec<Option<v1::Payment>>,
}

async fn begin(site: Arc<Site>, served: Arc<Served>, draw: Draw) -> Begun {
    let order = site.order(draw.user_id, draw.amount_minor);
    let mut payments = Vec::new();
    for method in &draw.methods {
        if *method == v1::Method::Balance {
            // It is paid at once: that is an action of the race.
            let wallet = (AccountKind::User.into(), draw.user_id.to_string());
            site.partners.books().balances.insert(wallet, draw.amount_minor);
            payments.push(None);
            continue;
        }
        let payment = payments::create(&user(&served, draw.user_id), wanted(&order, *method)).await.unwrap();
        site.open(&payment).await;
        if let Some(fault) = draw.fault {
            let number = &payment.payment_no;
            let fault = serde_json::json!({ "out_trade_no": number, "operation": "callback", "fault": fault, "times": 1 });
            site.fault(fault).await;
        }
        payments.push(Some(payment));
    }
    Begun { draw, order, payments }
}

/// Does one thing. Refusals are part of the game; what counts is what is true at the end.
async fn act(site: &Site, served: &Served, begun: &Begun, action: Action) {
    let visitor = user(served, begun.draw.user_id);
    let payment = |place: usize| begun.payments[place].as_ref();
    match action {
        Action::Pay(place) => match payment(place) {
            Some(payment) => drop(site.pay(&payment.payment_no).await),
            None => drop(payments::create(&visitor, wanted(&begun.order, v1::Method::Balance)).await),
        },
        Action::Query(place) => {
            if let Some(payment) = payment(place) {
                drop(payments::query(&visitor, payment.id).await);
            }
        }
        Action::Cancel(place) => {
            if let Some(payment) = payment(place) {
                drop(payments::cancel(&visitor, payment.id).await);
            }
        }
        Action::CancelOrder => {
            drop(payments::races::cancel_order(&visitor, &begun.order.order_no).await);
        }
        Action::Create(place) => {
            let again = payments::create(&visitor, wanted(&begun.order, begun.draw.methods[place])).await;
            if let (Ok(payment), true) = (again, payment(place).is_some()) {
                site.open(&payment).await;
            }
        }
    }
}

/// Plays tries against each other in one world, and judges it.
async fn world(seed: u64, tries: usize) -> BTreeMap<String, i64> {
    if tries == 0 {
        return BTreeMap::new();
    }
    println!("PAYMENT_RACE_SEED={seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    let site = Arc::new(Site::new().await);
    let served = Arc::new(site.served().await);
    let copies = [Arc::new(site.copy().await), Arc::new(site.copy().await)];
    let mut user_id = 10_000;
    for batch in 0..tries.div_ceil(BATCH) {
        let count = BATCH.min(tries - batch * BATCH);
        let draws: Vec<_> = (0..count)
            .map(|_| {
                user_id += 1;
                draw(&mut dice, user_id)
            })
            .collect();
        let mut beginning = JoinSet::new();
        for draw in draws {
            beginning.spawn(begin(site.clone(), served.clone(), draw));
        }
        let mut acting = JoinSet::new();
        for begun in beginning.join_all().await {
            let begun = Arc::new(begun);
            for (action, stagger) in begun.draw.actions.clone() {
                let (site, served, begun) = (site.clone(), served.clone(), begun.clone());
                acting.spawn(async move {
                    pause(stagger).await;
                    act(&site, &served, &begun, action).await;
                });
            }
        }
        let expires = dice.random_bool(0.5);
        for copy in copies.iter().cloned() {
            let (stagger, clock) = (dice.random_range(0..60), site.clock.clone());
            acting.spawn(async move {
                pause(stagger).await;
                if expires {
                    clock.advance(TimeDelta::seconds(451));
                }
                sweep::round(&copy.service).await;
            });
        }
        acting.join_all().await;
        for seconds in [6, 30, 120] {
            site.clock.advance(TimeDelta::seconds(seconds));
            tokio::join!(sweep::round(&copies[0].service), sweep::round(&copies[1].service));
        }
    }
    finish(&site, &copies[0]).await;
    outcomes(&site).await
}

/// Lets everything end: what is paid is settled, what went astray goes back, what nobody paid expires.
async fn finish(site: &Site, copy: &Copy) {
    for _ in 0..30 {
        site.clock.advance(TimeDelta::seconds(60));
        sweep::round(&copy.service).await;
        sleep(Duration::from_millis(20)).await;
    }
    site.ended(copy, 120).await;
    assert_eq!(site.rows("payment where status in ('pending', 'processing')").await, 0, "nothing is open for ever");
    site.judge().await;
}

async fn pause(stagger: u32) {
    for _ in 0..stagger {
        yield_now().await;
    }
}

async fn outcomes(site: &Site) -> BTreeMap<String, i64> {
    let found: Vec<(String, i64)> = sqlx::query_as(
        "select status || ' ' || coalesce(verdict, 'unpaid'), count(*) from payment group by 1 order by 1",
    )
    .fetch_all(&mut site.sql().await)
    .await
    .unwrap();
    found.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_comes_first_no_order_loses_money_and_both_books_agree() {
    let (tries, base) = (scale::of(TRIES, TRIES_FULL), seed());
    let mut all = BTreeMap::new();
    for (place, first) in (0..tries).step_by(2 * TRIES).enumerate() {
        let seed = base.wrapping_add(2 * u64::try_from(place).unwrap());
        let left = tries - first;
        let (one, other) =
            tokio::join!(world(seed, left.min(TRIES)), world(seed.wrapping_add(1), left.saturating_sub(TRIES).min(TRIES)));
        for (outcome, count) in one.into_iter().chain(other) {
            *all.entry(outcome).or_insert(0) += count;
        }
    }
    println!("{all:?}");
    for outcome in ["success accepted", "refunded double", "cancelled late", "cancelled unpaid"] {
        assert!(all.contains_key(outcome), "the races are no races: no {outcome} in {all:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings; this one is for whoever runs them")]
fn seed() -> u64 {
    match std::env::var("PAYMENT_RACE_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => rand::random(),
    }
}

//! Callback, expiry, cancellation, question and a second attempt in the same instant, in any order.
//!
//! Every try is an order with one or two attempts whose actions are drawn from a seed, begun together with others and
//! staggered by less than a millisecond. What is true afterwards says `truth`: no order loses money, one refund where it
//! is due, one success at most, and both books agree. `PAYMENT_RACE_SEED` repeats a draw.

use proto::wallet::v1::AccountKind;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::task::{JoinSet, yield_now};

use super::{super::scale, *};
use crate::operations::{cancel_order, cancel_payment, create_payment, query_payment};

/// Tries, and tries when the tests are large.
const TRIES: usize = 300;
const TRIES_FULL: usize = 10_000;
/// Tries of one world at most, and worlds at once.
const WORLD: usize = 250;
const AT_ONCE: usize = 4;
/// Tries at once in a world.
const BATCH: usize = 25;

/// As often as the door tries.
const ATTEMPTS: u32 = 5;

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
        let others: Vec<_> =
            METHODS.iter().map(|(method, _)| *method).filter(|other| *other != first).collect();
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

async fn begin(site: Arc<Site>, copies: Arc<Vec<Copy>>, draw: Draw) -> Begun {
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
        let payment = create(one(&copies, 0), draw.user_id, wanted(&order, *method)).await.unwrap();
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

/// One of the copies of the service.
fn one(copies: &[Copy], stagger: u32) -> &Service {
    &copies[usize::try_from(stagger).unwrap() % copies.len()].service
}

/// Begins a payment as its payer, again as the door does.
async fn create(
    service: &Service,
    user_id: i64,
    request: v1::CreatePaymentRequest,
) -> Result<v1::Payment, fault::Fault> {
    let call = by(service, user_id);
    let work = || Box::pin(create_payment::run(service, &call, &request));
    Ok(rpc::attempts(ATTEMPTS, work).await?.reply.payment.unwrap())
}

/// What an operation knows of a call of the payer's.
fn by(service: &Service, user_id: i64) -> host::Call {
    let mut call = host::Call::default();
    call.caller = flows::caller(&service.clock, user_id, identity::Role::User);
    call
}

/// Does one thing. Refusals are part of the game; what counts is what is true at the end.
async fn act(site: &Site, service: &Service, begun: &Begun, action: Action) {
    let (user_id, call) = (begun.draw.user_id, by(service, begun.draw.user_id));
    let payment = |place: usize| begun.payments[place].as_ref();
    match action {
        Action::Pay(place) => match payment(place) {
            Some(payment) => drop(site.pay(&payment.payment_no).await),
            None => drop(create(service, user_id, wanted(&begun.order, v1::Method::Balance)).await),
        },
        Action::Query(place) => {
            let payment_id = payment(place).map_or(0, |payment| payment.id);
            let asked = v1::QueryPaymentRequest { payment_id, ..Default::default() };
            drop(rpc::attempts(ATTEMPTS, || Box::pin(query_payment::run(service, &call, &asked))).await);
        }
        Action::Cancel(place) => {
            let payment_id = payment(place).map_or(0, |payment| payment.id);
            let asked = v1::CancelPaymentRequest { payment_id, ..Default::default() };
            drop(rpc::attempts(ATTEMPTS, || Box::pin(cancel_payment::run(service, &call, &asked))).await);
        }
        Action::CancelOrder => {
            let asked =
                v1::CancelOrderRequest { order_no: begun.order.order_no.clone(), ..Default::default() };
            drop(rpc::attempts(ATTEMPTS, || Box::pin(cancel_order::run(service, &call, &asked))).await);
        }
        Action::Create(place) => {
            let again = create(service, user_id, wanted(&begun.order, begun.draw.methods[place])).await;
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
    let copies = Arc::new(vec![site.copy().await, site.copy().await]);
    site.gateway.lead_inside(copies[0].service.clone());
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
            beginning.spawn(begin(site.clone(), copies.clone(), draw));
        }
        let mut acting = JoinSet::new();
        for begun in beginning.join_all().await {
            let begun = Arc::new(begun);
            for (action, stagger) in begun.draw.actions.clone() {
                let (site, copies, begun) = (site.clone(), copies.clone(), begun.clone());
                acting.spawn(async move {
                    pause(stagger).await;
                    act(&site, one(&copies, stagger), &begun, action).await;
                });
            }
        }
        let expires = dice.random_bool(0.5);
        for place in 0..copies.len() {
            let (stagger, clock, copies) = (dice.random_range(0..60), site.clock.clone(), copies.clone());
            acting.spawn(async move {
                pause(stagger).await;
                if expires {
                    clock.advance(TimeDelta::seconds(451));
                }
                sweep::round(&copies[place].service).await;
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
    assert_eq!(
        site.rows("payment where status in ('pending', 'processing')").await,
        0,
        "nothing is open for ever"
    );
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
    for (round, first) in (0..tries).step_by(AT_ONCE * WORLD).enumerate() {
        let play = |place: usize| {
            let left = tries.saturating_sub(first + place * WORLD);
            world(base.wrapping_add(u64::try_from(round * AT_ONCE + place).unwrap()), left.min(WORLD))
        };
        let (a, b, c, d) = tokio::join!(play(0), play(1), play(2), play(3));
        for (outcome, count) in [a, b, c, d].into_iter().flatten() {
            *all.entry(outcome).or_insert(0) += count;
        }
        println!("{} tries", (first + AT_ONCE * WORLD).min(tries));
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

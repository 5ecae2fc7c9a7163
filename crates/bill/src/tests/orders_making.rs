//! Making orders: of products, upgrades, recharges, shares of bills and outside businesses.

use fault::{Code, Fault};
use futures::future::join_all;
use proto::{
    bill::v1::{create_order_request::What, *},
    user::v1::{Membership, MembershipPart},
    wallet::v1::AccountKind,
};

use super::{
    order_stage::{MONTHLY, POINTS_PACK, YEARLY, orders_of, product, recharge, share, upgrade},
    stage::{ADMIN, MEMBER, OTHER, STRANGER, Stage, refused},
};

fn credits(order: &Order) -> Vec<(AccountKind, String, i64)> {
    let credit = |credit: &Credit| {
        let account = credit.account.clone().unwrap();
        (account.kind(), account.owner, credit.amount_minor)
    };
    order.credits.iter().map(credit).collect()
}

async fn refusal(stage: &Stage, asked: CreateOrderRequest) -> Fault {
    refused(stage.payer().create_order(asked).await).1
}

fn external(order_no: &str) -> EnsureExternalOrderRequest {
    EnsureExternalOrderRequest {
        order_no: order_no.to_owned(),
        amount_minor: 9_999,
        subject: "演唱会门票".to_owned(),
        merchant_id: 42,
    }
}

#[tokio::test]
async fn three_memberships_and_three_points_packs_are_offered() {
    let stage = Stage::start().await;
    let list = async |kind: ProductKind| {
        let asked = ListProductsRequest { kind: kind.into() };
        stage.payer().list_products(asked).await.unwrap().into_inner().products
    };
    let all = list(ProductKind::Unspecified).await;
    assert_eq!(all.iter().map(|product| product.id).collect::<Vec<_>>(), [1, 2, 3, 11, 12, 13]);
    let memberships = list(ProductKind::Membership).await;
    let plans: Vec<_> =
        memberships.iter().map(|product| (product.plan.as_str(), product.price_minor)).collect();
    assert_eq!(plans, [("monthly", 9_900), ("quarterly", 26_800), ("yearly", 99_900)]);
    assert!(list(ProductKind::Points).await.iter().all(|product| product.points > 0));
    let (_, fault) = refused(stage.payer().list_products(ListProductsRequest { kind: 9 }).await);
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("kind")));
}

#[tokio::test]
async fn an_order_of_a_product_costs_its_price_and_waits_half_an_hour() {
    let stage = Stage::still().await;
    let order = stage.order(product(MONTHLY)).await;
    assert_eq!(
        (order.kind(), order.status(), order.amount_minor),
        (OrderKind::Membership, OrderStatus::Pending, 9_900)
    );
    assert_eq!((order.user_id, order.product_id, order.currency.as_str()), (MEMBER, MONTHLY, "CNY"));
    assert_eq!(credits(&order), [(AccountKind::Revenue, String::new(), 9_900)]);
    let [from, until] = [order.created_at.unwrap(), order.expires_at.unwrap()];
    assert_eq!(until.seconds - from.seconds, 1_800);
    let local = stage.clock.now().with_timezone(&chrono_tz::Asia::Shanghai).format("ORD%Y%m%d%H%M%S");
    assert!(
        order.order_no.starts_with(&local.to_string()) && order.order_no.len() == 29,
        "{}",
        order.order_no
    );
    assert_ne!(stage.order(product(MONTHLY)).await.order_no, order.order_no);
    assert_eq!(stage.order_news().await[0], (MEMBER, order));
}

#[tokio::test]
async fn an_amount_that_is_not_the_price_is_an_amount_error() {
    let stage = Stage::start().await;
    let fault =
        refusal(&stage, CreateOrderRequest { expected_amount_minor: 9_990, ..product(MONTHLY) }).await;
    assert_eq!((fault.code(), fault.detail()), (Code::PaymentAmountError, "the price is 99.00, not 99.90"));
    let right = CreateOrderRequest { expected_amount_minor: 9_900, ..product(MONTHLY) };
    assert_eq!(stage.order(right).await.amount_minor, 9_900);
}

#[tokio::test]
async fn what_cannot_be_ordered_is_refused_and_nothing_is_written() {
    let stage = Stage::start().await;
    let none = CreateOrderRequest::default();
    for (asked, code, field) in [
        (none, Code::ValidationError, Some("what")),
        (product(99), Code::NotFound, None),
        (upgrade(POINTS_PACK), Code::ValidationError, Some("is_upgrade")),
        (upgrade(YEARLY), Code::StateConflict, None),
        (recharge(0), Code::ValidationError, Some("amount")),
        (recharge(-5), Code::ValidationError, Some("amount")),
        (recharge(10_000_000_000), Code::ValidationError, Some("amount")),
    ] {
        let fault = refusal(&stage, asked).await;
        assert_eq!((fault.code(), fault.field()), (code, field), "{fault}");
    }
    let list = stage.payer().list_orders(ListOrdersRequest::default()).await.unwrap().into_inner();
    assert!(list.orders.is_empty());
}

#[tokio::test]
async fn an_upgrade_costs_less_by_what_is_left_by_whole_days() {
    let stage = Stage::start().await;
    let part = |order_no: &str, plan: &str, whole_days_left| MembershipPart {
        order_no: order_no.to_owned(),
        plan: plan.to_owned(),
        whole_days_left,
    };
    let parts = vec![part("a", "monthly", 10), part("b", "quarterly", 90)];
    let membership =
        Membership { user_id: MEMBER, plan: "monthly".to_owned(), parts, ..Membership::default() };
    stage.world.lock().unwrap().orders.membership = membership.clone();
    let order = stage.order(upgrade(YEARLY)).await;
    assert_eq!(order.amount_minor, 99_900 - 3_300 - 26_800);
    assert!(order.is_upgrade);
    let fault = refusal(&stage, upgrade(MONTHLY)).await;
    assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some("product_id")));
    let parts = vec![part("a", "monthly", 3_000)];
    stage.world.lock().unwrap().orders.membership = Membership { parts, ..membership };
    assert_eq!(stage.order(upgrade(YEARLY)).await, stage.order(upgrade(YEARLY)).await, "one waits at a time");
    assert_eq!(stage.shown(&order).await.status(), OrderStatus::Cancelled, "what is left pays once");
    assert_eq!(stage.order(upgrade(YEARLY)).await.amount_minor, 1, "never below 0.01");
}

#[tokio::test]
async fn a_recharge_is_credited_to_its_owner() {
    let stage = Stage::start().await;
    let order = stage.order(recharge(5_000)).await;
    assert_eq!(order.kind(), OrderKind::Recharge);
    assert_eq!(credits(&order), [(AccountKind::User, MEMBER.to_string(), 5_000)]);
}

#[tokio::test]
async fn a_share_costs_what_is_still_owed_and_goes_to_those_who_laid_it_out() {
    let stage = Stage::start().await;
    let bill = stage.approved().await;
    {
        let mut world = stage.world.lock().unwrap();
        world.orders.handed_over = 350;
        world.orders.has_two_payees = true;
    }
    let order = stage.order(share(&bill, MEMBER)).await;
    assert_eq!((order.kind(), order.amount_minor), (OrderKind::BillShare, 3_000));
    assert_eq!((order.bill_id, order.room_id, order.subject.as_str()), (bill.id, bill.room_id, "九月账单"));
    let user = |user_id: i64, amount| (AccountKind::User, user_id.to_string(), amount);
    assert_eq!(credits(&order), [user(ADMIN, 2_000), user(OTHER, 1_000)]);
}

#[tokio::test]
async fn a_share_has_one_pending_order_that_says_what_is_owed() {
    let stage = Stage::still().await;
    let bill = stage.approved().await;
    let first = stage.order(share(&bill, MEMBER)).await;
    assert_eq!(stage.order(share(&bill, MEMBER)).await, first);
    stage.world.lock().unwrap().orders.handed_over = 50;
    let second = stage.order(share(&bill, MEMBER)).await;
    assert_eq!((second.amount_minor, stage.shown(&first).await.status()), (3_300, OrderStatus::Cancelled));
    stage.clock.advance(chrono::Duration::minutes(31));
    let third = stage.order(share(&bill, MEMBER)).await;
    assert_ne!(third.id, second.id);
    assert_eq!(stage.shown(&second).await.cancel_reason, "订单超时自动取消");
}

#[tokio::test]
async fn twenty_requests_for_a_share_at_once_make_one_order() {
    let stage = Stage::start().await;
    let bill = stage.approved().await;
    let made = join_all((0..20).map(|_| async {
        stage
            .payer()
            .create_order(share(&bill, MEMBER))
            .await
            .ok()
            .map(|reply| reply.into_inner().order.unwrap().id)
    }));
    let mut ids: Vec<_> = made.await.into_iter().flatten().collect();
    ids.dedup();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn a_share_that_is_not_to_be_paid_is_refused() {
    let stage = Stage::start().await;
    let pending = stage.bill().await;
    assert_eq!(refusal(&stage, share(&pending, MEMBER)).await.code(), Code::StateConflict);
    let bill = stage.approved().await;
    assert_eq!(refusal(&stage, share(&bill, OTHER)).await.code(), Code::Forbidden, "not his own");
    let mut stranger = orders_of(&stage.served.user(STRANGER));
    assert_eq!(refused(stranger.create_order(share(&bill, MEMBER)).await).1.code(), Code::NotFound);
    let mut payee = orders_of(&stage.served.user(ADMIN));
    let fault = refused(payee.create_order(share(&bill, ADMIN)).await).1;
    assert_eq!((fault.code(), fault.detail()), (Code::StateConflict, "nothing is owed for this share"));
    let unknown = What::BillShare(ShareOrder { bill_id: bill.id, split_id: 1 });
    let unknown = CreateOrderRequest { what: Some(unknown), expected_amount_minor: 0 };
    assert_eq!(refusal(&stage, unknown).await.code(), Code::NotFound);
    stage.world.lock().unwrap().orders.is_frozen = true;
    assert_eq!(refusal(&stage, share(&bill, MEMBER)).await.code(), Code::StateConflict);
    stage.world.lock().unwrap().orders.is_frozen = false;
    stage.world.lock().unwrap().orders.handed_over = 3_350;
    assert_eq!(refusal(&stage, share(&bill, MEMBER)).await.code(), Code::PaymentAlreadySuccess);
}

#[tokio::test]
async fn a_key_makes_one_order() {
    let stage = Stage::start().await;
    let visitor = stage.served.user(MEMBER).key("one membership");
    let first = orders_of(&visitor).create_order(product(MONTHLY)).await.unwrap().into_inner();
    let again = orders_of(&visitor).create_order(product(MONTHLY)).await.unwrap();
    assert_eq!(again.metadata().get(host::IDEMPOTENT_REPLAYED).unwrap(), "true");
    assert_eq!(again.into_inner(), first);
    let (_, fault) = refused(orders_of(&visitor).create_order(product(YEARLY)).await);
    assert_eq!(fault.code(), Code::IdempotencyConflict);
}

#[tokio::test]
async fn an_outside_order_is_made_once_and_keeps_its_owner_and_amount() {
    let stage = Stage::start().await;
    let mut payment = orders_of(&stage.served.user_via("payment"));
    let mut ensure =
        async |asked| payment.ensure_external_order(asked).await.map(tonic::Response::into_inner);
    let made = ensure(external("SHOP-2026_001")).await.unwrap();
    let order = made.order.unwrap();
    assert!(made.is_new);
    assert_eq!((order.kind(), order.merchant_id), (OrderKind::External, 42));
    assert_eq!(credits(&order), [(AccountKind::Merchant, "42".to_owned(), 9_999)]);
    let again = ensure(external("SHOP-2026_001")).await.unwrap();
    assert_eq!((again.is_new, again.order.unwrap()), (false, order));
    let other = EnsureExternalOrderRequest { amount_minor: 1, ..external("SHOP-2026_001") };
    assert_eq!(refused(ensure(other).await).1.code(), Code::PaymentAmountError);
    let foreign = stage.order(recharge(9_999)).await;
    assert_eq!(refused(ensure(external(&foreign.order_no)).await).1.code(), Code::NotFound, "not user 7's");
    for (asked, field) in [
        (external("short"), "order_no"),
        (external("has a space"), "order_no"),
        (external(&"x".repeat(33)), "order_no"),
        (EnsureExternalOrderRequest { amount_minor: 0, ..external("SHOP-002") }, "amount"),
        (EnsureExternalOrderRequest { subject: " ".to_owned(), ..external("SHOP-002") }, "subject"),
        (EnsureExternalOrderRequest { merchant_id: 0, ..external("SHOP-002") }, "merchant_id"),
    ] {
        let (_, fault) = refused(ensure(asked).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)), "{fault}");
    }
}

#[tokio::test]
async fn an_outside_order_that_is_asked_for_twenty_times_at_once_is_made_once() {
    let stage = Stage::start().await;
    let visitor = stage.served.user_via("payment");
    let asked =
        (0..20).map(|_| async { orders_of(&visitor).ensure_external_order(external("SHOP-7")).await });
    let made = join_all(asked).await.into_iter().flatten().map(tonic::Response::into_inner);
    assert_eq!(made.filter(|made| made.is_new).count(), 1);
}

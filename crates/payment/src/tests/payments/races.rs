//! Callback, question, cancellation and expiry in the same instant: one outcome, and no money is lost.

use super::*;

/// Tries; each is four calls at once.
const TRIES: usize = 60;

#[tokio::test]
async fn whoever_is_first_there_is_one_outcome_and_no_money_is_lost() {
    let world = World::new().await;
    let mut came = 0;
    for number in 0..TRIES {
        let payment = world.create(&world.order(100)).await;
        let is_paid = number % 3 != 0 && world.bank.pay(&payment.payment_no);
        let told = world.bank.told(&payment.payment_no, &[]);
        let (gateway, owner) = (world.served.service("gateway"), world.owner());
        let telling = async {
            if is_paid {
                callback(&gateway, told).await.unwrap();
            }
        };
        let ((), _, _, _) = tokio::join!(
            telling,
            cancel(&owner, payment.id),
            query(&owner, payment.id),
            cancel_order(&owner, &payment.order_no),
        );
        let after = world.read(payment.id).await;
        if is_paid {
            came += 1;
            world.settled(payment.id).await;
        } else {
            assert_eq!(after.status(), PaymentStatus::Cancelled);
        }
    }
    assert!(came > 0);
    let (ours, theirs) = settled_books(&world).await;
    assert_eq!(ours, theirs);
    assert_eq!(world.balance(AccountKind::Suspense, "alipay"), 0);
    assert_eq!(world.balance(AccountKind::User, partners::PAYEE), ours, "what stayed was credited");
}

/// Waits until what goes back has gone.
async fn settled_books(world: &World) -> (i64, i64) {
    for _ in 0..500 {
        let is_quiet = rows(world, "refund where status = 'processing'").await == 0
            && rows(world, "payment where paid_minor > 0 and settled_at is null").await == 0;
        if is_quiet {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    world.both_books()
}

async fn cancel_order(visitor: &Visitor, order_no: &str) -> Result<(), Fault> {
    let request = v1::CancelOrderRequest { order_no: order_no.to_owned(), ..Default::default() };
    PaymentServiceClient::new(visitor.line()).cancel_order(request).await?;
    Ok(())
}

#[tokio::test]
async fn an_order_is_given_up_with_its_attempts_but_not_when_it_is_paid() {
    let world = World::new().await;
    let order = world.order(100);
    let payment = world.create(&order).await;
    cancel_order(&world.owner(), &order.order_no).await.unwrap();
    assert_eq!(world.order_status(&order), OrderStatus::Cancelled);
    assert_eq!(world.read(payment.id).await.status(), PaymentStatus::Cancelled);
    assert!(world.bank.books().trades[&payment.payment_no].is_closed);
    let other = world.order(100);
    let payment = world.create(&other).await;
    world.bank.pay(&payment.payment_no);
    let refused = cancel_order(&world.owner(), &other.order_no).await.unwrap_err();
    assert_eq!(refused.code(), fault::Code::PaymentAlreadySuccess);
    assert_eq!(world.settled(payment.id).await.status(), PaymentStatus::Success);
}

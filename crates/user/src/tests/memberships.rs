//! Memberships: how orders add to them and refunds take from them.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use fault::Code;
use futures::future::join_all;
use host::testing::{Line, Visitor};
use proto::user::v1::{membership_service_client::MembershipServiceClient, *};

use super::stage::{Stage, code, refusal};

const USER: i64 = 7;

fn client(visitor: &Visitor) -> MembershipServiceClient<Line> {
    MembershipServiceClient::new(visitor.line())
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 8, 0, 0).unwrap()
}

fn order(order_no: &str, plan: &str, days: i32) -> GrantMembershipRequest {
    let (order_no, plan) = (order_no.to_owned(), plan.to_owned());
    GrantMembershipRequest { user_id: USER, plan, days, order_no, is_upgrade: false }
}

fn refund(order_no: &str, refund_no: &str, days: i32) -> TakeBackMembershipRequest {
    TakeBackMembershipRequest { order_no: order_no.to_owned(), refund_no: refund_no.to_owned(), days }
}

struct Desk(Stage, MembershipServiceClient<Line>);

impl Desk {
    async fn open() -> Self {
        let stage = Stage::at(start()).await;
        let bill = client(&stage.served.service("bill"));
        Self(stage, bill)
    }

    async fn grant(&mut self, asked: GrantMembershipRequest) -> Membership {
        self.1.grant_membership(asked).await.unwrap().into_inner().membership.unwrap()
    }

    async fn upgrade(&mut self, order_no: &str, plan: &str, days: i32) -> Membership {
        self.grant(GrantMembershipRequest { is_upgrade: true, ..order(order_no, plan, days) }).await
    }

    async fn take(&mut self, asked: TakeBackMembershipRequest) -> Membership {
        self.1.take_back_membership(asked).await.unwrap().into_inner().membership.unwrap()
    }

    async fn give_back(&mut self, refund_no: &str) -> Membership {
        let asked = ReturnMembershipRequest { refund_no: refund_no.to_owned() };
        self.1.return_membership(asked).await.unwrap();
        self.seen().await
    }

    async fn seen(&mut self) -> Membership {
        let asked = GetMembershipRequest { user_id: USER };
        self.1.get_membership(asked).await.unwrap().into_inner().membership.unwrap()
    }

    fn days_later(&mut self, days: i64) {
        self.later(Duration::days(days));
    }

    /// Moves the clock. The service signs anew: its tokens live for a minute.
    fn later(&mut self, by: Duration) {
        self.0.clock.advance(by);
        self.1 = client(&self.0.served.service("bill"));
    }
}

/// The plan that runs, and the day on which it all ends, counted from the start.
fn shape(membership: &Membership) -> (&str, i64) {
    let ends = membership.expires_at.unwrap().seconds - start().timestamp();
    (membership.plan.as_str(), ends / 86_400)
}

#[tokio::test]
async fn an_order_adds_its_days_once_at_the_end() {
    let mut desk = Desk::open().await;
    assert_eq!(shape(&desk.grant(order("A", "monthly", 30)).await), ("monthly", 30));
    assert_eq!(shape(&desk.grant(order("A", "monthly", 30)).await), ("monthly", 30));
    assert_eq!(shape(&desk.grant(order("B", "yearly", 365)).await), ("monthly", 395));
    desk.days_later(40);
    let seen = desk.seen().await;
    assert_eq!((shape(&seen), seen.parts.len(), seen.parts[0].whole_days_left), (("yearly", 395), 1, 355));
    desk.days_later(400);
    let over = desk.seen().await;
    assert_eq!((over.plan.as_str(), over.parts.len()), ("", 0));
    assert_eq!(
        shape(&desk.grant(order("C", "monthly", 30)).await),
        ("monthly", 470),
        "from now on, not from then"
    );
}

#[tokio::test]
async fn the_same_order_at_once_adds_its_days_once() {
    let mut desk = Desk::open().await;
    let bill = desk.1.clone();
    let all = (0..10).map(|_| {
        let mut bill = bill.clone();
        async move { bill.grant_membership(order("A", "monthly", 30)).await }
    });
    join_all(all).await;
    assert_eq!(shape(&desk.seen().await), ("monthly", 30));
}

#[tokio::test]
async fn an_upgrade_begins_at_once_in_place_of_what_was_left() {
    let mut desk = Desk::open().await;
    desk.grant(order("A", "monthly", 30)).await;
    desk.days_later(10);
    let upgraded = desk.upgrade("U", "yearly", 365).await;
    assert_eq!((shape(&upgraded), upgraded.parts.len()), (("yearly", 375), 1));
    assert_eq!(shape(&desk.grant(order("B", "monthly", 30)).await), ("yearly", 405));
}

#[tokio::test]
async fn a_refund_takes_days_once_and_what_comes_later_moves_up() {
    let mut desk = Desk::open().await;
    desk.grant(order("A", "monthly", 30)).await;
    desk.grant(order("B", "yearly", 365)).await;
    assert_eq!(shape(&desk.take(refund("A", "R1", 10)).await), ("monthly", 385));
    assert_eq!(shape(&desk.take(refund("A", "R1", 10)).await), ("monthly", 385));
    desk.days_later(15);
    desk.later(Duration::hours(12));
    assert_eq!(
        refusal(desk.1.take_back_membership(refund("A", "R2", 6)).await).code(),
        Code::RefundNotAllowed
    );
    assert_eq!(
        shape(&desk.take(refund("A", "R3", 5)).await),
        ("yearly", 380),
        "the day that has begun counts"
    );
    assert_eq!(code(desk.1.take_back_membership(refund("X", "R4", 1)).await), Some(Code::NotFound));
    assert_eq!(shape(&desk.seen().await), ("yearly", 380), "what was refused took nothing");
}

#[tokio::test]
async fn days_of_a_refund_that_failed_come_back_once() {
    let mut desk = Desk::open().await;
    desk.grant(order("A", "monthly", 30)).await;
    desk.grant(order("B", "yearly", 365)).await;
    desk.take(refund("A", "R1", 10)).await;
    assert_eq!(shape(&desk.give_back("R1").await), ("monthly", 395));
    assert_eq!(shape(&desk.give_back("R1").await), ("monthly", 395));
    let refused = refusal(desk.1.take_back_membership(refund("A", "R1", 10)).await);
    assert_eq!(refused.code(), Code::RefundNotAllowed, "it was given up");
    desk.give_back("R2").await;
    assert_eq!(
        refusal(desk.1.take_back_membership(refund("A", "R2", 10)).await).code(),
        Code::RefundNotAllowed
    );
    assert_eq!(shape(&desk.seen().await), ("monthly", 395));
}

#[tokio::test]
async fn days_come_back_to_a_membership_that_is_over() {
    let mut desk = Desk::open().await;
    desk.grant(order("A", "monthly", 30)).await;
    desk.take(refund("A", "R1", 30)).await;
    assert_eq!(desk.seen().await.plan, "");
    desk.days_later(5);
    assert_eq!(shape(&desk.give_back("R1").await), ("monthly", 35));
}

#[tokio::test]
async fn an_upgrade_that_is_taken_back_whole_gives_way_to_what_it_replaced() {
    let mut desk = Desk::open().await;
    desk.grant(order("A", "monthly", 30)).await;
    desk.days_later(10);
    desk.upgrade("U", "yearly", 365).await;
    let refused = refusal(desk.1.take_back_membership(refund("A", "R0", 1)).await);
    assert_eq!(refused.code(), Code::RefundNotAllowed, "nothing is left of what was replaced");
    assert_eq!(shape(&desk.take(refund("U", "R1", 365)).await), ("monthly", 30));
    assert_eq!(shape(&desk.give_back("R1").await), ("yearly", 375));
}

#[tokio::test]
async fn a_membership_is_seen_by_its_user_operators_and_services() {
    let mut desk = Desk::open().await;
    desk.grant(order("A", "monthly", 30)).await;
    let session = desk.0.join("alice").await;
    let mut alice = client(&desk.0.visitor(&session));
    let own = alice.get_membership(GetMembershipRequest { user_id: 0 }).await.unwrap().into_inner();
    assert_eq!(own.membership.unwrap().plan, "");
    let other = alice.get_membership(GetMembershipRequest { user_id: USER }).await;
    assert_eq!(code(other), Some(Code::Forbidden));
    let admin = desk.0.admin("root_admin").await;
    let seen = client(&desk.0.visitor(&admin)).get_membership(GetMembershipRequest { user_id: USER }).await;
    assert_eq!(seen.unwrap().into_inner().membership.unwrap().plan, "monthly");
}

#[tokio::test]
async fn what_is_wrong_with_a_grant_is_named() {
    let mut desk = Desk::open().await;
    for (asked, field) in [
        (order("", "monthly", 30), "order_no"),
        (order("A", " ", 30), "plan"),
        (order("A", "monthly", 0), "days"),
        (order("A", "monthly", 9_999), "days"),
        (GrantMembershipRequest { user_id: 0, ..order("A", "monthly", 30) }, "user_id"),
    ] {
        let fault = refusal(desk.1.grant_membership(asked).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
    assert_eq!(refusal(desk.1.take_back_membership(refund("A", "R", 0)).await).field(), Some("days"));
}

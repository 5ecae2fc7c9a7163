//! Shares of bills that are paid online, and money that goes back.

use fault::Code;
use host::testing::{Line, Visitor};
use proto::expense::v1::{share_payment_service_client::SharePaymentServiceClient, *};

use super::{
    invariants::assert_books,
    world::{ADMIN, ANNA, BEN, CARA, ROOM, World, code, confirm, expense, payers, refusal, split_of},
};

const BILL: i64 = 500;

fn client(visitor: &Visitor) -> SharePaymentServiceClient<Line> {
    SharePaymentServiceClient::new(visitor.line())
}

fn parts(parts: &[(i64, i64)]) -> Vec<MoneyPart> {
    let part = |(user_id, amount): &(i64, i64)| MoneyPart { user_id: *user_id, amount_minor: *amount };
    parts.iter().map(part).collect()
}

/// The room with a bill of 100.00, laid out by two people and shared by all four, of which Cara owes 25.00.
struct Till {
    world: World,
    client: SharePaymentServiceClient<Line>,
    expense_id: i64,
}

impl Till {
    async fn open() -> Self {
        let world = World::new().await;
        let laid_out = NewExpense { payers: payers(&[(ADMIN, 6_000), (ANNA, 4_000)]), ..expense(10_000) };
        let made = world.record(CARA, laid_out).await;
        let items = vec![BillItem { expense_id: made.id, amount_minor: 0 }];
        let asked = AllocateToBillRequest { bill_id: BILL, room_id: ROOM, items, bill_version: 1 };
        world.bill_for(ANNA).allocate_to_bill(asked).await.unwrap();
        let client = client(&world.served.service("bill"));
        Self { world, client, expense_id: made.id }
    }

    async fn sealed() -> Self {
        let till = Self::open().await;
        let share = |user_id| AllocatedShare { user_id, amount_minor: 2_500 };
        let shares = [ADMIN, ANNA, BEN, CARA].map(share).to_vec();
        till.world.bill_for(ADMIN).seal_bill(SealBillRequest { bill_id: BILL, shares }).await.unwrap();
        till
    }

    async fn due(&self, user_id: i64) -> GetShareDueResponse {
        let asked = GetShareDueRequest { bill_id: BILL, user_id };
        self.client.clone().get_share_due(asked).await.unwrap().into_inner()
    }

    async fn settle(&self, order_no: &str, of: &[(i64, i64)]) {
        let (order_no, parts) = (order_no.to_owned(), parts(of));
        let asked = SettleShareOnlineRequest { order_no, bill_id: BILL, user_id: CARA, parts };
        self.client.clone().settle_share_online(asked).await.unwrap();
        assert_books(&self.world).await;
    }

    async fn take_back(&self, order_no: &str, refund_no: &str, of: &[(i64, i64)]) {
        let (order_no, refund_no) = (order_no.to_owned(), refund_no.to_owned());
        let asked = TakeBackShareOnlineRequest { order_no, refund_no, parts: parts(of) };
        self.client.clone().take_back_share_online(asked).await.unwrap();
        assert_books(&self.world).await;
    }

    async fn check(&self, order_no: &str) -> Option<Code> {
        let asked = CheckShareRefundRequest { order_no: order_no.to_owned() };
        let checked = self.client.clone().check_share_refund(asked).await;
        checked.err().map(|status| fault::Fault::from(status).code())
    }

    async fn share(&self) -> BillShare {
        let asked = GetBillSharesRequest { bill_ids: vec![BILL] };
        let reply = self.world.service("bill").get_bill_shares(asked).await.unwrap().into_inner();
        reply.shares.into_iter().find(|share| share.user_id == CARA).unwrap()
    }

    async fn split(&self) -> Split {
        split_of(&self.world.expense(self.expense_id).await, CARA)
    }
}

/// How the money of a whole share goes.
const WHOLE: [(i64, i64); 2] = [(ADMIN, 1_000), (ANNA, 1_500)];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_told_with_those_who_get_it() {
    let till = Till::sealed().await;
    let due = till.due(CARA).await;
    let to: Vec<_> =
        due.transfers.iter().map(|transfer| (transfer.to_user_id, transfer.amount_minor)).collect();
    assert_eq!((due.due_minor, due.debt_minor, to.as_slice()), (2_500, 2_500, &WHOLE[..]));
    assert_eq!((till.due(ADMIN).await.debt_minor, due.currency.as_str(), due.is_frozen), (0, "CNY", false));
    let open = Till::open().await;
    let asked = GetShareDueRequest { bill_id: BILL, user_id: CARA };
    assert_eq!(code(open.client.clone().get_share_due(asked).await), Code::StateConflict);
    let unknown = GetShareDueRequest { bill_id: 1, user_id: CARA };
    assert_eq!(code(open.client.clone().get_share_due(unknown).await), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_pays_a_share_once_in_bill_expense_and_balances() {
    let till = Till::sealed().await;
    till.settle("ORD1", &WHOLE).await;
    till.settle("ORD1", &WHOLE).await;
    let (share, split) = (till.share().await, till.split().await);
    assert_eq!((share.is_paid, share.confirmed_by, split.is_paid), (true, CARA, true));
    assert_eq!(till.due(CARA).await.due_minor, 0);
    assert_eq!(till.world.nets().await, [(ADMIN, 2_500), (ANNA, 0), (BEN, -2_500), (CARA, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disputed_share_takes_the_money_that_came() {
    let till = Till::sealed().await;
    let asked =
        OpenBillDisputeRequest { bill_id: BILL, split_id: 77, debtor_user_id: CARA, reason: "no".to_owned() };
    till.world.bill_for(CARA).open_bill_dispute(asked).await.unwrap();
    assert!(till.due(CARA).await.is_frozen);
    till.settle("ORD1", &WHOLE).await;
    assert!(till.share().await.is_paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_for_a_share_that_was_handed_over_meanwhile_moves_the_balances_all_the_same() {
    let till = Till::sealed().await;
    let made = till.world.expense(till.expense_id).await;
    confirm(&mut till.world.user(CARA), &made, CARA).await.unwrap();
    till.settle("ORD1", &WHOLE).await;
    assert_eq!(till.world.nets().await, [(ADMIN, 1_500), (ANNA, -1_500), (BEN, -2_500), (CARA, 2_500)]);
    till.take_back("ORD1", "REF1", &WHOLE).await;
    assert_eq!(till.world.nets().await, [(ADMIN, 2_500), (ANNA, 0), (BEN, -2_500), (CARA, 0)]);
    assert!(till.share().await.is_paid, "what was handed over by hand stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_went_to_others_than_the_debts_is_settled_with_them() {
    let till = Till::sealed().await;
    till.settle("ORD1", &[(BEN, 500), (ANNA, 2_000)]).await;
    assert!(till.share().await.is_paid);
    assert_eq!(till.world.nets().await, [(ADMIN, 3_500), (ANNA, -500), (BEN, -3_000), (CARA, 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_goes_back_opens_the_share_by_as_much_once() {
    let till = Till::sealed().await;
    till.settle("ORD1", &WHOLE).await;
    till.take_back("ORD1", "REF1", &[(ANNA, 700)]).await;
    till.take_back("ORD1", "REF1", &[(ANNA, 700)]).await;
    let (share, split) = (till.share().await, till.split().await);
    assert_eq!((share.is_paid, share.paid_minor, share.confirmed_by), (false, 1_800, 0));
    assert_eq!((split.is_paid, split.paid_minor), (false, 1_800));
    assert_eq!(till.world.nets().await, [(ADMIN, 2_500), (ANNA, 700), (BEN, -2_500), (CARA, -700)]);
    till.take_back("ORD1", "REF2", &[(ADMIN, 1_000), (ANNA, 800)]).await;
    assert_eq!((till.share().await.paid_minor, till.due(CARA).await.due_minor), (0, 2_500));
    assert_eq!(till.world.nets().await, [(ADMIN, 3_500), (ANNA, 1_500), (BEN, -2_500), (CARA, -2_500)]);
    till.settle("ORD2", &WHOLE).await;
    assert!(till.share().await.is_paid, "it can be paid once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_that_was_settled_again_since_is_not_refunded() {
    let till = Till::sealed().await;
    assert_eq!(till.check("ORD1").await, Some(Code::NotFound));
    till.settle("ORD1", &WHOLE).await;
    assert_eq!(till.check("ORD1").await, None);
    till.take_back("ORD1", "REF1", &[(ANNA, 700)]).await;
    assert_eq!(till.check("ORD1").await, None);
    till.settle("ORD2", &[(ANNA, 700)]).await;
    assert_eq!(till.check("ORD1").await, Some(Code::RefundNotAllowed));
    assert_eq!(till.check("ORD2").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_money_is_named() {
    let till = Till::sealed().await;
    for (of, said) in [
        (vec![], "parts: must name who got the money"),
        (parts(&[(ANNA, 1), (ANNA, 1)]), "parts[1].user_id: is named twice"),
    ] {
        let asked =
            SettleShareOnlineRequest { order_no: "ORD1".to_owned(), bill_id: BILL, user_id: CARA, parts: of };
        let refused = refusal(till.client.clone().settle_share_online(asked).await);
        assert_eq!((refused.0, refused.1.as_str()), (Code::ValidationError, said));
    }
    let zero = parts(&[(ANNA, 0)]);
    let asked =
        SettleShareOnlineRequest { order_no: "ORD1".to_owned(), bill_id: BILL, user_id: CARA, parts: zero };
    assert_eq!(code(till.client.clone().settle_share_online(asked).await), Code::ValidationError);
    assert_eq!(till.check("ORD1").await, Some(Code::NotFound), "nothing was written");
}

//! Lists and counts.

use fault::Code;
use proto::{
    bill::v1::{GetUserStatsRequest, ListBillsRequest, Status},
    page::v1::Request as Page,
};

use super::stage::{ADMIN, MEMBER, ROOM, STRANGER, Stage, refused};

#[tokio::test]
async fn bills_are_listed_newest_first_and_narrowed_down() {
    let stage = Stage::start().await;
    let (first, second) = (stage.bill().await, stage.bill().await);
    stage.review(MEMBER, first.id, Status::Approved).await.unwrap();
    let list = async |request: ListBillsRequest| {
        let reply = stage.client(ADMIN).list_bills(request).await.unwrap().into_inner();
        (reply.bills.iter().map(|bill| bill.id).collect::<Vec<_>>(), reply.page.unwrap().total_rows)
    };
    let all = ListBillsRequest::default();
    assert_eq!(list(all.clone()).await, (vec![second.id, first.id], 2));
    assert_eq!(list(ListBillsRequest { room_id: ROOM, ..all.clone() }).await.1, 2);
    let approved = ListBillsRequest { status: Status::Approved.into(), ..all.clone() };
    assert_eq!(list(approved).await, (vec![first.id], 1));
    assert_eq!(list(ListBillsRequest { created_by: MEMBER, ..all.clone() }).await, (vec![], 0));
    assert_eq!(list(ListBillsRequest { end_date: "2020-01-01".to_owned(), ..all.clone() }).await.1, 0);
    let second_page = ListBillsRequest { page: Some(Page { number: 2, size: 1 }), ..all };
    assert_eq!(list(second_page).await, (vec![first.id], 2));
}

#[tokio::test]
async fn pages_and_dates_that_do_not_exist_are_refused() {
    let stage = Stage::start().await;
    let page =
        |number, size| ListBillsRequest { page: Some(Page { number, size }), ..ListBillsRequest::default() };
    let day = ListBillsRequest { start_date: "2026-02-30".to_owned(), ..ListBillsRequest::default() };
    for (request, field) in
        [(page(0, 10), "page"), (page(-1, 10), "page"), (page(1, 101), "limit"), (day, "start_date")]
    {
        let (_, fault) = refused(stage.client(ADMIN).list_bills(request).await);
        assert_eq!((fault.code(), fault.field()), (Code::ValidationError, Some(field)));
    }
}

#[tokio::test]
async fn the_counts_of_a_user_add_up() {
    let stage = Stage::start().await;
    let (first, _) = (stage.bill().await, stage.bill().await);
    stage.review(MEMBER, first.id, Status::Approved).await.unwrap();
    let stats = async |user_id| {
        stage.client(user_id).get_user_stats(GetUserStatsRequest {}).await.unwrap().into_inner()
    };
    let debtor = stats(MEMBER).await;
    assert_eq!((debtor.total_bills, debtor.pending_bills, debtor.approved_bills), (2, 1, 1));
    assert_eq!(
        (debtor.total_amount_minor, debtor.paid_amount_minor, debtor.unpaid_amount_minor),
        (6_700, 0, 6_700)
    );
    let payer = stats(ADMIN).await;
    assert_eq!((payer.paid_amount_minor, payer.unpaid_amount_minor), (6_700, 0), "he laid it out himself");
    assert_eq!(stats(STRANGER).await.total_bills, 0);
}

//! Answers, as document 000 prints them.

use bytes::Bytes;
use fault::Fault;
use http::{HeaderMap, HeaderValue};
use proto::{
    bill::v1 as bill, expense::v1 as expense, page::v1::Info, payment::v1 as payment, room::v1 as room,
    user::v1 as user,
};
use reqwest::Method;

use super::{
    fakes::{self, instant},
    stage::{Stage, send},
};

const DAY: &str = "2023-01-01T00:00:00.000Z";

fn the_room() -> room::Room {
    room::Room {
        id: 1,
        name: "101寝室".to_owned(),
        description: "这是一个测试寝室".to_owned(),
        creator_id: 1,
        owner_id: 1,
        created_at: Some(instant()),
        updated_at: Some(instant()),
        members: vec![room::Member {
            user_id: 1,
            role: room::MemberRole::Admin.into(),
            joined_at: Some(instant()),
        }],
    }
}

fn the_expense() -> expense::Expense {
    expense::Expense {
        id: 1,
        room_id: 1,
        title: "测试费用".to_owned(),
        amount_minor: 10_050,
        currency: "CNY".to_owned(),
        category: "food".to_owned(),
        description: "这是一个测试费用".to_owned(),
        date: "2023-01-01".to_owned(),
        split_type: expense::SplitType::Equal.into(),
        paid_by: 1,
        payers: vec![expense::Payer { user_id: 1, amount_minor: 10_050 }],
        splits: vec![expense::Split { id: 1, user_id: 1, amount_minor: 5_025, ..expense::Split::default() }],
        created_by: 1,
        created_at: Some(instant()),
        updated_at: Some(instant()),
        version: 1,
        ..expense::Expense::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registering_prints_000_e01() {
    let stage = Stage::new().await;
    let body =
        r#"{"username":"testuser","email":"test@example.com","password":"12345678","full_name":"测试用户"}"#;
    let reply = send(
        stage
            .request(Method::POST, "/api/auth/register")
            .header("content-type", "application/json; charset=utf-8")
            .body(body),
    )
    .await;
    assert_eq!(
        reply.text,
        format!(
            r#"{{"success":true,"data":{{"id":1,"username":"testuser","email":"test@example.com","full_name":"测试用户","role":"user","created_at":"{DAY}"}},"message":"用户注册成功"}}"#
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_is_told_in_english_on_request() {
    let stage = Stage::new().await;
    let body = r#"{"username":"testuser","email":"test@example.com","password":"12345678","full_name":"T"}"#;
    let request = stage.request(Method::POST, "/api/auth/register").header("accept-language", "en");
    let reply = send(request.header("content-type", "application/json").body(body)).await;
    assert_eq!(reply.json()["message"], "user registered");
    assert_eq!(reply.header("content-language"), "en");
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_in_prints_token_and_user_and_what_was_added() {
    let stage = Stage::new().await;
    stage.fakes.on("user.v1.UserService/Login", |_: user::LoginRequest| {
        Ok(user::LoginResponse {
            session: Some(user::Session {
                access_token: "jwt".to_owned(),
                refresh_token: "again".to_owned(),
                expires_in_seconds: 7_200,
                user: Some(fakes::user()),
            }),
        })
    });
    let reply = stage.post("/api/auth/login", r#"{"username":"testuser","password":"x"}"#).await;
    assert_eq!(
        reply.text,
        r#"{"success":true,"data":{"token":"jwt","user":{"id":1,"username":"testuser","email":"test@example.com","full_name":"测试用户","role":"user"},"refresh_token":"again","expires_in":7200},"message":"登录成功"}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_rooms_prints_members_by_name_and_its_pages() {
    let stage = Stage::new().await;
    stage.fakes.on("room.v1.RoomService/ListRooms", |request: room::ListRoomsRequest| {
        let page = request.page.unwrap();
        assert_eq!((page.number, page.size), (2, 5));
        Ok(room::ListRoomsResponse {
            rooms: vec![the_room()],
            page: Some(Info { number: 2, size: 5, total_rows: 6 }),
        })
    });
    let reply = stage.get("/api/rooms?page=2&limit=5").await;
    assert_eq!(
        reply.text,
        format!(
            r#"{{"success":true,"data":[{{"id":1,"name":"101寝室","description":"这是一个测试寝室","creator_id":1,"owner_id":1,"created_at":"{DAY}","members":[{{"user_id":1,"username":"user1","full_name":"用户1","role":"admin"}}]}}],"pagination":{{"page":2,"limit":5,"total":6,"totalPages":2}}}}"#
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_in_detail_says_since_when() {
    let stage = Stage::new().await;
    stage.fakes.on("room.v1.RoomService/GetRoom", |_: room::GetRoomRequest| {
        Ok(room::GetRoomResponse { room: Some(the_room()) })
    });
    assert_eq!(stage.get("/api/rooms/1").await.json()["data"]["members"][0]["joined_at"], DAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_has_no_data() {
    let stage = Stage::new().await;
    stage.fakes.on("room.v1.RoomService/RemoveMember", |_: room::RemoveMemberRequest| {
        Ok(room::RemoveMemberResponse {})
    });
    let reply = stage.json(Method::DELETE, "/api/rooms/1/members/2", "").await;
    assert_eq!(reply.text, r#"{"success":true,"message":"成员移除成功"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expense_goes_in_and_out_with_two_decimals() {
    let stage = Stage::new().await;
    stage.fakes.on("expense.v1.ExpenseService/CreateExpense", |request: expense::CreateExpenseRequest| {
        let new = request.expense.unwrap();
        assert_eq!((new.amount_minor, new.splits[0].percentage_hundredths), (10_050, Some(10_000)));
        Ok(expense::CreateExpenseResponse { expense: Some(the_expense()) })
    });
    let body = r#"{"title":"测试费用","amount":"100.5","category":"food","date":"2023-01-01","room_id":1,
        "split_type":"percentage","paid_by":1,"splits":[{"user_id":1,"percentage":100}]}"#;
    let reply = stage.post("/api/expenses", body).await;
    assert_eq!(
        reply.text,
        format!(
            r#"{{"success":true,"data":{{"id":1,"title":"测试费用","amount":100.50,"currency":"CNY","category":"food","description":"这是一个测试费用","date":"2023-01-01","room_id":1,"split_type":"equal","paid_by":1,"created_by":1,"created_at":"{DAY}","splits":[{{"id":1,"user_id":1,"amount":50.25,"is_paid":false}}],"version":1}},"message":"费用创建成功"}}"#
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expense_in_detail_names_the_people_of_its_shares() {
    let stage = Stage::new().await;
    stage.fakes.on("expense.v1.ExpenseService/GetExpense", |_: expense::GetExpenseRequest| {
        Ok(expense::GetExpenseResponse { expense: Some(the_expense()) })
    });
    let split = &stage.get("/api/expenses/1").await.json()["data"]["splits"][0];
    assert_eq!(split["user"], serde_json::json!({"id": 1, "username": "user1", "full_name": "用户1"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_prints_000_e14_and_passes_only_what_was_given() {
    let stage = Stage::new().await;
    stage.fakes.on("expense.v1.ExpenseService/UpdateExpense", |request: expense::UpdateExpenseRequest| {
        assert_eq!((request.title.as_deref(), request.amount_minor, request.date), (Some("x"), None, None));
        Ok(expense::UpdateExpenseResponse { expense: Some(the_expense()) })
    });
    let reply = stage.json(Method::PUT, "/api/expenses/1", r#"{"title":"x"}"#).await;
    assert_eq!(
        reply.text,
        format!(
            r#"{{"success":true,"data":{{"id":1,"title":"测试费用","amount":100.50,"updated_at":"{DAY}","version":1}},"message":"费用更新成功"}}"#
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_in_detail_prints_its_expenses() {
    let stage = Stage::new().await;
    stage.fakes.on("bill.v1.BillService/GetBill", |_: bill::GetBillRequest| {
        Ok(bill::GetBillResponse {
            bill: Some(bill::Bill {
                id: 1,
                room_id: 1,
                title: "测试账单".to_owned(),
                due_date: "2023-12-31".to_owned(),
                status: bill::Status::Approved.into(),
                payment_status: bill::PaymentStatus::Partial.into(),
                total_amount_minor: 10_050,
                currency: "CNY".to_owned(),
                reviewed_by: 2,
                review_comment: "审核通过".to_owned(),
                reviewed_at: Some(instant()),
                items: vec![bill::Item {
                    expense_id: 1,
                    amount_minor: 10_050,
                    title: "测试费用".to_owned(),
                    category: "food".to_owned(),
                }],
                ..bill::Bill::default()
            }),
        })
    });
    let data = &stage.get("/api/bills/1").await.json()["data"];
    assert_eq!((&data["status"], &data["payment_status"]), (&"approved".into(), &"partial".into()));
    assert_eq!(
        data["items"][0]["expense"],
        serde_json::json!({"id": 1, "title": "测试费用", "category": "food"})
    );
    assert_eq!(data["reviewed_at"], DAY);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_explanation_of_a_balance_signs_what_was_settled() {
    let stage = Stage::new().await;
    stage.fakes.on("expense.v1.ExpenseService/ExplainBalance", |request: expense::ExplainBalanceRequest| {
        assert_eq!(request.currency, "CNY");
        let settlement = |from_user_id, to_user_id| expense::Settlement {
            from_user_id,
            to_user_id,
            amount_minor: 500,
            ..expense::Settlement::default()
        };
        Ok(expense::ExplainBalanceResponse {
            explanations: vec![expense::Explanation {
                user_id: 2,
                currency: request.currency,
                settled: vec![settlement(2, 1), settlement(1, 2)],
                ..expense::Explanation::default()
            }],
        })
    });
    let reply = stage.get("/api/rooms/1/settlement/explain?user_id=2").await;
    assert!(reply.text.contains(r#""amount":5.00,"net":5.00"#), "{}", reply.text);
    assert!(reply.text.contains(r#""amount":5.00,"net":-5.00"#), "{}", reply.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_print_000_e36() {
    let stage = Stage::new().await;
    stage.fakes.on("payment.v1.PaymentService/GetTaskStatus", |_: payment::GetTaskStatusRequest| {
        Ok(payment::GetTaskStatusResponse {
            tasks: vec![payment::TaskStatus {
                task_type: payment::TaskType::PaymentReminder.into(),
                running: true,
                last_run: Some(instant()),
                next_run: Some(instant()),
                success_count: 10,
                failure_count: 0,
            }],
        })
    });
    let request = stage.request(Method::GET, "/api/payment-optimization/task-status");
    let data = send(request.header("authorization", stage.keys.admin(9))).await.json()["data"].clone();
    let reminder = serde_json::json!({
        "status": "running", "last_run": DAY, "next_run": DAY, "success_count": 10, "failure_count": 0
    });
    assert_eq!(data["payment_reminder"], reminder);
    assert_eq!(
        (&data["payment_sync"]["status"], &data["payment_sync"]["last_run"]),
        (&"idle".into(), &serde_json::Value::Null)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_marked_and_the_key_reaches_the_service() {
    let stage = Stage::new().await;
    let mut headers = HeaderMap::new();
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    stage.fakes.on_stream("room.v1.RoomService/CreateRoom", headers, |_: room::CreateRoomRequest| {
        Ok(vec![room::CreateRoomResponse { room: Some(the_room()) }])
    });
    let request = stage.request(Method::POST, "/api/rooms").header("authorization", stage.keys.user(1));
    let request = request.header("content-type", "application/json").header("idempotency-key", "k 1");
    let reply = send(request.body(r#"{"name":"x"}"#)).await;
    assert_eq!((reply.status, reply.header("idempotent-replayed")), (200, "true"));
    assert_eq!(stage.fakes.calls("room.v1.RoomService/CreateRoom")[0].headers["idempotency-key"], "k 1");
}

fn stored(owner_id: i64, is_avatar: bool) -> user::UploadInfo {
    user::UploadInfo {
        id: 4,
        owner_id,
        content_type: "image/png".to_owned(),
        size_bytes: 3,
        is_avatar,
        created_at: None,
    }
}

fn teach_download(stage: &Stage, info: &user::UploadInfo) {
    let (get, download) = (info.clone(), info.clone());
    stage.fakes.on("user.v1.UserService/GetUpload", move |_: user::GetUploadRequest| {
        Ok(user::GetUploadResponse { upload: Some(get.clone()) })
    });
    stage.fakes.on_stream(
        "user.v1.UserService/Download",
        HeaderMap::new(),
        move |_: user::DownloadRequest| {
            let part = |part| user::DownloadResponse { part: Some(part) };
            Ok(vec![
                part(user::download_response::Part::Info(download.clone())),
                part(user::download_response::Part::Chunk(Bytes::from_static(b"png"))),
            ])
        },
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_upload_is_shown_and_kept_private() {
    let stage = Stage::new().await;
    teach_download(&stage, &stored(1, false));
    let reply = stage.get("/api/uploads/4").await;
    assert_eq!((reply.status, reply.text.as_str(), reply.header("content-type")), (200, "png", "image/png"));
    assert!(reply.header("cache-control").starts_with("private"));
    assert_eq!(reply.header("content-disposition"), "inline; filename=\"upload-4.png\"");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_a_stranger_is_not_found_and_never_fetched() {
    let stage = Stage::new().await;
    teach_download(&stage, &stored(2, false));
    stage.fakes.refuse("expense.v1.ExpenseService/CheckReceipt", Fault::not_found("upload"));
    stage.get("/api/uploads/4").await.is_refused(404, "NOT_FOUND", "upload not found");
    assert!(stage.fakes.calls("user.v1.UserService/Download").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_of_the_own_room_is_fetched_in_the_gateways_name() {
    let stage = Stage::new().await;
    teach_download(&stage, &stored(2, false));
    stage.fakes.refuse("user.v1.UserService/GetUpload", Fault::not_found("upload"));
    stage.fakes.on("expense.v1.ExpenseService/CheckReceipt", |_: expense::CheckReceiptRequest| {
        Ok(expense::CheckReceiptResponse {})
    });
    assert_eq!(stage.get("/api/uploads/4").await.text, "png");
    let call = &stage.fakes.calls("user.v1.UserService/Download")[0];
    assert!(
        !call.headers.contains_key("authorization") && call.headers.contains_key("x-service-authorization")
    );
}

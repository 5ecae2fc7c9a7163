//! Bad input of issue 2, section 3: each is a 4xx that names field and rule, and no service hears of it.

use reqwest::Method;

use super::stage::{Reply, Stage, send};

const PLAIN: &str = "must be a plain decimal number such as 12.50";

fn expense(amount: &str) -> String {
    format!(r#"{{"title":"rice","amount":{amount},"room_id":1,"split_type":"equal","date":"2023-01-01"}}"#)
}

#[expect(clippy::needless_pass_by_value, reason = "a reply is claimed once and done with")]
fn refused(reply: Reply, detail: &str) {
    reply.is_refused(400, "VALIDATION_ERROR", detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_that_are_none_name_the_field_and_the_rule() {
    let stage = Stage::new().await;
    for (amount, rule) in [
        ("0", "must be greater than 0"),
        ("0.00", "must be greater than 0"),
        ("-1", "must be greater than 0"),
        ("0.001", "must have at most two decimals"),
        ("1.000", "must have at most two decimals"),
        ("1e400", PLAIN),
        ("1e2", PLAIN),
        (r#""1,000""#, PLAIN),
        (r#""１２""#, PLAIN),
        (r#"" 1""#, PLAIN),
        (r#""+1""#, PLAIN),
        ("null", PLAIN),
        ("true", PLAIN),
        ("[1]", PLAIN),
        (r#"{"a":1}"#, PLAIN),
        ("9007199254740993", "must be at most 99999999.99"),
        ("100000000", "must be at most 99999999.99"),
    ] {
        refused(stage.post("/api/expenses", &expense(amount)).await, &format!("amount: {rule}"));
    }
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_place_inside_a_list_is_named_with_its_path() {
    let stage = Stage::new().await;
    let with_splits = |splits: &str| {
        format!(r#"{{"title":"rice","amount":1,"room_id":1,"split_type":"custom","splits":{splits}}}"#)
    };
    for (splits, detail) in [
        (
            r#"[{"user_id":1,"amount":1},{"user_id":0,"amount":1}]"#,
            "splits[1].user_id: must be a positive whole number",
        ),
        (
            r#"[{"user_id":1,"amount":"x"}]"#.replace('x', "１").as_str(),
            &format!("splits[0].amount: {PLAIN}"),
        ),
        (r#"[{"user_id":1,"percentage":33.333}]"#, "splits[0].percentage: must have at most two decimals"),
        (r#"[{"user_id":1,"percentage":101}]"#, "splits[0].percentage: must be a percentage from 0 to 100"),
        (r#"[{"user_id":1,"amount":null}]"#, &format!("splits[0].amount: {PLAIN}")),
        (r#"[{"amount":1}]"#, "splits[0].user_id: is required"),
        (r#"[{"user_id":1,"share":1}]"#, "splits[0].share: is not a known field"),
        (r#"[{"user_id":1.5}]"#, "splits[0].user_id: must be a whole number"),
        (r#"[{"user_id":1,"user_id":2}]"#, "splits[0].user_id: is given more than once"),
        ("{}", "splits: must be a list"),
        ("[[1,1,1,1]]", "body: must not hold a list directly inside a list"),
    ] {
        refused(stage.post("/api/expenses", &with_splits(splits)).await, detail);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_are_missing_unknown_doubled_or_of_another_kind_are_named() {
    let stage = Stage::new().await;
    for (body, detail) in [
        (r#"{"description":"x"}"#, "name: is required"),
        (r#"{"name":"x","owner_id":1}"#, "owner_id: is not a known field"),
        (r#"{"name":"x","name":"y"}"#, "name: is given more than once"),
        (r#"{"name":5}"#, "name: must be a string"),
        (r#"["x","y"]"#, "body: must be an object"),
        ("5", "body: must be an object"),
        (r#"{"name":"x"} {}"#, "body: must be one JSON value and nothing after it"),
        (r#"{"name":"x""#, "body: must be valid JSON (line 1, column 11)"),
        ("", "body: must be valid JSON (line 1, column 0)"),
    ] {
        refused(stage.post("/api/rooms", body).await, detail);
    }
    let body = r#"{"title":"r","amount":1,"room_id":1,"split_type":"halves"}"#;
    let detail = "split_type: must be one of equal, custom, percentage, shares";
    refused(stage.post("/api/expenses", body).await, detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let stage = Stage::new().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let request = stage.request(Method::POST, "/api/rooms").header("authorization", stage.keys.user(1));
        let reply = send(request.header("content-type", kind).body(r#"{"name":"x"}"#)).await;
        refused(reply, "content-type: must be application/json");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_ten_thousand_deep_is_refused_at_once() {
    let stage = Stage::new().await;
    for body in ["[".repeat(10_000), r#"{"a":"#.repeat(10_000), expense(&"[".repeat(10_000))] {
        refused(stage.post("/api/expenses", &body).await, "body: must not be nested deeper than 32");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_do_not_exist_are_refused() {
    let stage = Stage::new().await;
    let rule = "must be a date that exists, as YYYY-MM-DD";
    for date in ["2023-02-29", "2023-13-01", "23-01-01", "2023-1-1", "01/02/2023", "２０２３-01-01", ""] {
        let body = format!(r#"{{"title":"r","amount":1,"room_id":1,"split_type":"equal","date":"{date}"}}"#);
        refused(stage.post("/api/expenses", &body).await, &format!("date: {rule}"));
        let path = format!("/api/expenses?start_date={date}");
        refused(stage.get(&path).await, &format!("start_date: {rule}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_as_strict_as_bodies() {
    let stage = Stage::new().await;
    for (query, detail) in [
        ("page=0", "page: must be at least 1"),
        ("page=-1", "page: must be at least 1"),
        ("page=x", "page: must be a whole number"),
        ("page=1.5", "page: must be a whole number"),
        ("page=99999999999999", "page: must be a smaller whole number"),
        ("limit=0", "limit: must be from 1 to 100"),
        ("limit=101", "limit: must be from 1 to 100"),
        ("page=1&page=2", "page: is given more than once"),
        ("pagesize=1", "pagesize: is not a known field"),
    ] {
        refused(stage.get(&format!("/api/rooms?{query}")).await, detail);
    }
    for (query, detail) in [
        ("is_paid=yes", "is_paid: must be true or false"),
        ("room_id=0", "room_id: must be a positive whole number"),
        ("room_id=abc", "room_id: must be a whole number"),
    ] {
        refused(stage.get(&format!("/api/expenses?{query}")).await, detail);
    }
    let detail = "status: must be one of pending, approved, rejected";
    refused(stage.get("/api/bills?status=paid").await, detail);
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_in_paths_are_positive_whole_numbers() {
    let stage = Stage::new().await;
    for id in [
        "0",
        "-1",
        "abc",
        "1.0",
        "+1",
        "01",
        "9007199254740992",
        "99999999999999999999",
        "1%2F2",
        "%EF%BC%91",
    ] {
        let reply = stage.get(&format!("/api/rooms/{id}")).await;
        refused(reply, "id: must be a positive whole number");
    }
    let reply = stage.json(Method::DELETE, "/api/rooms/1/members/x", "").await;
    refused(reply, "userId: must be a positive whole number");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_is_short_and_printable() {
    let stage = Stage::new().await;
    for key in ["", " ", "é", &"k".repeat(256)] {
        let request = stage.request(Method::POST, "/api/rooms").header("authorization", stage.keys.user(1));
        let request =
            request.header("idempotency-key", key.as_bytes()).header("content-type", "application/json");
        let reply = send(request.body(r#"{"name":"x"}"#)).await;
        refused(reply, "idempotency-key: must be 1 to 255 printable ASCII characters");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_holds_one_to_a_hundred_expenses() {
    let stage = Stage::new().await;
    refused(
        stage.post("/api/expenses/batch", r#"{"expenses":[]}"#).await,
        "expenses: must hold at least one expense",
    );
    let many = vec![expense("1"); 101].join(",");
    let reply = stage.post("/api/expenses/batch", &format!(r#"{{"expenses":[{many}]}}"#)).await;
    reply.is_refused(400, "BATCH_LIMIT_EXCEEDED", "expenses: must hold at most 100 expenses");
    assert_eq!(stage.fakes.calls_of_substance(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_file_or_with_strange_parts_is_refused() {
    let stage = Stage::new().await;
    let post = async |body: &str| {
        let request = stage.request(Method::POST, "/api/uploads").header("authorization", stage.keys.user(1));
        send(request.header("content-type", "multipart/form-data; boundary=B").body(body.to_owned())).await
    };
    let part = |name: &str, content: &str| {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\n\r\n{content}\r\n")
    };
    refused(post("--B--\r\n").await, "file: is required");
    refused(
        post(&format!("{}{}--B--\r\n", part("file", "x"), part("owner", "1"))).await,
        "owner: is not a known field",
    );
    refused(
        post(&format!("{}{}--B--\r\n", part("file", "x"), part("file", "y"))).await,
        "file: is given more than once",
    );
    refused(post(&part("file", "x")).await, "body: must be a whole multipart form");
    refused(
        stage.post("/api/uploads", "{}").await,
        "content-type: must be multipart/form-data with a boundary",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_names_columns_and_users() {
    let stage = Stage::new().await;
    let post = async |mapping: &str| {
        let form = reqwest::multipart::Form::new()
            .part("file", reqwest::multipart::Part::bytes(b"Date".to_vec()).file_name("a.csv"))
            .text("mapping", mapping.to_owned());
        let request =
            stage.request(Method::POST, "/api/rooms/1/import").header("authorization", stage.keys.user(1));
        send(request.multipart(form)).await
    };
    refused(post(r#"{"Ann":0}"#).await, "mapping.Ann: must be a positive whole number");
    refused(post("[1]").await, "mapping: must be an object");
    refused(post(r#"{"Ann":1,"Ann":2}"#).await, "mapping: must name each column once");
    refused(post("{").await, "mapping: must be valid JSON (line 1, column 1)");
}

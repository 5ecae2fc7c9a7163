//! Payments that several users look at in the same moment.

use std::{collections::HashMap, thread, time::Duration};

use proto::payment::v1::{self as payment, payment_shown::Outcome};
use reqwest::Method;
use serde_json::json;

use super::{
    pay::{GET, paid},
    stage::{Stage, send},
};

const GET_MANY: &str = "payment.v1.PaymentService/GetPayments";
const USERS: i64 = 20;
/// As long as the call of the one who was first is on its way, the others join.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

fn number(user: i64) -> String {
    format!("PAY2024011600{user:02}")
}

fn shown(read: &payment::PaymentRead, users: &HashMap<String, i64>) -> payment::PaymentShown {
    let asked = read.payment.clone().unwrap();
    let user = users[&read.token];
    assert_eq!(asked.payment_no, number(user), "a read brings the token of whoever asks");
    let outcome = if user == 7 {
        let (code, detail) = ("PAYMENT_NOT_FOUND".to_owned(), "payment not found".to_owned());
        Outcome::Refusal(payment::ReadRefusal { code, detail })
    } else {
        let payment = payment::Payment { payment_no: asked.payment_no, user_id: user, ..paid() };
        Outcome::Found(payment::GetPaymentResponse { payment: Some(payment), is_cached: true })
    };
    payment::PaymentShown { outcome: Some(outcome) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reads_of_the_same_moment_are_joined_and_each_is_answered_for_its_own_token() {
    let stage = Stage::new().await;
    let tokens: Vec<(i64, String)> = (1..=USERS).map(|user| (user, stage.keys.user(user))).collect();
    let users: HashMap<String, i64> =
        tokens.iter().map(|(user, token)| (token["Bearer ".len()..].to_owned(), *user)).collect();
    stage.fakes.on(GET, |asked: payment::GetPaymentRequest| {
        thread::sleep(ON_ITS_WAY);
        let payment = payment::Payment { payment_no: asked.payment_no, ..paid() };
        Ok(payment::GetPaymentResponse { payment: Some(payment), is_cached: false })
    });
    stage.fakes.on(GET_MANY, move |asked: payment::GetPaymentsRequest| {
        let shown = asked.reads.iter().map(|read| shown(read, &users)).collect();
        Ok(payment::GetPaymentsResponse { shown })
    });
    let asking: Vec<_> = tokens
        .into_iter()
        .map(|(user, token)| {
            let path = format!("/api/v1/payments/{}", number(user));
            let request = stage.request(Method::GET, &path).header("authorization", token);
            tokio::spawn(async move { (user, send(request).await) })
        })
        .collect();
    let (mut joined, mut refused) = (0, 0);
    for one in asking {
        let (user, reply) = one.await.unwrap();
        if reply.status == 404 {
            assert_eq!((user, reply.code().as_str()), (7, "PAYMENT_NOT_FOUND"));
            refused += 1;
        } else {
            assert_eq!(reply.status, 200, "{}", reply.text);
            assert_eq!(reply.json()["data"]["paymentNo"], json!(number(user)));
            joined += i32::from(reply.header("x-cache") == "hit");
        }
    }
    assert!(joined + refused > 10, "{joined} of {USERS} reads were joined");
}

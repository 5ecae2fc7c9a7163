//! The flows that crashes and lost connections are tried on: how each is prepared, done, and what comes of it.
//!
//! Each has its list of milestones; a test compares the lists with the sources and with what the flows really pass.

use identity::{Caller, Role, User};
use proto::wallet::v1::AccountKind;

use super::*;
use crate::operations::{
    approve_refund, create_payment, create_refund, handle_callback, refunding, settling,
};
use crate::providers::{Channel, Notice};

/// The payer of all flows.
pub(super) const PAYER: i64 = 12;
pub(super) const AMOUNT: i64 = 8_800;
const PART: i64 = 3_000;

/// Something that is done in several steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Create(v1::Method),
    CreateByBalance,
    Callback(v1::Method),
    Settle,
    SettleLate,
    Refund(v1::Method),
    RefundByBalance,
    RefundRefused,
    Approve,
    ReturnSuspended(v1::Method),
}

/// What a flow is about.
pub(super) struct Subject {
    pub(super) order: Order,
    pub(super) payment_id: i64,
    payment_no: String,
    refund_id: i64,
    told: v1::HandleCallbackRequest,
    key: String,
    /// What the payee has spent of all that he got.
    drained: i64,
}

const PAID: [&str; 3] = ["paid: the row is locked", "paid: it is written", "paid: it is committed"];
const TOLD: [&str; 2] = ["settle: the order is told", "settle: the verdict is kept"];
const KEPT: [&str; 2] = ["settle: it is written", "settle: it is committed"];
const BACK: [&str; 6] = [
    "refund: it is to be sent",
    "refund: the provider has it",
    "refund: it is known to be back",
    "refund: the ledger is told",
    "refund: the order is told",
    "refund: its end is written",
];

impl Flow {
    /// The milestones that it passes, each once.
    pub(super) fn milestones(self) -> Vec<&'static str> {
        let ended = "refund: its end is committed";
        let aside = [
            "refund: the order has prepared it",
            "refund: the money is set aside",
            "refund: it is known to be set aside",
        ];
        match self {
            Self::Create(_) => {
                vec![
                    "create: the intent is committed",
                    "create: the provider has it",
                    "create: it is handed out",
                ]
            }
            Self::CreateByBalance => {
                [&["create: the intent is committed", "create: the wallet is debited"], PAID.as_slice()]
                    .concat()
            }
            Self::Callback(_) => [&["callback: it is verified"], PAID.as_slice()].concat(),
            Self::Settle => [TOLD.as_slice(), &["settle: the ledger is told"], &KEPT].concat(),
            Self::SettleLate => [TOLD.as_slice(), &["settle: it stands in suspense"], &KEPT].concat(),
            // Others answer later: what is behind the provider's answer comes with the sweeper.
            Self::Refund(v1::Method::Wechat | v1::Method::Unionpay) => {
                [&["refund: it is asked for"], aside.as_slice(), &BACK[..2]].concat()
            }
            Self::Refund(_) => [&["refund: it is asked for"], aside.as_slice(), &BACK, &[ended]].concat(),
            Self::RefundByBalance => [
                &["refund: it is asked for"],
                aside.as_slice(),
                &["refund: it is to be sent", "refund: the ledger is told", "refund: the order is told"],
                &["refund: its end is written", ended],
            ]
            .concat(),
            Self::RefundRefused => vec![
                "refund: it is asked for",
                "refund: the order has prepared it",
                "refund: it is refused",
                "refund: the order has released it",
                "refund: its end is written",
                ended,
            ],
            Self::Approve => [&["refund: it is approved"], aside.as_slice(), &BACK, &[ended]].concat(),
            Self::ReturnSuspended(_) => vec![
                "refund: it is to be sent",
                "refund: the provider has it",
                "refund: it is known to be back",
                "refund: suspense is cleared",
                "refund: its end is written",
                ended,
            ],
        }
    }

    fn method(self) -> v1::Method {
        match self {
            Self::Create(method)
            | Self::Callback(method)
            | Self::Refund(method)
            | Self::ReturnSuspended(method) => method,
            Self::CreateByBalance | Self::RefundByBalance => v1::Method::Balance,
            _ => v1::Method::Alipay,
        }
    }

    /// What the payment is in the end, and how much of it went back.
    pub(super) fn end(self) -> (&'static str, i64) {
        match self {
            Self::SettleLate | Self::ReturnSuspended(_) => ("refunded", AMOUNT),
            Self::Refund(_) | Self::RefundByBalance | Self::Approve => ("partially_refunded", PART),
            _ => ("success", 0),
        }
    }
}

/// Somebody who calls through the gateway.
pub(super) fn caller(clock: &Clock, id: i64, role: Role) -> Caller {
    let expires_at = clock.now() + TimeDelta::hours(2);
    let permissions = Vec::new();
    let user = User { id, role, permissions, session_id: id, token_version: 1, expires_at };
    Caller { user: Some(user), via: identity::ServiceName::parse("gateway") }
}

/// What an operation is given of a request with a key.
async fn call<M: prost::Message + Clone>(caller: Caller, key: &str, message: &M) -> host::Call {
    let mut context = rpc::context::Context::edge("test", Duration::from_mins(1));
    context.idempotency_key = Some(key.to_owned());
    let mut request = tonic::Request::new(message.clone());
    request.extensions_mut().insert(caller);
    rpc::context::scope(context, async { host::Call::of(&request, "/test") }).await
}

impl Site {
    /// Nothing but an order, and money in the payer's wallet.
    fn begin(&self, flow: Flow) -> Subject {
        self.gateway.deaf(true);
        let subject = Subject {
            order: self.order(PAYER, AMOUNT),
            payment_id: 0,
            payment_no: String::new(),
            refund_id: 0,
            told: v1::HandleCallbackRequest::default(),
            key: self.clock.token(12),
            drained: 0,
        };
        if flow.method() == v1::Method::Balance {
            let wallet = (AccountKind::User.into(), PAYER.to_string());
            *self.partners.books().balances.entry(wallet).or_default() += AMOUNT;
        }
        subject
    }

    /// Brings everything to where a flow begins; nobody is at work then.
    pub(super) async fn prepare(&self, flow: Flow) -> Subject {
        let (service, mut subject) = (self.service().await, self.begin(flow));
        if matches!(flow, Flow::Create(_) | Flow::CreateByBalance) {
            return subject;
        }
        let payment = self.create(&service, &subject, flow.method()).await.unwrap();
        (subject.payment_id, subject.payment_no) = (payment.id, payment.payment_no.clone());
        if flow.method() != v1::Method::Balance {
            self.open(&payment).await;
            subject.told = self.paid_and_told(&payment.payment_no).await;
        }
        if matches!(flow, Flow::Callback(_)) {
            return subject;
        }
        self.tell(&service, &subject).await.unwrap();
        assert_ne!(self.state(&subject).await.0, "processing", "{flow:?}: the callback was not taken");
        if matches!(flow, Flow::SettleLate | Flow::ReturnSuspended(_)) {
            let mut books = self.partners.books();
            books
                .orders
                .get_mut(&subject.order.order_no)
                .unwrap()
                .set_status(proto::bill::v1::OrderStatus::Cancelled);
        }
        if matches!(flow, Flow::Settle | Flow::SettleLate) {
            return subject;
        }
        settling::run(&service, subject.payment_id).await.unwrap();
        if matches!(flow, Flow::ReturnSuspended(_)) {
            let found = "select id from refund where payment_id = $1";
            subject.refund_id = sqlx::query_scalar(found)
                .bind(subject.payment_id)
                .fetch_one(&mut self.sql().await)
                .await
                .unwrap();
        }
        if flow == Flow::Approve {
            subject.key = self.clock.token(12);
            subject.refund_id = self.refund(&service, &subject, Role::User).await.unwrap();
        }
        if flow == Flow::RefundRefused {
            subject.drained = self.partners.books().balance(AccountKind::User, partners::PAYEE);
            self.drain(-subject.drained);
        }
        // What was done is no job any more; nobody was there to take it.
        sqlx::raw_sql("delete from outbox").execute(&mut self.sql().await).await.unwrap();
        subject.key = self.clock.token(12);
        subject
    }

    /// Does the flow, as the door or a worker would.
    pub(super) async fn act(&self, service: &Service, flow: Flow, of: &Subject) -> Result<(), fault::Fault> {
        match flow {
            Flow::Create(_) | Flow::CreateByBalance => {
                self.create(service, of, flow.method()).await.map(drop)
            }
            Flow::Callback(_) => self.tell(service, of).await,
            Flow::Settle | Flow::SettleLate => settling::run(service, of.payment_id).await,
            Flow::Refund(_) | Flow::RefundByBalance | Flow::RefundRefused => {
                self.refund(service, of, Role::Admin).await.map(drop)
            }
            Flow::Approve => {
                let asked = v1::ApproveRefundRequest { refund_id: of.refund_id };
                let call = call(caller(&self.clock, 1, Role::Admin), &of.key, &asked).await;
                approve_refund::run(service, &call, &asked).await.map(drop)
            }
            Flow::ReturnSuspended(_) => refunding::advance(service, of.refund_id).await.map(drop),
        }
    }

    /// What others do afterwards: a payer who got no answer asks again, and pays.
    pub(super) async fn go_on(&self, copy: &Copy, flow: Flow, of: &Subject) {
        if let Flow::Create(_) = flow {
            let payment = self.create(&copy.service, of, flow.method()).await.unwrap();
            assert!(payment.handout.is_some(), "asked again, he gets what leads him to the cashier");
            self.open(&payment).await;
            assert!(self.pay(&payment.payment_no).await);
        }
        if flow == Flow::RefundRefused {
            self.ended(copy, 60).await;
            self.drain(of.drained);
        }
    }

    /// The payee spends what he got, or gets it again.
    fn drain(&self, by: i64) {
        let payee = (i32::from(AccountKind::User), partners::PAYEE.to_owned());
        *self.partners.books().balances.entry(payee).or_default() += by;
    }

    async fn create(
        &self,
        service: &Service,
        of: &Subject,
        method: v1::Method,
    ) -> Result<v1::Payment, fault::Fault> {
        let asked = wanted(&of.order, method);
        let call = call(caller(&self.clock, PAYER, Role::User), &of.key, &asked).await;
        let answer = create_payment::run(service, &call, &asked).await?;
        Ok(answer.reply.payment.unwrap())
    }

    async fn refund(&self, service: &Service, of: &Subject, role: Role) -> Result<i64, fault::Fault> {
        let asked = v1::CreateRefundRequest {
            payment_id: of.payment_id,
            amount_minor: PART,
            reason: "back".to_owned(),
            ..Default::default()
        };
        let id = if role == Role::User { PAYER } else { 1 };
        let call = call(caller(&self.clock, id, role), &of.key, &asked).await;
        let answer = create_refund::run(service, &call, &asked).await?;
        Ok(answer.reply.refund.unwrap().id)
    }

    async fn tell(&self, service: &Service, of: &Subject) -> Result<(), fault::Fault> {
        if of.told.body.is_empty() {
            return Ok(());
        }
        let call = call(Caller::default(), &of.key, &of.told).await;
        handle_callback::run(service, &call, &of.told).await.map(drop)
    }

    /// The payer pays, and the provider tells it; nobody has heard it yet.
    pub(super) async fn paid_and_told(&self, payment_no: &str) -> v1::HandleCallbackRequest {
        self.gateway.kept();
        assert!(self.pay(payment_no).await);
        for _ in 0..400 {
            // Others that nobody has heard come again.
            for told in self.gateway.kept() {
                if self.tells_of(&told, payment_no).await {
                    return told;
                }
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("the sandbox told nothing of {payment_no}")
    }

    /// Whether a callback says that a payment is paid.
    async fn tells_of(&self, told: &v1::HandleCallbackRequest, payment_no: &str) -> bool {
        let mut headers = http::HeaderMap::new();
        for header in &told.headers {
            let name: http::HeaderName = header.name.parse().unwrap();
            headers.append(name, header.value.parse().unwrap());
        }
        let channel = match told.method() {
            v1::Method::Alipay => Channel::Alipay,
            v1::Method::Wechat => Channel::Wechat,
            _ => Channel::Unionpay,
        };
        let notice = self.sandbox.provider(channel).read_callback(&headers, &told.body).await;
        matches!(notice, Ok(Notice::Paid { out_no, .. }) if out_no == payment_no)
    }

    /// Lets time pass until a flow's payment is no longer open and nothing is under way. Gives the seconds.
    pub(super) async fn ends(&self, copy: &Copy, of: &Subject, seconds_max: i64) -> i64 {
        let mut passed = self.ended(copy, seconds_max).await;
        while self.state(of).await.0 == "processing" {
            assert!(passed < seconds_max, "the payment is still open after {seconds_max} s");
            passed += self.step(copy, seconds_max - passed).await;
            passed += self.ended(copy, seconds_max - passed).await;
        }
        passed
    }

    /// Has a copy hear what the providers tell, until it has heard of a flow's payment.
    pub(super) async fn hear(&self, copy: &Copy, of: &Subject) {
        for _ in 0..400 {
            for told in self.gateway.kept() {
                let call = call(Caller::default(), "again", &told).await;
                assert!(handle_callback::run(&copy.service, &call, &told).await.unwrap().reply.is_taken);
            }
            if self.state(of).await.0 != "processing" {
                return;
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("the sandbox told nothing")
    }

    /// What became of the payment of a flow's order: its state and what went back.
    pub(super) async fn state(&self, of: &Subject) -> (String, i64) {
        let found = "select status, refunded_minor from payment where order_no = $1";
        sqlx::query_as(found).bind(&of.order.order_no).fetch_one(&mut self.sql().await).await.unwrap()
    }
}

//! The services behind the gateway: one channel each, and what every answer of theirs goes through.
//!
//! Deadlines, retries and identity are `rpc`'s business. The rule not to be broken: the gateway signs nothing as a
//! user; it passes the user's own token on and adds its own name.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use fault::Fault;
use proto::{
    audit::v1::audit_service_client::AuditServiceClient,
    bill::v1::{bill_service_client::BillServiceClient, order_service_client::OrderServiceClient},
    expense::v1::expense_service_client::ExpenseServiceClient,
    payment::v1::{
        GetPaymentRequest, GetPaymentResponse, payment_service_client::PaymentServiceClient,
        withdrawal_service_client::WithdrawalServiceClient,
    },
    room::v1::room_service_client::RoomServiceClient,
    user::v1::{
        GetUsersRequest, membership_service_client::MembershipServiceClient,
        user_service_client::UserServiceClient,
    },
    wallet::v1::wallet_service_client::WalletServiceClient,
};
use rpc::Channel;

use crate::{
    details::Details, faces::dorm::bodies::shapes::People, problem::Problem, settings::Services, visit::Visit,
};

/// A file in one message: 5 MiB and what stands around it.
const FILE_MESSAGE_BYTES_MAX: usize = 6 * 1024 * 1024;
/// Lists and events of many rows come in one message.
const REPLY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Time for a whole file; an import of thousands of rows is one transaction.
const FILE_BUDGET: Duration = Duration::from_secs(30);
/// Time in which a payment provider may answer, the payment service's tries included.
const PROVIDER_BUDGET: Duration = Duration::from_secs(12);
/// How many names are asked for at once.
const NAMES_MAX: usize = 1_000;
/// What a service marks an answer with that it took from its store of idempotency keys.
const REPLAYED: &str = "idempotent-replayed";

/// Reaches the services. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Peers(Arc<Channels>);

#[derive(Debug)]
struct Channels {
    user: Channel,
    room: Channel,
    expense: Channel,
    bill: Channel,
    payment: Channel,
    wallet: Channel,
    risk: Channel,
    details: Details,
}

impl Peers {
    /// Prepares the channels; nothing is connected before the first call.
    ///
    /// *Errors*: internal, when an address is none.
    pub(crate) fn new(services: &Services, credentials: &Arc<dyn rpc::Credentials>) -> Result<Self, Fault> {
        let channel = |url: &str| rpc::channel(url, Some(Arc::clone(credentials)));
        let payment = channel(&services.payment)?;
        Ok(Self(Arc::new(Channels {
            details: Details::start(payment.clone()),
            payment,
            user: channel(&services.user)?,
            room: channel(&services.room)?,
            expense: channel(&services.expense)?,
            bill: channel(&services.bill)?,
            wallet: channel(&services.wallet)?,
            risk: channel(&services.risk)?,
        })))
    }

    /// People, sessions, notifications, uploads.
    pub(crate) fn user(&self) -> UserServiceClient<Channel> {
        UserServiceClient::new(self.0.user.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Memberships.
    pub(crate) fn membership(&self) -> MembershipServiceClient<Channel> {
        MembershipServiceClient::new(self.0.user.clone())
    }

    /// The channel to the user service, for the check of sessions.
    pub(crate) fn user_channel(&self) -> Channel {
        self.0.user.clone()
    }

    /// Rooms, members, events.
    pub(crate) fn room(&self) -> RoomServiceClient<Channel> {
        RoomServiceClient::new(self.0.room.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Expenses, balances, disputes, imports.
    pub(crate) fn expense(&self) -> ExpenseServiceClient<Channel> {
        ExpenseServiceClient::new(self.0.expense.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// The expense service for whole files, which take longer.
    pub(crate) fn expense_files(&self) -> ExpenseServiceClient<Channel> {
        ExpenseServiceClient::new(self.0.expense.clone().with_budget(FILE_BUDGET))
            .max_decoding_message_size(REPLY_BYTES_MAX)
            .max_encoding_message_size(FILE_MESSAGE_BYTES_MAX)
    }

    /// The user service for whole files, which take longer.
    pub(crate) fn user_files(&self) -> UserServiceClient<Channel> {
        UserServiceClient::new(self.0.user.clone().with_budget(FILE_BUDGET))
    }

    /// Bills.
    pub(crate) fn bill(&self) -> BillServiceClient<Channel> {
        BillServiceClient::new(self.0.bill.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Orders and products.
    pub(crate) fn orders(&self) -> OrderServiceClient<Channel> {
        OrderServiceClient::new(self.0.bill.clone()).max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Payments, refunds, callbacks, scheduled tasks. What needs a provider goes `at_provider`.
    pub(crate) fn payment(&self) -> PaymentServiceClient<Channel> {
        PaymentServiceClient::new(self.0.payment.clone().with_budget(PROVIDER_BUDGET))
            .max_decoding_message_size(REPLY_BYTES_MAX)
    }

    /// Withdrawals, which need a provider.
    pub(crate) fn withdrawals(&self) -> WithdrawalServiceClient<Channel> {
        WithdrawalServiceClient::new(self.0.payment.clone().with_budget(PROVIDER_BUDGET))
    }

    /// Shows a payment to the user of this request. Reads of the same moment go together (`details`).
    ///
    /// *Errors*: those of `GetPayment`.
    pub(crate) async fn shown_payment(&self, asked: GetPaymentRequest) -> Result<GetPaymentResponse, Fault> {
        self.0.details.show(asked).await
    }

    /// Wallets and payment passwords.
    pub(crate) fn wallet(&self) -> WalletServiceClient<Channel> {
        WalletServiceClient::new(self.0.wallet.clone())
    }

    /// The audit trails of all services.
    pub(crate) fn audits(&self) -> Vec<AuditServiceClient<Channel>> {
        self.named()
            .into_iter()
            .map(|(_, channel)| AuditServiceClient::new(channel).max_decoding_message_size(REPLY_BYTES_MAX))
            .collect()
    }

    /// All services by name, for health.
    pub(crate) fn named(&self) -> Vec<(&'static str, Channel)> {
        let all = &self.0;
        vec![
            ("user", all.user.clone()),
            ("room", all.room.clone()),
            ("expense", all.expense.clone()),
            ("bill", all.bill.clone()),
            ("payment", all.payment.clone()),
            ("wallet", all.wallet.clone()),
            ("risk", all.risk.clone()),
        ]
    }

    /// Asks for the names behind ids, each once, in as few calls as possible.
    pub(crate) async fn people(&self, ids: impl IntoIterator<Item = i64>) -> Result<People, Problem> {
        let ids: Vec<i64> =
            ids.into_iter().filter(|id| *id > 0).collect::<BTreeSet<_>>().into_iter().collect();
        let mut profiles = Vec::with_capacity(ids.len());
        for ids in ids.chunks(NAMES_MAX) {
            let reply = self.user().get_users(GetUsersRequest { ids: ids.to_vec() }).await.told()?;
            profiles.extend(reply.users);
        }
        Ok(People::new(profiles))
    }
}

/// Gives a call the time in which a payment provider may answer, which is longer than that of an ordinary request.
pub(crate) async fn at_provider<F: Future>(call: F) -> F::Output {
    match rpc::context::current() {
        Some(context) => {
            let deadline = Instant::now() + PROVIDER_BUDGET;
            rpc::context::scope(rpc::Context { deadline, ..context }, call).await
        }
        None => call.await,
    }
}

/// Takes the message out of what a service answered.
pub(crate) trait Told<T>: Sized {
    /// Gives the message, notes a replay, or turns the refusal into a problem.
    fn told(self) -> Result<T, Problem> {
        self.told_as(|fault| fault)
    }

    /// As `told`, for a face that has other names than the services: a refusal is put in its words.
    fn told_as(self, words: fn(Fault) -> Fault) -> Result<T, Problem>;
}

impl<T> Told<T> for Result<tonic::Response<T>, tonic::Status> {
    fn told_as(self, words: fn(Fault) -> Fault) -> Result<T, Problem> {
        let response = self.map_err(|status| words(Fault::from(status)))?;
        if response.metadata().get(REPLAYED).is_some_and(|value| value == "true") {
            Visit::note_replay();
        }
        Ok(response.into_inner())
    }
}

/// Takes a part that a service always sends.
///
/// *Errors*: internal, when it is missing.
pub(crate) fn required<T>(part: Option<T>, name: &'static str) -> Result<T, Problem> {
    part.ok_or_else(|| Fault::internal(format!("a service left out the {name}")).into())
}

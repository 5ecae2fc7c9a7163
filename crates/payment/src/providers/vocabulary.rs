//! What the service says to a provider and hears from it, in the service's own words.
//!
//! No provider's word is here; each provider's `wire.rs` translates. The rule not to be broken: a call whose effect is
//! not known is [`Trouble::Unknown`], never a failure.

use std::{fmt, net::IpAddr};

use chrono::{DateTime, Utc};
use money::Minor;
use serde_json::Value;
use wire::Params;

/// Where money comes from or goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    /// Alipay.
    Alipay,
    /// WeChat Pay.
    Wechat,
    /// UnionPay, which people know as their bank.
    Unionpay,
}

impl Channel {
    /// All channels.
    pub const ALL: [Self; 3] = [Self::Alipay, Self::Wechat, Self::Unionpay];

    /// Gives the word for logs and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Wechat => "wechat",
            Self::Unionpay => "unionpay",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the payer is led to the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// A code to scan.
    Qr,
    /// A page on a computer, reached by an address.
    Page,
    /// The same page, reached by a form.
    PageForm,
    /// A page on a phone.
    MobilePage,
    /// Inside the provider's own program; the payer's id there is needed.
    InApp,
    /// From an app of ours.
    App,
}

/// A payment to be begun.
#[derive(Clone, Debug)]
pub struct Order {
    /// Our number, unique for ever: 8 to 32 letters and digits fit every provider.
    pub out_no: String,
    /// *Units*: fen, above zero.
    pub amount: Minor,
    /// What the payer reads; shortened and cleaned for each provider.
    pub subject: String,
    /// How he is led to the cashier.
    pub product: Product,
    /// When we made the number; at UnionPay a part of it.
    pub created_at: DateTime<Utc>,
    /// After this the provider refuses the money.
    pub expires_at: DateTime<Utc>,
    /// The payer's id at the provider, for [`Product::InApp`].
    pub payer_id: Option<String>,
    /// Where the payer's request came from, for [`Product::MobilePage`].
    pub payer_ip: Option<IpAddr>,
    /// Where his browser goes afterwards; else the setting says.
    pub return_url: Option<String>,
}

/// What the payer is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handout {
    /// The text of a code to scan.
    QrCode(String),
    /// An address for his browser.
    Redirect(String),
    /// A page that posts itself.
    Form(String),
    /// Parameters for a client program.
    AppParams(Params),
}

/// Names a payment that was begun.
#[derive(Clone, Debug)]
pub struct PaymentRef {
    /// Our number.
    pub out_no: String,
    /// When we made it.
    pub created_at: DateTime<Utc>,
    /// When it ends unpaid.
    pub expires_at: DateTime<Utc>,
    /// The provider's number, once it is known.
    pub transaction: Option<String>,
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// The money is there; later refunds do not change that.
    Paid(Paid),
    /// It can still be paid.
    Pending,
    /// It can no longer be paid and was not.
    Closed,
    /// The provider does not know it; that does not prove that it never will.
    NotFound,
}

/// Money that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The provider's number.
    pub transaction: String,
    /// The order's amount as the provider knows it, to be compared with ours. *Units*: fen.
    pub amount: Minor,
    /// When it was paid, if the provider says.
    pub paid_at: Option<DateTime<Utc>>,
    /// Who paid, masked or an id at the provider.
    pub payer: Option<String>,
}

/// A refund to be made, or asked about.
#[derive(Clone, Debug)]
pub struct Refund {
    /// The payment that is refunded; UnionPay needs its `transaction`.
    pub payment: PaymentRef,
    /// The payment's whole amount. *Units*: fen.
    pub payment_amount: Minor,
    /// Our number of the refund, unique for ever; a repeat uses the same.
    pub out_refund_no: String,
    /// *Units*: fen, above zero.
    pub amount: Minor,
    /// What the payer may read.
    pub reason: String,
    /// When we made the number.
    pub created_at: DateTime<Utc>,
}

/// What became of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundState {
    /// The money went back.
    Done(Refunded),
    /// Accepted, not yet done.
    Pending,
    /// It will not happen under this number.
    Failed {
        /// The provider's word.
        code: String,
        /// What it says about it.
        text: String,
    },
    /// The provider does not know the number: the refund may be sent with the same one.
    NotFound,
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The provider's number, where it gives one.
    pub refund: Option<String>,
    /// What went back by this refund, if the provider says. *Units*: fen.
    pub amount: Option<Minor>,
    /// When, if the provider says.
    pub refunded_at: Option<DateTime<Utc>>,
}

/// Money to be sent to somebody's account at the provider.
#[derive(Clone, Debug)]
pub struct Payout {
    /// Our number, unique for ever; a repeat uses the same.
    pub out_no: String,
    /// *Units*: fen.
    pub amount: Minor,
    /// The account's name for signing in: a phone number or mail address.
    pub account: String,
    /// The owner's name.
    pub owner: String,
    /// What the owner reads.
    pub title: String,
}

/// What became of a payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayoutState {
    /// The money arrived.
    Done {
        /// The provider's number.
        transaction: String,
    },
    /// Under way.
    Pending,
    /// It failed or came back; a new one needs a new number.
    Failed {
        /// The provider's word.
        code: String,
        /// What it says about it.
        text: String,
    },
    /// The provider does not know the number.
    NotFound,
}

/// A line of the provider's book of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Our number of the payment.
    pub out_no: String,
    /// The provider's number of the payment.
    pub transaction: String,
    /// Our number of the refund, if the line is one.
    pub out_refund_no: Option<String>,
    /// What came or went back, never negative. *Units*: fen.
    pub amount: Minor,
    /// When, if the book says so with a date.
    pub at: Option<DateTime<Utc>>,
}

/// Why a call has no answer that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The provider refused: nothing happened, and the same call would be refused again.
    #[error("refused: {code} {text}")]
    Refused {
        /// What follows from it.
        reason: Refusal,
        /// The provider's word; ours if the call was not even sent.
        code: String,
        /// What is said about it.
        text: String,
    },
    /// It may have happened: ask before doing anything else.
    #[error("not known: {why}")]
    Unknown {
        /// What went wrong, for the log.
        why: String,
    },
}

impl Trouble {
    pub(crate) fn unknown(why: impl fmt::Display) -> Self {
        Self::Unknown { why: why.to_string() }
    }

    pub(crate) fn refused(reason: Refusal, code: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Refused { reason, code: code.into(), text: text.into() }
    }

    /// Refuses before anything is sent.
    pub(crate) fn here(reason: Refusal, text: impl Into<String>) -> Self {
        Self::refused(reason, "HERE", text)
    }
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The channel has no such product or operation.
    NotOffered,
    /// Something that the channel needs is missing or not in its form.
    Incomplete,
    /// What is asked for does not exist yet; later it may.
    NotReady,
    /// The merchant's balance is too low: the same call may succeed after it was filled up.
    LowBalance,
    /// It is paid already: ask what became of it.
    AlreadyPaid,
    /// The number was used for something else: a new one is needed.
    NumberUsed,
    /// What has this number is closed: a new one is needed.
    NumberClosed,
    /// Nothing but that it was refused.
    Other,
}

/// What a call came to, with what the provider answered.
#[derive(Clone, Debug)]
pub struct Outcome<T> {
    /// The outcome.
    pub result: Result<T, Trouble>,
    /// What is kept of the answer.
    pub record: Record,
}

impl<T> Outcome<T> {
    pub(crate) fn and_then<U>(self, next: impl FnOnce(T) -> Result<U, Trouble>) -> Outcome<U> {
        Outcome { result: self.result.and_then(next), record: self.record }
    }
}

/// What is kept of an exchange with a provider. *Shape*: secrets, signatures and people's ids are masked.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// What was asked, in the provider's words.
    pub operation: &'static str,
    /// The HTTP status; none if nothing came or nothing was sent.
    pub http_status: Option<u16>,
    /// What was answered; null if nothing came.
    pub answer: Value,
}

impl Record {
    pub(crate) const fn nothing(operation: &'static str) -> Self {
        Self { operation, http_status: None, answer: Value::Null }
    }

    pub(crate) const fn with<T>(self, result: Result<T, Trouble>) -> Outcome<T> {
        Outcome { result, record: self }
    }
}

/// What a provider tells us unasked, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A payment was paid. The amount is still to be compared.
    Paid {
        /// Our number.
        out_no: String,
        /// What came.
        paid: Paid,
    },
    /// A payment was closed unpaid.
    Closed {
        /// Our number.
        out_no: String,
    },
    /// A refund ended.
    Refund {
        /// Our number of the payment, if the provider says.
        out_no: Option<String>,
        /// Our number of the refund, if the provider says; one of the two is always there.
        out_refund_no: Option<String>,
        /// How it ended.
        state: RefundState,
    },
    /// Something of ours that asks for nothing.
    Nothing {
        /// What it was, for the log.
        what: String,
    },
}

/// Why a callback is answered with the provider's failure. No state may change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCallback {
    /// It is not proved to come from the provider.
    #[error("the signature does not hold: {why}")]
    BadSignature {
        /// What is wrong.
        why: String,
    },
    /// It is signed but says what no provider says, or is not meant for us.
    #[error("it is not for us: {why}")]
    NotOurs {
        /// What is wrong.
        why: String,
    },
}

impl BadCallback {
    pub(crate) fn signature(why: impl fmt::Display) -> Self {
        Self::BadSignature { why: why.to_string() }
    }

    pub(crate) fn not_ours(why: impl fmt::Display) -> Self {
        Self::NotOurs { why: why.to_string() }
    }
}

/// What a provider wants to hear after a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: &'static str,
}

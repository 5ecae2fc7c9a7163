//! States of a payment, the steps between them, and the words of methods, channels and verdicts.
//!
//! The table of steps is the only one: the database's copy is compared with it by a test. Faces print their own words
//! elsewhere. The rule not to be broken: whatever is not in [`STEPS`] does not happen.

use crate::providers;

/// Writes an enum, its words and its list from one table.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(crate) enum $name { $($(#[$inner])* $variant,)+ }

        impl $name {
            /// All of them, in the order of their declaration.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Gives the word of columns and logs.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// Reads the word; another is none.
            pub(crate) fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}
pub(super) use words;

words! {
    /// The canonical state of a payment (contract section 5).
    Status {
        /// Written, and no provider was asked yet.
        Pending = "pending",
        /// It can be paid.
        Processing = "processing",
        /// The money is there.
        Success = "success",
        /// It ended unpaid: refused.
        Failed = "failed",
        /// It ended unpaid: given up or expired.
        Cancelled = "cancelled",
        /// Money is on its way back.
        Refunding = "refunding",
        /// Part of the money went back.
        PartiallyRefunded = "partially_refunded",
        /// All of the money went back.
        Refunded = "refunded",
    }
}

/// The legal steps of a payment (contract section 5).
pub(crate) const STEPS: &[(Status, Status)] = &[
    (Status::Pending, Status::Processing),
    (Status::Pending, Status::Failed),
    (Status::Pending, Status::Cancelled),
    (Status::Processing, Status::Success),
    (Status::Processing, Status::Failed),
    (Status::Processing, Status::Cancelled),
    (Status::Success, Status::Refunding),
    (Status::Refunding, Status::Success),
    (Status::Refunding, Status::PartiallyRefunded),
    (Status::Refunding, Status::Refunded),
    (Status::PartiallyRefunded, Status::Refunding),
];

impl Status {
    /// Tells whether it can still be paid.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Processing)
    }

    /// Tells whether its money came in time.
    pub(crate) const fn is_paid(self) -> bool {
        matches!(self, Self::Success | Self::Refunding | Self::PartiallyRefunded | Self::Refunded)
    }

    /// Tells whether a step is legal.
    pub(crate) fn may_become(self, next: Self) -> bool {
        STEPS.contains(&(self, next))
    }
}

words! {
    /// How a payment is paid.
    Method {
        /// Alipay.
        Alipay = "alipay",
        /// WeChat Pay.
        Wechat = "wechat",
        /// UnionPay, shown as bank.
        Unionpay = "unionpay",
        /// Out of the payer's own wallet.
        Balance = "balance",
    }
}

impl Method {
    /// Gives the provider's channel; the balance has none.
    pub(crate) const fn provider(self) -> Option<providers::Channel> {
        match self {
            Self::Alipay => Some(providers::Channel::Alipay),
            Self::Wechat => Some(providers::Channel::Wechat),
            Self::Unionpay => Some(providers::Channel::Unionpay),
            Self::Balance => None,
        }
    }
}

words! {
    /// Where the payer is led to the cashier: the documents' channel.
    Lane {
        /// In an app.
        App = "app",
        /// On a computer.
        Web = "web",
        /// On a phone.
        H5 = "h5",
        /// By a code.
        Qr = "qr",
    }
}

words! {
    /// What the order said to the money.
    Verdict {
        /// It is paid by it.
        Accepted = "accepted",
        /// It was over before.
        Late = "late",
        /// It was paid otherwise.
        Double = "double",
        /// It is over another amount.
        Mismatch = "mismatch",
    }
}

//! The name of an account: who holds what.
//!
//! Names that cannot be are refused when they are read; how much is in an account does not live here. The rule not to
//! be broken: a name has one spelling, so that an owner has one account for each asset.

use std::fmt;

use fault::Fault;
use money::Currency;

/// What is counted in an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Asset {
    /// Money, in hundredths of the currency's unit.
    Currency(Currency),
    /// Points, whole.
    Points,
}

const POINTS: &str = "POINTS";

impl Asset {
    /// Reads `CNY`, another code of ISO 4217, or `POINTS`. *Errors*: validation of `field`.
    pub(crate) fn parse(field: &str, text: &str) -> Result<Self, Fault> {
        if text == POINTS {
            return Ok(Self::Points);
        }
        let currency = Currency::parse(text);
        currency.map(Self::Currency).map_err(|error| Fault::validation(field, error.to_string()))
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Currency(currency) => currency.as_str(),
            Self::Points => POINTS,
        }
    }
}

/// A provider through which money comes and goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Channel {
    Alipay,
    Wechat,
    Unionpay,
}

impl Channel {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "alipay" => Some(Self::Alipay),
            "wechat" => Some(Self::Wechat),
            "unionpay" => Some(Self::Unionpay),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Alipay => "alipay",
            Self::Wechat => "wechat",
            Self::Unionpay => "unionpay",
        }
    }
}

/// Whose account it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Holder {
    User(i64),
    Merchant(i64),
    /// Money at a provider: the more is there, the more negative the account.
    Channel(Channel),
    /// Money that came through a channel and belongs to nobody yet.
    Suspense(Channel),
    Revenue,
    /// All points that were given out, as a negative number.
    PointsIssued,
}

/// Names an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Account {
    pub(crate) holder: Holder,
    pub(crate) asset: Asset,
}

impl Account {
    pub(crate) const fn user(user_id: i64, asset: Asset) -> Self {
        Self { holder: Holder::User(user_id), asset }
    }

    /// Reads a name as tables spell it. *Errors*: validation of `field` with `.kind`, `.owner` or `.asset`.
    pub(crate) fn parse(field: &str, kind: &str, owner: &str, asset: &str) -> Result<Self, Fault> {
        let wrong = |part: &str, rule: &str| Fault::validation(format!("{field}.{part}"), rule);
        let id = || id(owner).ok_or_else(|| wrong("owner", "must be an id"));
        let channel = || {
            let rule = "must be alipay, wechat or unionpay";
            Channel::parse(owner).ok_or_else(|| wrong("owner", rule))
        };
        let nobody =
            |holder| if owner.is_empty() { Ok(holder) } else { Err(wrong("owner", "must be empty")) };
        let holder = match kind {
            "user" => Holder::User(id()?),
            "merchant" => Holder::Merchant(id()?),
            "channel" => Holder::Channel(channel()?),
            "suspense" => Holder::Suspense(channel()?),
            "revenue" => nobody(Holder::Revenue)?,
            "points_issued" => nobody(Holder::PointsIssued)?,
            _ => return Err(wrong("kind", "must be a kind of account")),
        };
        let asset = match asset {
            POINTS => Asset::Points,
            code => Asset::parse(&format!("{field}.asset"), code)?,
        };
        match (holder, asset) {
            (Holder::PointsIssued, Asset::Currency(_)) => Err(wrong("asset", "must be POINTS")),
            (Holder::Channel(_) | Holder::Suspense(_), Asset::Points) => {
                Err(wrong("asset", "must be a currency"))
            }
            _ => Ok(Self { holder, asset }),
        }
    }

    /// Gives the word of the account's kind.
    pub(crate) const fn kind(self) -> &'static str {
        match self.holder {
            Holder::User(_) => "user",
            Holder::Merchant(_) => "merchant",
            Holder::Channel(_) => "channel",
            Holder::Suspense(_) => "suspense",
            Holder::Revenue => "revenue",
            Holder::PointsIssued => "points_issued",
        }
    }

    /// Gives the owner as text; empty for what belongs to the platform.
    pub(crate) fn owner(self) -> String {
        match self.holder {
            Holder::User(id) | Holder::Merchant(id) => id.to_string(),
            Holder::Channel(channel) | Holder::Suspense(channel) => channel.as_str().to_owned(),
            Holder::Revenue | Holder::PointsIssued => String::new(),
        }
    }

    /// Tells whether it stands for what is outside, and so may be negative.
    pub(crate) const fn may_be_negative(self) -> bool {
        matches!(self.holder, Holder::Channel(_) | Holder::PointsIssued)
    }

    /// Tells whether it belongs to a user.
    pub(crate) const fn is_wallet(self) -> bool {
        matches!(self.holder, Holder::User(_))
    }

    /// Tells whether it belongs to a person or a firm.
    pub(crate) const fn is_somebodys(self) -> bool {
        matches!(self.holder, Holder::User(_) | Holder::Merchant(_))
    }
}

/// Reads an id in its one spelling.
fn id(text: &str) -> Option<i64> {
    let is_plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asset = self.asset.as_str();
        match self.holder {
            Holder::User(id) | Holder::Merchant(id) => write!(f, "{}:{id} {asset}", self.kind()),
            Holder::Channel(channel) | Holder::Suspense(channel) => {
                write!(f, "{}:{} {asset}", self.kind(), channel.as_str())
            }
            Holder::Revenue | Holder::PointsIssued => write!(f, "{} {asset}", self.kind()),
        }
    }
}

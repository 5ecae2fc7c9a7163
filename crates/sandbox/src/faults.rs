//! What goes wrong on purpose: faults of requests and of callbacks, for one trade or for all.
//!
//! They are kept in memory and end with the process. The rule not to be broken: without a fault nothing goes wrong, and
//! a fault hits no more often than it says.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::trades::Provider;

/// Faults that may be set at once.
const FAULTS_MAX: usize = 1_000;
/// The longest wait that a fault may ask for. *Units*: milliseconds.
pub(crate) const DELAY_MS_MAX: u64 = 86_400_000;

/// What a fault may hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Callback,
    Create,
    Query,
    Close,
    Refund,
    RefundQuery,
    Transfer,
    TransferQuery,
    Bill,
    Certificates,
    /// Every request, but no callback.
    Any,
}

impl Operation {
    pub(crate) const ALL: [(Self, &'static str); 11] = [
        (Self::Callback, "callback"),
        (Self::Create, "create"),
        (Self::Query, "query"),
        (Self::Close, "close"),
        (Self::Refund, "refund"),
        (Self::RefundQuery, "refund_query"),
        (Self::Transfer, "transfer"),
        (Self::TransferQuery, "transfer_query"),
        (Self::Bill, "bill"),
        (Self::Certificates, "certificates"),
        (Self::Any, "any"),
    ];

    fn covers(self, other: Self) -> bool {
        self == other || (self == Self::Any && other != Self::Callback)
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Lost,
    Late,
    Doubled,
    Reordered,
    Forged,
    WrongAmount,
    Probe,
    Timeout,
    TimeoutBefore,
    ErrorBefore,
    ErrorAfter,
    ResetBefore,
    ResetAfter,
    Slow,
}

impl Kind {
    pub(crate) const ALL: [(Self, &'static str); 14] = [
        (Self::Lost, "lost"),
        (Self::Late, "late"),
        (Self::Doubled, "doubled"),
        (Self::Reordered, "reordered"),
        (Self::Forged, "forged"),
        (Self::WrongAmount, "wrong_amount"),
        (Self::Probe, "probe"),
        (Self::Timeout, "timeout"),
        (Self::TimeoutBefore, "timeout_before"),
        (Self::ErrorBefore, "error_before"),
        (Self::ErrorAfter, "error_after"),
        (Self::ResetBefore, "reset_before"),
        (Self::ResetAfter, "reset_after"),
        (Self::Slow, "slow"),
    ];

    /// Tells whether it may hit an operation; a probe comes as a notification and as an answer.
    pub(crate) fn fits(self, operation: Operation) -> bool {
        self == Self::Probe || self.is_of_callbacks() == (operation == Operation::Callback)
    }

    /// Tells whether it is one of notifications.
    pub(crate) const fn is_of_callbacks(self) -> bool {
        matches!(
            self,
            Self::Lost
                | Self::Late
                | Self::Doubled
                | Self::Reordered
                | Self::Forged
                | Self::WrongAmount
                | Self::Probe
        )
    }

    /// Tells whether the work is done before it goes wrong.
    pub(crate) const fn is_after(self) -> bool {
        matches!(self, Self::Timeout | Self::ErrorAfter | Self::ResetAfter | Self::Slow | Self::Probe)
    }

    /// Gives its word.
    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Planned {
    pub(crate) id: u64,
    pub(crate) provider: Option<Provider>,
    pub(crate) out_trade_no: Option<String>,
    pub(crate) operation: Operation,
    #[serde(rename = "fault")]
    pub(crate) kind: Kind,
    /// How often it still hits; without it, until it is taken away.
    pub(crate) times: Option<u32>,
    pub(crate) delay_ms: Option<u64>,
}

impl Planned {
    /// Gives the wait that it asks for.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.delay_ms.map(Duration::from_millis)
    }
}

/// The faults that are set.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<(u64, Vec<Planned>)>);

impl Faults {
    /// Sets one and gives it with its number. None is set beyond a thousand.
    pub(crate) fn add(&self, mut planned: Planned) -> Option<Planned> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.1.len() >= FAULTS_MAX {
            return None;
        }
        all.0 = all.0.saturating_add(1);
        planned.id = all.0;
        all.1.push(planned.clone());
        Some(planned)
    }

    /// Gives all that are set.
    pub(crate) fn all(&self) -> Vec<Planned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Takes all away, or one. Tells how many those were.
    pub(crate) fn clear(&self, id: Option<u64>) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.1.len();
        all.1.retain(|planned| id.is_some_and(|id| planned.id != id));
        before.saturating_sub(all.1.len())
    }

    /// Gives the first fault that hits, and counts it.
    pub(crate) fn take(
        &self,
        provider: Provider,
        number: Option<&str>,
        operation: Operation,
    ) -> Option<Planned> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hits = |planned: &Planned| {
            planned.provider.is_none_or(|of| of == provider)
                && planned.operation.covers(operation)
                && planned.out_trade_no.as_deref().is_none_or(|of| Some(of) == number)
        };
        let at = all.1.iter().position(hits)?;
        let planned = all.1.get_mut(at)?;
        let taken = planned.clone();
        if let Some(times) = &mut planned.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                all.1.remove(at);
            }
        }
        Some(taken)
    }
}

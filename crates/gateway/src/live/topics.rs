//! The topics a client may subscribe to (contract section 10), as a set in one byte.

use std::ops::BitOr;

/// A set of topics. *Shape*: one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Topics(u8);

impl Topics {
    /// None.
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const EXPENSES: Self = Self(1);
    pub(crate) const BILLS: Self = Self(1 << 1);
    pub(crate) const PAYMENTS: Self = Self(1 << 2);
    pub(crate) const ROOMS: Self = Self(1 << 3);
    pub(crate) const NOTIFICATIONS: Self = Self(1 << 4);
    pub(crate) const DISPUTES: Self = Self(1 << 5);
    pub(crate) const WALLET: Self = Self(1 << 6);
    pub(crate) const SYSTEM: Self = Self(1 << 7);

    /// The names, in the order in which they are told.
    pub(crate) const NAMES: [(&'static str, Self); 8] = [
        ("expenses", Self::EXPENSES),
        ("bills", Self::BILLS),
        ("payments", Self::PAYMENTS),
        ("rooms", Self::ROOMS),
        ("notifications", Self::NOTIFICATIONS),
        ("disputes", Self::DISPUTES),
        ("wallet", Self::WALLET),
        ("system", Self::SYSTEM),
    ];

    /// Finds a topic by its name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, topic)| *topic)
    }

    /// Gives the names of the topics in the set.
    pub(crate) fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().filter(|(_, topic)| self.meets(*topic)).map(|(name, _)| *name).collect()
    }

    /// Tells whether the sets have a topic in common.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Takes topics out.
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Topics {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

//! What is true of the lists, whoever asks.
//!
//! Pure: nothing is read or written here.

/// The list on which a user stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Always allowed.
    Allow,
    /// Always refused.
    Block,
}

impl Kind {
    /// Gives the word that tables and texts use.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Block => "block",
        }
    }

    /// Reads the word; anything else is none.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Allow, Self::Block].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A user on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) user_id: i64,
    pub(crate) kind: Kind,
    /// One to a thousand characters.
    pub(crate) reason: String,
    /// The administrator who put him there first.
    pub(crate) created_by: i64,
}

//! How links are computed and checked.
//!
//! A link's hash is SHA-256 over the hash before it and all columns of its row, each with its length, so that no
//! two rows are hashed alike. The first link follows 32 zero bytes. The rule not to be broken: the form of a row
//! below never changes, or old chains break.

use std::collections::HashMap;

use fault::Fault;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use super::store::{self, Sealable, Stored};

pub(super) const ORIGIN: [u8; 32] = [0; 32];
const BATCH: i64 = 500;

/// One link, not yet stored.
pub(super) struct Link {
    pub(super) position: i64,
    pub(super) audit_id: i64,
    pub(super) prev_hash: [u8; 32],
    pub(super) hash: [u8; 32],
}

/// Says whether the trail is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All links fit. `head` is the last hash; note it somewhere else to see later that nothing was cut off.
    Intact {
        /// How many links there are.
        links: i64,
        /// The last hash; zeros for an empty chain.
        head: [u8; 32],
    },
    /// A link is missing, or does not fit its row or the link before it.
    Broken {
        /// The position of the first bad link, from 1.
        position: i64,
    },
    /// A row was put in, or its link taken away, past the sealer.
    Stray {
        /// The row's number.
        audit_id: i64,
    },
}

/// Checks the whole chain, five hundred links at a time.
pub async fn verify(conn: &mut PgConnection) -> Result<Verdict, Fault> {
    let (mut position, mut head) = (0, ORIGIN);
    loop {
        let links = store::links(conn, position, BATCH).await?;
        if links.is_empty() {
            break;
        }
        let ids: Vec<i64> = links.iter().map(|link| link.audit_id).collect();
        let rows = store::sealables(conn, &ids).await?;
        let rows: HashMap<i64, Sealable> = rows.into_iter().map(|row| (row.id, row)).collect();
        for link in &links {
            position += 1;
            let Some(hash) = rows.get(&link.audit_id).and_then(|row| checked(link, row, position, head))
            else {
                return Ok(Verdict::Broken { position });
            };
            head = hash;
        }
    }
    let stray = store::stray(conn).await?;
    Ok(stray.map_or(Verdict::Intact { links: position, head }, |audit_id| Verdict::Stray { audit_id }))
}

/// Computes the links of rows that follow a head.
pub(super) fn lengthen(mut position: i64, mut head: [u8; 32], rows: &[Sealable]) -> Vec<Link> {
    let mut links = Vec::with_capacity(rows.len());
    for row in rows {
        position += 1;
        let hash = hash(head, row);
        links.push(Link { position, audit_id: row.id, prev_hash: head, hash });
        head = hash;
    }
    links
}

fn checked(link: &Stored, row: &Sealable, position: i64, head: [u8; 32]) -> Option<[u8; 32]> {
    let hash = hash(head, row);
    (link.position == position && link.prev_hash == head && link.hash == hash).then_some(hash)
}

fn hash(head: [u8; 32], row: &Sealable) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(head);
    sha.update(row.id.to_be_bytes());
    sha.update(row.at.timestamp_micros().to_be_bytes());
    let actor_id = row.actor_id.map(|id| id.to_string());
    let columns = [
        Some(row.actor_kind.as_str()),
        actor_id.as_deref(),
        row.actor_name.as_deref(),
        Some(row.action.as_str()),
        Some(row.subject.as_str()),
        row.before.as_deref(),
        row.after.as_deref(),
        row.client_address.as_deref(),
        row.request_id.as_deref(),
    ];
    for column in columns {
        // An absent column is not an empty one: its length is one that no text has.
        let length = column.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX));
        sha.update(length.to_be_bytes());
        sha.update(column.unwrap_or_default().as_bytes());
    }
    sha.finalize().into()
}

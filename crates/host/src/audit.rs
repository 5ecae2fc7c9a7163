//! The audit trail at the door: `dormpay.audit.v1.AuditService`, the same for every service.
//!
//! Rows are written and sealed by `durable::audit`. The host serves this by itself; a service only has the row in its
//! access table that lets administrators in.

use durable::{
    Database,
    audit::{self, Actor, Filter, Record},
};
use fault::Fault;
use identity::Caller;
use proto::audit::v1::{
    Entry, ListEntriesRequest, ListEntriesResponse,
    audit_service_server::{AuditService, AuditServiceServer},
};
use tonic::{Request, Response, Status};

use crate::{instant, timestamp};

const LIMIT_MAX: i32 = 100;

/// Serves the audit rows of one database.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    db: Database,
}

/// Makes the gRPC service.
pub(crate) fn service(db: Database) -> AuditServiceServer<Audit> {
    AuditServiceServer::new(Audit { db })
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        Caller::of(&request).admin()?;
        let entries = list(&self.db, request.get_ref()).await?;
        Ok(Response::new(ListEntriesResponse { entries }))
    }
}

async fn list(db: &Database, asked: &ListEntriesRequest) -> Result<Vec<Entry>, Fault> {
    if !(1..=LIMIT_MAX).contains(&asked.limit) {
        return Err(Fault::validation("limit", format!("must be from 1 to {LIMIT_MAX}")));
    }
    let until = match &asked.before {
        Some(before) => Some(
            instant(before).ok_or_else(|| Fault::validation("before", "must be an instant that exists"))?,
        ),
        None => None,
    };
    let filter = Filter {
        user_id: Some(asked.actor_user_id).filter(|id| *id != 0),
        action: Some(asked.action.clone()).filter(|action| !action.is_empty()),
        until,
        ..Filter::default()
    };
    let mut conn = db.acquire().await?;
    let records = audit::list(&mut conn, &filter, None, i64::from(asked.limit)).await?;
    Ok(records.into_iter().map(|record| entry(db.service(), record)).collect())
}

fn entry(service: &str, record: Record) -> Entry {
    let json = |state: Option<serde_json::Value>| state.map(|state| state.to_string()).unwrap_or_default();
    Entry {
        id: record.id,
        service: service.to_owned(),
        at: Some(timestamp(record.at)),
        actor: match record.actor {
            Actor::User(id) => format!("user:{id}"),
            Actor::Service(name) => format!("service:{name}"),
            Actor::System => "system".to_owned(),
        },
        action: record.action,
        subject: record.subject,
        before_json: json(record.before),
        after_json: json(record.after),
        client_address: record.client_address.unwrap_or_default(),
        request_id: record.request_id.unwrap_or_default(),
    }
}

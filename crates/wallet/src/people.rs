//! What this service asks of the user service: whether somebody exists, and whether a login password is right.
//!
//! Users never vanish, so that one who exists is remembered. Nothing else of them is known here.

use std::{fmt, time::Duration};

use fault::Fault;
use moka::sync::Cache;
use proto::user::v1::{CheckPasswordRequest, GetUsersRequest, user_service_client::UserServiceClient};

const KNOWN_MAX: u64 = 200_000;
const LIFE: Duration = Duration::from_hours(1);

/// The user service. Cheap to clone.
#[derive(Clone)]
pub(crate) struct People {
    client: UserServiceClient<rpc::Channel>,
    known: Cache<i64, ()>,
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    /// Prepares the connection; it is made when first used.
    pub(crate) fn new(channel: rpc::Channel) -> Self {
        let known = Cache::builder().max_capacity(KNOWN_MAX).time_to_live(LIFE).build();
        Self { client: UserServiceClient::new(channel), known }
    }

    /// Passes a user who exists. *Errors*: `NOT_FOUND` naming `to_user_id`.
    pub(crate) async fn require(&self, user_id: i64) -> Result<(), Fault> {
        if self.known.get(&user_id).is_some() {
            return Ok(());
        }
        let request = GetUsersRequest { ids: vec![user_id] };
        let found = self.client.clone().get_users(request).await.map_err(Fault::from)?.into_inner();
        if found.users.iter().any(|user| user.id == user_id) {
            self.known.insert(user_id, ());
            return Ok(());
        }
        Err(Fault::not_found("to_user_id: user").with_field("to_user_id"))
    }

    /// Tells whether this is the login password of the user whose request this is.
    pub(crate) async fn has_login_password(&self, password: String) -> Result<bool, Fault> {
        let request = CheckPasswordRequest { password };
        Ok(self.client.clone().check_password(request).await.map_err(Fault::from)?.into_inner().is_right)
    }
}

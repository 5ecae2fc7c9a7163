//! What this service asks about people: what they are called, and whose an upload is.
//!
//! No answer is remembered or stored. Who is in a room is asked by crate `roster`.

use fault::{Code, Fault};
use proto::user::v1::{GetUploadRequest, GetUsersRequest, Profile, user_service_client::UserServiceClient};

/// Asks the user service. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct People {
    users: UserServiceClient<rpc::Channel>,
}

impl People {
    /// Prepares the connection; it is made when first used.
    pub(crate) fn new(users: rpc::Channel) -> Self {
        Self { users: UserServiceClient::new(users) }
    }

    /// Tells what users are called.
    pub(crate) async fn profiles(&self, ids: Vec<i64>) -> Result<Vec<Profile>, Fault> {
        let reply = self.users.clone().get_users(GetUsersRequest { ids }).await.map_err(Fault::from)?;
        Ok(reply.into_inner().users)
    }

    /// Names the owner of an upload, `None` when there is no such upload.
    pub(crate) async fn owner_of_upload(&self, upload_id: i64) -> Result<Option<i64>, Fault> {
        let asked = self.users.clone().get_upload(GetUploadRequest { upload_id }).await.map_err(Fault::from);
        match asked {
            Ok(reply) => Ok(reply.into_inner().upload.map(|upload| upload.owner_id)),
            Err(fault) if matches!(fault.code(), Code::NotFound | Code::Forbidden) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

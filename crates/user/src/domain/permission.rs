//! Rights: which permissions exist and what a role holds.
//!
//! The rule not to be broken: an administrator holds every permission, whatever is stored.

use fault::Fault;
use identity::{PERMISSIONS, Role};

/// Reads the permissions to be given. *Shape*: sorted, each once. *Errors*: `VALIDATION_ERROR` for an unknown one.
pub(crate) fn parse(names: &[String]) -> Result<Vec<String>, Fault> {
    if let Some(unknown) = names.iter().position(|name| !PERMISSIONS.contains(&name.as_str())) {
        let rule = format!("must be one of {}", PERMISSIONS.join(", "));
        return Err(Fault::validation(format!("permissions[{unknown}]"), rule));
    }
    let held = PERMISSIONS.iter().filter(|known| names.iter().any(|name| name == *known));
    Ok(held.map(|name| (*name).to_owned()).collect())
}

/// Gives what somebody holds: all for an administrator, else what was given to him.
pub(crate) fn held(role: Role, given: &[String]) -> Vec<String> {
    match role {
        Role::Admin => PERMISSIONS.iter().map(|name| (*name).to_owned()).collect(),
        Role::User => given.to_vec(),
    }
}

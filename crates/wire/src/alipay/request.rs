//! Requests to the gateway: what is signed, and the forms in which they leave.
//!
//! Every parameter but `sign` is signed, `sign_type` too, in the order of the names, decoded; empty ones are left out.

use std::collections::btree_map::Entry;

use super::SIGN_TYPE;
use crate::{
    Error, Params, form,
    keys::{PrivateKey, PublicKey},
    page,
};

const IN_THE_BODY: &str = "biz_content";

/// Gives the text that is signed.
pub fn canonical(params: &Params) -> String {
    form::joined(params, &["sign"], false)
}

/// Signs: drops empty parameters and sets `sign_type` and `sign`. *Errors*: as [`PrivateKey::sign`].
pub fn sign(params: &mut Params, key: &PrivateKey) -> Result<(), Error> {
    params.retain(|_, value| !value.is_empty());
    params.insert("sign_type".to_owned(), SIGN_TYPE.to_owned());
    let signature = key.sign(canonical(params).as_bytes())?;
    params.insert("sign".to_owned(), signature);
    Ok(())
}

/// Verifies a request over all parameters that came, unknown ones too. *Errors*: [`Error::Unsigned`],
/// [`Error::SignType`], [`Error::BadSignature`].
pub fn verify(params: &Params, key: &PublicKey) -> Result<(), Error> {
    let signature = params.get("sign").ok_or(Error::Unsigned)?;
    if params.get("sign_type").map(String::as_str) != Some(SIGN_TYPE) {
        return Err(Error::SignType);
    }
    if key.verifies(canonical(params).as_bytes(), signature) { Ok(()) } else { Err(Error::BadSignature) }
}

/// Reads what came in the query and in the body. *Errors*: a name that comes twice, or what is no UTF-8.
pub fn read_request(query: &[u8], body: &[u8]) -> Result<Params, Error> {
    let mut all = form::read(query)?;
    for (name, value) in form::read(body)? {
        match all.entry(name) {
            Entry::Vacant(place) => {
                place.insert(value);
            }
            Entry::Occupied(place) if *place.get() == value => {}
            Entry::Occupied(_) => {
                return Err(Error::malformed("the request", "one that names each parameter once"));
            }
        }
    }
    Ok(all)
}

/// Writes the parameters as a query or form, sorted: what `alipay.trade.app.pay` hands to the app.
pub fn order_string(params: &Params) -> String {
    form::write(params)
}

/// Writes the address that leads a browser to the cashier.
pub fn url(gateway: &str, params: &Params) -> String {
    format!("{gateway}?{}", form::write(params))
}

/// Writes the page that posts itself to the gateway: `biz_content` in the form, all else in the address.
pub fn auto_post_page(gateway: &str, params: &Params) -> String {
    let (body, query): (Params, Params) =
        params.clone().into_iter().partition(|(name, _)| name == IN_THE_BODY);
    page::auto_post(&url(gateway, &query), &body)
}

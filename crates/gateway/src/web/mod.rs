//! What the public listener serves beside the faces: health, the description of the API, the interactive page.

mod description;
mod pages;

pub(crate) use self::{
    description::{About, describe},
    pages::{Described, pages},
};

//! The methods that a server has, read from its descriptor sets.
//!
//! What is not listed is answered with UNIMPLEMENTED before any gate is asked, and never becomes the label of a
//! metric. A service that no descriptor describes has no methods.

use std::collections::HashSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::Error;

/// What a metric says about a method that nobody knows.
const UNKNOWN: &str = "unknown";

/// The paths of all methods, as `/package.Service/Method`.
#[derive(Debug, Default)]
pub(super) struct Methods(HashSet<String>);

impl Methods {
    /// Reads the methods of the services that are served. *Errors*: [`Error::Descriptor`].
    pub(super) fn read(descriptors: &[&[u8]], served: &[&str]) -> Result<Self, Error> {
        let mut paths = HashSet::new();
        for encoded in descriptors {
            let set =
                FileDescriptorSet::decode(*encoded).map_err(|error| Error::Descriptor(Box::new(error)))?;
            for file in &set.file {
                for service in &file.service {
                    let name = [file.package(), service.name()].join(".");
                    if served.contains(&name.as_str()) {
                        paths
                            .extend(service.method.iter().map(|method| format!("/{name}/{}", method.name())));
                    }
                }
            }
        }
        Ok(Self(paths))
    }

    /// Tells whether a path is a method.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains(path)
    }

    /// Gives what a metric says about a path. *Shape*: bounded by the number of methods.
    pub(super) fn label<'p>(&self, path: &'p str) -> &'p str {
        if self.has(path) { path } else { UNKNOWN }
    }
}

//! The contract between services, generated from `/proto`.
//!
//! Only generated code lives here, and the descriptor set that gRPC reflection serves. No conversion, no rule:
//! those belong to the crate that owns the subject.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

/// The encoded `FileDescriptorSet` of every package, for reflection and for tests over the list of methods.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/dormpay.bin"));

macro_rules! package {
    ($name:ident) => {
        /// Generated from the package of this name.
        pub mod $name {
            /// First version.
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/dormpay.", stringify!($name), ".v1.rs"));
            }
        }
    };
}

package!(audit);
package!(bill);
package!(event);
package!(expense);
package!(page);
package!(payment);
package!(risk);
package!(room);
package!(user);
package!(wallet);

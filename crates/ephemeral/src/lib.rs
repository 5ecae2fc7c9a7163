//! ephemeral: being written.

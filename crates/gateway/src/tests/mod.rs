//! Sentences about the gateway, driven through its listeners with small services behind it.

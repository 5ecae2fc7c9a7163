//! Sentences about servers and channels, over real sockets.

mod context;
mod ending;
mod hops;
mod joint;
mod listening;
mod probe;
mod reaching;
mod refusing;
mod repeating;
mod seeing;
mod work;

//! Sentences about servers and clients over real sockets.

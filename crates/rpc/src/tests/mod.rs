//! Sentences about servers and channels, over real sockets.

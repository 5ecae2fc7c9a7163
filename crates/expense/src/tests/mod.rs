//! Sentences about the expense service, driven through its door on a real database.

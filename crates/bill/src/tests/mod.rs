//! Sentences about bills, through the door, on real PostgreSQL.

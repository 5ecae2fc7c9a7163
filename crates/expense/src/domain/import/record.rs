//! Cuts a CSV file into records that know their line.
//!
//! What the fields mean is decided elsewhere. The rule not to be broken: a record's line is the one on which
//! an editor shows its first character, whatever blank lines, quoted line breaks or line ends there are.

use csv::{ReaderBuilder, StringRecord};

use super::Problem;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One record that is not blank.
#[derive(Debug)]
pub(super) struct Record {
    /// The line on which it starts, from 1.
    pub(super) line: u64,
    /// Its fields, trimmed.
    pub(super) fields: StringRecord,
}

impl Record {
    /// Gives a field, trimmed; a field that is not there is empty.
    pub(super) fn field(&self, index: usize) -> &str {
        self.fields.get(index).unwrap_or_default()
    }
}

/// Reads all records of a file in UTF-8, with or without a byte order mark, that are not blank.
pub(super) fn read(file: &[u8]) -> Result<Vec<Record>, Problem> {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    let text = std::str::from_utf8(file).map_err(|error| {
        let mut lines = Lines::of(file);
        Problem::new(lines.at(error.valid_up_to()), "", "the file must be text in UTF-8")
    })?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = Lines::of(file);
    let mut records = Vec::new();
    for record in reader.records() {
        let Ok(mut fields) = record else {
            return Err(Problem::new(lines.line, "", "the file must be comma-separated values"));
        };
        let start = fields.position().and_then(|position| usize::try_from(position.byte()).ok());
        let line = lines.first_text_at(start.unwrap_or_default());
        fields.trim();
        if fields.iter().any(|field| !field.is_empty()) {
            records.push(Record { line, fields });
        }
    }
    Ok(records)
}

/// Counts lines while the file is passed through once.
struct Lines<'a> {
    file: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn of(file: &'a [u8]) -> Self {
        Self { file, at: 0, line: 1 }
    }

    /// Gives the line of the byte at `place`, which is not before the last one asked for.
    fn at(&mut self, place: usize) -> u64 {
        while self.at < place && self.step() {}
        self.line
    }

    /// Gives the line of the first byte from `place` on that does not end a line.
    fn first_text_at(&mut self, place: usize) -> u64 {
        self.at(place);
        while matches!(self.file.get(self.at), Some(b'\r' | b'\n')) {
            self.step();
        }
        self.line
    }

    /// Passes one byte. A line ends with LF, CR LF or CR.
    fn step(&mut self) -> bool {
        let byte = self.file.get(self.at);
        let next = self.file.get(self.at + 1);
        if byte == Some(&b'\n') || (byte == Some(&b'\r') && next != Some(&b'\n')) {
            self.line += 1;
        }
        self.at += 1;
        byte.is_some()
    }
}

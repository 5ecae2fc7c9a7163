//! Secrets are read and never shown; keys come in three forms.
//!
//! The key is a public one out of a published standard. No test writes a secret anywhere but into its own
//! folder.

use secrecy::{ExposeSecret as _, SecretString};

use super::{Folder, source};

const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
const DER: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

fn exposed(secret: Option<SecretString>) -> Option<String> {
    secret.map(|secret| secret.expose_secret().to_owned())
}

#[test]
fn a_secret_is_shown_nowhere() {
    let source = source(&[("TOKEN_KEY", "hunter2-hunter2")]);
    let mut reader = source.reader("test");
    let secret = reader.secret("TOKEN_KEY", "a key");
    assert!(!format!("{reader:?} {secret:?} {source:?}").contains("hunter2"));
    assert_eq!(reader.entries()[0].value, "*** (15 characters)");
    assert_eq!(exposed(secret).as_deref(), Some("hunter2-hunter2"));
}

#[test]
fn the_password_in_an_address_is_masked() {
    let cases = [
        ("postgres://anna:hunter2@db:5432/dormpay", "postgres://anna:***@db:5432/dormpay"),
        ("postgres://anna:hun:t@er2@db/dormpay", "postgres://anna:***@db/dormpay"),
        ("redis://:hunter2@127.0.0.1/", "redis://:***@127.0.0.1/"),
        ("postgres://db/dormpay?user=anna&password=hunter2", "postgres://db/dormpay?user=anna&password=***"),
        ("http://127.0.0.1:4317", "http://127.0.0.1:4317"),
        ("postgres://anna@db", "postgres://anna@db"),
        ("two\nlines", "two\\nlines"),
    ];
    for (value, shown) in cases {
        let source = source(&[("ADDRESS", value)]);
        let mut reader = source.reader("test");
        assert_eq!(reader.text("ADDRESS", "", "an address"), value);
        assert_eq!(reader.entries()[0].value, shown);
    }
}

#[test]
fn a_value_that_cannot_be_read_is_shown_without_the_password_in_it() {
    let source = source(&[("ADDRESS", "http://anna:hunter2@db:5432/")]);
    let mut reader = source.reader("test");
    reader.parse::<std::net::SocketAddr>("ADDRESS", "127.0.0.1:1", "an address");
    assert!(!reader.finish().unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn a_secret_may_lie_in_a_file() {
    let folder = Folder::new("file");
    let path = folder.file("password", "hunter2\n");
    let source = source(&[("PASSWORD_FILE", path.to_str().unwrap())]);
    let mut reader = source.reader("test");
    assert_eq!(exposed(reader.secret("PASSWORD", "a password")).as_deref(), Some("hunter2"));
    reader.finish().unwrap();
    assert_eq!(reader.entries()[0].source, "file");
}

#[test]
fn a_secret_given_twice_or_in_a_file_that_is_not_there_is_a_problem() {
    let source = source(&[("ONE", "x"), ("ONE_FILE", "/nowhere"), ("TWO_FILE", "/nowhere")]);
    let mut reader = source.reader("test");
    assert!(reader.secret("ONE", "a secret").is_none());
    assert!(reader.secret("TWO", "a secret").is_none());
    assert_eq!(reader.finish().unwrap_err().as_slice().len(), 2);
}

#[test]
fn a_key_is_taken_as_pem_as_base64_and_as_a_path_to_either() {
    let folder = Folder::new("key");
    let pem_file = folder.file("key.pem", PEM);
    let base64_file = folder.file("key.txt", format!("{DER}\n"));
    let mut der = vec![0x30, 0x2a, 0xff];
    der.extend([7; 41]);
    let der_file = folder.file("key.der", &der);
    let one_line = PEM.replace('\n', "\\n");
    let broken = format!("{}\n  {}", &DER[..20], &DER[20..]);
    let unpadded = DER.trim_end_matches('=');
    let cases = [
        (PEM, PEM.trim(), "PEM, given as text"),
        (&one_line, PEM, "PEM, given as text"),
        (DER, DER, "base64, given as text"),
        (&broken, DER, "base64, given as text"),
        (unpadded, unpadded, "base64, given as text"),
        (pem_file.to_str().unwrap(), PEM.trim(), "PEM in the file"),
        (base64_file.to_str().unwrap(), DER, "base64 in the file"),
    ];
    for (value, expected, shown) in cases {
        let source = source(&[("KEY", value)]);
        let mut reader = source.reader("test");
        assert_eq!(exposed(reader.key_material("KEY", "a key")).as_deref(), Some(expected), "{value}");
        reader.finish().unwrap();
        assert!(reader.entries()[0].value.starts_with(shown), "{:?}", reader.entries());
        assert!(!reader.entries()[0].value.contains("MCowBQ"));
    }
    let source = source(&[("KEY", der_file.to_str().unwrap())]);
    let text = exposed(source.reader("test").key_material("KEY", "a key")).unwrap();
    assert!(text.starts_with("MCr/Bwc"), "{text}");
}

#[test]
fn what_is_no_key_is_a_problem_that_says_what_a_key_is() {
    let folder = Folder::new("nokey");
    let short = folder.file("short.txt", "hello");
    let large = folder.file("large.txt", vec![b'A'; 70_000]);
    for (value, expected) in [
        ("/nowhere/key.pem", "a path to a file that exists"),
        ("c2hvcnQ=", "a path to a file that exists"),
        (short.to_str().unwrap(), "a key file that holds PEM"),
        (large.to_str().unwrap(), "at most 64 KiB"),
        (folder.0.to_str().unwrap(), "a path to a file that exists"),
    ] {
        let source = source(&[("KEY", value)]);
        let mut reader = source.reader("test");
        assert!(reader.key_material("KEY", "a key").is_none());
        let text = reader.finish().unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
}

//! `slotlint slot`.

use super::output::{print, say};
use super::{Status, args};
use crate::redis::slot::{hash_tag, slot};
use crate::report::visible_json;

/// Prints slot, hash tag and key of each key.
pub(super) fn run(arguments: &args::Slot) -> Status {
    let mut out = String::new();
    let mut slots = Vec::new();
    for key in &arguments.keys {
        let key = key.as_encoded_bytes();
        slots.push(slot(key));
        let tag = hash_tag(key).map(json).unwrap_or_default();
        out.push_str(&format!("{}\t{tag}\t{}\n", slot(key), json(key)));
    }
    if let Err(error) = print(out.as_bytes()) {
        say(&format!("cannot write to standard output: {error}"));
        return Status::Failure;
    }
    if slots.windows(2).any(|pair| pair[0] != pair[1]) {
        Status::Findings
    } else {
        Status::Clean
    }
}

/// Bytes as a JSON string; those that are not UTF-8 are replaced.
fn json(bytes: &[u8]) -> String {
    let text = serde_json::Value::from(String::from_utf8_lossy(bytes)).to_string();
    visible_json(&text).into_owned()
}

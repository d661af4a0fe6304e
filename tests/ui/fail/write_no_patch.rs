//! Whatever has no allowlist is no patch.

use audit_runtime::Writer;

pub fn write(audit: &impl Writer) {
    drop(audit.update(1, serde_json::json!({ "role": "admin" })));
}

fn main() {}

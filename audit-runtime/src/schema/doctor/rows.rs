//! Finds rows of audited tables that differ from their entries.

use sea_orm::DatabaseConnection;

use super::report::{Code, Finding, Severity};
use crate::{Error, replayed::Next, schema::entities::AuditedTable};

/// The maximum number of listed rows per table.
const MOST: usize = 100;

const PAGE: u64 = 500;

pub(super) async fn examine(
    db: &DatabaseConnection,
    table: &AuditedTable,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    let why = "Somebody changed it beside the library, or its entries are gone";
    let mut next = Some(Next::FIRST);
    let mut count = 0;
    while let Some(page) = next {
        let replayed = match table.replay(db.clone(), page, PAGE).await {
            Err(Error::RowsHidden { table }) => {
                let what = "has rows that row-level security hides from this account";
                let why = "What the log does not explain may be among them";
                findings.push(Finding::new(Code::Unseen, Severity::Note, table, what, why));
                return Ok(());
            }
            replayed => replayed?,
        };
        for row in replayed.found {
            if count == MOST {
                let what = format!("has more than {MOST} rows that the log does not explain");
                findings.push(finding(table.table().to_owned(), what, why));
                return Ok(());
            }
            findings.push(finding(row.row().to_string(), row.what().to_string(), why));
            count += 1;
        }
        next = replayed.next;
    }
    Ok(())
}

fn finding(object: String, what: String, why: &str) -> Finding {
    Finding::new(Code::RowUnexplained, Severity::Error, object, what, why)
}

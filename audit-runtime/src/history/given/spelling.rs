//! Finds the entity ids of the log and of an archive that a table treats as equal to a key.

use futures_util::TryStreamExt;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, Iden, QueryFilter, QuerySelect, Value,
    sea_query::{Alias, Cond, Expr, Query, SelectStatement, UnionType},
};
use serde_json::Value as Json;

use super::{
    super::{
        cold::{Search, Test, files, merged},
        log_rows::Beyond,
        seen::{failed, seen},
    },
    Given, Text,
};
use crate::{
    Error,
    audit_log::{self, Column},
    encode::entity_id::text_of,
    entity_id::as_sent,
    schema::id_part::id_part,
};

/// The number of ids that one statement compares.
const COMPARED: usize = 200;

impl Given {
    /// Whether the archive has entries with one of these ids.
    pub(super) async fn is_archived<C: ConnectionTrait>(
        &self,
        ids: &[String],
        beyond: &Beyond,
        db: &C,
    ) -> Result<bool, Error> {
        let Some(archive) = &beyond.archive else {
            return Ok(false);
        };
        let tests = [self.of_type(), Test::Text(Column::EntityId, ids.to_vec())];
        let search = Search {
            tests: &tests,
            after: None,
            limit: 1,
            newest_first: false,
            deadline: beyond.deadline,
        };
        let found = merged(Vec::new(), &**archive, &search, db).await?;
        match found.end {
            Some(_) => Err(SPENT),
            None => Ok(!found.rows.is_empty()),
        }
    }

    /// Adds the ids that the table treats as equal to the key. Returns whether that could be decided.
    pub(super) async fn add_equal<C: ConnectionTrait>(
        &self,
        ids: &mut Vec<String>,
        beyond: &Beyond,
        db: &C,
    ) -> Result<bool, Error> {
        let Some(texts) = self.compared(db).await? else {
            return Ok(false);
        };
        if texts.is_empty() {
            return Ok(true);
        }
        let equal = self.equal(&texts, db.get_database_backend());
        // The first entry of each id.
        let found = self.entries().select_only().column(Column::EntityId);
        let found = found
            .column_as(Column::Id.min(), "id")
            .filter(equal.clone());
        let found = seen(found.group_by(Column::EntityId), None, db).await;
        let found = found.map_err(failed)?;
        let found = found.iter().map(|row| row.try_get("", "entity_id"));
        let mut found: Vec<String> = found.collect::<Result<_, _>>()?;
        self.add_archived(&mut found, &equal, beyond, db).await?;
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        if key.len() > 1 {
            let sent = as_sent(self.key.clone(), db.get_database_backend());
            let sent: Vec<Value> = sent.into_iter().collect();
            found.retain(|id| {
                let parts: Vec<Json> = serde_json::from_str(id).unwrap_or_default();
                let is_other = |at: usize| texts.iter().all(|(text, _)| *text != at);
                parts.len() == key.len()
                    && (0..key.len()).filter(|at| is_other(*at)).all(|at| {
                        let part = unquoted(&parts[at]);
                        part == text_of(&key[at]) || part == text_of(&sent[at])
                    })
            });
        }
        for id in found {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(true)
    }

    /// Adds the ids of an archive. The database compares them, because only it knows its collations.
    async fn add_archived<C: ConnectionTrait>(
        &self,
        found: &mut Vec<String>,
        equal: &Cond,
        beyond: &Beyond,
        db: &C,
    ) -> Result<(), Error> {
        let Some(archive) = &beyond.archive else {
            return Ok(());
        };
        let tests = [self.of_type()];
        for file in files(db).await? {
            if beyond.deadline.is_over() {
                return Err(SPENT);
            }
            let mut parts = archive.entity_ids(&file, &tests);
            while let Some(ids) = parts.try_next().await? {
                let ids: Vec<_> = ids.into_iter().collect();
                for ids in ids.chunks(COMPARED) {
                    for row in db.query_all(&among(ids, equal)).await? {
                        found.push(row.try_get("", "entity_id")?);
                    }
                }
            }
        }
        Ok(())
    }

    fn of_type(&self) -> Test {
        Test::Text(Column::EntityType, self.entity_types.clone())
    }

    /// The condition that a table treats an entity id as equal to the key, by the texts in it.
    fn equal(&self, texts: &[Text], backend: DbBackend) -> Cond {
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        texts.iter().fold(Cond::all(), |equal, (at, comparison)| {
            let part = id_part(*at, key.len(), backend.into());
            equal.add(comparison.of(part, Expr::val(text_of(&key[*at]))))
        })
    }
}

const SPENT: Error = Error::BudgetSpent("the key in another spelling");

/// Selects those of these ids that satisfy a condition on the ids of the log.
fn among(ids: &[String], condition: &Cond) -> SelectStatement {
    let mut each = ids.iter().map(|id| {
        let id = Expr::val(id);
        Query::select()
            .expr_as(id, Alias::new(Column::EntityId.to_string()))
            .to_owned()
    });
    let mut all = each.next().unwrap_or_default();
    all.unions(each.map(|id| (UnionType::All, id)));
    Query::select()
        .column((audit_log::Entity, Column::EntityId))
        .from_subquery(all, Alias::new(audit_log::Entity.to_string()))
        .cond_where(condition.clone())
        .to_owned()
}

/// The text of a part of a stored key.
fn unquoted(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        json => json.to_string(),
    }
}

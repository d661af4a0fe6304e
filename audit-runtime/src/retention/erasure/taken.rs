//! Removes the erased values from an entry.

use std::collections::BTreeMap;

use sea_orm::Iden;
use serde_json::{Map, Value as Json, json, value::RawValue};

#[cfg(feature = "cli")]
use crate::schema::AuditedTable;
use crate::{
    audit_log::Column,
    audited::{Audited, names::field_names},
};

/// The columns that become NULL, and the fields whose values are removed.
#[derive(Clone, Debug)]
pub(in super::super) struct Taken {
    columns: Vec<Column>,
    fields: Vec<String>,
}

impl Taken {
    /// The erasable fields of an entity, with their former names.
    pub(super) fn of<E: Audited>() -> Self {
        let erasable = E::erasable().iter();
        let fields = erasable.flat_map(|column| field_names::<E>(*column));
        let fields: Vec<_> = fields.map(str::to_owned).collect();
        let has_label = E::label().is_some_and(|label| {
            let name = E::field(label).name;
            fields.iter().any(|field| field == name)
        });
        let columns = has_label.then_some(Column::EntityLabel);
        Self {
            columns: columns.into_iter().collect(),
            fields,
        }
    }

    #[cfg(feature = "cli")]
    pub(super) fn of_table(table: &AuditedTable) -> Self {
        let erasable = table.columns().iter().filter(|column| column.is_erasable);
        let names = erasable
            .clone()
            .flat_map(|column| [&[column.field], column.was].concat());
        let has_label = erasable.clone().any(|column| column.is_label);
        let columns = has_label.then_some(Column::EntityLabel);
        Self {
            columns: columns.into_iter().collect(),
            fields: names.map(str::to_owned).collect(),
        }
    }

    pub(super) fn fields(fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            columns: vec![Column::EntityLabel],
            fields: fields.into_iter().map(Into::into).collect(),
        }
    }

    pub(super) fn actor() -> Self {
        let columns = [
            Column::ActorName,
            Column::Ip,
            Column::UserAgent,
            Column::SessionId,
        ];
        Self {
            columns: columns.to_vec(),
            fields: Vec::new(),
        }
    }

    pub(super) fn and_texts(mut self) -> Self {
        self.columns.extend([Column::Reason, Column::Metadata]);
        self
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.columns.is_empty() && self.fields.is_empty()
    }

    /// The columns that it may change.
    pub(in super::super) fn columns(&self) -> impl Iterator<Item = Column> {
        let changes = (!self.fields.is_empty()).then_some(Column::Changes);
        self.columns.iter().copied().chain(changes)
    }

    /// The new value of one of these columns; `None` if it does not change.
    pub(in super::super) fn left_of(
        &self,
        column: Column,
        text: &str,
    ) -> serde_json::Result<Option<Option<String>>> {
        match column {
            Column::Changes => Ok(self.left_of_changes(text)?.map(Some)),
            _ => Ok(Some(None)),
        }
    }

    /// The other fields keep their text, because a number may not fit a double.
    fn left_of_changes(&self, text: &str) -> serde_json::Result<Option<String>> {
        let mut changes: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)?;
        let mut is_changed = false;
        for field in &self.fields {
            if let Some(change) = changes.get_mut(field)
                && let Ok(mut sides) = serde_json::from_str(change.get())
                && erased(&mut sides)
            {
                *change = serde_json::value::to_raw_value(&sides)?;
                is_changed = true;
            }
        }
        is_changed
            .then(|| serde_json::to_string(&changes))
            .transpose()
    }

    /// The metadata for an ERASE entry.
    pub(in super::super) fn said(&self) -> Map<String, Json> {
        let columns = self.columns.iter().map(|column| column.to_string());
        let columns: Vec<_> = columns.collect();
        super::super::purge::said([("fields", json!(self.fields)), ("columns", json!(columns))])
    }
}

/// Removes the values of both sides, unless they are NULL. Returns whether there were any.
fn erased(change: &mut Map<String, Json>) -> bool {
    let mut is_changed = false;
    for (side, form) in [("before", "before_is"), ("after", "after_is")] {
        if change.get(side).is_some_and(|value| !value.is_null()) {
            change.remove(side);
            change.insert(form.to_owned(), "erased".into());
            is_changed = true;
        }
    }
    is_changed
}

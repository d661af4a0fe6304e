//! The state of a row at a moment: starts at the current row, or at its deletion, and undoes later entries.
//!
//! The row is read first. What is written between that and the reading of the log is in the log, and is undone.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, QueryOrder, QueryTrait, Value,
    sea_query::{Cond, FromValueTuple, ValueTuple},
};

use super::{
    Entry, Moment, Past, PastValue,
    given::{Given, Ids},
    log_rows::{Conditions, failed},
    names::{Claim, Names, Told, index},
    recorded::read_value,
    scope::one_of,
};
use crate::{
    Error,
    audit_log::{self, Column, KIND_CHANGE},
    audited::{Audited, ColumnOf, FieldPolicy, KeyOf, entity_type::entity_type},
    encode::{DecodeError, Encoded, same},
    entity_id::{entity_id_of, key_from, unpadded},
    error::{DatabaseError, Reason},
    sendable,
    stored_row::StoredRow,
};

/// How many entries are read at once, and looked at before the moment for one that contradicts what comes after.
const BATCH: usize = 200;

pub(super) async fn state_at<E: Audited, C: ConnectionTrait>(
    key: ValueTuple,
    moment: Moment,
    db: &C,
) -> Result<Option<Past<E>>, Error> {
    let backend = db.get_database_backend();
    let key = unpadded::<E>(key, backend);
    let row = find::<E, C>(&key, db).await?;
    // The key of the row that is found is the key.
    let stored = row.as_ref().map(StoredRow::key);
    let stored_id = stored.clone().map(|key| entity_id_of::<E>(key, backend));
    let given = Given::of::<E>(key.clone());
    let Ids { ids, are_all } = given.ids_of(stored_id.clone(), db).await?;

    let mut found = Vec::new();
    for id in ids {
        let is_stored = Some(&id) == stored_id.as_ref();
        let is_given = id == given.id(backend);
        let stored_key = match &stored {
            Some(stored) if is_stored => Some(stored.clone()),
            _ => key_from::<E>(&id),
        };
        // Where a comparison in SQL is stricter than the table, only the key as it is stored finds the row.
        let other = match &stored_key {
            Some(key) if stored.is_none() && !is_given => find::<E, C>(key, db).await?,
            _ => None,
        };
        let row = row.as_ref().filter(|_| is_stored).or(other.as_ref());
        let walk = Walk::<E>::new(id, stored_key.unwrap_or_else(|| key.clone()), moment);
        let (past, has_entries) = walk.run(row, &given.entity_types, db).await?;
        // Of another spelling the log is asked, not the table.
        if is_stored || has_entries || (is_given && stored.is_none()) {
            found.extend(past);
        }
    }
    if found.is_empty() && !are_all {
        let walk = Walk::<E>::new(given.id(backend), key, moment);
        return Ok(Some(walk.past(|_| PastValue::Unknown(Reason::KeySpelling))));
    }
    // Of two spellings of one key, a table has one at a time.
    found.truncate(1);
    Ok(found.pop())
}

async fn find<E: Audited, C: ConnectionTrait>(
    key: &ValueTuple,
    db: &C,
) -> Result<Option<StoredRow<E>>, Error> {
    let values: Vec<Value> = key.clone().into_iter().collect();
    if sendable::check(db.get_database_backend(), &values).is_err() {
        // What the database has no place for is the key of no row.
        return Ok(None);
    }
    let question = E::find_by_id(KeyOf::<E>::from_value_tuple(key.clone())).into_query();
    let row = db.query_one(&question).await;
    let row = row.map_err(DatabaseError::scrubbed)?;
    let row = row.as_ref().map(StoredRow::read).transpose();
    Ok(row.map_err(DatabaseError::scrubbed)?)
}

/// From today back to the moment, and a little further.
struct Walk<E: Audited> {
    id: String,
    key: ValueTuple,
    moment: Moment,
    names: Names,
    /// As it was after the entry that is taken next.
    row: Option<Past<E>>,
    /// The columns whose value nothing earlier can call into question.
    settled: BTreeSet<&'static str>,
    /// How many entries before the moment were looked at.
    earlier: usize,
}

#[derive(PartialEq)]
enum Next {
    Earlier,
    Done,
}

impl<E: Audited> Walk<E> {
    fn new(id: String, key: ValueTuple, moment: Moment) -> Self {
        Self {
            id,
            key,
            moment,
            names: Names::of::<E>(),
            row: None,
            settled: BTreeSet::new(),
            earlier: 0,
        }
    }

    /// The row at the moment, and whether the log has anything about it.
    async fn run<C: ConnectionTrait>(
        mut self,
        row: Option<&StoredRow<E>>,
        entity_types: &[String],
        db: &C,
    ) -> Result<(Option<Past<E>>, bool), Error> {
        let log = Conditions::all([
            Cond::all().add_option(one_of(Column::EntityType, entity_types)),
            Column::EntityId.eq(&*self.id).into(),
            Column::Kind.eq(KIND_CHANGE).into(),
        ]);
        self.row = row.map(|row| self.past(|column| PastValue::Known(row.get(column))));

        let mut last = None;
        loop {
            let rows = log.next(db, last, BATCH, true).await?;
            let exhausted = rows.len() < BATCH;
            for row in rows {
                last = Some(row.id);
                if self.take(&Entry::from(row)) == Next::Done {
                    return Ok((self.row, true));
                }
            }
            if exhausted {
                break;
            }
            if self.earlier >= BATCH && !self.may_learn_from(first(&log, db).await?.as_ref()) {
                return Ok((self.row, true));
            }
        }
        if self.earlier == 0 && is_purged(self.moment, db).await? {
            let past = self.past(|_| PastValue::Unknown(Reason::Purged));
            return Ok((Some(past), last.is_some()));
        }
        Ok((self.row, last.is_some()))
    }

    fn take(&mut self, entry: &Entry) -> Next {
        if self.earlier == 0 && self.moment.precedes(entry) {
            self.undo(entry)
        } else {
            self.earlier += 1;
            self.compare(entry)
        }
    }

    fn undo(&mut self, entry: &Entry) -> Next {
        let is_next = self.moment == Moment::Before(entry.id);
        if self.is_foreign(entry) {
            self.row = Some(self.past(|_| PastValue::Unknown(Reason::NameReused)));
            return Next::Done;
        }
        match &*entry.action {
            _ if !self.reads(entry) => {
                self.row = Some(self.past(|_| PastValue::Unknown(not_read())));
                return Next::Earlier;
            }
            "CREATE" => {
                self.row = None;
                if is_next {
                    return Next::Done;
                }
            }
            "DELETE" => {
                self.row = Some(self.past(|column| match self.told(entry, column) {
                    Told::Nothing => PastValue::Unknown(Reason::AddedSince),
                    told => read::<E>(entry, told, column, before(told)),
                }));
                if is_next {
                    self.settle(entry);
                }
            }
            _ => {
                let unclear = self.unclear(entry);
                self.set(entry, before);
                for column in unclear {
                    self.set_unknown(column, Reason::NameReused);
                }
                if is_next {
                    self.settle(entry);
                }
            }
        }
        Next::Earlier
    }

    /// What an entry before the moment left is what was found after it, or somebody wrote without the log.
    fn compare(&mut self, entry: &Entry) -> Next {
        if !self.reads(entry) {
            match self.row {
                Some(_) => {
                    for column in self.unsettled().collect::<Vec<_>>() {
                        self.set_unknown(column, not_read());
                    }
                }
                None => self.row = Some(self.past(|_| PastValue::Unknown(not_read()))),
            }
            return Next::Done;
        }
        let is_here = self.moment == Moment::After(entry.id);
        if is_here && self.is_foreign(entry) {
            self.row = Some(self.past(|_| PastValue::Unknown(Reason::NameReused)));
            return Next::Done;
        }
        match (&*entry.action, &self.row) {
            ("DELETE", _) if is_here => self.row = None,
            ("DELETE", None) => {}
            ("DELETE", Some(_)) => self.row = Some(self.outside()),
            (_, None) => {
                self.row = Some(self.outside());
                if is_here {
                    self.set(entry, after);
                }
                return Next::Done;
            }
            (_, Some(_)) if is_here => {
                self.doubt(entry);
                self.set(entry, after);
                self.settle(entry);
            }
            _ => {
                self.doubt(entry);
                self.contradict(entry);
                self.settle(entry);
            }
        }
        match &*entry.action {
            "CREATE" => self.reach_birth(),
            "DELETE" => {}
            _ => return Next::Earlier,
        }
        Next::Done
    }

    /// Whether the entry is one of those that this version writes.
    fn reads(&self, entry: &Entry) -> bool {
        entry.is_read && matches!(&*entry.action, "CREATE" | "UPDATE" | "DELETE")
    }

    /// Whether an entry under a former entity type is not about the row as it was found: another entity may have taken
    /// that type since.
    fn is_foreign(&self, entry: &Entry) -> bool {
        let is_former = entry.entity_type.as_deref() != Some(&*entity_type::<E>());
        is_former
            && match (&*entry.action, &self.row) {
                ("DELETE", row) => row.is_some(),
                (_, None) => true,
                (_, Some(_)) => ColumnOf::<E>::iter().any(|column| {
                    let told = self.told(entry, column);
                    matches!(told, Told::Change(_)) && self.differs(column, after(told))
                }),
            }
    }

    fn contradict(&mut self, entry: &Entry) {
        for column in ColumnOf::<E>::iter() {
            let Told::Change(change) = self.told(entry, column) else {
                continue;
            };
            let after = change.after.as_ref();
            if !self.is_settled(column) && self.differs(column, after) {
                self.set_unknown(column, Reason::ChangedOutside);
            }
        }
    }

    /// Whether a column is known to have another value than this.
    fn differs(&self, column: ColumnOf<E>, side: Option<&Encoded>) -> bool {
        let known = self.row.as_ref().map(|row| row.get(column));
        let read = side.map(|side| read_value::<E>(side, column));
        matches!((known, read), (Some(PastValue::Known(known)), Some(Ok(value))) if !same(known, &value))
    }

    /// Whether a column is known to have this value.
    fn has(&self, column: ColumnOf<E>, side: Option<&Encoded>) -> bool {
        let known = self.row.as_ref().map(|row| row.get(column));
        let read = side.map(|side| read_value::<E>(side, column));
        matches!((known, read), (Some(PastValue::Known(known)), Some(Ok(value))) if same(known, &value))
    }

    /// The columns of which an entry does not tell whether it changed them. Under a name that two fields had, it is
    /// about the one that has the value it left, if the others are known to have another. That one gets the value
    /// from before.
    fn unclear(&mut self, entry: &Entry) -> Vec<ColumnOf<E>> {
        let mut unclear = Vec::new();
        for Claim {
            change, columns, ..
        } in self.names.in_question(entry)
        {
            let columns: Vec<_> = columns.into_iter().filter_map(column_at::<E>).collect();
            let after = change.after.as_ref();
            let has: Vec<_> = columns
                .iter()
                .filter(|column| self.has(**column, after))
                .collect();
            let others_differ = columns
                .iter()
                .filter(|column| !self.has(**column, after))
                .all(|column| self.differs(*column, after));
            match &has[..] {
                [column] if others_differ => {
                    let told = Told::Change(change);
                    let value = read::<E>(entry, told, **column, before(told));
                    if let Some(row) = &mut self.row {
                        row.set(**column, value);
                    }
                }
                _ => unclear.extend(columns),
            }
        }
        unclear
    }

    /// An entry before the moment, under a name that two fields had: one of them has the value that it left, or somebody
    /// wrote without the log.
    fn doubt(&mut self, entry: &Entry) {
        let claims = self.names.in_question(entry);
        let left: Vec<_> = claims.iter().map(|claim| &claim.change.after).collect();
        for Claim {
            change, columns, ..
        } in &claims
        {
            let columns = || columns.iter().copied().filter_map(column_at::<E>);
            let open: Vec<_> = columns()
                .filter(|column| !self.is_settled(*column))
                .collect();
            let after = change.after.as_ref();
            let has: Vec<_> = open
                .iter()
                .filter(|column| self.has(**column, after))
                .collect();
            // As many names left this value as fields have it: which is which does not matter.
            let alike = left.iter().filter(|left| **left == &change.after).count();
            if has.is_empty() && open.len() == columns().count() {
                for column in open {
                    self.set_unknown(column, Reason::NameReused);
                }
            } else if has.len() <= alike {
                let has: Vec<_> = has.into_iter().map(|column| column.as_str()).collect();
                self.settled.extend(has);
            }
        }
    }

    /// A column that the row did not have when it was created, nor in any entry since, came at an unknown time.
    fn reach_birth(&mut self) {
        let unborn: Vec<_> = self.unsettled().collect();
        for column in unborn {
            self.set_unknown(column, Reason::AddedSince);
        }
    }

    /// Whether a column is still in question that the row did not have when it was created.
    fn may_learn_from(&self, first: Option<&Entry>) -> bool {
        first.is_some_and(|first| {
            first.action == "CREATE"
                && self
                    .unsettled()
                    .any(|column| !matches!(self.told(first, column), Told::Change(_)))
        })
    }

    fn unsettled(&self) -> impl Iterator<Item = ColumnOf<E>> {
        ColumnOf::<E>::iter().filter(|column| {
            let policy = E::field(*column).policy;
            matches!(policy, FieldPolicy::Record | FieldPolicy::Redact) && !self.is_settled(*column)
        })
    }

    fn is_settled(&self, column: ColumnOf<E>) -> bool {
        self.settled.contains(column.as_str())
    }

    fn settle(&mut self, entry: &Entry) {
        for column in ColumnOf::<E>::iter() {
            if let Told::Change(_) = self.told(entry, column) {
                self.settled.insert(column.as_str());
            }
        }
    }

    fn set(&mut self, entry: &Entry, side: impl Fn(Told<'_>) -> Option<&Encoded>) {
        let mut row = self.row.take().unwrap_or_else(|| self.outside());
        for column in ColumnOf::<E>::iter() {
            let told = self.told(entry, column);
            if let Told::Change(_) = told {
                row.set(column, read::<E>(entry, told, column, side(told)));
            }
        }
        self.row = Some(row);
    }

    fn set_unknown(&mut self, column: ColumnOf<E>, reason: Reason) {
        if let Some(row) = &mut self.row {
            row.set(column, PastValue::Unknown(reason));
        }
    }

    fn told<'a>(&self, entry: &'a Entry, column: ColumnOf<E>) -> Told<'a> {
        self.names.told(entry, index::<E>(column))
    }

    /// The row was there, or was not, and the log says otherwise.
    fn outside(&self) -> Past<E> {
        self.past(|_| PastValue::Unknown(Reason::ChangedOutside))
    }

    fn past(&self, value: impl FnMut(ColumnOf<E>) -> PastValue) -> Past<E> {
        Past::of(self.id.clone(), &self.key, value)
    }
}

/// The log says what this version does not read.
fn not_read() -> Reason {
    Reason::Unreadable(DecodeError::Unknown("another format".to_owned()))
}

fn column_at<E: Audited>(index: usize) -> Option<ColumnOf<E>> {
    ColumnOf::<E>::iter().nth(index)
}

fn before(told: Told<'_>) -> Option<&Encoded> {
    match told {
        Told::Change(change) => change.before.as_ref(),
        Told::Perhaps(..) | Told::Nothing => None,
    }
}

fn after(told: Told<'_>) -> Option<&Encoded> {
    match told {
        Told::Change(change) => change.after.as_ref(),
        Told::Perhaps(..) | Told::Nothing => None,
    }
}

/// One side of what an entry says of a column.
pub(super) fn read<E: Audited>(
    entry: &Entry,
    told: Told<'_>,
    column: ColumnOf<E>,
    side: Option<&Encoded>,
) -> PastValue {
    if let Told::Perhaps(..) = told {
        return PastValue::Unknown(Reason::NameReused);
    }
    let Some(encoded) = side else {
        return PastValue::Unknown(Reason::AddedSince);
    };
    if !entry.is_read {
        return PastValue::Unknown(not_read());
    }
    match read_value::<E>(encoded, column) {
        Ok(value) => PastValue::Known(value),
        Err(DecodeError::Redacted) => PastValue::Unknown(Reason::Redacted),
        Err(error) => PastValue::Unknown(Reason::Unreadable(error)),
    }
}

/// The oldest of these entries.
async fn first<C: ConnectionTrait>(log: &Conditions, db: &C) -> Result<Option<Entry>, Error> {
    let rows = log.next(db, None, 1, false).await?;
    Ok(rows.into_iter().next().map(Entry::from))
}

/// Whether entries from before the moment are missing: the first id ever given is 1.
async fn is_purged<C: ConnectionTrait>(moment: Moment, db: &C) -> Result<bool, Error> {
    let first = audit_log::Entity::find()
        .order_by_asc(Column::Id)
        .one(db)
        .await
        .map_err(failed)?;
    Ok(first.is_some_and(|first| {
        first.id > 1
            && match moment {
                Moment::At(instant) => instant < first.recorded_at,
                Moment::Before(id) => id < first.id,
                Moment::After(id) => id < first.id - 1,
            }
    }))
}

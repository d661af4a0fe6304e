//! The application's names of fields, values and events.

use std::{borrow::Cow, sync::Arc};

use serde_json::Value as Json;

type OfEvent = dyn Fn(&str) -> Option<String> + Send + Sync;
type OfField = dyn Fn(&str, &str) -> Option<String> + Send + Sync;
type OfValue = dyn Fn(&str, &str, &Json) -> Option<String> + Send + Sync;

#[derive(Clone)]
pub(super) struct Names {
    pub(super) of_event: Arc<OfEvent>,
    pub(super) of_field: Arc<OfField>,
    pub(super) of_value: Arc<OfValue>,
}

impl Names {
    pub(super) fn none() -> Self {
        Self {
            of_event: Arc::new(|_| None),
            of_field: Arc::new(|_, _| None),
            of_value: Arc::new(|_, _, _| None),
        }
    }

    pub(super) fn event<'a>(&self, action: &'a str) -> Cow<'a, str> {
        (self.of_event)(action).map_or(action.into(), Cow::Owned)
    }

    pub(super) fn field<'a>(&self, entity_type: Option<&str>, field: &'a str) -> Cow<'a, str> {
        let name = entity_type.and_then(|entity_type| (self.of_field)(entity_type, field));
        name.map_or(field.into(), Cow::Owned)
    }

    pub(super) fn value(
        &self,
        entity_type: Option<&str>,
        field: &str,
        value: &Json,
    ) -> Option<String> {
        (self.of_value)(entity_type?, field, value)
    }
}

//! Work for both plans: steps on their own, and in units.

use audit_runtime::{Error, audited::ModelOf};
use proptest::prelude::*;

use super::{
    side::Side,
    specimens::Specimen,
    step::{Done, Step},
};

#[derive(Debug)]
pub enum Work<E: Specimen> {
    Alone(Step<E>),
    Unit { steps: Vec<Step<E>>, commit: bool },
}

pub type Outcome<E> = Result<Done<ModelOf<E>>, Error>;

impl<E: Specimen> Work<E> {
    /// Returns the outcome of each step, and that of the unit last.
    pub async fn run(&self, side: &Side) -> Vec<Outcome<E>> {
        match self {
            Self::Alone(step) => vec![step.take(&side.audit()).await],
            Self::Unit { steps, commit } => {
                let unit = side.audit().begin().await.unwrap();
                let mut outcomes = Vec::new();
                for step in steps {
                    outcomes.push(step.take(&unit).await);
                }
                let end = if *commit {
                    unit.commit().await
                } else {
                    unit.rollback().await
                };
                outcomes.push(end.map(|()| Done::nothing()));
                outcomes
            }
        }
    }

    pub fn any() -> impl Strategy<Value = Self> {
        // Without odd values: a refusal fails a unit, and the plans may report it at different steps.
        let unit = (prop::collection::vec(Step::any(false), 0..5), any::<bool>());
        prop_oneof![
            4 => Step::any(E::ODD).prop_map(Self::Alone),
            1 => unit.prop_map(|(steps, commit)| Self::Unit { steps, commit }),
        ]
    }
}

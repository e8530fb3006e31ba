//! What a run leaves behind: one record for each scenario, server and round.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Named figures of one trial; the unit is the end of the name.
pub(crate) type Figures = BTreeMap<String, f64>;

/// One trial's outcome.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub scenario: String,
    pub server: String,
    pub round: u32,
    pub outcome: Outcome,
}

impl Record {
    /// Whether the server was tried and did not do what it should.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

/// How a trial ended.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Measured(Figures),
    /// Tried, and lost messages, hung or was gone. The reason.
    Failed(String),
    /// Not tried: the server cannot do this, or is not here. The reason.
    NotApplicable(String),
}

/// Figures where one bad round in three must not be hidden by a median.
const WORST_COUNTS: &[&str] = &["lost", "stalled_lost_untold", "stalled_closed"];

/// All rounds of one scenario on one server, as one.
pub(crate) fn over_rounds(records: &[&Record]) -> Option<Outcome> {
    let failed = records.iter().find(|record| record.is_failure());
    if let Some(record) = failed {
        return Some(record.outcome.clone());
    }
    let mut values: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for record in records {
        match &record.outcome {
            Outcome::Measured(figures) => {
                for (name, value) in figures {
                    values.entry(name).or_default().push(*value);
                }
            }
            Outcome::Failed(_) | Outcome::NotApplicable(_) => return Some(record.outcome.clone()),
        }
    }
    if values.is_empty() {
        return None;
    }
    let figures = values.into_iter().map(|(name, mut values)| {
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        let value = if WORST_COUNTS.contains(&name) {
            values[last]
        } else {
            f64::midpoint(values[last / 2], values[values.len() / 2])
        };
        (name.to_owned(), value)
    });
    Some(Outcome::Measured(figures.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(figures: &[(&str, f64)]) -> Record {
        let figures = figures
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        Record {
            scenario: "s".into(),
            server: "p".into(),
            round: 1,
            outcome: Outcome::Measured(figures),
        }
    }

    #[test]
    fn medians_hide_an_outlier_but_never_a_loss() {
        let rounds = [
            record(&[("deliveries_per_s", 5.0), ("lost", 0.0)]),
            record(&[("deliveries_per_s", 900.0), ("lost", 3.0)]),
            record(&[("deliveries_per_s", 6.0), ("lost", 0.0)]),
        ];
        let Some(Outcome::Measured(figures)) = over_rounds(&rounds.iter().collect::<Vec<_>>())
        else {
            panic!("rounds were measured");
        };
        assert_eq!(figures["deliveries_per_s"], 6.0);
        assert_eq!(figures["lost"], 3.0);
    }

    #[test]
    fn one_failure_fails_the_scenario() {
        let mut failed = record(&[]);
        failed.outcome = Outcome::Failed("lost one".into());
        let rounds = [record(&[("deliveries_per_s", 5.0)]), failed];
        let outcome = over_rounds(&rounds.iter().collect::<Vec<_>>());
        assert!(matches!(outcome, Some(Outcome::Failed(_))));
    }
}

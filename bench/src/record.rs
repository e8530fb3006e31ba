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
    let figures = values.into_iter().map(|(name, values)| {
        let value = if WORST_COUNTS.contains(&name) {
            values.into_iter().fold(0.0, f64::max)
        } else {
            median(values)
        };
        (name.to_owned(), value)
    });
    Some(Outcome::Measured(figures.collect()))
}

/// How many times the base's each figure is. The median of each round's ratio, and not the ratio
/// of the medians: whatever else the machine did in a round, it did to both.
pub(crate) fn times_over_rounds(own: &[&Record], base: &[&Record]) -> Figures {
    let mut ratios: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for own in own {
        let base = base.iter().find(|base| base.round == own.round);
        let (Some(Outcome::Measured(base)), Outcome::Measured(figures)) =
            (base.map(|base| &base.outcome), &own.outcome)
        else {
            continue;
        };
        for (name, value) in figures {
            if let Some(base) = base.get(name).filter(|base| **base > 0.0) {
                ratios.entry(name).or_default().push(value / base);
            }
        }
    }
    let medians = ratios
        .into_iter()
        .map(|(name, ratios)| (name.to_owned(), median(ratios)));
    medians.collect()
}

/// Of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    f64::midpoint(values[last / 2], values[values.len() / 2])
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
    fn a_round_that_was_slow_for_all_leaves_the_ratio_alone() {
        let in_round = |round, value| Record {
            round,
            ..record(&[("seconds", value)])
        };
        let own = [in_round(1, 1.0), in_round(2, 40.0), in_round(3, 3.0)];
        let base = [in_round(3, 4.0), in_round(2, 50.0), in_round(1, 2.0)];
        let times = times_over_rounds(
            &own.iter().collect::<Vec<_>>(),
            &base.iter().collect::<Vec<_>>(),
        );
        assert_eq!(times["seconds"], 0.75);
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

//! What Sockhop aims at beside its peers, and whether it is reached.

use crate::record::Figures;

/// One promise about one figure.
pub(crate) struct Aim {
    pub scenario: &'static str,
    pub servers: &'static [&'static str],
    pub figure: &'static str,
    pub bound: Bound,
}

/// What the figure must be.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// At least this many times the base server's.
    TimesAtLeast(f64),
    /// At most this many times the base server's.
    TimesAtMost(f64),
    /// At most this, whatever others do.
    AtMost(f64),
}

const PROGRAMS: &[&str] = &["json", "frame"];
const ALL: &[&str] = &["text", "json", "frame"];
const WEBSOCKETS: &[&str] = &["websocket", "websocket-pack"];
const TOOLS: &[&str] = &["sockhop"];

/// All aims, in the order they are printed.
pub(crate) const AIMS: &[Aim] = &[
    aim(
        "fanout-64-1",
        &["frame"],
        "deliveries_per_s",
        Bound::TimesAtLeast(1.0),
    ),
    aim(
        "fanout-64-10",
        &["text", "frame"],
        "deliveries_per_s",
        Bound::TimesAtLeast(3.0),
    ),
    aim(
        "fanout-64-100",
        ALL,
        "deliveries_per_s",
        Bound::TimesAtLeast(10.0),
    ),
    aim(
        "fanout-64-100",
        ALL,
        "cpu_ns_per_delivery",
        Bound::TimesAtMost(0.1),
    ),
    aim(
        "fanout-64-1000",
        ALL,
        "deliveries_per_s",
        Bound::TimesAtLeast(20.0),
    ),
    aim(
        "fanout-1024-100",
        ALL,
        "deliveries_per_s",
        Bound::TimesAtLeast(4.0),
    ),
    aim(
        "fanout-64-100-history",
        ALL,
        "deliveries_per_s",
        Bound::TimesAtLeast(3.0),
    ),
    aim(
        "websocket-64-100",
        WEBSOCKETS,
        "cpu_ns_per_delivery",
        Bound::TimesAtMost(1.3),
    ),
    aim(
        "websocket-64-1000",
        WEBSOCKETS,
        "cpu_ns_per_delivery",
        Bound::TimesAtMost(1.3),
    ),
    aim("talkers", ALL, "cpu_percent", Bound::TimesAtMost(1.0)),
    aim("talkers", ALL, "p99_us", Bound::TimesAtMost(1.0)),
    aim("idle", ALL, "bytes_each", Bound::AtMost(2048.0)),
    aim("slow-reader", PROGRAMS, "lost", Bound::AtMost(0.0)),
    aim("slow-reader", PROGRAMS, "max_ms", Bound::AtMost(50.0)),
    aim(
        "slow-reader",
        PROGRAMS,
        "stalled_lost_untold",
        Bound::AtMost(0.0),
    ),
    aim("slow-reader-history", PROGRAMS, "lost", Bound::AtMost(0.0)),
    aim(
        "slow-reader-history",
        PROGRAMS,
        "max_ms",
        Bound::AtMost(50.0),
    ),
    aim(
        "slow-reader-history",
        PROGRAMS,
        "stalled_lost_untold",
        Bound::AtMost(0.0),
    ),
    aim(
        "durable-1",
        PROGRAMS,
        "acks_per_s",
        Bound::TimesAtLeast(1.0),
    ),
    aim(
        "durable-16",
        PROGRAMS,
        "acks_per_s",
        Bound::TimesAtLeast(1.0),
    ),
    aim("echo-64", TOOLS, "p50_us", Bound::TimesAtMost(1.0)),
    aim(
        "echo-64",
        TOOLS,
        "cpu_ns_per_message",
        Bound::TimesAtMost(1.0),
    ),
    aim("echo-50", TOOLS, "messages_per_s", Bound::TimesAtLeast(1.0)),
    aim(
        "echo-50",
        TOOLS,
        "cpu_ns_per_message",
        Bound::TimesAtMost(1.0),
    ),
    aim("copy-1g", TOOLS, "seconds", Bound::TimesAtMost(1.0)),
    aim("copy-1g", TOOLS, "cpu_s", Bound::TimesAtMost(1.0)),
    aim("copy-1g-pipe", TOOLS, "seconds", Bound::TimesAtMost(1.0)),
    aim("copy-1g-pipe", TOOLS, "cpu_s", Bound::TimesAtMost(1.0)),
];

const fn aim(
    scenario: &'static str,
    servers: &'static [&'static str],
    figure: &'static str,
    bound: Bound,
) -> Aim {
    Aim {
        scenario,
        servers,
        figure,
        bound,
    }
}

/// An aim held against figures.
pub(crate) struct Verdict {
    /// The figure itself, or what it is in times the base's.
    pub measured: String,
    pub wanted: String,
    pub reached: bool,
}

impl Aim {
    /// Whether these figures, and what they are in times the base's, reach it; `None` while one
    /// that matters is missing.
    pub(crate) fn judge(&self, own: &Figures, times: &Figures) -> Option<Verdict> {
        let value = *own.get(self.figure)?;
        let times = times.get(self.figure).copied();
        Some(match self.bound {
            Bound::TimesAtLeast(wanted) => Verdict {
                measured: format!("{:.2}x", times?),
                wanted: format!(">= {wanted}x"),
                reached: times? >= wanted,
            },
            Bound::TimesAtMost(wanted) => Verdict {
                measured: format!("{:.3}x", times?),
                wanted: format!("<= {wanted}x"),
                reached: times? <= wanted,
            },
            Bound::AtMost(wanted) => Verdict {
                measured: format!("{value:.1}"),
                wanted: format!("<= {wanted}"),
                reached: value <= wanted,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(value: f64) -> Figures {
        Figures::from([("deliveries_per_s".to_owned(), value)])
    }

    #[test]
    fn every_aim_names_a_scenario_that_exists() {
        let scenarios = crate::scenario::all();
        for aim in AIMS {
            assert!(
                scenarios.iter().any(|one| one.name == aim.scenario),
                "{}",
                aim.scenario
            );
        }
    }

    #[test]
    fn a_ratio_is_judged_against_the_base() {
        let ten_times = aim(
            "fanout-64-100",
            ALL,
            "deliveries_per_s",
            Bound::TimesAtLeast(10.0),
        );
        let own = figures(20.0);
        let judged = |times| ten_times.judge(&own, &times).map(|it| it.reached);
        assert_eq!(judged(figures(10.0)), Some(true));
        assert_eq!(judged(figures(9.9)), Some(false));
        assert_eq!(judged(Figures::new()), None);
    }
}

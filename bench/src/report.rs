//! The tables, in markdown: each scenario's figures with their ratios, then the aims.

use std::fmt::Write as _;

use crate::aim::AIMS;
use crate::record::{Figures, Outcome, Record, over_rounds, times_over_rounds};
use crate::scenario::{self, Family, Scenario};

/// One column of a family's table.
#[derive(Clone, Copy)]
struct Column {
    title: &'static str,
    figure: &'static str,
    divisor: f64,
    digits: usize,
    /// Whether a second column holds the ratio to the base server.
    ratio: bool,
}

const fn column(title: &'static str, figure: &'static str, divisor: f64, digits: usize) -> Column {
    Column {
        title,
        figure,
        divisor,
        digits,
        ratio: false,
    }
}

const fn with_ratio(column: Column) -> Column {
    Column {
        ratio: true,
        ..column
    }
}

fn heading(family: Family) -> &'static str {
    match family {
        Family::FanOut => "Fan-out: one publisher, N readers (fanout-BYTES-N), closed loop",
        Family::WebSocket => "WebSocket: the same fan-out (websocket-BYTES-N)",
        Family::Talkers => "Talkers: 100 members, 10 messages of 100 B a second each",
        Family::Idle => "Idle: connections that have subscribed and do nothing",
        Family::SlowReader => "Slow reader: 20 MB/s to ten readers and one that does not read",
        Family::Durable => "Durable: 64 B publishes acked from disk, 256 in flight",
        Family::Echo => "Echo: 64 B to and fro, one client (echo-64) or 50 pipelined (echo-50)",
        Family::Copy => "Copy: 1 GiB, from a file to /dev/null, or with pipes at both ends",
    }
}

fn columns(family: Family) -> Vec<Column> {
    match family {
        Family::FanOut | Family::WebSocket => vec![
            with_ratio(column("million deliveries/s", "deliveries_per_s", 1e6, 3)),
            with_ratio(column("CPU ns/delivery", "cpu_ns_per_delivery", 1.0, 1)),
            column("server CPU %", "cpu_percent", 1.0, 0),
            column("generator CPU %", "generator_cpu_percent", 1.0, 0),
            column("RSS MiB", "rss_mib", 1.0, 1),
        ],
        Family::Talkers => vec![
            with_ratio(column("CPU %", "cpu_percent", 1.0, 1)),
            column("p50 us", "p50_us", 1.0, 0),
            with_ratio(column("p99 us", "p99_us", 1.0, 0)),
            column("p99.9 us", "p999_us", 1.0, 0),
            column("max us", "max_us", 1.0, 0),
            column("RSS MiB", "rss_mib", 1.0, 1),
        ],
        Family::Idle => vec![
            with_ratio(column("bytes each", "bytes_each", 1.0, 0)),
            column("RSS MiB", "rss_mib", 1.0, 1),
            column("connections", "connections", 1.0, 0),
            column("arrival s", "arrival_s", 1.0, 1),
        ],
        Family::SlowReader => vec![
            column("lost", "lost", 1.0, 0),
            column("p99 ms", "p99_ms", 1.0, 2),
            column("max ms", "max_ms", 1.0, 1),
            column("CPU %", "cpu_percent", 1.0, 0),
            column("peak MiB", "peak_mib", 1.0, 1),
            column("published", "published", 1.0, 0),
            column("stalled got", "stalled_received", 1.0, 0),
            column("told missed", "stalled_told_missed", 1.0, 0),
            column("lost untold", "stalled_lost_untold", 1.0, 0),
            column("cut off", "stalled_closed", 1.0, 0),
        ],
        Family::Durable => vec![
            with_ratio(column("thousand acks/s", "acks_per_s", 1e3, 2)),
            with_ratio(column("CPU us/ack", "cpu_ns_per_ack", 1e3, 2)),
            column("server CPU %", "cpu_percent", 1.0, 0),
            column("RSS MiB", "rss_mib", 1.0, 1),
        ],
        Family::Echo => vec![
            with_ratio(column("thousand messages/s", "messages_per_s", 1e3, 1)),
            with_ratio(column("CPU ns/message", "cpu_ns_per_message", 1.0, 0)),
            with_ratio(column("p50 us", "p50_us", 1.0, 1)),
            column("p99 us", "p99_us", 1.0, 1),
            column("server CPU %", "cpu_percent", 1.0, 0),
            column("generator CPU %", "generator_cpu_percent", 1.0, 0),
        ],
        Family::Copy => vec![
            with_ratio(column("seconds", "seconds", 1.0, 2)),
            with_ratio(column("CPU s", "cpu_s", 1.0, 2)),
            column("sender CPU s", "sender_cpu_s", 1.0, 2),
            column("receiver CPU s", "receiver_cpu_s", 1.0, 2),
        ],
    }
}

/// All tables of these records, whichever scenarios and servers they hold.
pub(crate) fn render(records: &[Record]) -> String {
    let summary = Summary::of(records);
    let mut out = String::new();
    let mut family = None;
    for scenario in &summary.scenarios {
        if family != Some(scenario.family()) {
            family = Some(scenario.family());
            summary.head(scenario, &mut out);
        }
        for server in &summary.servers {
            summary.row(scenario, server, &mut out);
        }
    }
    summary.aims(&mut out);
    let rounds = records.iter().map(|record| record.round).max().unwrap_or(0);
    let _ = write!(
        out,
        "\nMedians of {rounds} round(s), ratios within each; losses are the worst round's."
    );
    out
}

struct Summary<'a> {
    records: &'a [Record],
    scenarios: Vec<Scenario>,
    servers: Vec<&'a str>,
}

impl<'a> Summary<'a> {
    fn of(records: &'a [Record]) -> Self {
        let mut scenarios = scenario::all();
        scenarios.retain(|scenario| {
            records
                .iter()
                .any(|record| record.scenario == scenario.name)
        });
        let mut servers: Vec<&str> = Vec::new();
        for record in records {
            if !servers.contains(&record.server.as_str()) {
                servers.push(&record.server);
            }
        }
        Self {
            records,
            scenarios,
            servers,
        }
    }

    fn rounds(&self, scenario: &str, server: &str) -> Vec<&Record> {
        self.records
            .iter()
            .filter(|record| record.scenario == scenario && record.server == server)
            .collect()
    }

    /// Its figures in times the base's; none where the base has none.
    fn times(&self, scenario: &Scenario, server: &str) -> Figures {
        let (base_scenario, base_server) = scenario.base();
        let base = self.rounds(base_scenario, base_server);
        times_over_rounds(&self.rounds(&scenario.name, server), &base)
    }

    fn head(&self, scenario: &Scenario, out: &mut String) {
        let base = scenario.base().1;
        let mut titles = vec!["scenario".to_owned(), "server".to_owned()];
        for column in columns(scenario.family()) {
            titles.push(column.title.to_owned());
            if column.ratio {
                titles.push(format!("x {base}"));
            }
        }
        let rule = format!("|---|---|{}", "---:|".repeat(titles.len() - 2));
        let _ = writeln!(out, "\n### {}\n", heading(scenario.family()));
        let _ = writeln!(out, "| {} |\n{rule}", titles.join(" | "));
    }

    fn row(&self, scenario: &Scenario, server: &str, out: &mut String) {
        let name = &scenario.name;
        let figures = match over_rounds(&self.rounds(name, server)) {
            None => return,
            Some(Outcome::Measured(figures)) => figures,
            Some(Outcome::Failed(reason)) => {
                let _ = writeln!(out, "| {name} | {server} | FAILED: {} |", one_cell(&reason));
                return;
            }
            Some(Outcome::NotApplicable(reason)) => {
                let _ = writeln!(out, "| {name} | {server} | n/a: {} |", one_cell(&reason));
                return;
            }
        };
        let times = self.times(scenario, server);
        let _ = write!(out, "| {name} | {server} |");
        for column in columns(scenario.family()) {
            let Some(value) = figures.get(column.figure) else {
                out.push_str(if column.ratio { " | |" } else { " |" });
                continue;
            };
            let _ = write!(out, " {:.*} |", column.digits, value / column.divisor);
            if column.ratio {
                match times.get(column.figure) {
                    Some(times) => {
                        let _ = write!(out, " {times:.2} |");
                    }
                    None => out.push_str(" |"),
                }
            }
        }
        out.push('\n');
    }

    fn aims(&self, out: &mut String) {
        let mut rows = String::new();
        for aim in AIMS {
            let Some(scenario) = self.scenarios.iter().find(|one| one.name == aim.scenario) else {
                continue;
            };
            for server in aim.servers {
                let rounds = self.rounds(aim.scenario, server);
                let Some(Outcome::Measured(figures)) = over_rounds(&rounds) else {
                    continue;
                };
                let Some(verdict) = aim.judge(&figures, &self.times(scenario, server)) else {
                    continue;
                };
                let reached = if verdict.reached { "yes" } else { "NO" };
                let _ = writeln!(
                    rows,
                    "| {} | {server} | {} | {} | {} | {reached} |",
                    aim.scenario, aim.figure, verdict.measured, verdict.wanted
                );
            }
        }
        if !rows.is_empty() {
            let _ = writeln!(
                out,
                "\n### Aims (fan-out beside nats, WebSocket beside json, echo and copy beside socat, the rest beside redis)\n"
            );
            let _ = writeln!(
                out,
                "| scenario | server | figure | measured | aim | reached |"
            );
            let _ = writeln!(out, "|---|---|---|---:|---:|---|\n{}", rows.trim_end());
        }
    }
}

/// A reason may quote anything; a table cell may not hold a bar or a line break.
fn one_cell(text: &str) -> String {
    text.replace('|', "/").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_ratios_reasons_and_aims() {
        let measured = |server: &str, rate: f64, cpu: f64| Record {
            scenario: "fanout-64-100".into(),
            server: server.into(),
            round: 1,
            outcome: Outcome::Measured(Figures::from([
                ("deliveries_per_s".to_owned(), rate),
                ("cpu_ns_per_delivery".to_owned(), cpu),
            ])),
        };
        let failed = Record {
            outcome: Outcome::Failed("lost | one".into()),
            ..measured("ngircd", 0.0, 0.0)
        };
        let records = [
            measured("frame", 2.2e7, 50.0),
            measured("nats", 2e6, 400.0),
            failed,
        ];
        let table = render(&records);
        assert!(
            table.contains("| fanout-64-100 | frame | 22.000 | 11.00 | 50.0 | 0.12 |"),
            "{table}"
        );
        assert!(
            table.contains("| fanout-64-100 | ngircd | FAILED: lost / one |"),
            "{table}"
        );
        assert!(
            table.contains("| deliveries_per_s | 11.00x | >= 10x | yes |"),
            "{table}"
        );
        assert!(
            table.contains("| cpu_ns_per_delivery | 0.125x | <= 0.1x | NO |"),
            "{table}"
        );
    }
}

//! `/-/metrics`: the hub's figures in the text format of Prometheus, version 0.0.4.
//!
//! ```text
//! # HELP sockhop_connections Connections just now.
//! # TYPE sockhop_connections gauge
//! sockhop_connections{protocol="json"} 3
//! ```
//!
//! Names and units follow Prometheus' customs: counters end in `_total`, times are in seconds,
//! sizes in bytes. A name, once given, stays.

use std::fmt::{Display, Write as _};

use sockhop_hub::{Durations, Figures, ProtocolFigures, Vitals};

/// Room for all of it without growing much.
const BYTES_USUAL: usize = 8 << 10;

/// The figures, as Prometheus reads them.
pub(crate) fn render(figures: &Figures) -> String {
    let mut page = Page(String::with_capacity(BYTES_USUAL));
    page.about(figures);
    page.protocols(&figures.protocols);
    page.ends(figures);
    page.rooms(figures);
    page.readers(figures);
    page.datagrams(figures);
    page.history(&figures.vitals);
    page.0
}

/// What is written so far.
#[derive(Debug)]
struct Page(String);

impl Page {
    fn about(&mut self, figures: &Figures) {
        self.gauge("sockhop_info", "The hub's name and version; always 1.");
        let Vitals { hub, version, .. } = &figures.vitals;
        let labels = [("hub", &**hub), ("version", &**version)];
        self.sample("sockhop_info", &labels, 1);
        self.gauge("sockhop_uptime_seconds", "How long the hub has been there.");
        self.sample(
            "sockhop_uptime_seconds",
            &[],
            seconds(figures.vitals.uptime_us),
        );
    }

    fn protocols(&mut self, all: &[ProtocolFigures]) {
        self.gauge("sockhop_connections", "Sessions just now.");
        self.by_protocol("sockhop_connections", all, |it| it.connections);
        self.counter(
            "sockhop_connections_opened_total",
            "Sessions that were opened: one for each connection, and for each http request to a room.",
        );
        self.by_protocol("sockhop_connections_opened_total", all, |it| it.opened);
        self.counter(
            "sockhop_messages_received_total",
            "Messages taken from clients, to rooms and to one another.",
        );
        self.by_protocol("sockhop_messages_received_total", all, |it| {
            it.received.messages
        });
        self.counter(
            "sockhop_messages_sent_total",
            "Messages handed to clients, one for each reader, old ones they asked for included.",
        );
        self.by_protocol("sockhop_messages_sent_total", all, |it| it.sent.messages);
        self.counter(
            "sockhop_messages_missed_total",
            "Messages clients were told they missed.",
        );
        self.by_protocol("sockhop_messages_missed_total", all, |it| it.missed);
        self.counter("sockhop_received_bytes_total", "Bytes read from clients.");
        self.by_protocol("sockhop_received_bytes_total", all, |it| it.received.bytes);
        self.counter("sockhop_sent_bytes_total", "Bytes handed to connections.");
        self.by_protocol("sockhop_sent_bytes_total", all, |it| it.sent.bytes);
    }

    fn by_protocol(
        &mut self,
        name: &str,
        all: &[ProtocolFigures],
        value: impl Fn(&ProtocolFigures) -> u64,
    ) {
        for it in all {
            self.sample(name, &[("protocol", it.name)], value(it));
        }
    }

    fn ends(&mut self, figures: &Figures) {
        self.counter("sockhop_closes_total", "Sessions that ended, by why.");
        for (reason, count) in &figures.closes {
            self.sample(
                "sockhop_closes_total",
                &[("reason", reason.as_str())],
                *count,
            );
        }
        self.single_counter(
            "sockhop_turned_away_total",
            "Connections refused at the door: too many already.",
            figures.vitals.counts.turned_away,
        );
    }

    fn rooms(&mut self, figures: &Figures) {
        self.single_gauge("sockhop_rooms", "Rooms just now.", figures.vitals.rooms);
        self.single_gauge(
            "sockhop_members",
            "Members of all rooms together.",
            figures.members,
        );
        self.single_counter(
            "sockhop_messages_total",
            "Messages appended to rooms.",
            figures.vitals.counts.messages,
        );
        self.single_gauge(
            "sockhop_tail_bytes",
            "Recent messages held in memory.",
            figures.tails_bytes,
        );
    }

    fn readers(&mut self, figures: &Figures) {
        self.single_gauge(
            "sockhop_readers",
            "Cursors in all rooms together, of members and watchers.",
            figures.readers,
        );
        self.single_gauge(
            "sockhop_readers_behind",
            "Cursors that are not at their room's head.",
            figures.lag.readers,
        );
        self.single_gauge(
            "sockhop_lag_messages",
            "Messages that all readers together have yet to read.",
            figures.lag.messages,
        );
        self.single_gauge(
            "sockhop_lag_max_messages",
            "Messages that the reader farthest behind has yet to read.",
            figures.lag.messages_max,
        );
        self.single_gauge(
            "sockhop_slow_consumers",
            "Sessions over 1000 messages behind, or behind what is in memory, or not reading their answers.",
            figures.lag.slow_consumers,
        );
    }

    fn datagrams(&mut self, figures: &Figures) {
        self.single_counter(
            "sockhop_datagrams_received_total",
            "Datagrams that came.",
            figures.vitals.counts.datagrams,
        );
        self.single_counter(
            "sockhop_datagrams_dropped_total",
            "Datagrams that were not published.",
            figures.vitals.counts.datagrams_dropped,
        );
    }

    fn history(&mut self, vitals: &Vitals) {
        self.single_gauge(
            "sockhop_history_kept",
            "1 if messages are kept on disk, else 0.",
            u8::from(vitals.keeps_history),
        );
        self.single_gauge(
            "sockhop_history_queue_messages",
            "Messages that wait for the disk.",
            vitals.queue_messages,
        );
        self.single_gauge(
            "sockhop_history_queue_bytes",
            "Bytes that wait for the disk.",
            vitals.queue_bytes,
        );
        self.single_counter(
            "sockhop_history_messages_total",
            "Messages that reached the disk.",
            vitals.counts.messages_stored,
        );
        self.single_counter(
            "sockhop_history_failed_batches_total",
            "Batches of messages that did not reach the disk.",
            vitals.counts.batches_failed,
        );
        self.histogram(
            "sockhop_history_commit_seconds",
            "How long a batch took to reach the disk, or to fail.",
            &vitals.commits,
        );
    }

    fn histogram(&mut self, name: &str, help: &str, durations: &Durations) {
        self.head(name, help, "histogram");
        let bucket = format!("{name}_bucket");
        for (bound, count) in durations.up_to() {
            let bound = seconds(bound).to_string();
            self.sample(&bucket, &[("le", &bound)], count);
        }
        self.sample(&bucket, &[("le", "+Inf")], durations.count());
        self.sample(&format!("{name}_sum"), &[], seconds(durations.sum_us));
        self.sample(&format!("{name}_count"), &[], durations.count());
    }

    fn single_gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.gauge(name, help);
        self.sample(name, &[], value);
    }

    fn single_counter(&mut self, name: &str, help: &str, value: u64) {
        self.counter(name, help);
        self.sample(name, &[], value);
    }

    fn gauge(&mut self, name: &str, help: &str) {
        self.head(name, help, "gauge");
    }

    fn counter(&mut self, name: &str, help: &str) {
        self.head(name, help, "counter");
    }

    fn head(&mut self, name: &str, help: &str, kind: &str) {
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.0.push_str(name);
        for (at, (label, content)) in labels.iter().enumerate() {
            self.0.push(if at == 0 { '{' } else { ',' });
            self.0.push_str(label);
            self.0.push_str("=\"");
            self.escaped(content);
            self.0.push('"');
        }
        let end = if labels.is_empty() { "" } else { "}" };
        self.line(format_args!("{end} {value}"));
    }

    fn escaped(&mut self, content: &str) {
        for c in content.chars() {
            match c {
                '\\' => self.0.push_str("\\\\"),
                '"' => self.0.push_str("\\\""),
                '\n' => self.0.push_str("\\n"),
                c => self.0.push(c),
            }
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a String takes all that is written to it");
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests;

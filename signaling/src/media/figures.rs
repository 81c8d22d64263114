//! The media plane's totals as text for Prometheus.
//!
//! Owns the names. The totals are counted by the worker itself, so they are written as they are
//! and not through a recorder.

use std::fmt::Write as _;

use hearth_sfu::{
    Counters,
    run::{LATENCY_BOUNDS_US, Latency},
};

/// Prefixes of totals that are one metric with a label: prefix, metric, label.
const FAMILIES: [(&str, &str, &str); 2] = [
    ("dropped_", "hearth_media_dropped_packets_total", "reason"),
    ("bad_", "hearth_media_bad_input_total", "class"),
];

/// All of them.
pub(super) fn render(counters: &Counters, latency: &Latency) -> String {
    let mut text = String::new();
    let totals = || Counters::NAMES.iter().zip(counters.values());
    for (prefix, metric, label) in FAMILIES {
        let _ = writeln!(text, "# TYPE {metric} counter");
        for (name, value) in totals() {
            if let Some(kind) = name.strip_prefix(prefix) {
                let _ = writeln!(text, "{metric}{{{label}=\"{kind}\"}} {value}");
            }
        }
    }
    for (name, value) in totals() {
        if FAMILIES.iter().all(|(prefix, ..)| !name.starts_with(prefix)) {
            let metric = format!("hearth_media_{name}_total");
            let _ = writeln!(text, "# TYPE {metric} counter\n{metric} {value}");
        }
    }
    let peers = counters.joins.saturating_sub(counters.closed);
    let _ = writeln!(text, "# TYPE hearth_media_peers gauge\nhearth_media_peers {peers}");
    forwarding(&mut text, latency);
    text
}

fn forwarding(text: &mut String, latency: &Latency) {
    const NAME: &str = "hearth_media_forwarding_seconds";
    let _ = writeln!(text, "# TYPE {NAME} histogram");
    let mut count = 0;
    let bounds = LATENCY_BOUNDS_US.iter().map(|us| seconds(*us).to_string());
    for (bound, more) in bounds.chain(["+Inf".into()]).zip(latency.counts) {
        count += more;
        let _ = writeln!(text, "{NAME}_bucket{{le=\"{bound}\"}} {count}");
    }
    let _ = writeln!(text, "{NAME}_sum {}\n{NAME}_count {count}", seconds(latency.sum_us));
}

#[allow(clippy::cast_precision_loss, reason = "microseconds of centuries fit")]
fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_have_units_labels_and_cumulative_buckets() {
        let counters = Counters { joins: 5, closed: 2, bad_stun: 7, ..Counters::default() };
        let mut latency = Latency::default();
        latency.counts[0] = 3;
        latency.counts[1] = 1;
        latency.sum_us = 400;
        let text = render(&counters, &latency);
        for line in [
            "hearth_media_peers 3",
            "hearth_media_joins_total 5",
            "hearth_media_bad_input_total{class=\"stun\"} 7",
            "hearth_media_dropped_packets_total{reason=\"quiet\"} 0",
            "hearth_media_forwarding_seconds_bucket{le=\"0.0001\"} 3",
            "hearth_media_forwarding_seconds_bucket{le=\"0.00025\"} 4",
            "hearth_media_forwarding_seconds_bucket{le=\"+Inf\"} 4",
            "hearth_media_forwarding_seconds_sum 0.0004",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}

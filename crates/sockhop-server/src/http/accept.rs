//! Which form an answer has, by what the client says it accepts (RFC 9110, 12.5.1).

/// How a room can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines for people: what is sent to who has no wishes.
    Lines,
    /// The web page.
    Page,
    /// One JSON document.
    Json,
    /// A line of JSON for each thing.
    Ndjson,
    /// Server-Sent Events.
    Events,
}

/// Every type offered, the best first.
const OFFERS: [(&str, Form); 6] = [
    ("text/plain", Form::Lines),
    ("text/html", Form::Page),
    ("application/json", Form::Json),
    ("application/x-ndjson", Form::Ndjson),
    ("application/jsonl", Form::Ndjson),
    ("text/event-stream", Form::Events),
];

/// What a client thinks of a media type: quality in thousandths first; then whether it was meant by
/// name; then whether it was named early.
type Liking = (u16, u8, usize);

/// The form liked best by a client that accepts `accept`; lines, where it likes none of them.
pub(super) fn preferred<'a>(accept: impl Iterator<Item = &'a str>) -> Form {
    let ranges: Vec<_> = accept
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect();
    let mut best = (Form::Lines, (0, 0, 0));
    for (media_type, form) in OFFERS {
        let liking = liking(&ranges, media_type);
        if liking.0 > 0 && liking > best.1 {
            best = (form, liking);
        }
    }
    best.0
}

/// The most specific range that fits decides.
fn liking(ranges: &[Range<'_>], media_type: &str) -> Liking {
    let fitting = ranges
        .iter()
        .enumerate()
        .filter_map(|(at, range)| Some((range.fits(media_type)?, range.quality, at)));
    fitting
        .max_by_key(|&(specific, _, at)| (specific, ranges.len() - at))
        .map_or((0, 0, 0), |(specific, quality, at)| {
            (quality, specific, ranges.len() - at)
        })
}

#[derive(Debug)]
struct Range<'a> {
    media_type: &'a str,
    quality: u16,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let media_type = parts.next().filter(|media_type| media_type.contains('/'))?;
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("q"))
            .map_or(Some(1000), |(_, value)| thousandths(value))?;
        Some(Self {
            media_type,
            quality,
        })
    }

    /// How specific it is about `media_type`, if it means it at all.
    fn fits(&self, media_type: &str) -> Option<u8> {
        if self.media_type.eq_ignore_ascii_case(media_type) {
            return Some(3);
        }
        let family = self.media_type.strip_suffix("/*")?;
        let (its, _) = media_type.split_once('/')?;
        match family {
            "*" => Some(1),
            family if family.eq_ignore_ascii_case(its) => Some(2),
            _ => None,
        }
    }
}

/// `0`, `0.5`, `1.000` (RFC 9110, 12.4.2).
pub(super) fn thousandths(quality: &str) -> Option<u16> {
    let quality: f32 = quality.parse().ok()?;
    // In this range it fits, and what is cut off is below what may be said.
    (0.0..=1.0)
        .contains(&quality)
        .then_some((quality * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(accept: &str) -> Form {
        preferred([accept].into_iter())
    }

    #[test]
    fn clients_get_what_they_mean() {
        for (accept, expected) in [
            // curl, wget, Python's urllib; no header at all.
            ("*/*", Form::Lines),
            ("", Form::Lines),
            // Firefox and Chromium, for a page, and for an EventSource.
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Form::Page,
            ),
            ("text/event-stream", Form::Events),
            // axios; a picture.
            ("application/json, text/plain, */*", Form::Json),
            ("image/avif,image/webp,*/*;q=0.8", Form::Lines),
            ("application/json", Form::Json),
            ("Application/JSON; charset=utf-8", Form::Json),
            ("application/x-ndjson", Form::Ndjson),
            ("application/*", Form::Json),
            ("text/*", Form::Lines),
            ("text/plain;q=0.5, text/html;q=0.4", Form::Lines),
            ("text/plain;q=0.4, application/json;q=0.5", Form::Json),
            ("text/plain;q=0, */*", Form::Page),
            ("*/*;q=0.1, application/json;q=0.2", Form::Json),
            // Nothing that is offered: something is better than nothing.
            ("image/png", Form::Lines),
            ("text/html;q=0", Form::Lines),
            ("text/html;q=2, application/json;q=x", Form::Lines),
            (",,;,/,;;q", Form::Lines),
        ] {
            assert_eq!(form(accept), expected, "{accept}");
        }
    }

    #[test]
    fn several_headers_are_one_list() {
        let accept = ["text/plain;q=0.1", "text/html"];
        assert_eq!(preferred(accept.into_iter()), Form::Page);
    }

    proptest! {
        #[test]
        fn anything_is_survived(accept in "[a-z*/;=,. q0-9]{0,60}") {
            form(&accept);
        }
    }
}
